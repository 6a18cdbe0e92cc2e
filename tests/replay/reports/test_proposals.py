"""The proposals to a candidate: at which offers, its rank then, what was answered; as of an instant, as known then."""

from typing import Any

import pytest

from engine.log.eventlog import EventLog
from engine.quantities import parse_instant
from replay.reports.proposals import proposals_document
from replay.run.asked import Asked
from replay.service.memory import RememberedLog
from tests.projections.support import Log, when

NOW = "2024-06-02"
REASON = 'too "small"'


def act(log: Log, offer: int, hour: str, kind: str, candidate: str = "C1", **data: Any) -> int:
    """A human act on the day of an offer."""
    named = {"candidate": candidate, **data}
    return log.add(f"proposal.{kind}", f"offer/O{offer}", f"2024-05-{10 + offer} {hour}", named)


def story() -> tuple[Log, dict[str, int]]:
    """C1 leaves after six offers; O1 was before it, O5 is another's, O7 after it; and positions by what they are."""
    log, at = Log(), dict[str, int]()
    log.registered("C1", "2024-05-12")
    log.registered("C2", "2024-05-12")
    for number in range(1, 8):
        log.donor(f"D{number}", "2024-05-01")
        log.offered(f"O{number}", f"2024-05-{10 + number} 01:00", f"D{number}")
    ranking = [{"rank": n, "candidate": name, "snagc": f"{900 - n}"} for n, name in enumerate(("C2", "C1"), 1)]
    run = {"offer": "O2", "counter": 2, "ruleset": "2023-06-15", "readings": {}, "log_size": 1, "ranking": ranking}
    for number in (2, 5):
        log.add(
            "match-run.recorded", f"offer/O{number}", f"2024-05-{10 + number} 01:01", {**run, "offer": f"O{number}"}
        )
    act(log, 2, "02:00", "made")
    act(log, 2, "03:00", "declined", reason=REASON)
    act(log, 3, "02:00", "accepted")
    act(log, 4, "02:00", "made")
    act(log, 4, "02:30", "declined")
    at["again"] = act(log, 4, "04:00", "made")
    act(log, 5, "02:00", "made", "C2")
    at["mistaken"] = act(log, 6, "02:00", "made", "C2")
    log.delisted("C1", "2024-05-16 12:00")
    log.recorded = "2024-06-01T00:00:00.000000Z"
    at["corrected"] = log.corrected(at["mistaken"], candidate="C1")
    at["retracted"] = log.retracted(at["again"])
    return log, at


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    return story()[0].kept_at(tmp_path_factory.mktemp("proposals") / "log.db")


@pytest.mark.parametrize("held", [EventLog, RememberedLog])
def test_offers_ranks_and_answers_stand_newest_first_as_known_and_as_of_a_moment(
    path: str, held: type[EventLog]
) -> None:
    log, at = held.open(path), story()[1]

    def told(moment: str = NOW, known: int | None = None, who: str = "C1", **more: Any) -> list[tuple[Any, ...]]:
        asked = Asked(log, parse_instant(when(NOW)), at=when(moment), known_at=None if known is None else str(known))
        found = proposals_document(asked, who, **more)
        return [
            (each["offer"], each["rank"], each["answer"] and (each["answer"]["what"], each["answer"]["reason"]))
            for each in found["proposals"]
        ]

    second, third = ("O2", 2, ("declined", REASON)), ("O3", None, ("accepted", None))
    assert told() == [("O6", None, None), ("O4", None, ("declined", None)), third, second]
    assert told(known=at["corrected"]) == [("O6", None, None), ("O4", None, None), third, second]
    assert told(known=at["corrected"] - 1) == [("O4", None, None), third, second]
    assert told("2024-05-14 03:00", at["retracted"]) == [("O4", None, ("declined", None)), third, second]
    assert told("2024-05-12 02:30", at["retracted"]) == [("O2", 2, None)]
    assert told("2024-05-11") == told(known=0) == told(who="C9") == []
    assert told(who="C2") == [("O5", 1, None)]
    assert told(who="C2", known=at["mistaken"]) == [("O6", None, None), ("O5", 1, None)]
    assert told(most=2) == told()[:2]
    log.close()


def test_all_are_counted_however_few_are_told_and_each_names_its_events(path: str) -> None:
    log = EventLog.open(path)
    found = proposals_document(Asked(log, parse_instant(when(NOW))), "C1", 1)
    assert (found["count"], len(found["proposals"])) == (4, 1)
    (newest,) = found["proposals"]
    assert newest["proposed"]["event"]["position"] == story()[1]["mistaken"]
    assert newest["proposed"]["at"] == "2024-05-16T02:00:00+02:00"
    third = proposals_document(Asked(log, parse_instant(when(NOW))), "C1")["proposals"][2]
    assert third["proposed"] is None
    log.close()
