"""A candidate of age 0: F_DFG has no value there, 150 is taken, and the explanation says so."""

from typing import Any

import pytest

from engine.rules.annex_3_2_icar import gfr_today
from replay.reports.explain import explain
from tests.annex.support import V6, X, examined
from tests.support import moment_of

BORN = "2024-03-10"


def event(number: int, kind: str, subject: str, time: str, data: dict[str, Any]) -> dict[str, Any]:
    """A stored event."""
    return {
        "specversion": "1.0",
        "source": "test",
        "id": str(number),
        "type": f"snagc.{kind}.v1",
        "subject": subject,
        "time": time,
        "recordedtime": f"2024-12-01T00:00:{number:02d}.000000Z",
        "data": data,
    }


def events_until(offered: str) -> list[dict[str, Any]]:
    """A child born on 10 March 2024 at midnight, its blood test, a donor, and an offer."""
    midnight = f"{BORN}T00:00:00+01:00"
    child = {
        "birth_date": BORN,
        "sex": "F",
        "blood_group": "O",
        "height_cm": "50",
        "weight_kg": "4",
        "diseases": ["163"],
        "centre": "750100042",
        "abo_matching": "identical",
    }
    body = {"sex": "M", "blood_group": "O", "height_cm": "55", "weight_kg": "5", "procurement_site": "690000001"}
    creatinine = {"analyte": "creatinine", "value": "500", "unit": "umol/L"}
    return [
        event(1, "candidate.registered", "candidate/C1", midnight, child),
        event(2, "lab-result.recorded", "candidate/C1", midnight, creatinine),
        event(3, "donor.registered", "donor/D1", midnight, {"age": "1", **body}),
        event(4, "graft.offered", "offer/O1", offered, {"donor": "D1"}),
    ]


@pytest.mark.parametrize(
    ("offered", "readings"),
    [
        (f"{BORN}T00:00:00+01:00", {}),
        (f"{BORN}T00:00:00.000001+01:00", {}),
        ("2024-05-01T12:00:00+02:00", {"age": "completed"}),
    ],
    ids=["at the instant of birth", "a microsecond later", "at 0 completed years"],
)
def test_the_score_of_a_newborn_can_be_explained(offered: str, readings: dict[str, str]) -> None:
    document = explain(moment_of(events_until(offered), "O1", readings=readings), "C1").as_json()
    steps = {step["symbol"]: step for step in document["steps"]}
    assert steps["F_Ln_DFG_GRF"]["exact"] == "5.010635294096256"  # ln(150)
    assert document["rank"] == 1


def test_the_filtration_rate_of_age_0_is_no_number() -> None:
    assert not gfr_today(X, examined(age_years="0"), V6).is_finite()
