"""Whatever the bytes: one verdict a submission, never a crash, and good neighbours of bad lines are taken."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.intake.reading import read_submissions
from engine.log.eventlog import EventLog
from tests.faults.hostile_support import (
    COUNTER,
    DATA,
    HOLE,
    LAB,
    MATCH_RUN,
    PARIS,
    REGISTERED,
    STARTED,
    TRAVEL,
    Json,
    before,
    event,
    spliced,
)
from tests.intake.support import STATUSES, documents, opened, take

_LAB = event(LAB, value=HOLE)
_COUNT = event(COUNTER, count=HOLE)
_SURROGATE = b'"\\ud800"'
_DEPTHS = range(40, 1100, 2)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EventLog]:
    with opened(tmp_path / "log.db") as log:
        yield log


def status_of(log: EventLog, line: bytes, *, imported: bool = False) -> str:
    """The status of the one verdict on a line; the log holds one event more if it was accepted, else none."""
    head = log.head()
    (verdict,) = take(log, line, imported=imported)
    assert verdict.status in STATUSES
    assert json.loads(json.dumps(verdict.as_json())) == verdict.as_json()
    "".join([verdict.source or "", verdict.id or "", *(f.path + f.message for f in verdict.errors)]).encode()
    assert log.head() == head + (verdict.status == "accepted")
    return verdict.status


_INSTANTS = (
    "9999-12-31T23:59:00-01:00",
    "9999-12-31T23:59:59.999999Z",
    "9999-12-31T23:59:59+23:59",
    "9999-12-30T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "0001-01-01T00:00:00-14:00",
    "0001-01-01T00:00:00Z",
    "0001-01-03T00:00:00Z",
    "0999-06-01T00:00:00Z",
    "1583-01-01T00:00:00+00:09:21",
    "1969-12-31T23:59:59.999999Z",
    "2024-02-01T10:00:00-00:00",
)


@pytest.mark.parametrize("instant", _INSTANTS)
@pytest.mark.parametrize("name", [LAB, REGISTERED, "graft.offered"])
def test_an_extreme_instant_as_the_time_gets_a_verdict(log: EventLog, name: str, instant: str) -> None:
    for line in before(name):
        status_of(log, line)
    assert status_of(log, event(name, {"time": instant})) in ("accepted", "refused")
    assert status_of(log, event(LAB, {"id": "next"})) == "accepted"


@pytest.mark.parametrize("instant", _INSTANTS)
def test_an_extreme_instant_as_the_recorded_time_gets_a_verdict_and_the_log_stays_readable(
    log: EventLog, instant: str
) -> None:
    line = event(LAB, {"recordedtime": instant})
    assert status_of(log, line, imported=True) in ("accepted", "refused")
    for document in documents(log):
        assert len(document["recordedtime"]) == len("2024-02-01T09:00:00.000000Z")
    assert status_of(log, event(LAB, {"id": "next"}), imported=True) == "accepted"
    assert log.known_at("2999-01-01T00:00:00Z") <= log.head()


@pytest.mark.parametrize("instant", _INSTANTS)
def test_an_extreme_instant_as_a_corrected_time_gets_a_verdict(log: EventLog, instant: str) -> None:
    for name in (LAB, REGISTERED):
        status_of(log, event(name))
    for number, name in enumerate((LAB, REGISTERED)):
        target = {"source": "https://lab.example/intake", "id": f"{name}-1"}
        line = event("event.corrected", {"id": f"c{number}"}, event=target, data={}, time=instant)
        assert status_of(log, line) in ("accepted", "refused")


@pytest.mark.parametrize("birth", ["0001-01-01", "9999-12-31", "1904-02-29", "0000-01-01"])
@pytest.mark.parametrize("time", ["2024-02-29T00:00:00+01:00", "9999-12-01T00:00:00Z", "0001-01-03T00:00:00Z"])
def test_an_extreme_birth_date_gets_a_verdict(log: EventLog, birth: str, time: str) -> None:
    assert status_of(log, event(REGISTERED, {"time": time}, birth_date=birth)) in ("accepted", "refused")


_NUMBERS: dict[str, tuple[str, str]] = {
    # as written: as a decimal, as a whole number
    "-0": ("accepted", "accepted"),
    "0": ("accepted", "accepted"),
    "05": ("refused", "refused"),
    "1e2": ("accepted", "accepted"),
    "1E+2": ("accepted", "accepted"),
    "3.0": ("accepted", "accepted"),
    "3.00000000000000000000000000000000000001": ("accepted", "refused"),
    "1e-2": ("accepted", "refused"),
}


@pytest.mark.parametrize("quoted", [False, True], ids=["number", "text"])
@pytest.mark.parametrize("text", _NUMBERS)
def test_an_odd_spelling_of_a_number_is_read_by_its_value_or_refused(log: EventLog, text: str, quoted: bool) -> None:
    raw = f'"{text}"'.encode() if quoted else text.encode()
    decimal, whole = _NUMBERS[text]
    assert status_of(log, spliced(_LAB, raw)) == decimal
    assert status_of(log, spliced(_COUNT, raw)) == whole


_CONTENT_TYPES: tuple[Json, ...] = ("application/json; charset=utf-8", "Application/JSON", "text/json", None, 7, [])


@pytest.mark.parametrize("kind", _CONTENT_TYPES)
def test_an_odd_content_type_gets_a_verdict(log: EventLog, kind: Json) -> None:
    assert status_of(log, event(LAB, {"datacontenttype": kind})) in ("accepted", "refused")


@pytest.mark.parametrize("name", DATA)
def test_a_null_for_any_field_gets_a_verdict(log: EventLog, name: str) -> None:
    for line in before(name):
        status_of(log, line)
    for field in json.loads(event(name)):
        assert status_of(log, event(name, {field: None})) == "refused"
    for field in DATA[name]:
        assert status_of(log, event(name, **{field: None})) == "refused"


def _surrogate_lines() -> dict[str, bytes]:
    return {
        "as the whole line": _SURROGATE,
        "in an array as the whole line": b"[" + _SURROGATE + b"]",
        "in a free text": spliced(event("candidate.suspended", reason=HOLE), _SURROGATE),
        "in a travel row": spliced(event(TRAVEL, rows=[[HOLE, PARIS, 5]]), _SURROGATE),
        "in a list of lists": spliced(event(REGISTERED, diseases=[[HOLE]]), _SURROGATE),
        "in a ranking": spliced(event(MATCH_RUN, ranking=[HOLE]), _SURROGATE),
        "in an unknown field's lists": spliced(event(LAB, name=[[HOLE]]), _SURROGATE),
        "in the content type": spliced(event(LAB, {"datacontenttype": HOLE}), _SURROGATE),
        "in a list as the content type": spliced(event(LAB, {"datacontenttype": [[HOLE]]}), _SURROGATE),
        "as a key": spliced(event(LAB, name=HOLE), b"{" + _SURROGATE + b":1}"),
    }


@pytest.mark.parametrize("where", _surrogate_lines())
def test_a_lone_surrogate_is_refused_wherever_it_stands(log: EventLog, where: str) -> None:
    assert status_of(log, _surrogate_lines()[where]) == "refused"


@pytest.mark.parametrize("where", _surrogate_lines())
def test_a_lone_surrogate_in_a_trace_that_is_not_stored_gets_a_verdict(log: EventLog, where: str) -> None:
    line = spliced(event(LAB, {"tracestate": HOLE}), _surrogate_lines()[where])
    assert status_of(log, line) in ("accepted", "refused")


_DEEP_PLACES: dict[str, bytes] = {
    "the whole line": b'"' + HOLE.encode() + b'"',
    "a value": _LAB,
    "an unknown field": event(LAB, name=HOLE),
    "an unknown attribute": event(LAB, {"name": HOLE}),
    "an id": event(LAB, {"id": HOLE}),
    "a type": event(LAB, {"type": HOLE}),
    "a flag": event(STARTED, complicated=HOLE),
    "a list of rows": event(TRAVEL, rows=HOLE),
    "a trace": event(LAB, {"tracestate": HOLE}),
}


@pytest.mark.parametrize("brackets", [(b"[", b"]"), (b'{"a":', b"}")], ids=["arrays", "objects"])
@pytest.mark.parametrize("place", _DEEP_PLACES)
def test_no_depth_of_nesting_stops_the_intake(log: EventLog, place: str, brackets: tuple[bytes, bytes]) -> None:
    opening, closing = brackets
    nested = [opening * depth + b"1" + closing * depth for depth in _DEPTHS]
    verdicts = take(log, *(spliced(_DEEP_PLACES[place], raw) for raw in nested))
    assert len(verdicts) == len(nested)
    assert {verdict.status for verdict in verdicts} <= set(STATUSES)


_BAD_NEIGHBOURS: dict[str, bytes] = {
    "a lone surrogate": b"[[" + _SURROGATE + b"]]",
    "a surrogate in a travel row": _surrogate_lines()["in a travel row"],
    "a NaN before deep nesting": b'{"a":NaN,"b":' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    "a duplicate key before an integer of 5,000 digits": b'{"a":1,"a":1,"n":' + b"1" * 5_000 + b"}",
    "an integer of 5,000 digits": b'{"n":' + b"1" * 5_000 + b"}",
    "a NaN": b'{"a":NaN}',
    "a duplicate key": b'{"a":1,"a":2}',
}


@pytest.mark.parametrize("bad", _BAD_NEIGHBOURS)
@pytest.mark.parametrize("joined", ["lines", "array"])
def test_one_bad_element_never_stops_the_others(log: EventLog, bad: str, joined: str) -> None:
    elements = (event(LAB, {"id": "e1"}), _BAD_NEIGHBOURS[bad], event(LAB, {"id": "e2"}))
    data = b"\n".join(elements) if joined == "lines" else b"[" + b",".join(elements) + b"]"
    verdicts = take(log, *(submission.raw for submission in read_submissions(io.BytesIO(data))))
    assert [verdict.status for verdict in verdicts] == ["accepted", "refused", "accepted"]


def test_a_byte_order_mark_in_the_middle_of_a_file_spoils_its_own_line_alone(log: EventLog) -> None:
    data = event(LAB, {"id": "e1"}) + b"\n\xef\xbb\xbf" + event(LAB, {"id": "e2"}) + b"\n" + event(LAB, {"id": "e3"})
    verdicts = take(log, *(submission.raw for submission in read_submissions(io.BytesIO(data))))
    assert [verdict.status for verdict in verdicts] == ["accepted", "refused", "accepted"]
