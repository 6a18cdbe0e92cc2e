"""A past decision can always be shown, whatever is learnt later about donor, candidates, rules or travel times."""

import csv
import html
import json
import re
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import openpyxl  # type: ignore[import-untyped, unused-ignore]
import polars as pl
import pytest

from replay.reports.dossier.content import Provenance, dossier
from replay.reports.dossier.files import html_file, json_file, pdf_file
from replay.reports.words import LANGUAGES
from tests import long
from tests.long import examples
from tests.projections.support import CENTRE, SITE, Log
from tests.replay.command import asked, refused, snagc
from tests.replay.support import adult, expert, one_town
from tests.support import moment_of

AFTER = "2024-06-01"
MATRIX, REGISTERED, LAB, GRANT, DONOR, UPDATE = 1, 2, 3, 6, 12, 13
"""Positions in the story."""


def story() -> Log:
    """An offer to three, of whom one has an expert component; the donor was registered and updated before it."""
    log = one_town()
    expert(log, "C1")
    adult(log, "C2")
    log.lab("C2", "bnp", "900", "2024-05-16")
    log.donor("D1", "2024-05-16")
    log.donor_updated("D1", "2024-05-16 12:00", weight_kg="82")
    log.offered("O1", "2024-05-17")
    log.recorded = "2024-06-01T08:00:00.000000Z"
    return log


LATER: dict[str, Callable[[Log], object]] = {
    "donor retracted": lambda log: log.retracted(DONOR),
    "donor moved": lambda log: log.corrected(DONOR, time="2024-05-18"),
    "donor corrected": lambda log: log.corrected(DONOR, blood_group="O"),
    "donor update retracted": lambda log: log.retracted(UPDATE),
    "candidate retracted": lambda log: log.retracted(REGISTERED),
    "candidate moved": lambda log: log.corrected(REGISTERED, time="2024-05-20"),
    "lab corrected": lambda log: log.corrected(LAB, value="61"),
    "grant retracted": lambda log: log.retracted(GRANT),
    "travel times retracted": lambda log: log.retracted(MATRIX),
    "travel times corrected": lambda log: log.corrected(MATRIX, rows=[[SITE, CENTRE, 400]]),
    "late candidate": lambda log: adult(log, "C9"),
}
GONE = ("donor retracted", "donor moved")


def learnt(*names: str) -> Log:
    """The story, and what was learnt afterwards; a retraction of the same fact comes after its correction."""
    log = story()
    for name in sorted(names, key=lambda name: "retracted" in name):
        LATER[name](log)
    return log


def told(log: Log) -> dict[str, Any]:
    """The dossier's document as known at the log's end."""
    then, now = moment_of(log.events, "O1"), moment_of(log.events, "O1", len(log.events))
    return dossier(then, now, None, Provenance("snagc test", log.events[-1]["recordedtime"], False))


def text_of(page: bytes) -> str:
    """The text of a page on one line, its spaces plain."""
    text = html.unescape(re.sub(r"<[^>]+>", " ", re.sub(r"<style>.*?</style>", "", page.decode(), flags=re.S)))
    return re.sub(r"\s+", " ", text)


DECISION = told(story())["decision"]


def test_the_story_stands_where_the_names_of_its_positions_say() -> None:
    kinds = [event["type"] for event in story().events]
    named = [
        kinds[at - 1].split(".", 1)[1].rpartition(".")[0] for at in (MATRIX, REGISTERED, LAB, GRANT, DONOR, UPDATE)
    ]
    assert named == [
        "travel-times.published", "candidate.registered", "lab-result.recorded", "expert-priority.granted",
        "donor.registered", "donor.updated",
    ]  # fmt: skip


PAIRS = list(combinations(LATER, 2))[:: examples(9, 1)]


@pytest.mark.parametrize("names", [*combinations(LATER, 1), *PAIRS, tuple(LATER)], ids="+".join)
def test_whatever_is_learnt_the_decision_is_shown_as_it_stood_and_every_fact_learnt_is_named(
    names: tuple[str, ...],
) -> None:
    log = learnt(*names)
    document = told(log)
    assert document["decision"] == DECISION
    assert json.loads(json_file(document)) == document
    later = document["later"]
    assert (later["problem"] is not None) == (later["digest"] is None) == any(name in GONE for name in names)
    named = {by["position"] for each in later["learnt"] for fact in each["facts"] for by in fact["by"]}
    about_shown = {event["subject"] for event in log.events if event["subject"] != "candidate/C9"}
    amended = {
        position
        for position, event in enumerate(log.events, 1)
        if position > 14 and event["subject"] in about_shown and event["type"].startswith("snagc.event.")
    }
    assert amended - named <= superseded(log)
    for language in LANGUAGES if len(names) != 2 else ("fr",):
        assert html_file(document, language).startswith(b"<!DOCTYPE html>")


def superseded(log: Log) -> set[int]:
    """Corrections of events that were retracted afterwards: the retraction alone is told."""
    gone = {event["data"]["event"]["id"] for event in log.events if event["type"] == "snagc.event.retracted.v1"}
    return {
        position
        for position, event in enumerate(log.events, 1)
        if event["type"] == "snagc.event.corrected.v1" and event["data"]["event"]["id"] in gone
    }


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["donor retracted", "donor moved", "candidate retracted", "travel times retracted"])
def test_both_languages_say_by_which_event_and_why_on_the_page_and_the_pdf_is_made(name: str, language: str) -> None:
    log = learnt(name)
    document = told(log)
    page = text_of(html_file(document, language))
    by = log.events[-1]
    assert by["data"]["reason"] in page
    assert f"[{len(log.events)}]" in page
    if name in GONE:
        said = {"fr": "aucun classement de ce greffon n’est possible", "en": "no ranking of this graft is possible"}
        assert page.count(said[language]) == 2
        assert by["id"] in page
    if language == "en" or long.ASKED:
        assert pdf_file(document, language).startswith(b"%PDF")


# ---------------------------------------------------------------------------------------------- the command line


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A log for each way of losing the donor, with another offer of another donor behind it."""
    folder, found = tmp_path_factory.mktemp("logs"), {}
    for name in GONE:
        log = learnt(name)
        log.donor("D2", AFTER)
        log.offered("O2", "2024-06-02", "D2")
        found[name] = log.kept_at(folder / f"{name.replace(' ', '-')}.db")
    return found


@pytest.mark.parametrize("name", GONE)
@pytest.mark.parametrize("words", [["rank", "O1"], ["explain", "O1", "C1"]])
def test_asked_for_a_run_that_is_not_possible_the_event_the_reason_and_the_remedy_are_named(
    logs: dict[str, str], name: str, words: list[str]
) -> None:
    message = refused(*words, "--known-at", "now", "--log", logs[name])
    for said in ("donor/D1", "position 15", "urn:test:words", "e15", "without --known-at", "before 15"):
        assert said in message
    assert asked(*words, "--log", logs[name])["known_at"] == 13
    assert asked(*words, "--known-at", "14", "--log", logs[name])["known_at"] == 14


@pytest.mark.parametrize("name", GONE)
@pytest.mark.parametrize(("form", "begins"), [("json", b"{"), ("html", b"<!DOCTYPE"), ("pdf", b"%PDF")])
def test_the_dossier_command_prints_it_in_each_form(logs: dict[str, str], name: str, form: str, begins: bytes) -> None:
    result = snagc("dossier", "O1", "--format", form, "--log", logs[name])
    assert result.exit_code == 0
    assert result.stdout_bytes.startswith(begins)


@pytest.mark.parametrize("name", GONE)
def test_two_views_of_which_one_is_not_possible_say_so(logs: dict[str, str], name: str) -> None:
    assert "position 15" in refused("diff", "O1", "--b", "known-at=now", "--log", logs[name])
    assert asked("diff", "O1", "--b", "known-at=14", "--log", logs[name])["changes"] == []


@pytest.mark.parametrize("name", GONE)
def test_over_a_span_sensitivity_and_what_if_go_on(logs: dict[str, str], name: str, tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    dates = "valid_from = 2024-01-01\nlast_checked_on = 2026-01-01\n"
    rules.write_text(f'title = "the same"\nextends = "2023-06-15"\n{dates}', encoding="utf-8")
    span = ["--from", "2024-05-01T00:00:00Z", "--log", logs[name]]
    assert {row["offers"] for row in asked("sensitivity", *span)} == {2}
    assert asked("what-if", rules, *span)["offers"] == 2


@pytest.mark.parametrize("name", GONE)
def test_the_audit_counts_it_as_a_divergence_with_what_happened(logs: dict[str, str], name: str) -> None:
    result = snagc("audit", "--known-at", "now", "--log", logs[name], "--json")
    document = json.loads(result.stdout)
    (found,) = document["differing"]
    assert (result.exit_code, document["impossible"], found["offer"]) == (3, 1, "O1")
    assert "position 15" in found["problem"]
    (event,) = found["events"]
    assert (event["how"], event["by"][0]["id"]) == ("retracted" if name == "donor retracted" else "corrected", "e15")
    shown = snagc("audit", "--known-at", "now", "--log", logs[name])
    assert shown.exit_code == 3
    assert "1 could not be made at all" in shown.output


def test_the_audit_leaves_offers_alone_that_come_after_what_is_known(logs: dict[str, str]) -> None:
    result = snagc("audit", "--known-at", "14", "--log", logs["donor retracted"], "--json")
    assert (result.exit_code, json.loads(result.stdout)["differing"]) == (0, [])


@pytest.mark.parametrize("name", GONE)
@pytest.mark.parametrize("form", ["csv", "parquet", "xlsx"])
@pytest.mark.parametrize("what", ["runs", "ranks"])
def test_an_export_marks_the_one_run_it_cannot_make_and_goes_on(
    logs: dict[str, str], tmp_path: Path, what: str, form: str, name: str
) -> None:
    out = tmp_path / f"{what}.{form}"
    told = asked("export", what, "--format", form, "--out", out, "--log", logs[name], "--known-at", "now")
    assert told["without_run"] == ["O1"]
    first, *rest = READERS[form](out)
    assert first["offer"] == "O1"
    assert "position 15" in first["problem"]
    assert not first.get("candidate")
    assert rest
    assert all(row["offer"] == "O2" and not row["problem"] for row in rest)


def test_an_export_marks_an_offer_of_before_the_score(tmp_path: Path) -> None:
    log = Log()
    log.donor("D0", "2017-05-01")
    log.offered("O0", "2017-05-02", "D0")
    log.events += [event | {"id": f"x{event['id']}"} for event in story().events]
    path, out = log.kept_at(tmp_path / "early.db"), tmp_path / "runs.csv"
    assert asked("export", "runs", "--format", "csv", "--out", out, "--log", path)["without_run"] == ["O0"]
    assert [bool(row["problem"]) for row in READERS["csv"](out)] == [True, False]
    shown = snagc("export", "runs", "--format", "csv", "--out", tmp_path / "again.csv", "--log", path)
    assert "no run could be made of O0" in shown.output


def read_csv(path: Path) -> list[dict[str, Any]]:
    """Every row of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_xlsx(path: Path) -> list[dict[str, Any]]:
    """Every row of a workbook's first sheet."""
    header, *rows = openpyxl.load_workbook(path).worksheets[0].iter_rows(values_only=True)
    return [dict(zip(header, row, strict=True)) for row in rows]


READERS: dict[str, Callable[[Path], list[dict[str, Any]]]] = {
    "csv": read_csv,
    "xlsx": read_xlsx,
    "parquet": lambda path: pl.read_parquet(path).to_dicts(),
}
