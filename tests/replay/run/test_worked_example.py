"""One offer worked by hand: the command line gives the answer of `fixtures/worked_example`, to the last character."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from replay.cli.app import app

EXAMPLE = Path(__file__).parents[3] / "fixtures" / "worked_example"
EVENTS = EXAMPLE / "events.ndjson"
EXPECTED: dict[str, Any] = json.loads((EXAMPLE / "expected.json").read_text(encoding="utf-8"))
ENTRIES = [*EXPECTED["ranking"], *EXPECTED["excluded"]]
WORKING = (EXAMPLE / "WORKING.md").read_text(encoding="utf-8")
WORKED = (
    *("component", "icar", "icar_j", "icar_i", "ccb", "f1_age", "f2_abo", "f3_bsa", "f4_survival", "survival_1y"),
    *("ccp", "travel_minutes", "mg", "snagc"),
)


def snagc(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh log that holds the example, and the verdicts it was taken in with, beside it."""
    path = tmp_path_factory.mktemp("worked_example") / "snagc.db"
    taken = snagc("ingest", "--import", "--json", "--log", path, EVENTS)
    assert taken.exit_code == 0, taken.output
    path.with_name("verdicts.ndjson").write_text(taken.stdout, encoding="utf-8")
    return path


def as_text(document: Any) -> str:
    """One text for one document: the order of its keys counts, its blanks do not."""
    return json.dumps(document, indent=2, ensure_ascii=False)


def worked(candidate: str) -> dict[str, str]:
    """What the candidate's section of WORKING.md ends with: its published figures, by name."""
    section = WORKING.split(f"\n## {candidate}: ")[1].split("\n## ")[0]
    published = section.split("\nPublished: ")[1].strip().removesuffix(".").replace("`", "")
    return dict(re.split(r"\s", item, maxsplit=1) for item in re.split(r",\s+", published))


def test_every_event_of_the_example_is_accepted_without_a_warning(log: Path) -> None:
    verdicts = [json.loads(line) for line in log.with_name("verdicts.ndjson").read_text(encoding="utf-8").splitlines()]
    events = [json.loads(line) for line in EVENTS.read_text(encoding="utf-8").splitlines()]
    assert [verdict["id"] for verdict in verdicts] == [event["id"] for event in events]
    assert [verdict["position"] for verdict in verdicts] == list(range(1, len(events) + 1))
    assert {verdict["status"] for verdict in verdicts} == {"accepted"}
    assert [verdict for verdict in verdicts if verdict["warnings"] or verdict["errors"]] == []


def test_the_ranking_is_the_one_worked_by_hand(log: Path) -> None:
    ranked = snagc("rank", "O1", "--log", log, "--json")
    assert ranked.exit_code == 0, ranked.output
    assert as_text(json.loads(ranked.stdout)) == as_text(EXPECTED)


@pytest.mark.parametrize(
    ("absent", "candidate", "figures", "line"),
    [
        ("A1-nt-probnp", "A1", {"icar": 17}, r"without the late NT-proBNP .* ICARj = 17"),
        ("A1-bilirubin-not-hers", "A1", {"icar": 39}, r"with the retracted bilirubin .* ICARj = 39"),
        (
            "A1-bilirubin-not-hers",
            "A1",
            {"survival_1y": "0.454581", "reasons": ["survival"]},
            r"= 0\.4545806\d+ ≤ 0\.5",
        ),
        ("A3-lvad-date", "A3", {"ccb": "755.003422"}, r"with the date as first entered: .* = 755\.003422"),
    ],
)
def test_the_late_result_the_retraction_and_the_correction_matter_as_worked(
    tmp_path: Path, absent: str, candidate: str, figures: dict[str, Any], line: str
) -> None:
    events = EVENTS.read_text(encoding="utf-8").splitlines(keepends=True)
    without = [event for event in events if json.loads(event)["id"] != absent]
    assert len(without) == len(events) - 1
    (tmp_path / "events.ndjson").write_text("".join(without), encoding="utf-8")
    snagc("ingest", "--import", "--log", tmp_path / "snagc.db", tmp_path / "events.ndjson")
    run = json.loads(snagc("rank", "O1", "--log", tmp_path / "snagc.db", "--json").stdout)
    entry = {entry["candidate"]: entry for entry in (*run["ranking"], *run["excluded"])}[candidate]
    assert {name: entry[name] for name in figures} == figures
    assert re.search(line, WORKING)


def test_the_creatinine_learnt_too_late_counts_only_for_who_asks_what_was_known_later(log: Path) -> None:
    run = json.loads(snagc("rank", "O1", "--log", log, "--known-at", 35, "--json").stdout)
    survival = {entry["candidate"]: entry["survival_1y"] for entry in run["ranking"]}["A7"]
    assert survival == "0.756296"
    assert f" = {survival}" in WORKING.split("with the creatinine of 20 June:")[1].split("\n```")[0]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["candidate"])
def test_the_working_arrives_at_every_published_figure(entry: dict[str, Any]) -> None:
    figures = {name: "null" if entry[name] is None else str(entry[name]) for name in WORKED}
    assert worked(entry["candidate"]) == figures


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["candidate"])
def test_the_closing_tables_tell_the_same_ranking(entry: dict[str, Any]) -> None:
    order = WORKING.split("\n## The order\n")[1]
    if "rank" in entry:
        row = rf"^\| {entry['rank']} \| {entry['candidate']} \|.*\| {entry['snagc']} \|$"
        assert re.search(row, order, re.MULTILINE)
    else:
        assert f"{entry['candidate']} ({', '.join(f'`{reason}`' for reason in entry['reasons'])})" in order


def test_the_working_states_the_root_and_the_digest() -> None:
    assert f"= {EXPECTED['log']['root']}\n" in WORKING
    assert f"digest = {EXPECTED['digest']}\n" in WORKING
