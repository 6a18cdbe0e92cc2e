"""The dossier: one self-contained file, the same bytes again, in two languages, whatever the texts in the log."""

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
import tomllib
import zlib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import engine.rules.score  # noqa: F401 - registers every rule
from engine.errors import RequestError
from engine.events.canonical import canonical_json
from engine.events.vocabulary import ANALYTES, COMPONENTS, OUTCOMES, TREATMENTS
from engine.intake.acts.codes import CODES
from engine.intake.intake import Intake, Submission
from engine.intake.plausibility.registry import RULES as PLAUSIBILITY
from engine.log.eventlog import EventLog
from engine.rules.readings import all_readings
from engine.rules.rule import RULES
from engine.rules.ruleset import rule_history
from projections.data_quality import ALERTS
from replay.reports.dossier.chain import value_said
from replay.reports.dossier.content import Provenance, dossier
from replay.reports.dossier.files import html_file, json_file, pdf_file
from replay.reports.explain import EXCLUSIONS
from replay.reports.words import LANGUAGES, Words, tables
from tests.long import examples
from tests.projections.support import CLOCK, Log
from tests.replay.command import refused, snagc
from tests.replay.support import NOW, adult, offered, one_town
from tests.support import moment_of

OF_CANDIDATES = ("candidate.", "lab-result.", "treatment.", "expert-priority.")
ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "fixtures" / "worked_example" / "events.ndjson"
HOSTILE = """<script>alert("1")</script> ' & {{ 7*7 }} #panic() \\ ${x}"""
PROVENANCE = Provenance("snagc test", "2024-07-01T06:00:00.000000Z", False)


def document(log: Log, candidate: str | None = None, offer: str = "O1", known_at: int | None = None) -> dict[str, Any]:
    """The dossier's document, known now to the end of the log unless told otherwise."""
    then = moment_of(log.events, offer)
    return dossier(then, moment_of(log.events, offer, known_at or len(log.events)), candidate, PROVENANCE)


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The worked example in a log."""
    path = str(tmp_path_factory.mktemp("dossier") / "example.db")
    log = EventLog.open(path, create=True)
    lines = [Submission(number, line) for number, line in enumerate(EXAMPLE.read_bytes().splitlines(), 1)]
    Intake(log, now=lambda: CLOCK, imported=True).take(lines)
    log.close()
    return path


def written(example: str, *words: str, env: dict[str, str] | None = None) -> bytes:
    """What the command writes in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", "from replay.cli.app import app; app()", "dossier", "O1", *words, "--log", example],
        env={**os.environ, "PYTHONPATH": str(ROOT), **(env or {})},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


@cache
def history() -> Log:
    """An offer to four, proposed, declined, accepted out of order, with one lab learnt late and hostile texts."""
    log = one_town()
    log.counter(4)
    adult(log, "first")
    log.granted("first", "XPCA", "2024-05-01", delay_months=3)
    adult(log, "second")
    log.started("second", "ecmo", "2024-05-04 12:00", device=HOSTILE)
    adult(log, "third")
    adult(log, "child", birth_date="2012-05-17")
    adult(log, "other", blood_group="O", labs=None)
    offered(log)
    log.add("proposal.made", "offer/O1", "2024-05-17 00:10", {"candidate": "child"})
    log.add("proposal.declined", "offer/O1", "2024-05-17 00:20", {"candidate": "child", "reason": HOSTILE})
    log.add("proposal.accepted", "offer/O1", "2024-05-17 00:30", {"candidate": "third", "reason": "close by"})
    log.add("offer.closed", "offer/O1", "2024-05-17 06:00", {"outcome": "transplanted", "candidate": "third"})
    log.lab("third", "total_bilirubin", "60", "2024-05-16 12:00")
    return log


def text_of(page: bytes) -> str:
    """The text of a page without its tags."""
    import html

    return html.unescape(re.sub(r"<[^>]+>", "\n", re.sub(r"<style>.*?</style>", "", page.decode(), flags=re.S)))


# ------------------------------------------------------------------------------------------- the same bytes


@pytest.mark.parametrize("kind", ["pdf", "html"][: examples(1, 2)])
def test_it_is_the_same_bytes_under_another_hash_seed_time_zone_and_locale(example: str, kind: str) -> None:
    here = snagc("dossier", "O1", "A2", "--format", kind, "--log", example).stdout_bytes
    elsewhere = {"PYTHONHASHSEED": "1", "TZ": "Asia/Kathmandu", "LC_ALL": "C"}
    assert written(example, "A2", "--format", kind, env=elsewhere) == here


def test_it_is_the_same_bytes_after_the_log_has_grown_if_the_same_position_is_named() -> None:
    log = history()
    assert json_file(document(log, known_at=len(log.events) - 1)) != json_file(document(log))
    longer = Log()
    longer.events = [*log.events]
    at = len(longer.events)
    longer.lab("first", "creatinine", "400", "2024-05-16 13:00")
    assert json_file(document(longer, known_at=at)) == json_file(document(log))


# -------------------------------------------------------------------------------------------- the languages


def keys(table: Any, path: str = "") -> set[str]:
    """Every dotted key of a table."""
    if not isinstance(table, dict):
        return {path}
    return {key for name, below in table.items() for key in keys(below, f"{path}.{name}")}


def test_both_languages_have_every_text_with_the_same_fields() -> None:
    french, english = tables("fr"), tables("en")
    assert keys(dict(french)) == keys(dict(english))

    def fields(table: Any, path: str) -> set[str]:
        for name in path.strip(".").replace("lab-result.", "lab-result\0").split("."):
            table = table.get(name) if isinstance(table, dict) else table
        return set(re.findall(r"{\w+}", str(table)))

    for path in keys(dict(french)):
        assert fields(dict(french), path) == fields(dict(english), path), path


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_of_the_engine_has_its_word(language: str) -> None:
    words = tables(language)
    assert {rule.symbol for rule in RULES.values()} <= set(words["symbols"])
    assert {figure.unit for rules in rule_history() for figure in rules.figures.values() if figure.unit} <= set(
        words["units"]
    )
    assert set(EXCLUSIONS) == set(words["reasons"]) == set(words["meanings"])
    assert set(TREATMENTS) == set(words["treatments"])
    assert set(COMPONENTS) <= set(words["components"])
    assert set(OUTCOMES) == set(words["outcomes"])
    assert set(ANALYTES) == set(words["analytes"])
    assert set(CODES) == set(words["findings"]) - {"title", "none"}
    assert {rules.id for rules in rule_history()} == set(words["titles"])
    assert set(all_readings()) == set(words["readings"])
    for name, reading in all_readings().items():
        assert set(reading.options) == set(words["readings"][name]["options"])
    about_candidates = {
        rule.code for rule in PLAUSIBILITY if any(kind.startswith(OF_CANDIDATES) for kind in rule.kinds)
    }
    assert set(words["alerts"]) == {*ALERTS, *about_candidates} - {"same_person_twice"}  # that takes the whole log


def test_french_writes_commas_dates_and_its_own_spaces() -> None:
    w = Words("fr")
    assert w.number("-1.25") == "−1,25"
    assert w.formula("min(40, max(0, 186.3 x (a - 1)))") == "min(40\u202f; max(0\u202f; 186,3 × (a − 1)))"
    assert w.moment("2024-07-01T00:00:00+02:00").startswith("1er\u00a0juillet 2024 à 00\u00a0h\u00a000")
    assert w("page", "disclaimer", limits="x").endswith("«\u00a0x\u00a0».")
    twice = [w.stamp(f"2025-10-26T02:30:00+0{hours}:00") for hours in (2, 1)]
    assert twice == ["26/10/2025 02:30:00\u00a0(UTC+02:00)", "26/10/2025 02:30:00\u00a0(UTC+01:00)"]
    assert w.stamp("2025-10-26T03:00:00+01:00") == "26/10/2025 03:00:00"
    assert w.stamp("2025-07-01T12:00:00Z", offset=True) == "01/07/2025 14:00:00\u00a0(UTC+02:00)"
    assert Words("en").moment("2024-01-31T12:00:05Z") == "31\u00a0January 2024, 13:00:05 (UTC+01:00)"
    assert w.ranges([3, 1, 2, 7]) == "1 à 3, 7"
    assert w.ranges([1, 2, 5]) == "1 et 2, 5"
    assert w.percent("0.499999") == "49,9\u00a0%"
    assert Words("en").percent("1") == "100.0%"
    lab = {"symbol": "PROBNP2", "value": "30.5", "unit": "ng/L", "sent": "3565 pg/mL"}
    assert value_said(lab, w) == "30,5 ng/L (transmis : 3565 pg/mL)".replace(" :", "\u00a0:")
    assert value_said({**lab, "unit": "days"}, w) == "30,5 jours"


# ---------------------------------------------------------------------------------- everything is in there


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("candidate", ["first", "second", "child", "other"])
def test_every_figure_of_the_ranking_and_of_the_chain_is_on_the_page(candidate: str, language: str) -> None:
    told, w = document(history(), candidate), Words(language)
    text = text_of(html_file(told, language))
    for entry in [*told["run"]["ranking"], *told["run"]["excluded"]]:
        figures = ("ccb", "f1_age", "f2_abo", "f3_bsa", "f4_survival", "survival_1y", "ccp", "mg")
        for figure in [w.number(entry["snagc"]), *(w.short(entry[name]) for name in figures)]:
            assert f"\n{figure}\n" in text, (entry["candidate"], figure)
    for step in told["explanation"]["steps"]:
        for name in ("formula", "figures", "value"):
            assert f"= {w.formula(step[name])}" in text, step
        assert f"{step['annex']}\n" in text
        for given in step["inputs"]:
            if "event" in given:
                assert f"[{given['event']['position']}]" in text
    assert told["log"]["root"] in text
    assert told["log"]["root_now"] in text
    assert told["log"]["digest"] in text


def test_the_digest_is_that_of_the_decision_inside() -> None:
    told = document(history())
    assert hashlib.sha256(canonical_json(told["decision"])).hexdigest() == told["log"]["digest"]


def test_the_first_ranked_is_told_of_unless_another_is_named() -> None:
    assert document(history())["candidate"]["id"] == document(history())["run"]["ranking"][0]["candidate"]


def test_an_excluded_candidate_gets_its_reasons_and_no_rank() -> None:
    told = document(history(), "other")
    assert told["explanation"]["rank"] is None
    text = text_of(html_file(told, "fr"))
    assert "n’est pas classé pour ce greffon" in text
    assert Words("fr")("meanings", "abo") in text


def test_a_child_has_no_index_of_risk() -> None:
    text = text_of(html_file(document(history(), "child"), "fr"))
    assert "ne s’applique qu’aux adultes" in text
    assert "il n’y a pas d’index de risque cardiaque" in text


def test_acts_out_of_order_are_deviations_with_whom_they_pass_over_and_why() -> None:
    told = document(history())
    made, declined, accepted, closed = told["acts"]
    ranks = {entry["candidate"]: entry["rank"] for entry in told["run"]["ranking"]}
    assert made["deviation"] == (ranks["child"] > 1)
    assert not declined["deviation"]
    assert accepted["deviation"]
    assert not closed["deviation"], "the acceptance it follows is one; it passes over nobody else"
    assert [each["candidate"] for each in accepted["passed_over"]] == [
        name for name in ranks if ranks[name] < ranks["third"] and name != "child"
    ]
    text = text_of(html_file(told, "fr"))
    assert "ÉCART" in text
    assert "close by" in text


def test_in_order_acts_are_no_deviation() -> None:
    log = one_town()
    adult(log, "C1")
    adult(log, "C2", labs=None)
    log.labs("C2", "2024-05-16", bilirubin="5", creatinine="100", nt_probnp="500")
    offered(log)
    order = [entry["candidate"] for entry in log.run("O1")["ranking"]]
    for kind, candidate in [("made", order[0]), ("declined", order[0]), ("made", order[1]), ("accepted", order[1])]:
        log.add(f"proposal.{kind}", "offer/O1", NOW, {"candidate": candidate})
    assert [act["deviation"] for act in document(log)["acts"]] == [False] * 4


def test_what_was_learnt_late_is_named_with_the_rank_it_would_have_changed() -> None:
    told = document(history())
    (learnt,) = told["later"]["learnt"]
    assert learnt["subject"] == "candidate/third"
    assert [(fact["how"], fact["position"]) for fact in learnt["facts"]] == [("late", len(history().events))]
    assert "third" in [change["candidate"] for change in told["later"]["changes"]]


def test_a_known_at_before_the_offer_is_refused() -> None:
    with pytest.raises(RequestError, match="give that position or a later one"):
        document(history(), known_at=3)


# ------------------------------------------------------------------------------------------------ the chart


def points(told: dict[str, Any]) -> dict[str, str | None]:
    """The Score CCB by instant."""
    return {point["at"]: point["ccb"] for point in told["course"]["then"]["points"]}


def test_the_chart_ends_at_the_score_of_the_offer() -> None:
    for candidate in ("first", "second", "child"):
        told = document(history(), candidate)
        assert list(points(told).values())[-1] == told["explanation"]["score"]["ccb"]


def test_the_ecmo_taper_and_the_ramp_of_an_expert_component_are_marked_where_they_turn() -> None:
    second = document(history(), "second")["course"]["then"]
    marks = {mark["what"]: mark["at"] for mark in second["marks"]}
    assert marks["taper_begins"] == "2024-05-16T12:00:00+02:00"
    log = one_town()
    adult(log, "C1")
    log.granted("C1", "XPCA", "2024-03-01", delay_months=1)
    told = document(offered(log))
    ramp = {mark["what"]: mark["at"] for mark in told["course"]["then"]["marks"]}
    assert ramp["ramp_ends"] == "2024-04-01T00:00:00+02:00"
    assert points(told)["2024-04-01T00:00:00+02:00"] == "900.000000"


@pytest.mark.parametrize(
    ("sampled", "until"),
    [("2024-01-20", "2024-05-04T00:00:00+02:00"), ("2023-12-17 02:30", "2024-03-31T03:00:00+02:00")],
)
def test_results_too_old_and_steps_of_icar_are_marked(sampled: str, until: str) -> None:
    log = one_town()
    adult(log, labs=sampled)  # 105 days after the second the clock in Paris skips an hour
    marks = document(offered(log), "C1")["course"]["then"]["marks"]
    assert {"bilirubin", "creatinine", "peptides"} == {mark["variable"] for mark in marks if mark["what"] == "expired"}
    assert {mark["at"] for mark in marks if mark["what"] == "expired"} == {until}
    assert [(mark["from"], mark["to"]) for mark in marks if mark["what"] == "icar"][-1][1] == 0


# ---------------------------------------------------------------------------------------------- self-contained


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_fetched_and_nothing_runs(language: str) -> None:
    page = html_file(document(history(), "second"), language).decode()
    bare = re.sub(r'href="data:application/json;base64,[A-Za-z0-9+/=]+"', "", page)
    assert not re.findall(r"\bsrc\s*=|url\(|@import|<link|<script|<iframe|<object|\bon\w+\s*=\s*[\"']", bare)
    assert all(address.startswith("#") for address in re.findall(r'href="([^"]*)"', bare))
    assert re.findall(r"https?://[^\"<\s]+", bare) == ["http://www.w3.org/2000/svg"]


def test_hostile_text_stays_text() -> None:
    told = document(history(), "second")
    page = html_file(told, "fr")
    assert b"<script" not in page
    assert HOSTILE in text_of(page)
    assert pdf_file(told, "fr").startswith(b"%PDF")


def test_the_html_holds_the_document() -> None:
    told = document(history())
    found = re.search(rb'href="data:application/json;base64,([^"]+)"', html_file(told, "fr"))
    assert found
    assert base64.b64decode(found[1]) == json_file(told)


def test_the_pdf_is_pdf_a_3_with_the_document_attached_and_its_own_fonts() -> None:
    told = document(history(), "second")
    made = pdf_file(told, "fr")
    streams = [stream for stream in map(inflated, re.findall(rb"stream\r?\n(.*?)\r?\nendstream", made, re.S)) if stream]
    assert json_file(told) in streams
    assert b"/AFRelationship" in b"".join([made, *streams])
    metadata = next(stream for stream in streams if b"pdfaid" in stream)
    assert b"<pdfaid:part>3</pdfaid:part>" in metadata
    assert b"2024-05-16T22:00:00" in metadata
    assert b"LibertinusSerif" in b"".join([made, *streams])


def inflated(stream: bytes) -> bytes:
    """A stream of a PDF, unpacked where it is packed."""
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return stream


# ------------------------------------------------------------------------------------------------- command


def test_the_command_writes_a_file_and_says_what_cannot_be(example: str, tmp_path: Path) -> None:
    out = tmp_path / "dossier.json"
    result = snagc("dossier", "O1", "--format", "json", "--out", out, "--log", example)
    assert (result.exit_code, result.stdout) == (0, "")
    told = json.loads(out.read_bytes())
    assert told["candidate"]["id"] == "A6"
    assert told["log"]["recorded_times_declared"] is True
    assert "not in this log" in refused("dossier", "O9", "--log", example)
    assert "give that position or a later one" in refused("dossier", "O1", "--known-at", "3", "--log", example)
    assert "folder that exists" in refused("dossier", "O1", "--out", tmp_path / "no" / "x.html", "--log", example)


def test_the_words_files_are_what_the_reader_reads() -> None:
    for language in LANGUAGES:
        files = sorted((ROOT / "replay" / "reports" / "catalogue" / language).glob("*.toml"))
        told = [tomllib.loads(path.read_text(encoding="utf-8")) for path in files]
        assert {name: words for each in told for name, words in each.items()} == tables(language)
        assert sum(map(len, told)) == len(tables(language))
