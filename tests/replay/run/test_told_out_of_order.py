"""A pass over a log in which something is told late, early or amended has each offer as its run alone has it.

Of one candidate each: what is said is chosen so that it decides, and would be seen where it must not count.
"""

from pathlib import Path
from typing import Any

import pytest

from engine.log.history import stored_instant
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
    return about(day, "lab-result.recorded", {"analyte": analyte, "value": value, "unit": unit}, analyte)


def offer(day: int) -> Event:
    return event(f"o{day}", "graft.offered", f"offer/X{day}", BEGUN + day * DAY, {"donor": "D"})


REGISTERED = about(0, "candidate.registered", PERSON)
CREATININE, BILIRUBIN = result(0, "creatinine", "90", "umol/L"), result(0, "total_bilirubin", "12", "umol/L")
PEPTIDE = result(5, "bnp", "4000", "ng/L")


@pytest.fixture
def scores(tmp_path: Path) -> Any:
    """By offer the candidate's score, None where there is none; a pass has each offer as its run alone has it."""

    def found(*told: Event) -> list[str | None]:
        events = [event("d", "donor.registered", "donor/D", BEGUN, DONOR), *told]
        offers = [each["subject"].removeprefix("offer/") for each in told if each["type"] == "snagc.graft.offered.v1"]
        assert assert_as_alone(tmp_path / "log.db", events, []) == len(offers)
        rankings = [run_of(events, name)["ranking"] for name in offers]
        return [ranking[0]["snagc"] if ranking else None for ranking in rankings]

    return found


def test_a_result_counts_for_no_offer_before_it_was_drawn_though_later_offers_were_told_first(scores: Any) -> None:
    told = REGISTERED, CREATININE, BILIRUBIN, offer(2), PEPTIDE, offer(6), offer(3), offer(4), offer(7)
    second, sixth, third, fourth, _ = scores(*told)
    assert second == third == fourth
    assert sixth != third


def test_results_told_before_their_candidate_was_registered_count_from_then_on(scores: Any) -> None:
    nobody, somebody = scores(CREATININE, BILIRUBIN, offer(1), REGISTERED, offer(2))
    assert nobody is None
    assert somebody is not None


def test_what_ended_before_it_began_again_stays_so_after_a_correction_of_something_else(scores: Any) -> None:
    suspended, corrected = about(5, "candidate.suspended"), about(5, "event.corrected", {
        "event": {"source": "urn:more", "id": "creatinine"}, "reason": "typing", "data": {"value": "95"},
    })  # fmt: skip
    late = about(4, "candidate.reinstated")
    told = REGISTERED, CREATININE, BILIRUBIN, offer(3), suspended, corrected, offer(6), late, offer(7)
    active, then, still = scores(*told)
    assert active is not None
    assert then is still is None
