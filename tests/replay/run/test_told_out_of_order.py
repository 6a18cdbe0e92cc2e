"""A pass over a log in which something is told late, early or amended has each offer as its run alone has it.

Of one candidate each: what is said is chosen so that it decides, and would be seen where it must not count.
"""

from pathlib import Path
from typing import Any

import pytest

from engine.log.history import stored_instant
from engine.rules.readings import choose_readings
from engine.rules.ruleset import rules_at
from tests.replay.run.test_one_pass import assert_as_alone, event
from tests.support import run_of

BEGUN, DAY = stored_instant("2024-06-01T12:00:00Z"), 86_400_000_000
BODY = {"sex": "M", "blood_group": "A", "height_cm": "172", "weight_kg": "71"}
PERSON = {"birth_date": "1980-01-01", "centre": "750100125", "abo_matching": "compatible", "diseases": ["151"], **BODY}
DONOR = {"age": "44", "procurement_site": "750100125", **BODY}
Event = dict[str, Any]


def about(day: int, kind: str, data: dict[str, Any] | None = None, name: str = "") -> Event:
    """What is told of the candidate, of a day."""
    return event(name or f"{kind}-{day}", kind, "candidate/C1", BEGUN + day * DAY, data or {})


def result(day: int, analyte: str, value: str, unit: str) -> Event:
    return about(day, "lab-result.recorded", {"analyte": analyte, "value": value, "unit": unit}, f"{analyte}-{day}")


def amended(kind: str, name: str, data: dict[str, Any] | None = None) -> Event:
    said = {"event": {"source": "urn:more", "id": name}, "reason": "typing"}
    return about(9, kind, said if data is None else {**said, "data": data})


def offer(day: int) -> Event:
    return event(f"o{day}", "graft.offered", f"offer/X{day}", BEGUN + day * DAY, {"donor": "D"})


REGISTERED = about(0, "candidate.registered", PERSON)
CREATININE, BILIRUBIN = result(0, "creatinine", "90", "umol/L"), result(0, "total_bilirubin", "12", "umol/L")
AGAIN, PEPTIDE = result(3, "creatinine", "90", "umol/L"), result(5, "bnp", "4000", "ng/L")


@pytest.fixture
def placed(tmp_path: Path) -> Any:
    """By offer what it says of the candidate, None where nobody is listed; a pass has each as its run alone has it."""

    def found(*told: Event, **readings: str) -> list[dict[str, Any] | None]:
        events = [event("d", "donor.registered", "donor/D", BEGUN, DONOR), *told]
        offers = [each["subject"].removeprefix("offer/") for each in told if each["type"] == "snagc.graft.offered.v1"]
        others = [(rules_at(BEGUN), choose_readings(readings))]
        assert assert_as_alone(tmp_path / f"{len(told)}{readings}.db", events, others) == len(offers)
        runs = [run_of(events, name, readings=readings) for name in offers]
        return [next(iter(run["ranking"] + run["excluded"]), None) for run in runs]

    return found


def test_a_result_counts_for_no_offer_before_it_was_drawn_though_later_offers_were_told_first(placed: Any) -> None:
    told = REGISTERED, CREATININE, BILIRUBIN, offer(2), PEPTIDE, offer(6), offer(3), offer(4), offer(7)
    second, sixth, third, fourth, _ = (each["snagc"] for each in placed(*told))
    assert second == third == fourth
    assert sixth != third


def test_results_told_before_their_candidate_was_registered_count_from_then_on(placed: Any) -> None:
    nobody, somebody = placed(CREATININE, BILIRUBIN, offer(1), REGISTERED, offer(2))
    assert nobody is None
    assert somebody is not None


def test_what_ended_before_it_began_again_stays_so_after_a_correction_of_something_else(placed: Any) -> None:
    suspended, late = about(5, "candidate.suspended"), about(4, "candidate.reinstated")
    corrected = amended("event.corrected", CREATININE["id"], {"value": "95"})
    told = REGISTERED, CREATININE, BILIRUBIN, offer(3), suspended, corrected, offer(6), late, offer(7)
    active, then, still = placed(*told)
    assert active is not None
    assert then is still is None


def test_by_the_reading_running_the_highest_index_since_inotropes_began_stays(placed: Any) -> None:
    begun = about(1, "treatment.started", {"treatment": "iv_inotropes"})
    worse, better = (result(day, "total_bilirubin", value, "umol/L") for day, value in ((2, "50"), (4, "5")))
    told = REGISTERED, CREATININE, BILIRUBIN, begun, worse, AGAIN, offer(3), better, offer(5)
    then, now = (each["icar"] for each in placed(*told))
    assert then > now
    highest = placed(*told, icar_maximum="running")
    assert [each["icar"] for each in highest] == [then, then]
    assert all(each["rank"] for each in highest)


def test_by_the_reading_running_a_high_result_counts_that_is_told_late_and_none_that_is_retracted(placed: Any) -> None:
    begun = about(1, "treatment.started", {"treatment": "iv_inotropes"})
    better, late = (result(day, "total_bilirubin", value, "umol/L") for day, value in ((4, "5"), (2, "50")))
    never = amended("event.retracted", late["id"])
    told = REGISTERED, CREATININE, BILIRUBIN, begun, AGAIN, better, offer(4), late, offer(5), never, offer(6)
    low, high, again = (each["icar"] for each in placed(*told, icar_maximum="running") if each["rank"])
    assert low == again < high


def test_by_the_reading_running_an_index_of_the_past_follows_what_is_told_of_its_day(placed: Any) -> None:
    begun = about(1, "treatment.started", {"treatment": "iv_inotropes"})
    worse, better = (result(day, "total_bilirubin", value, "umol/L") for day, value in ((2, "50"), (4, "5")))
    kidneys = result(2, "creatinine", "200", "umol/L")
    corrected = amended("event.corrected", worse["id"], {"value": "10"})
    told = (
        REGISTERED,
        CREATININE,
        BILIRUBIN,
        begun,
        worse,
        AGAIN,
        better,
        offer(4),
        kidneys,
        offer(5),
        corrected,
        offer(6),
    )
    first, with_kidneys, then_corrected = (each["icar"] for each in placed(*told, icar_maximum="running"))
    assert first < with_kidneys > then_corrected
