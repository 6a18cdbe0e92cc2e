"""A candidate at an instant: what is known there, the cut, corrections, listings one after the other."""

import pytest

from projections.candidate import Candidate
from tests.projections.support import ELSEWHERE, Log, instant


def latest(candidate: Candidate, analyte: str, context: str = "current") -> str:
    """The value of the latest sampling."""
    return str(candidate.labs[analyte, context][-1].data["value"])


# -------------------------------------------------------------------------------------------------- the cut


def test_a_candidate_stands_on_the_list_from_the_instant_of_its_registration_and_not_a_microsecond_before() -> None:
    log = Log()
    log.registered("C1", "2024-02-01 10:00")
    assert log.candidate_or_none("C1", "2024-02-01 09:59:59.999999") is None
    assert log.candidate("C1", "2024-02-01 10:00").active


def test_nobody_is_known_before_the_position_of_a_registration() -> None:
    log = Log()
    log.started("C1", "lvad", "2024-01-10")
    registration = log.registered("C1", "2024-02-01")
    assert log.candidate_or_none("C1", "2024-03-01", known_at=registration - 1) is None
    assert log.candidate("C1", "2024-03-01", known_at=registration).active


def test_a_fact_counts_from_its_own_instant_and_not_a_microsecond_before() -> None:
    log = Log()
    log.registered("C1", "2024-02-01")
    log.lab("C1", "creatinine", "80", "2024-02-10 08:00")
    log.lab("C1", "creatinine", "160", "2024-02-20 08:00")
    assert latest(log.candidate("C1", "2024-02-20 07:59:59.999999"), "creatinine") == "80"
    assert latest(log.candidate("C1", "2024-02-20 08:00"), "creatinine") == "160"


def test_a_late_fact_changes_what_is_known_only_from_its_own_position_on() -> None:
    log = Log()
    log.registered("C1", "2024-02-01")
    before = log.lab("C1", "creatinine", "80", "2024-02-10")
    late = log.lab("C1", "creatinine", "160", "2024-02-15")
    assert latest(log.candidate("C1", "2024-03-01", known_at=before), "creatinine") == "80"
    assert latest(log.candidate("C1", "2024-03-01", known_at=late), "creatinine") == "160"


def test_a_treatment_and_a_sample_older_than_the_registration_and_arriving_before_it_count() -> None:
    log = Log()
    log.started("C1", "lvad", "2023-05-01")
    log.lab("C1", "creatinine", "80", "2024-01-20")
    log.registered("C1", "2024-02-01")
    candidate = log.candidate("C1", "2024-02-01")
    assert candidate.running["lvad"].start.instant == instant("2023-05-01")
    assert latest(candidate, "creatinine") == "80"


def test_a_correction_changes_what_is_known_from_its_own_position_on_and_its_own_time_plays_no_part() -> None:
    log = Log()
    log.registered("C1", "2024-02-01")
    lab = log.lab("C1", "creatinine", "800", "2024-02-10")
    correction = log.corrected(lab, value="80")
    log.events[-1]["time"] = "2030-01-01T00:00:00+01:00"
    assert latest(log.candidate("C1", "2024-03-01", known_at=correction - 1), "creatinine") == "800"
    assert latest(log.candidate("C1", "2024-03-01", known_at=correction), "creatinine") == "80"


def test_of_several_corrections_the_latest_position_wins_field_by_field() -> None:
    log = Log()
    log.registered("C1", "2024-02-01")
    lab = log.lab("C1", "creatinine", "100", "2024-02-10")
    log.corrected(lab, value="2", unit="mg/dL")
    log.corrected(lab, value="3")
    fact = log.candidate("C1", "2024-03-01").labs["creatinine", "current"][-1]
    assert (fact.data["value"], fact.data["unit"]) == ("3", "mg/dL")


def test_a_corrected_time_moves_the_fact_to_its_new_place_but_not_to_a_new_position() -> None:
    log = Log()
    log.registered("C1", "2024-02-01")
    moved = log.lab("C1", "creatinine", "80", "2024-02-10")
    log.lab("C1", "creatinine", "160", "2024-02-15")
    log.corrected(moved, time="2024-02-20")
    assert latest(log.candidate("C1", "2024-02-19"), "creatinine") == "160"
    fact = log.candidate("C1", "2024-02-20").labs["creatinine", "current"][-1]
    assert (fact.data["value"], fact.position) == ("80", moved)


def test_a_fact_corrected_to_the_instant_of_a_later_position_comes_before_it() -> None:
    log = Log()
    log.registered("C1", "2024-02-01")
    moved = log.lab("C1", "creatinine", "80", "2024-02-10")
    log.lab("C1", "creatinine", "160", "2024-02-15")
    log.corrected(moved, time="2024-02-15")
    assert latest(log.candidate("C1", "2024-03-01"), "creatinine") == "160"


def test_a_correction_with_null_removes_an_optional_field_and_the_older_value_shows_again() -> None:
    log = Log()
    log.registered("C1", "2024-02-01", team="T1")
    update = log.happened("updated", "C1", "2024-02-10", team="T2", weight_kg="60")
    log.corrected(update, team=None)
    candidate = log.candidate("C1", "2024-03-01")
    assert (candidate.value("team"), candidate.value("weight_kg")) == ("T1", "60")


def test_a_retracted_fact_is_known_before_the_retraction_and_no_more_after_it() -> None:
    log = Log()
    log.registered("C1", "2024-02-01")
    log.lab("C1", "creatinine", "80", "2024-02-10")
    wrong = log.lab("C1", "creatinine", "800", "2024-02-20")
    retraction = log.retracted(wrong)
    assert latest(log.candidate("C1", "2024-03-01", known_at=wrong), "creatinine") == "800"
    assert latest(log.candidate("C1", "2024-03-01", known_at=retraction), "creatinine") == "80"


def test_without_its_retracted_first_registration_a_candidate_has_the_second() -> None:
    log = Log()
    first = log.registered("C1", "2024-02-01", blood_group="A")
    log.registered("C1", "2024-02-10", blood_group="O")
    log.retracted(first)
    candidate = log.candidate("C1", "2024-03-01")
    assert candidate.registration.instant == instant("2024-02-10")
    assert candidate.value("blood_group") == "O"
    assert candidate.unmatched == []


# -------------------------------------------------------------------------------------- fields of a listing


def test_the_first_registration_is_folded_before_an_update_that_is_dated_before_it() -> None:
    log = Log()
    log.happened("updated", "C1", "2024-01-01", weight_kg="60")
    log.registered("C1", "2024-02-01", weight_kg="75")
    assert log.candidate("C1", "2024-02-01").value("weight_kg") == "60"


def test_the_first_registration_is_folded_even_before_a_delisting_dated_before_it() -> None:
    log = Log()
    log.delisted("C1", "2024-01-01")
    log.registered("C1", "2024-02-01")
    assert not log.candidate("C1", "2024-03-01").active


def test_an_update_replaces_the_fields_it_names_whole_and_leaves_the_others() -> None:
    log = Log()
    limits = {"age": ["18", "60"], "weight_kg": ["60", "90"]}
    log.registered("C1", "2024-02-01", diseases=["151", "162"], donor_limits=limits, team="T1")
    log.happened("updated", "C1", "2024-02-10", diseases=["159"], donor_limits={"height_cm": ["150", "200"]})
    candidate = log.candidate("C1", "2024-03-01")
    assert candidate.value("diseases") == ["159"]
    assert candidate.value("donor_limits") == {"height_cm": ["150", "200"]}
    assert (candidate.value("team"), candidate.value("weight_kg")) == ("T1", "75")


def test_updates_take_effect_in_effective_order_and_not_as_they_arrive() -> None:
    log = Log()
    log.registered("C1", "2024-02-01")
    log.happened("updated", "C1", "2024-02-20", centre=ELSEWHERE)
    log.happened("updated", "C1", "2024-02-10", centre="330000040")
    assert log.candidate("C1", "2024-02-15").value("centre") == "330000040"
    assert log.candidate("C1", "2024-03-01").value("centre") == ELSEWHERE


def test_updates_of_one_instant_take_effect_by_position_whatever_offset_they_are_written_in() -> None:
    log = Log()
    log.registered("C1", "2024-02-01")
    log.happened("updated", "C1", "2024-02-10T09:00:00+01:00", weight_kg="60")
    log.happened("updated", "C1", "2024-02-10T08:00:00Z", weight_kg="61")
    assert log.candidate("C1", "2024-03-01").value("weight_kg") == "61"


# ---------------------------------------------------------------------------- suspension and leaving the list


def test_a_suspended_candidate_is_off_the_list_until_it_is_reinstated_and_its_waiting_time_runs_on() -> None:
    log = Log()
    log.registered("C1", "2024-01-01")
    log.happened("suspended", "C1", "2024-02-01", reason="fever")
    log.happened("reinstated", "C1", "2024-03-01")
    activity = [log.candidate("C1", day).active for day in ("2024-01-31", "2024-02-01", "2024-02-29", "2024-03-01")]
    assert activity == [True, False, False, True]
    assert log.view("C1", "2024-04-01").variables.waiting_months == 3


def test_two_suspensions_are_lifted_by_one_reinstatement() -> None:
    log = Log()
    log.registered("C1", "2024-01-01")
    log.happened("suspended", "C1", "2024-02-01")
    log.happened("suspended", "C1", "2024-02-10")
    log.happened("reinstated", "C1", "2024-03-01")
    assert log.candidate("C1", "2024-03-02").active


@pytest.mark.parametrize("reason", ["died", "worsened", "improved", "refused", "other"])
def test_a_delisted_candidate_is_not_active_and_a_reinstatement_does_not_bring_it_back(reason: str) -> None:
    log = Log()
    log.registered("C1", "2024-01-01")
    log.delisted("C1", "2024-02-01", reason)
    log.happened("reinstated", "C1", "2024-03-01")
    assert log.candidate("C1", "2024-01-31").active
    assert not log.candidate("C1", "2024-02-01").active
    assert not log.candidate("C1", "2024-03-01").active


def test_a_transplanted_candidate_is_not_active_and_a_reinstatement_does_not_bring_it_back() -> None:
    log = Log()
    log.registered("C1", "2024-01-01")
    log.happened("transplanted", "C1", "2024-02-01")
    log.happened("reinstated", "C1", "2024-03-01")
    assert not log.candidate("C1", "2024-02-01").active
    assert not log.candidate("C1", "2024-03-01").active


def test_the_replay_of_an_offer_ignores_the_transplantation_that_names_it_and_no_other() -> None:
    log = Log()
    log.registered("C1", "2024-01-01")
    log.started("C1", "ecmo", "2024-01-20")
    log.happened("transplanted", "C1", "2024-02-01", offer="O1")
    replayed = log.candidate("C1", "2024-02-02", offer="O1")
    assert replayed.active
    assert "ecmo" in replayed.running
    assert not log.candidate("C1", "2024-02-02", offer="O2").active
    assert not log.candidate("C1", "2024-02-02").active


def test_the_replay_of_an_offer_does_not_ignore_a_transplantation_that_names_none() -> None:
    log = Log()
    log.registered("C1", "2024-01-01")
    log.happened("transplanted", "C1", "2024-02-01")
    assert not log.candidate("C1", "2024-02-02", offer="O1").active


# ------------------------------------------------------------------------------- a second registration


@pytest.mark.parametrize("left", ["delisted", "transplanted"])
def test_a_registration_after_leaving_the_list_opens_a_listing_that_starts_from_nothing(left: str) -> None:
    log = Log()
    log.registered("C1", "2020-01-01", team="T1", donor_limits={"age": ["18", "50"]}, blood_group="A")
    log.happened("updated", "C1", "2020-06-01", weight_kg="55", diseases=["162"])
    log.granted("C1", "XPCA", "2020-07-01")
    log.happened("suspended", "C1", "2020-08-01")
    if left == "delisted":
        log.delisted("C1", "2021-01-01")
    else:
        log.happened("transplanted", "C1", "2021-01-01")
    log.registered("C1", "2024-01-01", abo_matching="compatible", blood_group="O")
    assert not log.candidate("C1", "2023-12-31").active
    candidate, view = log.candidate("C1", "2024-02-01"), log.view("C1", "2024-02-01")
    assert candidate.active
    assert not candidate.suspended
    assert candidate.priorities == []
    assert candidate.registration.instant == instant("2024-01-01")
    assert view.variables.waiting_months == 1
    assert view.variables.urgency == ""
    assert (candidate.value("team"), candidate.value("donor_limits")) == (None, None)
    assert (candidate.value("weight_kg"), candidate.value("diseases")) == ("75", ["151"])
    assert (candidate.value("abo_matching"), candidate.value("blood_group")) == ("compatible", "O")


def test_treatments_and_samples_go_on_from_one_listing_to_the_next() -> None:
    log = Log()
    log.registered("C1", "2024-01-01")
    log.started("C1", "lvad", "2024-01-10")
    log.lab("C1", "creatinine", "80", "2024-01-11")
    log.delisted("C1", "2024-02-01")
    log.registered("C1", "2024-03-01")
    candidate = log.candidate("C1", "2024-03-01")
    assert candidate.running["lvad"].start.instant == instant("2024-01-10")
    assert latest(candidate, "creatinine") == "80"


@pytest.mark.parametrize("suspended", [False, True])
def test_a_registration_while_listed_changes_nothing(suspended: bool) -> None:
    log = Log()
    log.registered("C1", "2024-01-01", team="T1")
    log.happened("updated", "C1", "2024-01-10", weight_kg="60")
    log.granted("C1", "XPCA", "2024-01-15")
    if suspended:
        log.happened("suspended", "C1", "2024-01-20")
    again = log.registered("C1", "2024-02-01", blood_group="O", weight_kg="90", team="T2")
    candidate = log.candidate("C1", "2024-03-01")
    assert candidate.active is not suspended
    assert candidate.registration.instant == instant("2024-01-01")
    assert [candidate.value(name) for name in ("blood_group", "weight_kg", "team")] == ["A", "60", "T1"]
    assert log.view("C1", "2024-03-01").variables.urgency == "XPCA"
    assert [fact.position for fact in candidate.unmatched] == [again]


def test_a_registration_that_arrives_later_but_is_dated_earlier_is_the_first() -> None:
    log = Log()
    log.registered("C1", "2024-02-01", blood_group="A")
    log.registered("C1", "2024-01-01", blood_group="O")
    candidate = log.candidate("C1", "2024-03-01")
    assert candidate.value("blood_group") == "O"
    assert candidate.registration.instant == instant("2024-01-01")


def test_a_delisting_learnt_late_turns_a_registration_while_listed_into_a_new_listing() -> None:
    log = Log()
    log.registered("C1", "2023-01-01")
    second = log.registered("C1", "2024-01-01")
    late = log.delisted("C1", "2023-06-01")
    assert log.view("C1", "2024-02-01", known_at=second).variables.waiting_months == 13
    assert log.view("C1", "2024-02-01", known_at=late).variables.waiting_months == 1


def test_a_suspension_after_the_new_registration_counts_and_one_before_it_does_not() -> None:
    log = Log()
    log.registered("C1", "2023-01-01")
    log.delisted("C1", "2023-06-01")
    log.happened("suspended", "C1", "2023-07-01")
    log.registered("C1", "2024-01-01")
    assert log.candidate("C1", "2024-01-02").active
    log.happened("suspended", "C1", "2024-01-03")
    assert not log.candidate("C1", "2024-01-04").active
