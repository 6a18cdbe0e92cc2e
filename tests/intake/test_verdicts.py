"""Verdicts to the letter: their JSON, duplicates and conflicts, and every fault named at once."""

import json
from collections.abc import Iterator, Mapping

import pytest

from engine.log.eventlog import EventLog
from tests.faults.hostile_support import (
    ABSENT,
    CORRECTED,
    DONOR,
    GRANTED,
    LAB,
    MATCH_RUN,
    PARIS,
    REGISTERED,
    RETRACTED,
    SITE,
    SOURCE,
    STARTED,
    TRAVEL,
    Json,
    before,
    event,
)
from tests.intake.support import documents, opened, paths_of, states, take

pytestmark = pytest.mark.on_files_unless_long

KEYS = ["line", "source", "id", "status", "position", "warnings", "errors"]
CANDIDATE = event(REGISTERED)


@pytest.fixture
def log(place: str) -> Iterator[EventLog]:
    with opened(place) as log:
        yield log


def test_the_verdict_on_an_accepted_event_has_these_fields_in_this_order(log: EventLog) -> None:
    take(log, CANDIDATE)
    (verdict,) = take(log, event(LAB))
    assert json.dumps(verdict.as_json()) == json.dumps(
        {
            "line": 1,
            "source": SOURCE,
            "id": "lab-result.recorded-1",
            "status": "accepted",
            "position": 2,
            "warnings": [],
            "errors": [],
        }
    )


def test_a_warning_is_a_code_a_path_and_a_message_in_the_verdict(log: EventLog) -> None:
    (verdict,) = take(log, event(LAB))
    (warning,) = verdict.as_json()["warnings"]
    assert list(warning) == ["code", "path", "message"]
    assert (warning["code"], warning["path"]) == ("candidate_unknown", "subject")
    assert "C1" in warning["message"]
    assert verdict.status == "accepted"


def test_the_verdict_on_a_refused_event_names_path_and_message_of_each_error(log: EventLog) -> None:
    (verdict,) = take(log, event(LAB, {"phone": "06"}, value="NaN"))
    shown = verdict.as_json()
    assert list(shown) == KEYS
    assert (shown["source"], shown["id"], shown["status"]) == (SOURCE, "lab-result.recorded-1", "refused")
    assert shown["position"] is None
    assert shown["warnings"] == []
    assert [list(error) for error in shown["errors"]] == [["path", "message"]] * 2
    assert {error["path"] for error in shown["errors"]} == {"phone", "data.value"}
    assert all(isinstance(error["message"], str) and error["message"] for error in shown["errors"])


def test_the_verdict_on_what_is_no_json_has_neither_source_nor_id(log: EventLog) -> None:
    verdicts = take(log, b"hello", b"42", b"{", b"\xff")
    for line, verdict in enumerate(verdicts, 1):
        shown = verdict.as_json()
        assert list(shown) == KEYS
        assert (shown["line"], shown["source"], shown["id"], shown["status"]) == (line, None, None, "refused")
        assert [error["path"] for error in shown["errors"]] == ["$"]


def test_source_and_id_are_told_as_far_as_they_can_be_read(log: EventLog) -> None:
    for changes, source, id_ in (
        ({"source": 7}, None, "lab-result.recorded-1"),
        ({"id": ABSENT}, SOURCE, None),
        ({"type": "nonsense"}, SOURCE, "lab-result.recorded-1"),
    ):
        (verdict,) = take(log, event(LAB, changes))
        assert (verdict.source, verdict.id, verdict.status) == (source, id_, "refused")


def test_the_verdict_on_a_duplicate_tells_where_the_event_stands(log: EventLog) -> None:
    take(log, CANDIDATE, event(LAB))
    (verdict,) = take(log, event(LAB))
    assert verdict.as_json() == {
        "line": 1,
        "source": SOURCE,
        "id": "lab-result.recorded-1",
        "status": "duplicate",
        "position": 2,
        "warnings": [],
        "errors": [],
    }
    assert log.head() == 2


def test_the_verdict_on_a_conflict_has_an_error_and_no_position(log: EventLog) -> None:
    take(log, CANDIDATE, event(LAB))
    first = states(log)
    (verdict,) = take(log, event(LAB, value="99"))
    assert (verdict.status, verdict.position, verdict.warnings) == ("conflict", None, ())
    assert (verdict.source, verdict.id) == (SOURCE, "lab-result.recorded-1")
    assert [fault.message for fault in verdict.errors] != []
    assert states(log) == first


def test_duplicates_and_conflicts_are_found_within_one_batch(log: EventLog) -> None:
    verdicts = take(log, event(LAB), event(LAB), event(LAB, value="99"), event(LAB))
    assert [verdict.status for verdict in verdicts] == ["accepted", "duplicate", "conflict", "duplicate"]
    assert [verdict.position for verdict in verdicts] == [1, 1, None, 1]


def test_a_duplicate_is_known_by_its_content_and_not_by_its_spelling(log: EventLog) -> None:
    take(log, event(REGISTERED, sex="H", height_cm=170))
    spelt = json.loads(event(REGISTERED, sex="M", height_cm="170"))
    (verdict,) = take(log, json.dumps(dict(reversed(spelt.items())), indent=1).encode())
    assert verdict.status == "duplicate"


def test_the_same_id_from_another_source_is_another_event(log: EventLog) -> None:
    verdicts = take(log, event(LAB), event(LAB, {"source": "https://other.example"}))
    assert [verdict.position for verdict in verdicts] == [1, 2]


# What is wrong with one event, and every path its one verdict must name.
_FAULTY: Mapping[str, tuple[bytes, set[str]]] = {
    "attributes and data": (
        event(LAB, {"specversion": "0", "time": "now", "phone": "06", "subject": "C1"}, value="x", unit="y", name="z"),
        {"specversion", "time", "phone", "subject", "data.value", "data.unit", "data.name"},
    ),
    "an unknown field and a unit of another analyte": (
        event(LAB, unit="ng/L", name="Jeanne Dupont"),
        {"data.name", "data.unit"},
    ),
    "a recorded time, an actor without role and a null id": (
        event(LAB, {"recordedtime": "2024-01-01T00:00:00Z", "actor": "K7", "id": None}),
        {"recordedtime", "actor", "id"},
    ),
    "an unknown type and a bad envelope": (
        event(LAB, {"type": "snagc.lab.v9", "time": "now", "subject": "C1", "phone": "06"}),
        {"type", "time", "subject", "phone"},
    ),
    "no data at all and a bad time": (event(LAB, {"data": ABSENT, "time": "now"}), {"data", "time"}),
    "every field of a registration": (
        event(REGISTERED, **dict.fromkeys(json.loads(CANDIDATE)["data"], 7)),
        {f"data.{field}" for field in json.loads(CANDIDATE)["data"] if field not in ("height_cm", "weight_kg")},
    ),
    "a subject of another kind and a value out of range": (
        event(LAB, {"subject": "donor/D1"}, value="-5"),
        {"subject", "data.value"},
    ),
    "a subject of another kind and a bad specversion": (
        event(LAB, {"subject": "donor/D1", "specversion": "0.3"}),
        {"subject", "specversion"},
    ),
    "a subject of another kind and a birth after the registration": (
        event(REGISTERED, {"subject": "donor/D1"}, birth_date="2999-01-01"),
        {"subject", "data.birth_date"},
    ),
    "a unit of another analyte and an unknown comparator": (
        event(LAB, unit="ng/L", comparator="="),
        {"data.unit", "data.comparator"},
    ),
    "a birth after the registration and a height out of range": (
        event(REGISTERED, birth_date="2999-01-01", height_cm="0"),
        {"data.birth_date", "data.height_cm"},
    ),
    "points, a delay and a situation that belong to other components": (
        event(GRANTED, component="XPCP1", points="900", delay_months=1, situation="iv_inotropes"),
        {"data.points", "data.delay_months", "data.situation"},
    ),
    "a donor's age and birth date together and a height out of range": (
        event(DONOR, birth_date="1979-01-01", height_cm="0"),
        {"data.age", "data.height_cm"},
    ),
    "a donor's age beside a birth date that is none": (
        event(DONOR, birth_date="about 1979"),
        {"data.age", "data.birth_date"},
    ),
    "four diseases, one of which is none": (
        event(REGISTERED, diseases=["151", "152", "153", "9"]),
        {"data.diseases", "data.diseases.3"},
    ),
    "a value out of range beside an unknown field, in a report": (
        event(
            "candidate.transplanted",
            report={"labs": [{"analyte": "creatinine", "value": "1", "unit": "umol/L", "phone": "06"}]},
        ),
        {"data.report.labs.0.value", "data.report.labs.0.phone"},
    ),
    "a pair of travel times twice and minutes out of range": (
        event(TRAVEL, rows=[[SITE, PARIS, 5], [SITE, PARIS, 6], [SITE, SITE, 1441]]),
        {"data.rows", "data.rows.2.2"},
    ),
    "a version that is not the subject's and default minutes out of range": (
        event(TRAVEL, version="other", default_minutes=1441),
        {"data.version", "data.default_minutes"},
    ),
}


@pytest.mark.parametrize("what", _FAULTY)
def test_a_verdict_names_every_fault_at_once(log: EventLog, what: str) -> None:
    line, paths = _FAULTY[what]
    (verdict,) = take(log, line)
    assert verdict.status == "refused"
    assert paths <= set(paths_of(verdict))


def test_a_rule_of_which_fields_stand_together_knows_those_that_are_wrong(log: EventLog) -> None:
    born, both, granted = take(
        log,
        event(DONOR, age=ABSENT, birth_date="about 1979"),
        event(DONOR, {"id": "donor-2"}, age="old", birth_date="1979-01-01"),
        event(GRANTED, component="XPCP1", points="0"),
    )
    assert paths_of(born) == ["data.birth_date"]
    assert [fault.message.partition(":")[0] for fault in both.errors if fault.path == "data.age"] == [
        '"old" is not a decimal number', "both of birth_date and age given",
    ]  # fmt: skip
    assert [fault.path for fault in granted.errors].count("data.points") == 2


def test_a_null_is_one_fault_and_none_of_another_field(log: EventLog) -> None:
    for line in (event(GRANTED, situation=None), event(GRANTED, points=None), event(LAB, comparator=None)):
        (verdict,) = take(log, line)
        assert [fault.message for fault in verdict.errors] == ["null says nothing: leave the field out"]


def test_a_step_back_and_a_second_use_of_a_donor_are_named_together(log: EventLog) -> None:
    first = event(DONOR, {"recordedtime": "2024-03-02T00:00:00Z"})
    second = event(DONOR, {"id": "again", "recordedtime": "2024-03-01T00:00:00Z"})
    verdicts = take(log, first, second, imported=True)
    assert verdicts[1].status == "refused"
    assert {"recordedtime", "subject"} <= set(paths_of(verdicts[1]))


@pytest.mark.parametrize(
    ("analyte", "value"),
    [
        ("total_bilirubin", "116.95906432748538012"),
        ("total_bilirubin", "116.959064327485380116959064327485380117"),
        ("creatinine", "0.05656108597285067873"),
        ("creatinine", "0.056561085972850678733031674208144796380"),
    ],
)
def test_a_value_just_out_of_range_in_other_units_is_refused_to_its_last_digit(
    log: EventLog, analyte: str, value: str
) -> None:
    (verdict,) = take(log, event(LAB, analyte=analyte, value=value, unit="mg/dL"))
    assert verdict.status == "refused"
    assert paths_of(verdict) == ["data.value"]


_WARNED: Mapping[str, tuple[tuple[bytes, ...], bytes, str]] = {
    "a candidate unknown so far": ((), event(LAB), "candidate C1"),
    "a stop without a start": ((CANDIDATE,), event("treatment.stopped"), "start"),
    "a start while it runs": (
        (CANDIDATE, event(STARTED)),
        event(STARTED, {"id": "again", "time": "2024-02-02T10:00:00+01:00"}),
        "running",
    ),
    "a second registration while listed": (
        (CANDIDATE,),
        event(REGISTERED, {"id": "again", "time": "2024-02-02T00:00:00+01:00"}),
        "listed",
    ),
    "a delay other than the table's": (
        (CANDIDATE,),
        event(GRANTED, situation="rhythmic_storm", delay_months=3),
        "delay",
    ),
}


@pytest.mark.parametrize("what", _WARNED)
def test_what_looks_wrong_is_stored_with_a_warning(log: EventLog, what: str) -> None:
    earlier, line, word = _WARNED[what]
    assert all(not verdict.warnings for verdict in take(log, *earlier))
    (verdict,) = take(log, line)
    assert verdict.status == "accepted"
    assert any(word in warning.message for warning in verdict.warnings)
    assert len(documents(log)) == len(earlier) + 1


def test_a_sound_course_of_a_candidate_is_stored_without_a_warning(log: EventLog) -> None:
    lines = (
        CANDIDATE,
        event(LAB),
        event(STARTED),
        event("treatment.stopped", {"time": "2024-02-02T10:00:00+01:00"}),
        event(GRANTED, situation="mcs_infection", delay_months=3),
        event("candidate.suspended"),
        event("candidate.reinstated", {"time": "2024-02-02T10:00:00+01:00"}),
        event("candidate.delisted", {"time": "2024-02-03T10:00:00+01:00"}),
        event(REGISTERED, {"id": "again", "time": "2024-02-04T00:00:00+01:00"}),
    )
    assert [verdict.warnings for verdict in take(log, *lines)] == [()] * len(lines)


def test_a_retracted_start_no_longer_counts_as_running(log: EventLog) -> None:
    reference: Json = {"source": SOURCE, "id": f"{STARTED}-1"}
    take(log, CANDIDATE, event(STARTED), event(RETRACTED, event=reference))
    (verdict,) = take(log, event(STARTED, {"id": "again", "time": "2024-02-02T10:00:00+01:00"}))
    assert (verdict.status, verdict.warnings) == ("accepted", ())


_MISSED: dict[str, tuple[str, dict[str, Json], str]] = {
    "nobody sent": ("nobody's", {}, "is not in the log before this event"),
    "is of another subject": (f"{LAB}-1", {"subject": "candidate/C2"}, "has another subject than candidate/C2"),
    "is a correction": ("first", {}, "is itself a correction or retraction"),
    "was retracted": (f"{STARTED}-1", {}, "was retracted at position 5"),
    "is a retraction": ("gone", {}, "is itself a correction or retraction"),
}


@pytest.mark.parametrize("what", _MISSED)
def test_a_correction_of_what_it_cannot_have_is_told_why(log: EventLog, what: str) -> None:
    id_, changes, why = _MISSED[what]
    take(log, CANDIDATE, event(LAB), event(STARTED), event(CORRECTED, {"id": "first"}))
    take(log, event(RETRACTED, {"id": "gone"}, event={"source": SOURCE, "id": f"{STARTED}-1"}))
    for kind in (CORRECTED, RETRACTED):
        (verdict,) = take(log, event(kind, {"id": "second", **changes}, event={"source": SOURCE, "id": id_}))
        assert [(fault.path, why in fault.message) for fault in verdict.errors] == [("data.event", True)]


def test_a_correction_is_laid_at_its_own_fields(log: EventLog) -> None:
    take(log, CANDIDATE, event(LAB))
    wrong: dict[str, Json] = {"value": "-5", "unit": "mmol/L", "phone": "06"}
    (verdict,) = take(log, event(CORRECTED, data=wrong))
    assert {"data.data.value", "data.data.unit", "data.data.phone"} <= set(paths_of(verdict))


def test_an_imported_match_run_of_a_known_offer_is_taken_without_a_warning(log: EventLog) -> None:
    verdicts = take(log, *before(MATCH_RUN), event(MATCH_RUN), imported=True)
    assert [(verdict.status, verdict.warnings) for verdict in verdicts] == [("accepted", ())] * 4
