"""What each status makes of a result: a fact, a correction, a retraction, a wait, or nothing."""

from pathlib import Path

import pytest

from engine.intake.feeds.formats import FHIR
from tests.intake.feeds.support import (
    OTHER_PID,
    cda,
    cda_observation,
    feed,
    fhir,
    hl7,
    obr,
    observation,
    obx,
    quantity,
    with_cda,
)

LATER = {"sent": "20250201130000+0100"}
VALUE = ("17.10", "umol/L", "2025-02-01T08:00:00+01:00")


def test_a_final_result_is_a_fact_and_the_same_message_again_a_duplicate(tmp_path: Path) -> None:
    with feed(tmp_path) as log:
        assert log.statuses(hl7()) == ["accepted"]
        assert log.statuses(hl7()) == ["duplicate"]
        assert log.statuses(hl7(control="M2", sent="20250301120000+0100")) == ["duplicate"]
        assert log.statuses(fhir(observation()), FHIR) == ["accepted"]
        assert log.statuses(fhir(observation()), FHIR) == ["duplicate"]
        assert log.statuses(with_cda(cda())) == ["accepted"]
        assert log.statuses(with_cda(cda(), control="M9")) == ["duplicate"]
        assert log.known() == [VALUE] * 3
        assert log.waiting() == []


def test_the_same_result_final_with_another_value_is_a_conflict(tmp_path: Path) -> None:
    with feed(tmp_path) as log:
        log.take(hl7())
        assert log.statuses(hl7(obx("18"))) == ["conflict"]
        assert log.known() == [VALUE]
        assert log.statuses(hl7(obx("20", sub="2"), obx("21", sub="2"))) == ["accepted", "conflict"]
        assert log.statuses(hl7(obx("20", sub="3"), obx("20", sub="3"))) == ["accepted", "duplicate"]


@pytest.mark.parametrize("status", ["C", "A"])
def test_a_corrected_result_corrects_the_fact_it_replaces(tmp_path: Path, status: str) -> None:
    with feed(tmp_path) as log:
        log.take(hl7())
        body = hl7(obx("19", status=status, drawn="20250201083000"), **LATER)
        assert log.statuses(body) == ["accepted"]
        assert log.statuses(body) == ["duplicate"]
        assert log.statuses(hl7(obx("19.0", status="C", drawn="20250201083000"), sent="20250201140000+0100")) == [
            "ignored"
        ]
        assert log.known() == [("19", "umol/L", "2025-02-01T08:30:00+01:00")]
        assert log.types() == ["lab-result", "event"]
        assert log.statuses(hl7()) == ["duplicate"], "the first message, late once more"
        assert log.known()[0][0] == "19"


def test_a_correction_of_none_known_is_a_fact_with_a_warning_and_an_unchanged_one_is_ignored(tmp_path: Path) -> None:
    with feed(tmp_path) as log:
        (verdict,) = log.take(hl7(obx(status="C")))
        assert (verdict.status, "correction_of_unknown" in [each.code for each in verdict.warnings]) == (
            "accepted",
            True,
        )
        log.take(hl7(obx("30", sub="2")))
        assert log.statuses(hl7(obx("30", sub="2", status="C"), **LATER)) == ["ignored"]
        (verdict,) = log.fhir(observation(status="amended"))
        assert "correction_of_unknown" in [each.code for each in verdict.warnings]
        assert log.fhir(observation(status="corrected", meta={"versionId": "2"}))[0].status == "ignored"
        assert log.fhir(observation(status="amended", valueQuantity=quantity("18")))[0].status == "accepted"
        assert log.known()[-1][0] == "18"


def test_an_older_correction_that_comes_late_changes_nothing(tmp_path: Path) -> None:
    with feed(tmp_path) as log:
        log.take(hl7())
        assert log.statuses(hl7(obx("21", status="C"), order=obr(changed="202502031000"))) == ["accepted"]
        assert log.statuses(hl7(obx("20", status="C"), order=obr(changed="202502021000"))) == ["ignored"]
        assert log.statuses(hl7(obx("20", status="C"), order=obr(changed="202502041000"))) == ["accepted"]
        assert log.known()[0][0] == "20"


@pytest.mark.parametrize("status", ["D", "W", "X"])
def test_a_withdrawn_result_is_retracted(tmp_path: Path, status: str) -> None:
    with feed(tmp_path) as log:
        body = hl7(obx("", unit="", status=status, kind=""), **LATER)
        other = hl7(obx("", unit="", status=status, kind="", sub="2"), **LATER)
        assert log.statuses(other) == ["ignored" if status == "X" else "refused"], "of none known"
        assert log.statuses(hl7(obx(sub="2"))) == ["ignored"], "and the value that it withdraws is no fact any more"
        log.take(hl7())
        assert log.statuses(body) == ["accepted"]
        assert log.known() == []
        assert log.statuses(body) == ["duplicate"]
        assert log.statuses(hl7()) == ["duplicate"], "the same message again brings nothing back"
        assert log.known() == []
        assert log.statuses(hl7(sent="20250203120000+0100")) == ["accepted"], "a later word does"
        assert log.known() == [VALUE]
        assert log.statuses(hl7(obx("", unit="", status=status), sent="20250204120000+0100")) == ["accepted"]
        assert log.known() == []


def test_a_fhir_result_or_report_entered_in_error_is_retracted(tmp_path: Path) -> None:
    with feed(tmp_path) as log:
        wrong = observation(status="entered-in-error", valueQuantity=None, effectiveDateTime=None)
        assert log.fhir(wrong)[0].status == "refused"
        log.fhir(observation())
        assert [each.status for each in log.fhir(wrong)] == ["accepted"]
        assert log.known() == []
        inner = observation(identifier=None, id="o1")
        report = {
            "resourceType": "DiagnosticReport", "status": "final", "code": {"text": "Biologie"},
            "identifier": [{"system": "urn:oid:1.2.250.1.99.9", "value": "CR1"}],
            "contained": [inner], "result": [{"reference": "#o1"}], "subject": inner["subject"],
        }  # fmt: skip
        (verdict,) = log.fhir(report)
        assert (verdict.status, verdict.source, verdict.id) == ("accepted", "urn:oid:1.2.250.1.99.9", "CR1;o1")
        assert log.fhir({**report, "status": "entered-in-error"})[0].status == "accepted"
        assert log.known() == []
        log.fhir({**report, "contained": [{**inner, "id": "o2"}], "result": [{"reference": "#o2"}]})
        bare = {name: value for name, value in report.items() if name != "contained"}
        assert [each.status for each in log.fhir({**bare, "status": "entered-in-error"})] == ["accepted"]
        assert log.known() == []


@pytest.mark.parametrize("status", ["final", "amended", "registered", "partial", "cancelled", "unknown"])
def test_a_report_that_is_not_in_error_takes_nothing_back_where_its_results_are_not_sent(
    tmp_path: Path, status: str
) -> None:
    inner = observation(identifier=None, id="o1")
    report = {
        "resourceType": "DiagnosticReport", "status": "final", "code": {"text": "Biologie"},
        "identifier": [{"system": "urn:oid:1.2.250.1.99.9", "value": "CR1"}], "subject": inner["subject"],
    }  # fmt: skip
    with feed(tmp_path) as log:
        log.fhir({**report, "contained": [inner], "result": [{"reference": "#o1"}]})
        bare = {**report, "status": status, "issued": "2025-03-01T08:00:00Z"}
        assert [each.status for each in log.fhir(bare)] == ["ignored"]
        gone = {**bare, "result": [{"reference": "Observation/o1"}]}
        assert [each.status for each in log.fhir(gone)] == ["refused"]
        assert log.known() == [VALUE]


@pytest.mark.parametrize("status", ["P", "R", "S"])
def test_a_preliminary_result_waits_until_its_final_comes(tmp_path: Path, status: str) -> None:
    with feed(tmp_path) as log:
        (verdict,) = log.take(hl7(obx("16", status=status)))
        assert (verdict.status, "until its final" in verdict.errors[0].message) == ("refused", True)
        assert (len(log.waiting()), log.known()) == (1, [])
        assert log.statuses(hl7()) == ["accepted"]
        assert (log.waiting(), log.known()) == ([], [VALUE])
        assert log.statuses(hl7(obx("16", status=status))) == ["ignored"], "the final is known"


def test_u_makes_the_waiting_value_final(tmp_path: Path) -> None:
    with feed(tmp_path) as log:
        confirmed = hl7(obx("", unit="", kind="", status="U"), order=obr(drawn=""), **LATER)
        assert log.statuses(confirmed) == ["refused"], "nothing waits"
        (refused,) = log.waiting()
        log.take(hl7(obx("16", status="P")))
        log.take(hl7(obx("17", status="P")))
        assert log.statuses(hl7(obx("18", status="U"))) == ["refused"], "another value than the one it confirms"
        assert log.statuses(confirmed) == ["accepted"]
        assert log.known() == [("17", "umol/L", VALUE[2])]
        assert log.statuses(confirmed) == ["duplicate"]
        assert log.statuses(confirmed.replace(b"|M1|", b"|M2|")) == ["ignored"], "final already"
        assert len(log.waiting()) == 2, "both that waited are taken"
        assert refused in log.waiting()


def test_of_several_results_that_wait_in_one_message_each_is_confirmed_by_its_own_number(tmp_path: Path) -> None:
    creatinine = "14682-9^Creatinine^LN"
    with feed(tmp_path) as log:
        waiting = (obx("16", status="P"), obx("90", code=creatinine, status="P"), obx("13", code="718-7^Hb^LN"))
        assert log.statuses(hl7(*waiting)) == ["refused", "refused", "ignored"]
        assert log.statuses(hl7(obx("", status="U"), **LATER)) == ["accepted"]
        assert [value for value, _, _ in log.known()] == ["16"]
        assert log.statuses(hl7(obx("", status="U", code=creatinine), **LATER)) == ["accepted"]
        assert [value for value, _, _ in log.known()] == ["16", "90"]


def test_an_entry_of_two_preliminary_results_is_open_until_both_are_final(tmp_path: Path) -> None:
    with feed(tmp_path) as log:
        log.take(hl7(obx("16", status="P"), obx("17", status="P", sub="2")))
        log.take(hl7(obx("16")))
        assert len(log.waiting()) == 1
        log.take(hl7(obx("17", sub="2")))
        assert log.waiting() == []


def test_an_entry_refused_for_something_else_too_stays_open_when_what_waits_in_it_is_final(tmp_path: Path) -> None:
    with feed(tmp_path) as log:
        assert log.statuses(hl7(obx("16", status="P"), obx("1-2", sub="2"))) == ["refused", "refused"]
        assert log.statuses(hl7(obx("16"))) == ["accepted"]
        assert len(log.waiting()) == 1


@pytest.mark.parametrize("status", ["I", "N", "O"])
def test_what_is_pending_or_not_asked_for_is_ignored(tmp_path: Path, status: str) -> None:
    with feed(tmp_path) as log:
        assert log.statuses(hl7(obx("", status=status))) == ["ignored"]
        assert log.statuses(hl7(obx("", status="P"))) == ["ignored"], "a value that is not there yet"
        for each in ("registered", "cancelled"):
            assert log.statuses(fhir(observation(status=each)), FHIR) == ["ignored"]
        absent = {"coding": [{"code": "unknown"}]}
        assert log.statuses(fhir(observation(valueQuantity=None, dataAbsentReason=absent)), FHIR) == ["ignored"]
        for code in ("aborted", "cancelled", "held"):
            assert log.statuses(with_cda(cda(cda_observation(status=f'<statusCode code="{code}"/>')))) == ["ignored"]
        assert log.statuses(with_cda(cda(cda_observation('<value xsi:type="PQ" nullFlavor="NASK"/>')))) == ["ignored"]
        assert (log.waiting(), log.known()) == ([], [])


def test_a_result_of_a_document_that_is_nullified_without_a_value_is_withdrawn(tmp_path: Path) -> None:
    null = '<value xsi:type="PQ" nullFlavor="NI"/>'
    with feed(tmp_path) as log:
        assert log.statuses(with_cda(cda())) == ["accepted"]
        assert log.statuses(with_cda(cda(cda_observation(null)), control="M2")) == ["ignored"]
        assert log.statuses(with_cda(cda(cda_observation(null, status="")), control="M3")) == ["refused"], "no status"
        assert log.known() == [VALUE]
        nullified = cda_observation(null, status='<statusCode code="nullified"/>')
        assert log.statuses(with_cda(cda(nullified), control="M4")) == ["accepted"]
        assert log.known() == []


def test_no_status_or_one_nobody_knows_is_refused(tmp_path: Path) -> None:
    with feed(tmp_path) as log:
        assert log.statuses(hl7(obx(status=""), obx(status="Z"))) == ["refused", "refused"]
        for status in (None, "bogus", "unknown", "Final"):
            assert log.statuses(fhir(observation(status=status)), FHIR) == ["refused"]
        for status in ("", '<statusCode code="done"/>', '<statusCode nullFlavor="UNK"/>'):
            assert log.statuses(with_cda(cda(cda_observation(status=status)))) == ["refused"]


def test_a_result_under_another_patient_is_a_retraction_and_a_new_fact(tmp_path: Path) -> None:
    other = {"identifier": {"system": "urn:oid:1.2.250.1.99.1", "value": "P2"}}
    with feed(tmp_path) as log:
        log.take(hl7())
        moved = hl7(pid=OTHER_PID, **LATER)
        assert [each.status for each in log.take(moved)] == ["accepted", "accepted"]
        assert (log.known("C1"), log.known("C2")) == ([], [VALUE])
        assert (log.statuses(hl7()), log.statuses(moved)) == (["duplicate"], ["duplicate"])
        assert log.statuses(hl7(sent="20250201140000+0100")) == ["accepted", "accepted"], "back again"
        assert (log.known("C1"), log.known("C2")) == ([VALUE], [])
        log.fhir(observation())
        assert [each.status for each in log.fhir(observation(subject=other))] == ["accepted", "accepted"]
        assert (len(log.known("C1")), len(log.known("C2"))) == (1, 1)
        assert [each.status for each in log.fhir(observation(subject=other))] == ["duplicate"]
        assert [each.status for each in log.fhir(observation())] == ["duplicate"]


def test_a_correction_that_another_patient_s_withdrawn_result_had_too_is_a_new_fact(tmp_path: Path) -> None:
    other = {"identifier": {"system": "urn:oid:1.2.250.1.99.1", "value": "P2"}}
    with feed(tmp_path) as log:
        log.fhir(observation())
        log.fhir(observation(status="corrected", valueQuantity=quantity("19")))
        log.fhir(observation(status="entered-in-error"))
        again = observation(status="corrected", valueQuantity=quantity("19"), note=[{"text": "again"}])
        assert [each.status for each in log.fhir(again)] == ["duplicate"], "it was said before it was withdrawn"
        assert [each.status for each in log.fhir({**again, "subject": other})] == ["accepted"]
        assert (log.known("C1"), [value for value, _, _ in log.known("C2")]) == ([], ["19"])


def test_an_unknown_other_patient_takes_nothing_from_the_first(tmp_path: Path) -> None:
    with feed(tmp_path) as log:
        log.take(hl7())
        assert log.statuses(hl7(pid=OTHER_PID.replace("P2", "P9"))) == ["refused"]
        assert log.statuses(hl7(obx("9999"), pid=OTHER_PID)) == ["refused"]
        assert log.statuses(hl7(obx("", status="D"), pid=OTHER_PID)) == ["refused"]
        assert log.known() == [VALUE]


def test_a_document_that_replaces_another_is_compared_with_it_result_by_result(tmp_path: Path) -> None:
    crea = cda_observation('<value xsi:type="PQ" value="90" unit="umol/L"/>', code="14682-9")
    bnp = cda_observation('<value xsi:type="PQ" value="200" unit="ng/L"/>', code="30934-4")
    more = cda_observation('<value xsi:type="PQ" value="95" unit="umol/L"/>', code="14682-9")
    replaces = '<relatedDocument typeCode="RPLC"><parentDocument><id root="1.2.3"/></parentDocument></relatedDocument>'
    peptide = cda_observation('<value xsi:type="PQ" value="900" unit="ng/L"/>', code="33762-6")
    with feed(tmp_path) as log:
        first = with_cda(cda(cda_observation(), crea, bnp))
        second = with_cda(cda(cda_observation(), more, peptide, version="2", header=replaces))
        assert log.statuses(first) == ["accepted"] * 3
        assert log.statuses(second) == ["ignored", "accepted", "accepted", "accepted"]
        assert [value for value, _, _ in log.known()] == ["17.10", "95", "900"]
        assert log.statuses(second) == ["duplicate"] * 3
        assert log.statuses(first) == ["duplicate"] * 3, "the replaced one, late once more"
        assert [value for value, _, _ in log.known()] == ["17.10", "95", "900"]
        null = cda_observation('<value xsi:type="PQ" nullFlavor="NI"/>')
        assert log.statuses(with_cda(cda(null, more, peptide, version="3", header=replaces))) == [
            "ignored", "ignored", "ignored", "accepted",
        ]  # fmt: skip
        assert [value for value, _, _ in log.known()] == ["95", "900"]
        assert log.statuses(with_cda(cda(more, peptide, version="4"), status="W")) == ["accepted", "accepted"]
        assert log.known() == []
