"""A live offer sent again: the first run answers, and the national counter moves once."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from engine.errors import NoRulesError
from engine.intake.intake import Intake, Submission
from engine.intake.quarantine import entries
from engine.log.eventlog import EventLog
from engine.log.history import Fact
from engine.quantities import parse_instant
from engine.rules.readings import choose_readings
from engine.rules.ruleset import RuleSet
from replay.audit.audit import audit
from replay.run.column_ranker import ColumnRanker
from replay.run.live import LiveRuns, Ranked
from replay.run.matchrun import match_run
from replay.run.moments import recalled_moment
from replay.run.offering import (
    OfferRefusedError,
    OtherDonorError,
    TwoRunsError,
    hold_against_record,
    offer_once,
    take_offer,
)
from tests.replay.command import asked, in_a_process, snagc

DONOR = {
    "age": 52, "sex": "F", "blood_group": "B", "height_cm": "161", "weight_kg": "58", "procurement_site": "690781810",
}  # fmt: skip
OFFERED = "snagc.graft.offered.v1"


def ticking() -> Iterator[int]:
    """A clock that a retry never finds where the first try left it."""
    instant = parse_instant("2026-03-02T04:11:07.25+01:00")
    while True:
        yield (instant := instant + 1_000_003)


def registered(donor: str) -> Submission:
    """A donor of the night before."""
    return Submission(1, json.dumps({
        "specversion": "1.0", "source": "coordination", "id": donor, "type": "snagc.donor.registered.v1",
        "subject": f"donor/{donor}", "time": "2026-03-01T23:50:00+01:00", "data": DONOR,
    }).encode())  # fmt: skip


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A log of two donors."""
    clock = ticking()
    with EventLog.open(str(tmp_path / "nuit.db"), create=True) as log:
        Intake(log, now=lambda: next(clock)).take([registered("D7"), registered("D8")])
    return tmp_path / "nuit.db"


def test_an_offer_sent_again_answers_with_its_first_run_and_takes_no_number(place: Path) -> None:
    clock = ticking()
    with EventLog.open(str(place)) as log:
        first, _ = offer_once(log, "D7", "N1", now=lambda: next(clock))
        again, noticed = offer_once(log, "D7", "N1", now=lambda: next(clock), actor="coordinator:K2")
        other, _ = offer_once(log, "D8", "N2", now=lambda: next(clock))
        assert (again.as_json(), list(noticed), log.head()) == (first.as_json(), [], 6)
        assert (first.moment.counter, other.moment.counter) == (1, 2)
        assert list(entries(log)) == []


def test_an_offer_that_a_coordination_sent_itself_answers_a_retry_by_command(place: Path) -> None:
    sent = {
        "specversion": "1.0", "source": "coordination", "id": "night-1", "type": OFFERED, "subject": "offer/N1",
        "time": "2026-03-02T04:00:00+01:00", "data": {"donor": "D7"},
    }  # fmt: skip
    assert snagc("ingest", "-", "--log", place, given=json.dumps(sent).encode()).exit_code == 0
    assert asked("offer", "D7", "--id", "N1", "--log", place)["at"] == "2026-03-02T04:00:00+01:00"
    assert len(asked("offers", "--log", place)["offers"]) == 1


@pytest.mark.parametrize(
    ("donor", "offer", "why"),
    [
        ("D8", "N1", "offer N1 is one of donor D7: take another --id"),
        ("D9", "N3", "donor D9 is not registered"),
        ("D7", "", "is not a subject"),
        ("D7\udcff", "N4", "lone surrogate"),
    ],
)
def test_what_is_no_retry_is_refused_kept_and_takes_no_number(place: Path, donor: str, offer: str, why: str) -> None:
    clock = ticking()
    with EventLog.open(str(place)) as log:
        offer_once(log, "D7", "N1", now=lambda: next(clock))
        with pytest.raises(OfferRefusedError, match=why):
            offer_once(log, donor, offer, now=lambda: next(clock))
        assert len(list(entries(log))) == 1
        last, _ = offer_once(log, "D8", "N2", now=lambda: next(clock))
        assert last.moment.counter == 2


class Backwards(ColumnRanker):
    """Ranks the last first."""

    def ranked(self, offer: Fact, counter: int, rules: RuleSet) -> Ranked:
        donor, ranking, excluded = super().ranked(offer, counter, rules)
        return donor, ranking[::-1], excluded


def test_a_recorded_run_that_its_replay_does_not_bear_out_is_gone_by_by_nobody(place: Path) -> None:
    clock = ticking()
    with EventLog.open(str(place)) as log:
        Intake(log, now=lambda: next(clock)).take([*listed("C1", "40"), *listed("C2", "90")])
        found = []
        for name, ranker in (("N1", ColumnRanker), ("N2", Backwards)):
            intake = Intake(log, now=lambda: next(clock), runs=LiveRuns(log, ranker))
            taken = take_offer(log, intake, "D7", name, "2026-03-02T05:00:00+01:00")
            replayed = match_run(recalled_moment(log, name, choose_readings()))
            assert len(replayed.ranking) == 2
            found.append((taken, replayed.digest()))
        hold_against_record(*found[0])
        with pytest.raises(TwoRunsError, match=r"offer N2: its run was recorded with digest .* go by neither"):
            hold_against_record(*found[1])


def listed(name: str, bilirubin: str) -> list[Submission]:
    """A candidate whom every donor here fits, with a current sample."""
    data = {
        "birth_date": "1970-01-02", "sex": "F", "blood_group": "B", "height_cm": "163", "weight_kg": "60",
        "diseases": ["151"], "centre": "690781810", "abo_matching": "identical",
    }  # fmt: skip
    results = {"total_bilirubin": bilirubin, "creatinine": "150"}
    told = [
        ("candidate.registered", data),
        *(("lab-result.recorded", {"analyte": each, "value": value, "unit": "umol/L"})
          for each, value in results.items()),
    ]  # fmt: skip
    return [
        Submission(number, json.dumps({
            "specversion": "1.0", "source": "registry", "id": f"{name}-{number}", "type": f"snagc.{kind}.v1",
            "subject": f"candidate/{name}", "time": "2026-02-20T08:00:00+01:00", "data": said,
        }).encode())
        for number, (kind, said) in enumerate(told)
    ]  # fmt: skip


def test_two_who_send_one_offer_at_once_get_one_run(place: Path) -> None:
    with ThreadPoolExecutor(2) as both:
        sent = list(both.map(lambda _: in_a_process("offer", "D7", "--id", "N1", "--log", place, "--json"), range(2)))
    assert [each.returncode for each in sent] == [0, 0], [each.stderr for each in sent]
    assert sent[0].stdout == sent[1].stdout
    with EventLog.open(str(place)) as log:
        assert (log.head(), len(log.recorder.positions_of(OFFERED, log.head()))) == (4, 1)
        assert [finding.verdict for finding in audit(log)] == ["identical"]


def test_what_looks_wrong_about_an_offer_is_said_beside_its_run(place: Path) -> None:
    assert snagc("offer", "D7", "--id", "N1", "--log", place).exit_code == 0
    second = snagc("offer", "D7", "--id", "N2", "--log", place, "--json")
    assert json.loads(second.stdout)["counter"] == 2
    assert "warning: donor_offered_twice" in second.stderr


def test_an_offer_of_before_the_score_is_not_taken_in_since_it_could_have_no_run(place: Path) -> None:
    clock = ticking()
    with EventLog.open(str(place)) as log:
        intake = Intake(log, now=lambda: next(clock), runs=LiveRuns(log))
        old = json.loads(registered("D1").raw) | {"time": "2017-06-01T00:00:00+02:00"}
        intake.take([Submission(1, json.dumps(old).encode())])
        head = log.head()
        for _ in range(2):
            with pytest.raises(NoRulesError, match="2017-12-31"):
                take_offer(log, intake, "D1", "E1", "2017-12-31T23:59:59.999999+01:00")
        assert (log.head(), [*entries(log)]) == (head, [])
        for donor, time in (("D1", "2017-05-31T23:59:59+02:00"), ("D9", "2017-12-31T12:00:00+01:00")):
            with pytest.raises(OfferRefusedError, match=f"donor {donor} is"):
                take_offer(log, intake, donor, "E1", time)
        assert (log.head(), len([*entries(log)])) == (head, 2)
        taken = take_offer(log, intake, "D1", "E1", "2018-01-01T00:00:00+01:00")
        assert taken.digest is not None
        with pytest.raises(OtherDonorError):
            take_offer(log, intake, "D7", "E1", "2017-12-31T23:59:59+01:00")
