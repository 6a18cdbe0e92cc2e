"""What is known at a position: corrections field by field, retractions, and nothing before its time."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from engine.errors import BrokenLogError, RequestError
from engine.events.canonical import canonical_json
from engine.log.eventlog import EventLog
from engine.log.history import Fact, History, SubjectHistory, endings_of, subject_of
from tests.faults.hostile_support import (
    COUNTER,
    DONOR,
    GRANTED,
    LAB,
    OFFERED,
    REGISTERED,
    RETRACTED,
    SOURCE,
    STARTED,
    Change,
    Json,
    event,
)
from tests.intake.support import opened, states, take
from tests.projections.support import Log

pytestmark = pytest.mark.on_files_unless_long

C1 = "candidate/C1"
RECORDED = "2024-06-01T00:00:00.000000Z"
FIRST: Mapping[str, Json] = {"analyte": "total_bilirubin", "value": "17.1", "unit": "umol/L"}


@pytest.fixture
def log(place: str) -> Iterator[EventLog]:
    with opened(place) as log:
        yield log


def accept(log: EventLog, *lines: bytes) -> None:
    verdicts = take(log, *lines)
    assert [(verdict.status, verdict.errors) for verdict in verdicts] == [("accepted", ())] * len(lines)


def amend(kind: str, number: int, target: str = LAB, subject: str = C1, **fields: Change) -> bytes:
    """A correction or retraction, numbered, of the sound event of a type."""
    reference: Json = {"source": SOURCE, "id": f"{target}-1"}
    return event(kind, {"id": f"a{number}", "subject": subject}, event=reference, **fields)


def correct(number: int, data: Json, target: str = LAB, subject: str = C1, **fields: Change) -> bytes:
    return amend("event.corrected", number, target, subject, data=data, **fields)


def known(log: EventLog, last: int | None = None, subject: str = C1) -> SubjectHistory:
    return log.history(last).of(subject)


def fact(log: EventLog, position: int, last: int | None = None, subject: str = C1) -> Fact:
    return known(log, last, subject).facts[position]


def test_a_correction_changes_what_is_known_from_its_own_position_on_and_never_before(log: EventLog) -> None:
    accept(log, event(LAB), event(STARTED), correct(1, {"value": "18.2"}))
    assert [fact(log, 1, last).data["value"] for last in (1, 2, 3)] == ["17.1", "17.1", "18.2"]
    assert log.fact(1).data == FIRST


def test_only_the_fields_named_are_replaced(log: EventLog) -> None:
    accept(log, event(LAB, origin="x", context="current"), correct(1, {"origin": "y"}))
    assert fact(log, 1).data == {**FIRST, "context": "current", "origin": "y"}


def test_of_several_corrections_the_latest_position_wins_field_by_field(log: EventLog) -> None:
    accept(
        log,
        event(LAB, origin="first"),
        correct(1, {"value": "20", "origin": "second"}, time="2024-02-01T09:00:00+01:00"),
        correct(2, {"value": "30"}),
        correct(3, {"origin": "third"}),
    )
    last = fact(log, 1)
    assert last.data == {**FIRST, "value": "30", "origin": "third"}
    assert last.time == "2024-02-01T09:00:00+01:00"
    assert last.corrected_at == (2, 3, 4)
    assert fact(log, 1, 3).data == {**FIRST, "value": "30", "origin": "second"}


def test_the_time_of_the_corrections_themselves_plays_no_part(log: EventLog) -> None:
    later = correct(1, {"value": "20"}).replace(b"2024-02-01T10:00:00+01:00", b"2024-12-01T10:00:00+01:00")
    earlier = correct(2, {"value": "30"}).replace(b"2024-02-01T10:00:00+01:00", b"2001-01-01T10:00:00+01:00")
    accept(log, event(LAB), later, earlier)
    assert fact(log, 1).data["value"] == "30"
    assert fact(log, 1).time == "2024-02-01T10:00:00+01:00"


def test_null_removes_an_optional_field_and_a_later_correction_puts_it_back(log: EventLog) -> None:
    accept(log, event(LAB, comparator="<"), correct(1, {"comparator": None}), correct(2, {"comparator": ">"}))
    assert [fact(log, 1, last).data.get("comparator") for last in (1, 2, 3)] == ["<", None, ">"]
    assert "comparator" not in fact(log, 1, 2).data


def test_null_for_a_field_that_was_never_there_changes_nothing(log: EventLog) -> None:
    accept(log, event(LAB), correct(1, {"origin": None}))
    assert fact(log, 1).data == FIRST


def test_a_nested_field_is_replaced_whole(log: EventLog) -> None:
    accept(
        log,
        event(REGISTERED, donor_limits={"age": [18, 60], "weight_kg": [50, 90]}),
        correct(1, {"donor_limits": {"age": [18, 65]}, "diseases": ["163"]}, REGISTERED),
    )
    assert fact(log, 1).data["donor_limits"] == {"age": ["18", "65"]}
    assert fact(log, 1).data["diseases"] == ["163"]


def test_a_corrected_time_moves_the_fact_in_effective_order_but_not_its_position(log: EventLog) -> None:
    accept(
        log,
        event(LAB, {"id": "other", "time": "2024-02-01T09:30:00+01:00"}),
        event(LAB),
        correct(1, {}, time="2024-02-01T09:00:00+01:00"),
    )
    assert [found.position for found in known(log, 2).in_effective_order()] == [1, 2]
    assert [found.position for found in known(log, 3).in_effective_order()] == [2, 1]
    moved = fact(log, 2)
    assert (moved.time, moved.data, moved.position) == ("2024-02-01T09:00:00+01:00", FIRST, 2)


def test_effective_order_is_by_instant_whatever_the_offset_then_by_position(log: EventLog) -> None:
    times = ("2024-02-01T10:00:00+01:00", "2024-02-01T09:00:00Z", "2024-02-01T08:59:59.999999Z", "2024-02-01T10:00:00Z")
    accept(log, *(event(LAB, {"id": f"e{number}", "time": time}) for number, time in enumerate(times)))
    assert [found.position for found in known(log).in_effective_order()] == [3, 1, 2, 4]


def test_a_retracted_event_is_no_longer_known_from_there_on(log: EventLog) -> None:
    accept(log, event(LAB), event(STARTED), amend(RETRACTED, 1))
    assert list(known(log, 2).facts) == [1, 2]
    assert list(known(log).facts) == [2]
    assert known(log).retracted == {1: 3}
    assert not known(log).knows(LAB)
    assert known(log, 2).knows(LAB)
    assert log.fact(1).data == FIRST


def test_a_corrected_event_may_be_retracted_and_takes_its_corrections_with_it(log: EventLog) -> None:
    accept(log, event(LAB), correct(1, {"value": "20"}), amend(RETRACTED, 2))
    assert fact(log, 1, 2).data["value"] == "20"
    assert known(log).facts == {}


def test_a_correction_of_a_corrected_event_is_checked_and_laid_over_what_is_known(log: EventLog) -> None:
    accept(log, event(LAB, value="100"), correct(1, {"unit": "mg/dL"}))
    (refused,) = take(log, correct(2, {"value": "150"}))
    assert refused.status == "refused"
    accept(log, correct(3, {"value": "1.5"}), correct(4, {"unit": "umol/L"}))
    assert fact(log, 1).data == {**FIRST, "value": "1.5"}


@pytest.mark.parametrize("kind", ["event.corrected", RETRACTED])
def test_amendments_are_no_facts_and_cannot_be_amended(log: EventLog, kind: str) -> None:
    accept(log, event(LAB), correct(1, {"value": "20"}))
    reference: Json = {"source": SOURCE, "id": "a1"}
    (verdict,) = take(log, event(kind, {"id": "a2"}, event=reference))
    assert verdict.status == "refused"
    assert list(known(log).facts) == [1]
    assert list(known(log).amendments) == [2]


def test_what_happened_to_one_subject_leaves_the_others_alone(log: EventLog) -> None:
    accept(
        log,
        event(LAB),
        event(LAB, {"id": "other", "subject": "candidate/C2"}),
        correct(1, {"value": "20"}),
        event(GRANTED),
    )
    assert fact(log, 2, subject="candidate/C2").data == FIRST
    assert list(known(log).facts) == [1, 4]


def test_the_same_id_of_another_source_is_not_the_target(log: EventLog) -> None:
    accept(log, event(LAB), event(LAB, {"source": "https://other.example"}), correct(1, {"value": "20"}))
    assert [found.data["value"] for found in known(log).facts.values()] == ["20", "17.1"]


def test_offers_count_for_ever_and_the_counter_starts_where_it_was_set(log: EventLog) -> None:
    accept(
        log,
        event(COUNTER, count=1200),
        event(DONOR),
        event(OFFERED),
        event("offer.closed"),
        event(OFFERED, {"id": "o2", "subject": "offer/O2"}),
    )
    (refused,) = take(log, amend(RETRACTED, 1, OFFERED, "offer/O1"))
    assert refused.status == "refused"
    history = log.history()
    assert [offer.subject for offer in history.offers] == ["offer/O1", "offer/O2"]
    assert history.counter_start == 1200
    assert log.history(3).offers[-1].position == 3
    assert log.history(0).counter_start == 0


def test_a_donor_updated_and_corrected_reads_as_corrected(log: EventLog) -> None:
    accept(
        log,
        event(DONOR),
        correct(1, {"age": None, "birth_date": "1979-02-28"}, DONOR, "donor/D1"),
        correct(2, {"height_cm": 181.50}, DONOR, "donor/D1"),
    )
    data = fact(log, 1, subject="donor/D1").data
    assert "age" not in data
    assert (data["birth_date"], data["height_cm"]) == ("1979-02-28", "181.5")


def test_a_shorter_prefix_knows_less_and_a_history_learns_only_the_next_row(log: EventLog) -> None:
    accept(log, event(REGISTERED), event(LAB), correct(1, {"value": "20"}))
    assert [log.history(last).size for last in range(4)] == [0, 1, 2, 3]
    rows = states(log)
    history = History()
    history.learn(1, rows[0])
    with pytest.raises(BrokenLogError, match="2"):
        history.learn(3, rows[2])
    with pytest.raises(BrokenLogError):
        history.learn(1, rows[0])


def test_a_stored_correction_of_what_is_not_known_breaks_the_log_aloud(log: EventLog) -> None:
    accept(log, event(LAB), correct(1, {"value": "20"}))
    history = History()
    with pytest.raises(BrokenLogError, match="1"):
        history.learn(1, states(log)[1])


def test_a_position_that_is_not_there_is_a_request_error(log: EventLog) -> None:
    accept(log, event(LAB))
    for asked in ("2", "99"):
        with pytest.raises(RequestError, match="1"):
            log.known_at(asked)
    with pytest.raises(RequestError):
        log.fact(2)
    assert (log.known_at("0"), log.known_at("1"), log.known_at("now")) == (0, 1, 1)


@pytest.mark.parametrize("text", ["2024-02-01 10:00", "2024-02", "2024-02-30", "-1", "1.0", "", "NOW", "١"])
def test_an_odd_known_at_is_a_request_error(log: EventLog, text: str) -> None:
    accept(log, event(LAB))
    with pytest.raises(RequestError):
        log.known_at(text)


def test_a_fact_carries_who_acted_where_that_is_stored(log: EventLog) -> None:
    accept(log, event(LAB, {"actor": "biologist:B7"}), event(STARTED))
    found: list[Any] = [fact(log, position).actor for position in (1, 2)]
    assert found == ["biologist:B7", None]


def test_subjects_of_a_kind_stay_in_order_as_new_ones_are_learnt() -> None:
    history = History()
    for position, name in enumerate(("C2", "C1", "C3"), 1):
        history.learn(position, event(REGISTERED, {"subject": f"candidate/{name}", "recordedtime": RECORDED}))
        known = [subject for subject, _ in history.of_kind("candidate")]
        assert known == sorted(known)
        assert len(known) == position
    assert history.of_kind("donor") == []


def test_the_end_of_stored_bytes_tells_subject_and_type_whatever_texts_say() -> None:
    words = '"subject":"offer/O9","time":"2024-01-01T00:00:00Z","type":"snagc.offer.closed.v1"}'
    lab: dict[str, Any] = {"id": words, "source": words, "subject": "candidate/C1", "time": "2024-01-01T00:00:00Z"}
    closed = canonical_json({**lab, "subject": "offer/O1", "type": "snagc.offer.closed.v1"})
    other = canonical_json({**lab, "data": {"reason": words}, "type": "snagc.lab-result.recorded.v1"})
    endings = endings_of(["snagc.offer.closed.v1"])
    assert [subject_of(state) for state in (closed, other)] == ["offer/O1", "candidate/C1"]
    assert [state.endswith(endings) for state in (closed, other)] == [True, False]
    assert subject_of(b'{"type":"snagc.offer.closed.v1"}') is None


def test_of_the_facts_of_some_those_that_others_corrected_are_left_out_and_the_whole_stays() -> None:
    log = Log()
    for value in ("100", "200"):
        log.lab("C1", "bnp", value, "2024-05-01")
    ours = log.events[0]["source"]
    for position, source in ((1, "urn:others"), (2, ours)):
        log.corrected(position, value="300")
        log.events[-1]["source"] = source
    log.lab("C1", "bnp", "400", "2024-05-02")
    log.events[-1]["source"] = "urn:others"
    known = log.history().of("candidate/C1")
    kept = known.only(lambda fact: fact.source == ours)
    assert [(fact.position, fact.data["value"]) for fact in kept.in_effective_order()] == [(2, "300")]
    assert kept.kinds == {"lab-result.recorded"}
    assert sorted(known.facts) == [1, 2, 5]
