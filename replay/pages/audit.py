"""The audit: past rankings held against their records, later knowledge, human acts; each with a calendar."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from replay.pages.drawings.calendar import calendar_of
from replay.pages.figures import Sheet
from replay.pages.jobs import part_of
from replay.pages.page import Frame
from replay.reports.dossier.knowledge import findings_said
from replay.reports.words import Words

VERDICTS = ("identical", "differs", "not recorded")
_OF_VERDICT = {"differs": "differs", "not recorded": "not_recorded"}
MOST_CHANGES = 4
"""Candidates of whom a line says how their place differs."""


def audit_content(frame: Frame, brief: Mapping[str, Any], sheet: Sheet | None, head: int) -> dict[str, Any]:
    """What the page of the audit shows; ``sheet``: the document of ``audit`` once it is made, at ``head``."""
    offers = brief["offers"]
    if sheet is None:
        return {"calendar": calendar_of(offers, {}, "unknown"), "sheet": None, "part": None}
    shown = {each["offer"] for each in offers}
    findings = [entry for entry in sheet.entries("findings") if entry["offer"] in shown]
    found = _later(offers, head) | dict.fromkeys(sheet["before_the_score"], "early")
    differing = [entry for entry in findings if entry["verdict"] == "differs"]
    for entry in findings:
        if found.get(entry["offer"]) != "differs":
            found[entry["offer"]] = _OF_VERDICT[entry["verdict"]]
    return {"calendar": calendar_of(offers, found, "identical"), "sheet": sheet, "part": part_of(differing, frame)}


def hindsight_content(frame: Frame, brief: Mapping[str, Any], sheet: Sheet | None, head: int) -> dict[str, Any]:
    """What the page of later knowledge shows: those whose first place would be another one's first."""
    offers = brief["offers"]
    if sheet is None:
        return {"calendar": calendar_of(offers, {}, "unknown"), "sheet": None, "part": None}
    shown, found = {each["offer"] for each in offers}, _later(offers, head)
    differing = [entry for entry in sheet.entries("differing") if entry["offer"] in shown]
    found |= {entry["offer"]: _change(entry) for entry in differing}
    grave = [entry for entry in differing if found[entry["offer"]] != "rank"]
    calendar = calendar_of(offers, found, "same")
    return {
        "calendar": calendar, "sheet": sheet, "part": part_of(grave, frame), "firsts": first_places,
        "ranks": len(differing) - len(grave),
    }  # fmt: skip


def acts_content(frame: Frame, brief: Mapping[str, Any], sheet: Sheet | None, head: int) -> dict[str, Any]:
    """What the page of the human acts shows: how often each kind was found, and where."""
    offers = brief["offers"]
    if sheet is None:
        return {"calendar": calendar_of(offers, {}, "unknown"), "sheet": None, "part": None}
    shown, code = {each["offer"] for each in offers}, frame.said.get("code")
    held = [entry for entry in sheet.entries("offers") if entry["offer"] in shown]
    lines = [(entry, *line) for entry in held for line in _lines(entry, sheet["details"][entry["offer"]], frame.words)]
    kinds = Counter(found["code"] for _, found, _ in lines)
    of_offers = Counter(code for entry in held for code in {found["code"]: None for found in entry["findings"]})
    found = _later(offers, head) | {
        entry["offer"]: "found" for entry in held if any(code in (None, each["code"]) for each in entry["findings"])
    }
    return {
        "calendar": calendar_of(offers, found, "clean"), "sheet": sheet, "code": code,
        "kinds": [(name, of_offers[name], times) for name, times in kinds.most_common()],
        "part": part_of([line for line in lines if code in (None, line[1]["code"])], frame),
    }  # fmt: skip


def _lines(entry: Sheet, details: Sequence[Mapping[str, Any]], w: Words) -> Iterator[tuple[Sheet, str]]:
    """Each finding about an offer with its sentence."""
    for found, more in zip(entry.entries("findings"), details, strict=True):
        yield found, findings_said([{**found.document, **more}], w)[0]


def first_places(entry: Sheet) -> Iterator[tuple[str, Sheet]]:
    """Who was first then, and who would be since."""
    for change in entry.entries("changes"):
        if change["rank_a"] == 1:
            yield "then", change
        if change["rank_b"] == 1:
            yield "since", change


def _change(entry: Sheet) -> str:
    if entry["problem"] is not None:
        return "impossible"
    by = {when: change["candidate"] for when, change in first_places(entry)}
    return "first_place" if by.get("then") != by.get("since") else "rank"


def _later(offers: Sequence[Mapping[str, Any]], head: int) -> dict[str, str]:
    """Offers that came after the work began: nothing was found of them yet."""
    return {each["offer"]: "unknown" for each in offers if each["position"] > head}
