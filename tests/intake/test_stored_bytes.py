"""What the log keeps of an event of every type, to the byte, as the contract writes it."""

import json
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import pytest

from engine.events.catalogue import EVENT_CLASSES
from engine.log.eventlog import EventLog
from tests.faults.hostile_support import (
    CALCIUM,
    CORRECTED,
    COUNTER,
    DATA,
    DONOR,
    GRANTED,
    LAB,
    MATCH_RUN,
    OFFERED,
    READINGS,
    REGISTERED,
    RETRACTED,
    STARTED,
    STOPPED,
    SUBJECT_OF,
    TRAVEL,
    before,
    encoded,
    event,
)
from tests.intake.support import opened, states, take

pytestmark = pytest.mark.on_files_unless_long

TIME = "2024-03-01T12:00:00.50+01:00"


class Form(NamedTuple):
    """The data of one event as a producer may write it, and as the log stores it."""

    received: str
    stored: str


DIGEST = "0123456789abcdef" * 4
TARGET = '{"id":"lab-result.recorded-1","source":"https://lab.example/intake"}'
FORMS: Mapping[str, Form] = {
    REGISTERED: Form(
        '{"sex": "H", "height_cm": 170.0, "weight_kg": "65.50", "birth_date": "1970-05-17", "blood_group": "AB",'
        ' "diseases": ["163", "000"], "centre": "2A0000014", "team": "Équipe 1", "abo_matching": "compatible",'
        ' "donor_limits": {"weight_kg": [50, "9.05e1"], "age": ["18", 60.0]}}',
        '{"abo_matching":"compatible","birth_date":"1970-05-17","blood_group":"AB","centre":"2A0000014",'
        '"diseases":["163","000"],"donor_limits":{"age":["18","60.0"],"weight_kg":["50","9.05e1"]},'
        '"height_cm":"170.0","sex":"M","team":"Équipe 1","weight_kg":"65.50"}',
    ),
    "candidate.updated": Form(
        '{"weight_kg": 64, "donor_limits": {}, "height_cm": 1.7E+2}',
        '{"donor_limits":{},"height_cm":"1.7E+2","weight_kg":"64"}',
    ),
    "candidate.suspended": Form(
        '{"reason": "fi\\u00e8vre \\"39\\u00b0\\" a\\\\b c\\/d \\ud83d\\ude00 \\u2028"}',
        '{"reason":"fièvre \\"39°\\" a\\\\b c/d 😀 \u2028"}',
    ),
    "candidate.reinstated": Form("{}", "{}"),
    "candidate.delisted": Form(
        '{"reason_code": "other", "reason": "moved"}', '{"reason":"moved","reason_code":"other"}'
    ),
    "candidate.transplanted": Form(
        '{"report": {"treatments": ["ecmo", "lvad"], "labs": [{"value": 88.0, "unit": "umol/L",'
        ' "analyte": "creatinine"}]}, "offer": "O1"}',
        '{"offer":"O1","report":{"labs":[{"analyte":"creatinine","unit":"umol/L","value":"88.0"}],'
        '"treatments":["ecmo","lvad"]}}',
    ),
    LAB: Form(
        '{"value": 17.10, "unit": "mg/dL", "analyte": "total_bilirubin", "context": "pre_treatment",'
        ' "comparator": "<", "origin": "14631-6 Bilirubine"}',
        '{"analyte":"total_bilirubin","comparator":"<","context":"pre_treatment","origin":"14631-6 Bilirubine",'
        '"unit":"mg/dL","value":"17.10"}',
    ),
    STARTED: Form(
        '{"treatment": "lvad", "device": "HM3", "complicated": false}',
        '{"complicated":false,"device":"HM3","treatment":"lvad"}',
    ),
    STOPPED: Form('{"treatment": "lvad"}', '{"treatment":"lvad"}'),
    "expert-priority.requested": Form(
        '{"situation": "iv_inotropes", "component": "XPCP2"}', '{"component":"XPCP2","situation":"iv_inotropes"}'
    ),
    GRANTED: Form(
        '{"points": 900.00, "delay_months": "3.0", "component": "XPCA", "situation": "mcs_infection", "expert": "E7"}',
        '{"component":"XPCA","delay_months":3,"expert":"E7","points":"900.00","situation":"mcs_infection"}',
    ),
    "expert-priority.refused": Form('{"component": "DGN"}', '{"component":"DGN"}'),
    "expert-priority.ended": Form('{"component": "XPCA", "reason": "r"}', '{"component":"XPCA","reason":"r"}'),
    DONOR: Form(
        '{"age": 45.0, "sex": "H", "blood_group": "O", "height_cm": "178", "weight_kg": 80,'
        ' "procurement_site": "010000024"}',
        '{"age":"45.0","blood_group":"O","height_cm":"178","procurement_site":"010000024","sex":"M","weight_kg":"80"}',
    ),
    "donor.updated": Form(
        '{"birth_date": "1979-02-28", "weight_kg": 8e1}', '{"birth_date":"1979-02-28","weight_kg":"8e1"}'
    ),
    OFFERED: Form('{"donor": "D1"}', '{"donor":"D1"}'),
    MATCH_RUN: Form(
        '{"offer": "O1", "counter": "17", "ruleset": "2020-01-07", "readings": {"months": "calendar", "age": "x"},'
        ' "log_size": 2.0, "ranking": [{"snagc": 812.345600, "rank": 1, "candidate": "C1"}],'
        f' "digest": "{DIGEST}", "engine": "0.1.0"}}',
        f'{{"counter":17,"digest":"{DIGEST}","engine":"0.1.0","log_size":2,"offer":"O1",'
        '"ranking":[{"candidate":"C1","rank":1,"snagc":"812.345600"}],'
        '"readings":{"age":"x","months":"calendar"},"ruleset":"2020-01-07"}',
    ),
    "proposal.made": Form('{"candidate": "C1"}', '{"candidate":"C1"}'),
    "proposal.accepted": Form('{"reason": "r", "candidate": "C1"}', '{"candidate":"C1","reason":"r"}'),
    "proposal.declined": Form('{"candidate": "C1", "reason": "size"}', '{"candidate":"C1","reason":"size"}'),
    "offer.closed": Form(
        '{"outcome": "transplanted", "candidate": "C1"}', '{"candidate":"C1","outcome":"transplanted"}'
    ),
    COUNTER: Form('{"count": 1.2e3}', '{"count":1200}'),
    TRAVEL: Form(
        '{"version": "2024-1", "source": "SRTM", "default_minutes": "150",'
        ' "rows": [["010000024", "750100125", "95"], ["010000024", "690784186", 0]]}',
        '{"default_minutes":150,"rows":[["010000024","750100125",95],["010000024","690784186",0]],'
        '"source":"SRTM","version":"2024-1"}',
    ),
    CALCIUM: Form('{"method": "CT", "agatston": 112.50}', '{"agatston":"112.50","method":"CT"}'),
    CORRECTED: Form(
        f'{{"reason": "unit", "time": "2024-02-01T09:00:00z", "data": {{"value": 1.50, "unit": "mg/dL",'
        f' "origin": null}}, "event": {TARGET}}}',
        f'{{"data":{{"origin":null,"unit":"mg/dL","value":"1.50"}},"event":{TARGET},"reason":"unit",'
        '"time":"2024-02-01T09:00:00z"}',
    ),
    RETRACTED: Form(f'{{"reason": "wrong one", "event": {TARGET}}}', f'{{"event":{TARGET},"reason":"wrong one"}}'),
}


def received(name: str, data: str) -> bytes:
    """The event as one line, with every attribute the contract knows, in an order of its own."""
    subject = SUBJECT_OF.get(name, "candidate/C1")
    return (
        f'{{"time": "{TIME}", "id": "e\\u00e9-1", "data": {data}, "type": "snagc.{name}.v1",'
        f' "subject": "{subject}", "specversion": "1.0", "source": "https:\\/\\/centre.example",'
        ' "actor": "coordinator:K7", "datacontenttype": "application/json", "sequence": "42",'
        ' "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "tracestate": "a=1"}'
    ).encode()


def stored(name: str, data: str) -> bytes:
    """The bytes the log must keep of it."""
    subject = SUBJECT_OF.get(name, "candidate/C1")
    return (
        f'{{"actor":"coordinator:K7","data":{data},"id":"eé-1","recordedtime":"2025-02-19T21:20:00.000000Z",'
        f'"source":"https://centre.example","specversion":"1.0","subject":"{subject}",'
        f'"time":"{TIME}","type":"snagc.{name}.v1"}}'
    ).encode()


@pytest.fixture
def log(place: str) -> Iterator[EventLog]:
    with opened(place) as log:
        yield log


def set_up(log: EventLog, name: str) -> None:
    verdicts = take(log, *before(name), imported=True)
    assert all(verdict.status == "accepted" for verdict in verdicts)


def test_every_type_of_the_catalogue_has_its_stored_form_here() -> None:
    assert {f"snagc.{name}.v1" for name in FORMS} == set(EVENT_CLASSES)
    assert set(FORMS) == set(DATA)


@pytest.mark.parametrize("name", FORMS)
def test_the_stored_bytes_are_those_of_the_contract(log: EventLog, name: str) -> None:
    set_up(log, name)
    (verdict,) = take(log, received(name, FORMS[name].received), imported=name == MATCH_RUN)
    assert (verdict.status, verdict.errors) == ("accepted", ())
    assert states(log)[-1].decode() == stored(name, FORMS[name].stored).decode()


@pytest.mark.parametrize("name", FORMS)
def test_the_stored_form_sent_in_is_a_duplicate_of_what_was_received(log: EventLog, name: str) -> None:
    set_up(log, name)
    line = json.loads(stored(name, FORMS[name].stored))
    del line["recordedtime"]
    verdicts = take(log, received(name, FORMS[name].received), encoded(line), imported=True)
    assert [verdict.status for verdict in verdicts] == ["accepted", "duplicate"]


def test_what_was_absent_stays_absent(log: EventLog) -> None:
    take(log, event(GRANTED))
    assert states(log) == [
        b'{"data":{"component":"XPCA"},"id":"expert-priority.granted-1","recordedtime":"2025-02-19T21:20:00.000000Z",'
        b'"source":"https://lab.example/intake","specversion":"1.0","subject":"candidate/C1",'
        b'"time":"2024-02-01T10:00:00+01:00","type":"snagc.expert-priority.granted.v1"}'
    ]


@pytest.mark.parametrize("name", FORMS)
def test_a_decimal_is_stored_as_text_and_a_whole_number_as_an_integer(log: EventLog, name: str) -> None:
    set_up(log, name)
    take(log, received(name, FORMS[name].received), imported=True)
    decimals = {"value", "height_cm", "weight_kg", "points", "age", "agatston", "snagc"}
    whole = {"delay_months", "count", "counter", "rank", "log_size", "default_minutes"}

    def check(pairs: list[tuple[str, object]]) -> dict[str, object]:
        for field, value in pairs:
            if field in whole:
                assert type(value) is int
            if field in decimals and value != "x":
                assert isinstance(value, (str, list))
        return dict(pairs)

    json.loads(states(log)[-1], object_pairs_hook=check)


def test_a_correction_of_every_kind_of_field_is_stored_like_the_field_itself(log: EventLog) -> None:
    take(log, event(REGISTERED), event(TRAVEL), event(GRANTED, situation="mcs_infection"))
    for target, subject, data, expected in (
        (REGISTERED, "candidate/C1", '{"sex":"H","height_cm":171.0}', '{"height_cm":"171.0","sex":"M"}'),
        (REGISTERED, "candidate/C1", '{"donor_limits":{"age":[18,60.0]}}', '{"donor_limits":{"age":["18","60.0"]}}'),
        (GRANTED, "candidate/C1", '{"points":450.50,"delay_months":"2"}', '{"delay_months":2,"points":"450.50"}'),
        (GRANTED, "candidate/C1", '{"situation":null,"points":null}', '{"points":null,"situation":null}'),
        (TRAVEL, "travel-times/2024-1", '{"default_minutes":"9E1"}', '{"default_minutes":90}'),
        (
            TRAVEL,
            "travel-times/2024-1",
            '{"rows":[["010000024","750100125","7"]]}',
            '{"rows":[["010000024","750100125",7]]}',
        ),
    ):
        reference = f'{{"id":"{target}-1","source":"https://lab.example/intake"}}'
        line = event(CORRECTED, {"id": data, "subject": subject}, event="@event@", data="@data@", reason="r")
        line = line.replace(b'"@event@"', reference.encode()).replace(b'"@data@"', data.encode())
        (verdict,) = take(log, line)
        assert (verdict.status, verdict.errors) == ("accepted", ())
        assert f'"data":{{"data":{expected},"event":{reference},"reason":"r"}}'.encode() in states(log)[-1]


def test_readings_of_an_import_are_stored_in_the_key_order_of_rfc_8785_or_refused(log: EventLog) -> None:
    set_up(log, MATCH_RUN)
    odd = {**READINGS, "\ue000": "a", "\U00010000": "b"}
    (verdict,) = take(log, event(MATCH_RUN, readings=odd), imported=True)
    if verdict.status == "accepted":
        names = list(json.loads(states(log)[-1])["data"]["readings"])
        assert names == sorted(names, key=lambda name: name.encode("utf-16-be"))
