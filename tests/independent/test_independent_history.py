"""The naive folds and the match run on logs small enough to read."""

from __future__ import annotations

from typing import Any

from .history import fold_candidate, known_facts
from .run import match_run, national_list

Log = list[dict[str, Any]]
NOW = "2024-05-01T12:00:00+02:00"
ADULT = {
    "birth_date": "1980-05-01",
    "sex": "M",
    "blood_group": "A",
    "height_cm": "175",
    "weight_kg": "70",
    "diseases": ["151"],
    "centre": "750100042",
}
DONOR = {
    "age": "40",
    "sex": "M",
    "blood_group": "A",
    "height_cm": "175",
    "weight_kg": "75",
    "procurement_site": "750100125",
}
RUN_FIELDS = [
    "offer",
    "donor",
    "at",
    "known_at",
    "counter",
    "ruleset",
    "readings",
    "log",
    "ranking",
    "excluded",
    "digest",
]
ENTRY_FIELDS = [
    "rank",
    "candidate",
    "component",
    "icar",
    "icar_j",
    "icar_i",
    "ccb",
    "f1_age",
    "f2_abo",
    "f3_bsa",
    "f4_survival",
    "survival_1y",
    "ccp",
    "travel_minutes",
    "mg",
    "snagc",
]


def put(log: Log, kind: str, subject: str, data: dict[str, Any], time: str = NOW) -> None:
    """Appends an event in stored form."""
    log.append(
        {
            "specversion": "1.0",
            "source": "urn:hand",
            "id": f"h{len(log) + 1}",
            "type": f"snagc.{kind}.v1",
            "subject": subject,
            "time": time,
            "recordedtime": "2024-05-01T10:00:00.000000Z",
            "data": data,
        }
    )


def adult(log: Log, ident: str = "C1", registered: str = "2024-01-01T00:00:00+01:00", **changes: Any) -> str:
    """An adult with fresh labs and an ICAR of 16 (decile 10: 14.19; DFG 97: 5.1 x ln(150/97) = 2.22)."""
    subject = f"candidate/{ident}"
    put(log, "candidate.registered", subject, {**ADULT, **changes}, registered)
    lab(log, subject, "total_bilirubin", "5", "2024-04-30T12:00:00+02:00")
    lab(log, subject, "creatinine", "80", "2024-04-30T12:00:00+02:00")
    lab(log, subject, "nt_probnp", "11332", "2024-04-30T12:00:00+02:00")
    return subject


def lab(log: Log, subject: str, analyte: str, value: str, time: str, **more: str) -> None:
    """A result in SI units."""
    unit = "ng/L" if "bnp" in analyte else "umol/L"
    put(log, "lab-result.recorded", subject, {"analyte": analyte, "value": value, "unit": unit, **more}, time)


def offered(log: Log, ident: str = "O1", time: str = NOW, **changes: Any) -> Log:
    """The log with a donor and an offer."""
    put(log, "donor.registered", f"donor/D-{ident}", {**DONOR, **changes}, time)
    put(log, "graft.offered", f"offer/{ident}", {"donor": f"D-{ident}"}, time)
    return log


def only(log: Log, **asked: Any) -> dict[str, Any]:
    """The one entry of the run of offer O1."""
    run = match_run(log, "O1", **asked)
    entries: Log = run["ranking"] + run["excluded"]
    assert len(entries) == 1
    return entries[0]


def test_a_plain_adult_is_ranked_with_every_field_in_order() -> None:
    log: Log = []
    adult(log)
    entry = only(offered(log))
    assert list(entry) == ENTRY_FIELDS
    assert (entry["component"], entry["icar_i"], entry["travel_minutes"]) == ("adult_standard", None, 150)
    assert entry["f1_age"] == entry["f2_abo"] == entry["f3_bsa"] == entry["f4_survival"] == "1.000000"


def test_the_document_has_its_fields_in_order() -> None:
    log: Log = []
    adult(log)
    run = match_run(offered(log), "O1")
    assert list(run) == RUN_FIELDS
    assert (run["at"], run["known_at"], run["counter"], run["ruleset"]) == (NOW, 5, 1, "2023-06-15")


def test_a_correction_counts_from_its_own_position_on() -> None:
    log: Log = []
    adult(log, blood_group="O")
    before = len(offered(log)) - 1
    data = {"event": {"source": "urn:hand", "id": "h1"}, "data": {"blood_group": "A"}, "reason": "typing"}
    put(log, "event.corrected", "candidate/C1", data, "2030-01-01T00:00:00Z")
    assert only(log, known_at=before)["reasons"] == ["abo"]
    assert only(log, known_at=len(log))["f2_abo"] == "1.000000"


def test_a_retracted_registration_is_gone() -> None:
    log: Log = []
    adult(log)
    offered(log)
    data = {"event": {"source": "urn:hand", "id": "h1"}, "reason": "not him"}
    put(log, "event.retracted", "candidate/C1", data)
    assert len(match_run(log, "O1")["ranking"]) == 1
    assert match_run(log, "O1", known_at=len(log))["ranking"] == []


def test_ecmo_of_sixteen_days_is_excluded_by_the_taper_but_not_before_2019() -> None:
    log: Log = []
    start = "2024-04-15T12:00:00+02:00"
    put(log, "treatment.started", adult(log), {"treatment": "ecmo"}, start)
    offered(log)
    entry = only(log)
    assert (entry["reasons"], entry["icar"]) == (["ecmo_taper"], 29)  # 27.2 and 2.2 for the creatinine
    assert only(log, ruleset="2018-01-01")["ccb"] == "725.000000"


def test_missing_and_expired_labs_are_told_apart() -> None:
    log: Log = []
    put(log, "candidate.registered", "candidate/C1", ADULT, "2024-01-01T00:00:00+01:00")
    lab(log, "candidate/C1", "creatinine", "80", "2023-12-01T00:00:00+01:00")
    assert only(offered(log))["reasons"] == ["labs_missing", "labs_expired"]


def test_values_from_before_ecmo_are_derived_within_thirty_days() -> None:
    log: Log = []
    subject = adult(log)
    put(log, "treatment.started", subject, {"treatment": "iv_inotropes"}, "2024-04-20T12:00:00+02:00")
    lab(log, subject, "total_bilirubin", "230", "2024-03-21T12:00:00+01:00")
    offered(log)
    assert only(log)["icar_i"] == 24
    assert only(log, readings={"pre_treatment_values": "explicit"})["icar_i"] == 0


def test_a_pre_treatment_value_counts_only_after_the_last_ended_period() -> None:
    log: Log = []
    subject = adult(log)
    put(log, "treatment.started", subject, {"treatment": "ecmo"}, "2024-02-01T12:00:00+01:00")
    put(log, "treatment.stopped", subject, {"treatment": "ecmo"}, "2024-02-05T12:00:00+01:00")
    put(log, "treatment.started", subject, {"treatment": "iv_inotropes"}, "2024-04-20T12:00:00+02:00")
    early = {"context": "pre_treatment"}
    lab(log, subject, "total_bilirubin", "230", "2024-02-05T12:00:00+01:00", **early)
    assert only(offered(log))["icar_i"] == 0
    log = log[:-2]
    lab(log, subject, "total_bilirubin", "230", "2024-02-05T12:00:00.000001+01:00", **early)
    assert only(offered(log))["icar_i"] == 24


def test_the_running_maximum_remembers_the_worst_day_since_the_start() -> None:
    log: Log = []
    subject = adult(log)
    put(log, "treatment.started", subject, {"treatment": "iv_inotropes"}, "2024-04-20T12:00:00+02:00")
    lab(log, subject, "total_bilirubin", "230", "2024-04-21T12:00:00+02:00")
    offered(log)
    assert only(log)["icar"] == 16
    assert only(log, readings={"icar_maximum": "running"})["icar"] == 24


def test_an_xpcp_granted_on_the_birthday_has_no_effect_and_one_before_it_stays() -> None:
    for time, component in (("00:00:00+02:00", "adult_standard"), ("00:00:00+03:00", "XPCP1")):
        log: Log = []
        subject = adult(log, birth_date="2006-05-01")
        data = {"component": "XPCP1"}
        put(log, "expert-priority.granted", subject, data, f"2024-05-01T{time}")
        assert only(offered(log))["component"] == component


def test_the_request_clock_counts_from_the_latest_request_after_the_previous_grant() -> None:
    log: Log = []
    subject = adult(log)
    for kind, time in (("requested", "2024-01-15"), ("granted", "2024-02-01"), ("granted", "2024-04-01")):
        data = {"component": "XPCA"} | ({"delay_months": 3} if kind == "granted" else {})
        put(log, f"expert-priority.{kind}", subject, data, f"{time}T12:00:00+02:00")
    offered(log)
    assert only(log)["ccb"] == "400.000000"  # the floor: ICAR 16
    put(log, "expert-priority.requested", subject, {"component": "XPCA"}, "2024-03-01T12:00:00+01:00")
    known = len(log)
    assert only(log, known_at=known, readings={"priority_clock": "request"})["ccb"] == "600.000000"


def test_a_reopened_listing_waits_anew_and_forgets_its_priority() -> None:
    log: Log = []
    subject = adult(log, birth_date="2010-01-01")
    put(log, "expert-priority.granted", subject, {"component": "XPCP1"}, "2024-02-01T00:00:00+01:00")
    put(log, "candidate.delisted", subject, {"reason_code": "improved"}, "2024-03-01T00:00:00+01:00")
    again = {**ADULT, "birth_date": "2010-01-01"}
    put(log, "candidate.registered", subject, again, "2024-04-01T12:00:00+02:00")
    entry = only(offered(log))
    assert (entry["component"], entry["ccb"]) == ("paediatric_standard", "777.083333")


def test_a_replay_ignores_the_transplantation_of_its_own_offer() -> None:
    log: Log = []
    subject = adult(log)
    offered(log)
    put(log, "candidate.transplanted", subject, {"offer": "O1"})
    assert len(match_run(log, "O1", known_at=len(log))["ranking"]) == 1
    assert national_list(log, NOW, known_at=len(log))["candidates"] == []


def test_the_latest_support_started_is_siav2() -> None:
    log: Log = []
    subject = adult(log)
    put(log, "treatment.started", subject, {"treatment": "bivad"}, "2024-04-02T00:00:00+02:00")
    put(log, "treatment.started", subject, {"treatment": "lvad"}, "2024-04-02T00:00:00+02:00")
    state = fold_candidate("C1", known_facts(log, len(log)))
    assert state is not None
    assert state.siav2() == "G"


def test_equal_scores_go_by_lvad_then_registration_then_id() -> None:
    log: Log = []
    for ident in ("C4", "C3", "C2"):
        adult(log, ident)
    adult(log, "C1", "2024-01-02T00:00:00+01:00")
    put(log, "treatment.started", adult(log, "C9", "2024-04-01T00:00:00+02:00"), {"treatment": "lvad"})
    ranking = match_run(offered(log), "O1")["ranking"]
    assert [entry["candidate"] for entry in ranking] == ["C9", "C2", "C3", "C4", "C1"]


def test_the_national_list_counts_the_next_offer_and_ranks_teams() -> None:
    log: Log = []
    put(log, "offer-counter.initialised", "offer-counter", {"count": 3})
    adult(log, "C1", team="T1")
    put(log, "treatment.started", adult(log, "C2", team="T2"), {"treatment": "lvad"})
    offered(log)
    listed = national_list(log, NOW)
    assert listed["counter"] == 5
    rows = [(row["rank"], row["team_rank"], row["candidate"], row["ccb"]) for row in listed["candidates"]]
    assert rows == [(1, 1, "C2", "750.000000"), (2, 1, "C1", "400.000000")]


def test_travel_times_and_donor_limits_apply() -> None:
    log: Log = []
    adult(log, donor_limits={"age": ["40", "40"], "weight_kg": ["75.01", "80"]})
    rows = {"version": "V1", "rows": [["750100125", "750100042", 0]]}
    put(log, "travel-times.published", "travel-times/V1", rows)
    entry = only(offered(log))
    assert (entry["reasons"], entry["travel_minutes"], entry["mg"]) == (["donor_limits"], 0, "1.000000")
