"""The page of an offer: graft, ranking with the factors as bars, who is excluded and why, minutes, human acts."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from markupsafe import Markup

from replay.pages.compare import Comparison
from replay.pages.drawings.factors import FACTORS, factor_bar, highest_raw
from replay.pages.drawings.minutes import minutes_bar
from replay.pages.drawings.timeline import acts_drawing
from replay.pages.figures import Sheet
from replay.pages.page import Frame
from replay.reports.dossier.chain import person_said
from replay.reports.dossier.knowledge import findings_said, order_said, other_said
from replay.reports.words import Words

Document = Mapping[str, Any]
OPEN_STATES = ("offered", "proposed", "accepted")
"""States of an offer that is not closed: what was learnt since may still be acted on."""


@dataclass(frozen=True, slots=True)
class Since:
    """What later facts change of the decision, or why no run is possible any more; ``told`` None where not asked."""

    told: Document | None = None
    problem: Markup | None = None
    statuses: Mapping[str, str] = field(default_factory=dict)
    """Of those ranked who are not active on the list any more: suspended, delisted or transplanted."""


class Acted(NamedTuple):
    """An offer beside its run at a moment: graft, state and acts; and whether it had been made by then.

    ``decided``: the run beside it is as the decision knew it, not as known at that moment.
    """

    graft: Document
    is_made: bool
    decided: bool


@dataclass(frozen=True, slots=True)
class Moved:
    """What differs of an offer between two moments, beside its ranking: state at each, the acts known at one alone."""

    states: tuple[str, str]
    acts: Sequence[Document]
    decided: bool
    """The ranking is that of the decision at both moments, and so cannot differ."""


def offer_content(
    frame: Frame, comparison: Comparison, moments: Sequence[Acted], since: Since, *, whole: bool
) -> dict[str, Any]:
    """What the template shows; ``moments``: the page's own, and the one beside it; ``whole``: nobody is left out."""
    w, run, (graft, is_made, decided) = frame.words, comparison.sides[0].sheet, moments[0]
    assert run is not None, "the page's own moment has a run, or there is no page"
    runs = [side.sheet for side in comparison.sides if side.sheet is not None]
    highest = highest_raw([entry for each in runs for name in ("ranking", "excluded") for entry in each[name]])
    names = {factor: w("drawings", factor) for factor in FACTORS}
    return {
        "title": w("offer_page", "title", offer=run["offer"]),
        "run": run,
        "comparison": comparison,
        "graft": Sheet(w, graft),
        "decided": decided,
        "is_made": is_made,
        "moved": _moved(moments[0], moments[1], w) if len(moments) > 1 else None,
        "whole": whole,
        "is_open": is_made and graft["state"] in OPEN_STATES,
        "since": since,
        "changes": list(_changes(since, w)),
        "other_said": lambda other: other_said(other, w),
        "bar": lambda entry: factor_bar(entry.document, highest, names, bar_said(entry.document, w)),
        "factors": FACTORS,
        "marks": _marks(graft),
        "become": since.statuses,
        "next_asked": _next_asked(run, graft, since.statuses) if whole and is_made else None,
        "reasons": [_reasons(each, w) for each in runs],
        "minutes": _minutes(graft["travel"], w),
        "timeline": _timeline(frame, graft, w),
        "donor": person_said(graft["donor"], w),
        "order_said": lambda act: order_said(act, w),
        "findings": findings_said(graft["findings"], w),
        "turn": _turn(graft),
    }


def _moved(here: Acted, there: Acted, w: Words) -> Moved:
    """What differs beside the ranking: acts by their events, in the order in which they were recorded."""
    acts = [{act["position"]: act for act in each.graft["acts"] if each.is_made} for each in (here, there)]
    alone = sorted(acts[0].keys() ^ acts[1].keys())
    return Moved(
        (_state(here, w), _state(there, w)), [acts[0].get(each) or acts[1][each] for each in alone],
        here.decided and there.decided,
    )  # fmt: skip


def _state(acted: Acted, w: Words) -> str:
    return w("offer_states", acted.graft["state"]) if acted.is_made else w("offer_page", "state_not_made")


def bar_said(entry: Document, w: Words) -> str:
    """What a bar shows, in words: what is left of the raw score, and what each factor took."""
    if not float(entry["ccb"]):
        return w("drawings", "bar_none", candidate=entry["candidate"])
    about = {"candidate": entry["candidate"], "kept": w.short(entry["snagc"]), "ccb": w.short(entry["ccb"])}
    lost = ", ".join(
        w("drawings", "lost_part", factor=w("drawings", factor), value=w.short(entry[factor]))
        for factor in FACTORS
        if float(entry[factor]) < 1
    )
    return w("drawings", "bar_label", lost=lost, **about) if lost else w("drawings", "bar_whole", **about)


def _turn(graft: Document) -> str:
    """Whether it is a turn of those on an LVAD: the key of its sentence."""
    turn = graft["assist_turn"]
    return "turn_before" if turn is None else "turn_yes" if turn else "turn_no"


def _marks(graft: Document) -> dict[str, str]:
    """The last answer of each candidate who was asked: accepted, declined, or none yet."""
    found = {each["candidate"]: each["answer"] or "asked" for each in graft["proposals"]}
    return found | (
        {graft["candidate"]: "transplanted"} if graft["outcome"] == "transplanted" and graft["candidate"] else {}
    )


def _next_asked(run: Document | Sheet, graft: Document, statuses: Mapping[str, str]) -> str | None:
    """The first of the ranking who is still active and was not asked, while the offer is open and nobody accepted."""
    if graft["state"] not in OPEN_STATES or graft["accepted"]:
        return None
    asked = {each["candidate"] for each in graft["proposals"]}
    names = (entry["candidate"] for entry in run["ranking"])
    return next((name for name in names if name not in asked and name not in statuses), None)


def _reasons(run: Sheet, w: Words) -> list[tuple[str, str, int]]:
    """Each reason of exclusion with what it means and how many it is about, the commonest first."""
    counted = Counter(reason for entry in run["excluded"] for reason in entry["reasons"])
    return [(w("reasons", reason), w("meanings", reason), count) for reason, count in counted.most_common()]


def _minutes(travel: Document, w: Words) -> Sequence[tuple[str, int, Markup]]:
    longest = max((each["minutes"] for each in travel["minutes"]), default=1)
    return [
        (
            each["centre"],
            each["minutes"],
            minutes_bar(each["minutes"], longest, w("drawings", "minutes_label", n=each["minutes"])),
        )
        for each in travel["minutes"]
    ]


def _timeline(frame: Frame, graft: Document, w: Words) -> Markup | None:
    acts = graft["acts"]
    if not acts:
        return None
    offer, at = graft["offer"]["id"], graft["offer"]["at"]
    label = w("drawings", "acts_label", offer=offer, begin=w.stamp(at), end=w.stamp(acts[-1]["time"]))
    return acts_drawing(acts, at, label, w, frame.event_link)


def _changes(since: Since, w: Words) -> Iterator[Sheet]:
    """Whoever's score differs, enters or leaves; who only moves up or down with them is told in one sentence."""
    if since.told is not None:
        sheet = Sheet(w, since.told)
        yield from (each for each in sheet.entries("changes") if each["snagc_a"] != each["snagc_b"])
