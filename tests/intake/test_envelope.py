"""The envelope's details: what counts as absent, media types, what brokers add, times finer than a microsecond."""

from collections.abc import Iterator

import pytest

from engine.log.eventlog import EventLog
from engine.quantities import parse_instant
from tests.faults.hostile_support import LAB, Json, event
from tests.intake.support import documents, opened, paths_of, states, take

pytestmark = pytest.mark.on_files_unless_long


@pytest.fixture
def log(place: str) -> Iterator[EventLog]:
    with opened(place) as log:
        yield log


OPTIONAL = (
    "actor", "recordedtime", "datacontenttype", "dataschema", "traceparent", "tracestate", "sequence", "sequencetype",
    "partitionkey", "expirytime", "sampledrate", "severitytext", "severitynumber", "colour", "data_base64",
)  # fmt: skip


@pytest.mark.parametrize("attribute", OPTIONAL)
def test_a_null_attribute_counts_as_absent(log: EventLog, attribute: str) -> None:
    statuses = [verdict.status for verdict in take(log, event(LAB), event(LAB, {attribute: None}))]
    assert statuses == ["accepted", "duplicate"]


@pytest.mark.parametrize("attribute", ["specversion", "source", "id", "type", "subject", "time", "data"])
def test_a_required_attribute_that_is_null_is_missing(log: EventLog, attribute: str) -> None:
    (verdict,) = take(log, event(LAB, {attribute: None}))
    (fault,) = (fault for fault in verdict.errors if fault.path == attribute)
    assert "missing" in fault.message


@pytest.mark.parametrize(
    "fields",
    [{"comparator": None}, {"context": None}, {"origin": None}, {"value": None}, {"colour": None}],
    ids=lambda fields: next(iter(fields)),
)
def test_a_null_in_data_is_refused(log: EventLog, fields: dict[str, Json]) -> None:
    (verdict,) = take(log, event(LAB, **fields))
    assert verdict.status == "refused"
    assert paths_of(verdict) == [f"data.{next(iter(fields))}"]


def test_a_null_in_a_correction_removes_the_field(log: EventLog) -> None:
    target: Json = {"source": "https://lab.example/intake", "id": f"{LAB}-1"}
    take(log, event(LAB, comparator="<"))
    (verdict,) = take(log, event("event.corrected", event=target, data={"comparator": None}))
    assert verdict.status == "accepted"


MEDIA_TYPES = (
    "application/json",
    "Application/JSON",
    "application/json; charset=utf-8",
    "application/json;charset=UTF-8",
    'application/json; charset="utf-8"',
    'APPLICATION/JSON ; CHARSET="UTF-8"',
    "application/json\t;\tcharset=utf-8",
    "application/json; version=1",
    "application/json; version=1; charset=utf-8",
    'application/json; profile="https://schemas.example/a;b"',
    'application/json; profile="a \\" charset=latin1"',
    'application/json; charset="utf\\-8"',
    "application/json;",
    "application/json; ; charset=utf-8",
    " application/json ",
)


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
def test_a_media_type_of_json_is_taken_with_its_parameters_and_not_stored(log: EventLog, media_type: str) -> None:
    (verdict,) = take(log, event(LAB, {"datacontenttype": media_type}))
    assert verdict.status == "accepted"
    assert b"datacontenttype" not in states(log)[0]


OTHER_MEDIA_TYPES: tuple[Json, ...] = (
    "application/json; charset=iso-8859-1",
    "application/json; charset=latin1",
    "application/json; charset=utf-16",
    'application/json; charset="UTF-16LE"',
    "application/json; charset=utf8",
    "application/json; charset=utf-8; charset=latin1",
    "application/json; charset",
    "application/json; charset =utf-8",
    "application/json charset=utf-8",
    "application/json, text/plain",
    "application/cloudevents+json",
    "application/vnd.lab+json",
    "application/jsonl",
    "application/x-ndjson",
    "text/plain; charset=utf-8",
    "json",
    "/json",
    "",
    7,
    True,
    ["application/json"],
    "application/json" + "; " * 40 + "!",
    "application/json" + "; a=b" * 2_000_000,
)


@pytest.mark.parametrize("media_type", OTHER_MEDIA_TYPES, ids=lambda value: str(value)[:50])
def test_another_media_type_or_charset_is_refused_with_what_to_send(log: EventLog, media_type: Json) -> None:
    (verdict,) = take(log, event(LAB, {"datacontenttype": media_type}))
    assert paths_of(verdict) == ["datacontenttype"]
    assert "send" in verdict.errors[0].message
    assert len(verdict.errors[0].message) < 400


EXTENSIONS: dict[str, tuple[Json, ...]] = {
    "dataschema": ("https://schemas.example/lab/v1.json", "urn:example:lab"),
    "traceparent": ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",),
    "tracestate": ("rojo=00f067aa0ba902b7,congo=t61rcWkgMzE",),
    "sequence": ("0001", 17, "2024-02-01/17"),
    "sequencetype": ("Integer",),
    "partitionkey": ("C1", 12, True),
    "expirytime": ("2030-01-01T00:00:00Z",),
    "sampledrate": (30, "30", 0),
    "severitytext": ("DEBUG", ""),
    "severitynumber": (9, "9", -1),
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, them in EXTENSIONS.items() for value in them])
def test_what_a_broker_adds_is_taken_and_not_stored(log: EventLog, name: str, value: Json) -> None:
    verdicts = take(log, event(LAB), event(LAB, {name: value}), event(LAB, {"id": "other", name: value}))
    assert [verdict.status for verdict in verdicts] == ["accepted", "duplicate", "accepted"]
    assert not any(name in document for document in documents(log))


@pytest.mark.parametrize("name", EXTENSIONS)
@pytest.mark.parametrize("value", [{}, {"a": 1}, [], ["a"], 1.5, 1e3], ids=str)
def test_what_a_broker_adds_is_one_scalar_of_cloudevents(log: EventLog, name: str, value: Json) -> None:
    (verdict,) = take(log, event(LAB, {name: value}))
    assert paths_of(verdict) == [name]


@pytest.mark.parametrize(
    "name",
    ["datacontentencoding", "schemaurl", "dataref", "b3", "baggage", "severity", "rate", "partition", "sequences",
     "dataSchema", "traceid", "kafkaoffset"],
)  # fmt: skip
def test_any_other_attribute_is_refused(log: EventLog, name: str) -> None:
    (verdict,) = take(log, event(LAB, {name: "1"}))
    assert paths_of(verdict) == [name]


FINE_TIMES = {
    "2024-02-01T10:00:00.1234567Z": "2024-02-01T10:00:00.123456Z",
    "2024-02-01T10:00:00.12345678+01:00": "2024-02-01T10:00:00.123456+01:00",
    "2024-02-01T10:00:00.123456789Z": "2024-02-01T10:00:00.123456Z",
    "2024-02-01T10:00:00.999999999Z": "2024-02-01T10:00:00.999999Z",
    "2024-02-01T10:00:00.000000999Z": "2024-02-01T10:00:00Z",
    "1969-12-31T23:59:59.9999999Z": "1969-12-31T23:59:59.999999Z",
    "2024-03-31T02:59:59.9999999+01:00": "2024-03-31T02:59:59.999999+01:00",
}


@pytest.mark.parametrize(("time", "same"), FINE_TIMES.items())
def test_a_fine_time_is_kept_as_received_and_counts_to_the_microsecond(log: EventLog, time: str, same: str) -> None:
    (verdict,) = take(log, event(LAB, {"time": time}))
    assert verdict.status == "accepted"
    assert documents(log)[0]["time"] == time
    assert parse_instant(time) == parse_instant(same)
    assert log.fact(1).instant == parse_instant(same)


@pytest.mark.parametrize("time", FINE_TIMES)
def test_a_fine_recorded_time_is_stored_with_six_digits_in_utc(log: EventLog, time: str) -> None:
    (verdict,) = take(log, event(LAB, {"recordedtime": time}), imported=True)
    assert verdict.status == "accepted"
    recorded = documents(log)[0]["recordedtime"]
    assert (len(recorded), recorded[-1], parse_instant(recorded)) == (27, "Z", parse_instant(time))


@pytest.mark.parametrize("data", [
    "\ufeff".encode() * 2 + event(LAB),
    event(LAB).decode().encode("utf-16"),
    event(LAB).decode().encode("utf-16-le"),
    event(LAB).decode().encode("utf-16-be"),
    event(LAB).decode().encode("utf-32"),
    event(LAB).decode().encode("utf-32-le"),
    "{\"reason\": \"fièvre\"}".encode("latin-1"),
    event("candidate.suspended", reason="x").replace(b'"x"', b'"\\ud83d"'),
    event("candidate.suspended", reason="x").replace(b'"x"', b'"\\ude00 x"'),
    event(LAB).replace(b'"id"', b'"\\udfff"'),
])  # fmt: skip
def test_bytes_in_another_encoding_are_refused_with_the_remedy(log: EventLog, data: bytes) -> None:
    (verdict,) = take(log, data)
    assert paths_of(verdict) == ["$"]
    assert any(word in verdict.errors[0].message for word in ("UTF-8", "byte order mark", "whole characters"))
