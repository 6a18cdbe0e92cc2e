"""The offers in order, each with its number and what became of it as known at a position."""

from pathlib import Path
from typing import Any

import pytest

from engine.log.eventlog import EventLog
from replay.reports.offers import last_offer
from tests.projections.support import Log, instant
from tests.replay.command import asked, snagc


def told() -> Log:
    """Six offers: left alone, asked, declined, accepted, transplanted after a decline, discarded."""
    log = Log()
    log.recorded = "2024-05-20T06:00:00.000000Z"
    log.counter(100)
    for number in range(1, 7):
        log.donor(f"D{number}", "2024-05-01")
        log.offered(f"O{number}", f"2024-05-{10 + number}", f"D{number}")
    for offer in (2, 3, 4, 5):
        act(log, offer, "proposal.made", candidate="C1")
    act(log, 3, "proposal.declined", candidate="C1", reason="size")
    act(log, 4, "proposal.accepted", candidate="C1")
    act(log, 5, "proposal.declined", candidate="C1")
    act(log, 5, "proposal.made", candidate="C2")
    act(log, 5, "proposal.accepted", candidate="C2")
    act(log, 5, "offer.closed", outcome="transplanted", candidate="C2")
    act(log, 6, "offer.closed", outcome="discarded")
    return log


def act(log: Log, offer: int, kind: str, **data: Any) -> int:
    """A human act about an offer."""
    return log.add(kind, f"offer/O{offer}", f"2024-05-{10 + offer} 03:00", data)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The path of a log that holds it."""
    return told().kept_at(tmp_path_factory.mktemp("offers") / "snagc.db")


def listed(path: str, *words: str) -> list[dict[str, Any]]:
    """The offers."""
    found: list[dict[str, Any]] = asked("offers", "--log", path, *words)["offers"]
    return found


def test_offers_stand_in_the_order_of_the_log_with_number_donor_instant_and_position(path: str) -> None:
    found = listed(path)
    assert [(each["counter"], each["offer"], each["donor"]) for each in found] == [
        (100 + number, f"O{number}", f"D{number}") for number in range(1, 7)
    ]
    assert found[0]["at"] == "2024-05-11T00:00:00+02:00"
    assert [each["position"] for each in found] == [3, 5, 7, 9, 11, 13]


def test_the_state_is_what_the_acts_known_make_of_it(path: str) -> None:
    assert [each["state"] for each in listed(path)] == [
        "offered", "proposed", "offered", "accepted", "transplanted", "discarded",
    ]  # fmt: skip
    fifth = listed(path)[4]
    assert fifth["proposals"] == [
        {"candidate": "C1", "answer": "declined"}, {"candidate": "C2", "answer": "accepted"},
    ]  # fmt: skip
    assert (fifth["accepted"], fifth["outcome"], fifth["candidate"]) == (["C2"], "transplanted", "C2")
    assert {each["offer"]: each["recorded_runs"] for each in listed(path)}["O1"] == []


def test_as_known_earlier_later_acts_and_offers_are_not_there(path: str) -> None:
    assert [each["state"] for each in listed(path, "--known-at", "13")] == ["offered"] * 6
    assert [each["offer"] for each in listed(path, "--known-at", "5")] == ["O1", "O2"]
    assert listed(path, "--known-at", "0") == []


@pytest.mark.parametrize(
    ("words", "offers"),
    [
        (("--from", "2024-05-13"), ["O3", "O4", "O5", "O6"]),
        (("--to", "2024-05-13"), ["O1", "O2", "O3"]),
        (("--from", "2024-05-13", "--to", "2024-05-13"), ["O3"]),
        (("--from", "2024-05-13T00:00:01"), ["O4", "O5", "O6"]),
        (("--to", "2024-05-12T22:00:00Z"), ["O1", "O2", "O3"]),
        (("--to", "2024-05-12T21:59:59.999999Z"), ["O1", "O2"]),
        (("--from", "now"), []),
    ],
)
def test_a_span_cuts_by_the_instant_and_keeps_the_numbers(path: str, words: tuple[str, ...], offers: list[str]) -> None:
    found = listed(path, *words)
    assert [each["offer"] for each in found] == offers
    assert all(each["counter"] == 100 + int(each["offer"][1:]) for each in found)


def test_the_answer_states_the_instants_it_took(path: str) -> None:
    document = asked("offers", "--from", "2024-03-31", "--to", "2024-10-27", "--log", path)
    assert (document["from"], document["to"]) == ("2024-03-31T00:00:00+01:00", "2024-10-27T23:59:59.999999+01:00")
    shown = snagc("offers", "--from", "2024-03-31", "--log", path).stdout
    assert "from 2024-03-31T00:00:00+01:00" in shown
    assert f"known at position {len(told().events)}" in shown


def test_a_live_offer_has_its_recorded_run(tmp_path: Path) -> None:
    log = Log()
    log.donor("D1", "2024-05-01")
    path = log.kept_at(tmp_path / "snagc.db")
    snagc("offer", "D1", "--id", "O1", "--log", path)
    (found,) = listed(path)
    assert (found["position"], found["recorded_runs"]) == (2, [3])


def test_an_acceptance_recorded_after_the_refusal_that_followed_it_does_not_undo_it(tmp_path: Path) -> None:
    log = Log()
    log.donor("D1", "2024-05-01")
    log.offered("O1", "2024-05-11")
    for kind, time in (("made", "03:00"), ("declined", "05:00"), ("accepted", "04:00")):
        log.add(f"proposal.{kind}", "offer/O1", f"2024-05-11 {time}", {"candidate": "C1"})
    (found,) = listed(log.kept_at(tmp_path / "snagc.db"))
    assert (found["state"], found["proposals"]) == ("offered", [{"candidate": "C1", "answer": "declined"}])


def test_the_last_offer_of_an_instant_is_that_made_then_or_before_whatever_the_log_came_to_know_last(
    tmp_path: Path,
) -> None:
    log = Log()
    log.donor("D1", "2024-05-01")
    for offer, day in (("O1", "2024-05-02"), ("O2", "2024-05-04"), ("O3", "2024-05-03")):
        log.offered(offer, day)
    with EventLog.open(log.kept_at(tmp_path / "snagc.db")) as opened:
        head = opened.head()
        found = [last_offer(opened, head, instant(day) - before) for day, before in (
            ("2024-05-02", 1), ("2024-05-02", 0), ("2024-05-04", 1), ("2024-05-04", 0))]  # fmt: skip
        assert [each and each["offer"] for each in found] == [None, "O1", "O3", "O2"]
        assert (last_offer(opened, head - 1, instant("2024-05-03")) or {})["offer"] == "O1"
