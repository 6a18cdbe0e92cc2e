"""audit --acts: human acts held against the run of their offer, each kind of misfit found and nothing else."""

import gc
import html
import json
import re
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from engine.errors import BrokenLogError
from engine.intake.acts.codes import CODES, ActFinding
from engine.intake.acts.held import Offer, findings
from engine.log.eventlog import EventLog
from replay.audit.acts import HeldActs
from replay.cli import printing
from replay.reports.acts import ActsReport
from replay.reports.documents import document_bytes
from replay.reports.dossier.content import Provenance, dossier
from replay.reports.dossier.files import html_file
from replay.reports.words import LANGUAGES, Words
from replay.run.asked import Asked
from tests.long import examples
from tests.replay.audit.act_stories import (
    ACCEPTED,
    MADE,
    RIGHT,
    WRONG,
    Acts,
    Found,
    Story,
    after_the_end,
    grafted_another,
    jumped,
    no_and_yes,
    unanswered,
    withdrawn_answer,
)
from tests.replay.command import snagc
from tests.support import moment_of


def audited(path: Path, acts: Acts, *words: str) -> tuple[int, dict[str, Any]]:
    """Exit code and document of ``audit --acts``."""
    log = path if path.exists() else Path(acts.log.kept_at(path))
    result = snagc("audit", "--acts", "--json", "--log", log, *words)
    assert result.stderr == ""
    return result.exit_code, json.loads(result.stdout)


def found_in(document: dict[str, Any]) -> list[Found]:
    """Code, candidate and position of each finding."""
    findings = [each for offer in document["offers"] for each in offer["findings"]]
    assert all(set(each) == {"code", "candidate", "position", "message"} for each in findings)
    return [(each["code"], each["candidate"], each["position"]) for each in findings]


@pytest.mark.parametrize("story", [*RIGHT, *WRONG], ids=lambda story: story.__name__)
def test_what_does_not_fit_is_found_by_code_candidate_and_position_and_nothing_else(
    tmp_path: Path, story: Story
) -> None:
    acts = Acts()
    expected = story(acts)
    code, document = audited(tmp_path / "acts.db", acts)
    assert sorted(found_in(document), key=str) == sorted(expected, key=str)
    assert code == (3 if expected else 0)
    assert "O1" in [offer["offer"] for offer in document["offers"]]


def test_every_code_is_found_in_some_story() -> None:
    found = {code for story in WRONG for code, _, _ in story(Acts())}
    assert found == set(CODES)


# --------------------------------------------------------------------------------------- the run and what is known


def recorded(acts: Acts, order: list[str]) -> None:
    """An official ranking of the offer."""
    ranking = [{"rank": n, "candidate": name, "snagc": f"{900 - n}"} for n, name in enumerate(order, 1)]
    data = {"offer": "O1", "counter": 1, "ruleset": "2023-06-15", "readings": {}, "log_size": 1, "ranking": ranking}
    acts.log.add("match-run.recorded", "offer/O1", acts.clock, data)


@pytest.mark.parametrize(
    ("time", "found"),
    [("2024-05-17", []), ("2024-05-17 09:59", ["act_before_offer"]), ("2024-05-17 00:00:01", ["act_before_offer"]),
     ("2024-05-17 10:00", []), ("2024-05-16", ["act_before_offer"])],
)  # fmt: skip
def test_an_act_known_by_its_day_alone_is_not_before_an_offer_later_on_that_day(
    tmp_path: Path, time: str, found: list[str]
) -> None:
    acts = Acts()
    acts.log.donor("D2", "2024-05-16 08:00")
    acts.log.offered("O2", "2024-05-17 10:00", donor="D2")
    acts.log.add("proposal.made", "offer/O2", time, {"candidate": "C1"})
    _, document = audited(tmp_path / "log.db", acts)
    assert [code for code, _, _ in found_in(document)] == found


@pytest.mark.parametrize(
    ("story", "words"),
    [(no_and_yes, "the acceptance at"), (no_and_yes, "contradicts the refusal by C1"),
     (withdrawn_answer, "contradicts the acceptance by C1"), (grafted_another, "where the transplantation is for C2"),
     (after_the_end, "the proposal at"), (after_the_end, "the closing at"), (unanswered, "at the acceptance for C2")],
)  # fmt: skip
def test_a_finding_calls_each_act_by_its_word(tmp_path: Path, story: Story, words: str) -> None:
    acts = Acts()
    story(acts)
    _, document = audited(tmp_path / "log.db", acts)
    assert any(words in each["message"] for offer in document["offers"] for each in offer["findings"])


def test_acts_are_held_against_the_ranking_recorded_at_the_time(tmp_path: Path) -> None:
    acts = Acts()
    recorded(acts, ["C2", "C1"])
    acts.act(MADE, "C2")
    acts.act(ACCEPTED, "C2")
    third = acts.act(MADE, "C3")
    assert found_in(audited(tmp_path / "acts.db", acts)[1]) == [("not_on_run", "C3", third)]


def test_a_recorded_ranking_of_nobody_is_a_ranking(tmp_path: Path) -> None:
    acts = Acts()
    recorded(acts, [])
    assert found_in(audited(tmp_path / "acts.db", acts)[1]) == []
    made = acts.act(MADE, "C1")
    assert found_in(audited(tmp_path / "more.db", acts)[1]) == [("not_on_run", "C1", made)]


def test_what_is_asked_as_known_before_an_act_does_not_hold_it(tmp_path: Path) -> None:
    acts = Acts()
    made = acts.act(MADE, "C2")
    path = tmp_path / "acts.db"
    assert audited(path, acts)[0] == 3
    code, document = audited(path, acts, "--known-at", str(made - 1))
    assert (code, found_in(document), document["known_at"]) == (0, [], made - 1)


def test_an_act_retracted_since_is_no_act(tmp_path: Path) -> None:
    acts = Acts()
    acts.log.retracted(acts.act(MADE, "C3"))
    assert audited(tmp_path / "acts.db", acts) == (0, {"offers": [{"offer": "O1", "findings": []}]})


def test_only_offers_of_the_span_are_held(tmp_path: Path) -> None:
    acts = Acts()
    acts.act(MADE, "C2")
    path = tmp_path / "acts.db"
    assert audited(path, acts, "--from", "2024-05-17", "--to", "2024-05-17")[0] == 3
    code, document = audited(path, acts, "--from", "2024-05-18")
    assert (code, document["offers"]) == (0, [])


def test_the_text_names_each_finding_and_counts_them(tmp_path: Path) -> None:
    acts = Acts()
    expected = jumped(acts)
    result = snagc("audit", "--acts", "--log", acts.log.kept_at(tmp_path / "acts.db"))
    assert result.exit_code == 3
    for code, candidate, position in expected:
        assert f"{code} at {position}: {candidate}: " in result.stdout
    assert "1 of 1 offer\n" in result.stdout


# ------------------------------------------------------------------------------------------------------ the dossier


@pytest.mark.parametrize("story", [*RIGHT, *WRONG], ids=lambda story: story.__name__)
def test_the_dossier_says_the_same_in_its_own_words(story: Story) -> None:
    acts = Acts()
    expected = [each for each in story(acts) if each[0] not in ("offer_unknown", "donor_offered_twice")]
    events = acts.log.events
    then, now = moment_of(events, "O1"), moment_of(events, "O1", len(events))
    document = dossier(then, now, "C1", Provenance("test", "2024-07-01T06:00:00.000000Z", False))
    found = [(each["code"], each["candidate"], each["position"]) for each in document["findings"]]
    assert sorted(found, key=str) == sorted(expected, key=str)
    for language in LANGUAGES[:: examples(2, 1)]:
        page = html_file(document, language).decode()
        text = re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))
        assert all(f"[{position}] " in text for _, _, position in expected)
        if document["acts"] and not expected:
            assert Words(language)("findings", "none") in text


@pytest.mark.parametrize("most", [1, 16 << 20])
@pytest.mark.parametrize("end", [None, "2024-05-18", "2020-01-01"])
def test_the_document_is_that_of_the_report_whether_it_waits_in_memory_or_in_a_file(
    end: str | None, most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printing, "_MOST_IN_MEMORY", most)
    acts = Acts()
    jumped(acts)
    path = acts.log.kept_at(tmp_path / "acts.db")
    printed = snagc("audit", "--acts", "--json", "--log", path, *(["--to", end] if end else [])).stdout_bytes
    with closing(EventLog.open(path)) as log:
        assert printed == document_bytes(ActsReport(Asked(log, 0, end=end)).as_json())


def offered_again(acts: Acts, offers: int) -> None:
    """More offers, each with something to be found about its acts."""
    for number in range(2, offers + 1):
        acts.log.add("graft.offered", f"offer/O{number}", acts.clock, {"donor": "D1"})
        acts.act(MADE, "C3", offer=f"O{number}")


def test_what_was_found_about_an_offer_is_let_go_of_once_it_was_told(tmp_path: Path) -> None:
    acts = Acts()
    offered_again(acts, 9)
    with closing(EventLog.open(acts.log.kept_at(tmp_path / "acts.db"))) as log:
        report = ActsReport(Asked(log, 0))
        kept = [sum(isinstance(each, HeldActs) for each in gc.get_objects()) for _ in report.parts()]
        assert report.held == len(kept) - 2 == 9
        assert report.with_findings == 8
        assert max(kept) == 1


@pytest.mark.parametrize("json", [(), ("--json",)])
def test_a_log_that_breaks_while_it_is_audited_gives_no_half_document(
    json: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    acts = Acts()
    jumped(acts)
    offered_again(acts, 3)
    path = acts.log.kept_at(tmp_path / "acts.db")

    def broken(offer: Offer) -> list[ActFinding]:
        if offer.id == "O3":
            raise BrokenLogError("position 9 is missing")
        return findings(offer)

    monkeypatch.setattr("replay.audit.acts.findings", broken)
    result = snagc("audit", "--acts", *json, "--log", path)
    assert (result.exit_code, result.stderr) == (4, "snagc: position 9 is missing\n")
    assert result.stdout == "" if json else result.stdout.startswith("O1:")
