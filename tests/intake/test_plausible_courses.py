"""What cannot follow what in a candidate's course, and dates that lie outside of a life: both sides of each bound."""

import pytest

from tests.intake.plausible import codes, notices, registered
from tests.projections.support import Log

DAY_OF_DEATH = "2024-03-01"  # known by its day: local midnight


def test_a_sound_course_is_found_nothing_about() -> None:
    log = registered()
    log.labs("C1", "2024-01-11 08:00")
    log.started("C1", "ecmo", "2024-01-12 08:00")
    log.granted("C1", "XPCA", "2024-01-12 09:00", situation="mcs_infection", delay_months=3)
    log.stopped("C1", "ecmo", "2024-01-14 08:00")
    log.priority("ended", "C1", "XPCA", "2024-01-15 09:00")
    log.happened("suspended", "C1", "2024-02-01 08:00")
    log.happened("reinstated", "C1", "2024-02-05 08:00")
    log.happened("updated", "C1", "2024-02-06 08:00", weight_kg="72")
    log.happened("transplanted", "C1", "2024-02-10 08:00")
    assert [codes(log, position) for position in range(1, len(log.events) + 1)] == [[]] * len(log.events)


def test_a_fact_about_an_unknown_candidate_is_found_until_the_registration_comes() -> None:
    log = registered()
    lab = log.lab("C2", "creatinine", "100", "2024-01-09 08:00")
    assert codes(log, lab) == ["candidate_unknown"]
    log.registered("C2", "2024-01-10 09:00")
    assert codes(log, lab) == []


def test_a_proposal_to_someone_unknown_from_an_offer_unknown_is_found_twice() -> None:
    log = registered()
    log.donor("D1", "2024-02-01 08:00")
    log.offered("O1", "2024-02-01 10:00")
    known = log.add("proposal.made", "offer/O1", "2024-02-01 11:00", {"candidate": "C1"})
    strange = log.add("proposal.made", "offer/O2", "2024-02-01 11:00", {"candidate": "C2"})
    assert codes(log, known) == []
    assert codes(log, strange) == ["candidate_unknown", "offer_unknown"]
    assert notices(log, strange)["candidate_unknown"].path == "data.candidate"


def test_a_recorded_run_of_an_offer_unknown_is_found_until_the_offer_comes() -> None:
    log = registered()
    log.donor("D1", "2024-02-01 08:00")
    data = {"offer": "O1", "counter": 1, "ruleset": "2023-06-15", "readings": {}, "log_size": 2, "ranking": []}
    recorded = log.add("match-run.recorded", "offer/O1", "2024-02-01 10:00", data)
    assert notices(log, recorded)["offer_unknown"].message == "offer O1 is unknown so far"
    log.offered("O1", "2024-02-01 10:00")
    assert codes(log, recorded) == []


def test_a_second_registration_is_found_while_listed_and_not_after_a_delisting() -> None:
    log = registered()
    again = log.registered("C1", "2024-02-01 09:00")
    assert codes(log, again) == ["registered_while_listed"]
    log.delisted("C1", "2024-01-20 09:00")
    assert codes(log, again) == []


def test_a_start_is_found_while_the_treatment_runs_and_not_after_its_stop() -> None:
    log = registered()
    log.started("C1", "impella", "2024-01-11 08:00")
    again = log.started("C1", "impella", "2024-01-13 08:00")
    other = log.started("C1", "balloon_pump", "2024-01-13 08:00")
    assert (codes(log, again), codes(log, other)) == (["start_while_running"], [])
    log.stopped("C1", "impella", "2024-01-12 08:00")
    assert codes(log, again) == []


def test_a_stop_is_found_without_a_start_and_not_after_one() -> None:
    log = registered()
    stop = log.stopped("C1", "ecmo", "2024-01-13 08:00")
    assert codes(log, stop) == ["stop_without_start"]
    log.started("C1", "ecmo", "2024-01-13 08:01")
    assert codes(log, stop) == ["stop_without_start"]
    log.started("C1", "ecmo", "2024-01-13 07:59")
    assert codes(log, stop) == []


@pytest.mark.parametrize(("treatment", "found"), [("iv_inotropes", True), ("chronic_dialysis", False)])
def test_a_transplantation_ends_all_treatments_but_chronic_dialysis(treatment: str, found: bool) -> None:
    log = registered()
    log.started("C1", treatment, "2024-01-12 08:00")
    log.happened("transplanted", "C1", "2024-01-14 08:00")
    log.registered("C1", "2024-06-01 08:00")
    stop = log.stopped("C1", treatment, "2024-06-02 08:00")
    assert ("stop_without_start" in codes(log, stop)) == found


def test_a_second_suspension_and_a_second_reinstatement_are_found() -> None:
    log = registered()
    turns = [
        log.happened(what, "C1", f"2024-02-0{day} 08:00")
        for day, what in enumerate(("suspended", "suspended", "reinstated", "reinstated"), 1)
    ]
    assert [codes(log, turn) for turn in turns] == [[], ["suspended_while_suspended"], [], ["reinstated_while_active"]]


def test_a_new_listing_clears_the_suspension_and_a_registration_while_listed_does_not() -> None:
    log = registered()
    log.happened("suspended", "C1", "2024-02-01 08:00")
    log.registered("C1", "2024-02-02 08:00")
    lifted = log.happened("reinstated", "C1", "2024-03-01 08:00")
    assert codes(log, lifted) == []
    log.delisted("C1", "2024-02-01 12:00")
    assert codes(log, lifted) == ["reinstated_while_active"]


def test_the_end_of_a_priority_is_found_without_a_grant_and_after_another_end() -> None:
    log = registered()
    ended = log.priority("ended", "C1", "XPCA", "2024-02-02 08:00")
    assert codes(log, ended) == ["priority_ended_without_grant"]
    log.granted("C1", "XPCA", "2024-02-01 08:00")
    assert codes(log, ended) == []
    assert codes(log, log.priority("ended", "C1", "XPCA", "2024-02-03 08:00")) == ["priority_ended_without_grant"]
    assert codes(log, log.priority("ended", "C1", "DGN", "2024-02-03 08:00")) == ["priority_ended_without_grant"]


def test_opposite_facts_are_found_at_one_instant_and_not_a_second_apart() -> None:
    log = registered()
    log.started("C1", "ecmo", "2024-02-01 08:00:00")
    at_once = log.stopped("C1", "ecmo", "2024-02-01 08:00:00")
    log.happened("suspended", "C1", "2024-02-02 08:00:00")
    later = log.happened("reinstated", "C1", "2024-02-02 08:00:01")
    log.granted("C1", "XPCA", "2024-02-03 08:00")
    refused = log.priority("refused", "C1", "XPCA", "2024-02-03 08:00")
    of_another = log.priority("refused", "C1", "DGN", "2024-02-03 08:00")
    found = [codes(log, position) for position in (at_once, later, refused, of_another)]
    assert found == [["opposite_facts"], [], ["opposite_facts"], []]


TURNS: dict[str, dict[str, str]] = {
    "treatment.started": {"treatment": "ecmo"}, "treatment.stopped": {"treatment": "ecmo"},
    "candidate.suspended": {}, "candidate.reinstated": {},
    "expert-priority.granted": {"component": "DGN"}, "expert-priority.refused": {"component": "DGN"},
    "expert-priority.ended": {"component": "DGN"},
    "candidate.delisted": {"reason_code": "other"}, "candidate.transplanted": {},
}  # fmt: skip
OPPOSITE = [
    ("treatment.started", "treatment.stopped"), ("candidate.suspended", "candidate.reinstated"),
    ("expert-priority.granted", "expert-priority.refused"), ("expert-priority.granted", "expert-priority.ended"),
    ("candidate.delisted", "candidate.transplanted"), ("candidate.registered", "candidate.delisted"),
    ("candidate.registered", "candidate.transplanted"),
]  # fmt: skip


@pytest.mark.parametrize(("first", "second"), [pair for each in OPPOSITE for pair in (each, each[::-1])])
def test_each_pair_of_opposite_facts_is_found_at_one_instant_in_either_order(first: str, second: str) -> None:
    log = registered()
    for kind in (first, second):
        if kind == "candidate.registered":
            log.registered("C1", "2024-02-01 08:00")
        else:
            log.add(kind, "candidate/C1", "2024-02-01 08:00", TURNS[kind])
    assert "opposite_facts" in codes(log, 3)


@pytest.mark.parametrize(("first", "second"), [("expert-priority.refused", "expert-priority.ended"),
                                               ("candidate.suspended", "candidate.delisted")])  # fmt: skip
def test_facts_that_may_both_be_at_one_instant_are_no_opposites(first: str, second: str) -> None:
    log = registered()
    for kind in (first, second):
        log.add(kind, "candidate/C1", "2024-02-01 08:00", TURNS[kind])
    assert "opposite_facts" not in codes(log, 3)


def test_an_update_or_calcium_of_a_donor_nobody_registered_is_found_until_it_is() -> None:
    log = Log()
    update = log.add("donor.updated", "donor/D1", "2024-02-02 08:00", {"weight_kg": "70"})
    calcium = log.add("coronary-calcium.recorded", "donor/D1", "2024-02-02 08:00", {"agatston": "12"})
    assert [codes(log, position) for position in (update, calcium)] == [["donor_unknown"]] * 2
    assert notices(log, update)["donor_unknown"].path == "subject"
    log.donor("D1", "2024-02-01 08:00")
    assert [codes(log, position) for position in (update, calcium)] == [[], []]


def test_a_fact_is_found_before_the_day_of_birth_and_not_on_it() -> None:
    log = registered(birth_date="2023-12-01")
    before = log.lab("C1", "creatinine", "30", "2023-11-30 23:59:59")
    on_it = log.lab("C1", "creatinine", "30", "2023-12-01 00:00:00")
    in_utc = log.lab("C1", "creatinine", "30", "2023-11-30T23:00:00Z")
    assert [codes(log, position) for position in (before, on_it, in_utc)] == [["before_birth"], [], []]
    far_east = log.lab("C1", "creatinine", "30", "2023-12-01T02:00:00+10:00")
    assert codes(log, far_east) == ["before_birth"], "that is the day before in Paris"


def test_an_update_or_calcium_of_a_donor_is_found_before_the_donors_day_of_birth() -> None:
    log = registered()
    log.donor("D1", "2024-02-01 08:00", birth_date="2010-03-01", height_cm="150", weight_kg="45")
    for day, found in (("2010-02-28 23:59", ["before_birth"]), ("2010-03-01 00:00", [])):
        update = log.donor_updated("D1", day, procurement_site="750000010")
        calcium = log.add("coronary-calcium.recorded", "donor/D1", day, {"agatston": "12"})
        assert [codes(log, position) for position in (update, calcium)] == [found, found]


def test_a_death_known_by_its_day_counts_from_the_days_end() -> None:
    log = registered()
    log.delisted("C1", DAY_OF_DEATH, "died")
    on_it = log.lab("C1", "creatinine", "100", "2024-03-01 23:59:59")
    after = log.lab("C1", "creatinine", "100", "2024-03-02 00:00:00")
    assert (codes(log, on_it), codes(log, after)) == ([], ["after_death"])


def test_a_death_known_by_the_minute_counts_from_it_and_no_registration_undoes_it() -> None:
    log = registered()
    log.delisted("C1", "2024-03-01 12:00", "died")
    at_once, after = (log.lab("C1", "creatinine", "100", f"2024-03-01 12:0{minute}") for minute in (0, 1))
    again = log.registered("C1", "2024-06-01")
    assert [codes(log, each) for each in (at_once, after, again)] == [[], ["after_death"], ["after_death"]]


@pytest.mark.parametrize(("what", "code"), [("delisted", "after_delisting"), ("transplanted", "after_transplantation")])
def test_a_fact_after_the_departure_is_found_unless_a_registration_follows(what: str, code: str) -> None:
    log = registered()
    log.happened(what, "C1", "2024-03-01 12:00", **({"reason_code": "improved"} if what == "delisted" else {}))
    before, after = (log.lab("C1", "creatinine", "100", f"2024-03-01 {at}") for at in ("11:59", "12:01"))
    second = log.happened("suspended", "C1", "2024-03-02 12:00")
    assert [codes(log, each) for each in (before, after, second)] == [[], [code], [code]]
    log.registered("C1", "2024-06-01")
    assert [codes(log, each) for each in (after, second)] == [[], []]


def test_dialysis_may_go_on_after_the_transplantation_and_two_transplantations_are_found() -> None:
    log = registered()
    log.happened("transplanted", "C1", "2024-03-01 12:00")
    dialysis = log.started("C1", "chronic_dialysis", "2024-03-05 12:00")
    second = log.happened("transplanted", "C1", "2024-03-05 12:00")
    assert (codes(log, dialysis), codes(log, second)) == ([], ["after_transplantation"])


@pytest.mark.parametrize(("minutes", "found"), [(0, []), (10, []), (11, ["dated_ahead"])])
def test_a_fact_is_found_when_dated_over_ten_minutes_after_its_recording(minutes: int, found: list[str]) -> None:
    log = registered()
    log.recorded = "2024-12-31T11:00:00.000000Z"
    assert codes(log, log.granted("C1", "XPCA", f"2024-12-31 12:{minutes:02}")) == found
    assert codes(log, log.donor("D1", f"2024-12-31 12:{minutes:02}")) == found


def test_a_date_ahead_that_was_corrected_is_not_found_any_more() -> None:
    log = registered()
    death = log.delisted("C1", "2034-02-01", "died")
    assert codes(log, death) == ["dated_ahead"]
    log.corrected(death, time="2024-02-01")
    assert codes(log, death) == []


@pytest.mark.parametrize(("sampled", "found"), [("2024-07-04 01:00", []), ("2024-07-04 00:59", ["recorded_late"])])
def test_a_result_is_found_when_recorded_over_180_days_after_sampling(sampled: str, found: list[str]) -> None:
    log = registered()
    log.recorded = "2024-01-01T00:00:00.000000Z"
    log.events[0]["recordedtime"] = log.recorded
    log.recorded = "2024-12-30T23:00:00.000000Z"
    assert codes(log, log.lab("C1", "creatinine", "100", sampled)) == found
    assert codes(log, log.lab("C1", "creatinine", "100", sampled, context="pre_treatment")) == []


def test_a_history_loaded_at_once_is_not_late() -> None:
    log = registered()
    assert codes(log, log.lab("C1", "creatinine", "100", "2023-01-01 08:00")) == []


@pytest.mark.parametrize(("delay", "found"), [(0, []), (1, ["delay_not_in_table"])])
def test_a_delay_is_found_where_the_table_gives_another(delay: int, found: list[str]) -> None:
    log = registered()
    grant = log.granted("C1", "XPCA", "2024-02-01 08:00", situation="rhythmic_storm", delay_months=delay)
    assert codes(log, grant) == found


LONG = ("mcs_haemorrhage", "mcs_infection", "mcs_contraindicated", "bivad_or_tah")


@pytest.mark.parametrize("situation", ["mcs_thrombosis", "mcs_dysfunction", "rhythmic_storm", *LONG])
def test_each_situation_has_the_delays_of_the_guide_s_table(situation: str) -> None:
    log = registered()
    for delay in (None, 0, 1, 2, 3):
        grant = log.granted("C1", "XPCA", f"2024-02-0{delay or 5} 08:00", situation=situation, delay_months=delay)
        assert bool(codes(log, grant)) == (bool(delay) and situation not in LONG)


def test_an_update_of_nothing_is_found() -> None:
    log = registered()
    log.donor("D1", "2024-02-01 08:00")
    assert codes(log, log.happened("updated", "C1", "2024-02-02 08:00")) == ["empty_update"]
    assert codes(log, log.donor_updated("D1", "2024-02-02 08:00")) == ["empty_update"]
    assert codes(log, log.happened("updated", "C1", "2024-02-02 08:00", centre="750000010")) == []
