"""What may be sent of a result: the page and the schema say what the check does, of each analyte in each unit."""

from decimal import Decimal

import pytest

from engine.events.vocabulary import SI_FACTORS
from engine.intake.check import check
from replay.service.schemas import event_schemas
from tests.documents.pages import ROOT
from tests.documents.references import examples
from tests.projections.support import stored_bytes

LIMITS = {
    "total_bilirubin": (0, 2000, "umol/L"),
    "creatinine": (5, 3000, "umol/L"),
    "bnp": (0, 100_000, "ng/L"),
    "nt_probnp": (0, 500_000, "ng/L"),
}
"""The contract's, section 2."""
UNITS = [(analyte, unit, factor) for analyte, factors in SI_FACTORS.items() for unit, factor in factors.items()]
LIMITS_TOLD = (
    "total_bilirubin 0 to 2000 umol/L (mg/dL x 17.1), creatinine 5 to 3000 umol/L (mg/dL x 88.4), "
    "bnp 0 to 100000 ng/L, nt_probnp 0 to 500000 ng/L"
)


def refusal(analyte: str, value: str, unit: str) -> list[tuple[str, str]]:
    """Why a result is refused: each path and message; none where it is taken."""
    event = examples()["snagc.lab-result.recorded.v1"] | {"data": {"analyte": analyte, "value": value, "unit": unit}}
    return [(fault.path, fault.message) for fault in check(stored_bytes(event), imported=True).faults]


@pytest.mark.parametrize(("analyte", "unit", "factor"), UNITS)
def test_a_result_is_taken_up_to_its_limits_and_refused_past_them(analyte: str, unit: str, factor: Decimal) -> None:
    low, high, si = LIMITS[analyte]
    step = Decimal("0.0001")
    inside = [low / factor + step, high / factor - step]
    assert [refusal(analyte, f"{value:.9f}", unit) for value in inside] == [[], []]
    for value in (high / factor + step, *([low / factor - step] if low else [])):
        ((path, message),) = refusal(analyte, f"{value:.9f}", unit)
        assert (path, f"{low} to {high} {si}" in message) == ("data.value", True)


@pytest.mark.parametrize("value", ["-1", "1e9", "1000000001", "9" * 40])
def test_what_no_analyte_can_be_is_refused_with_the_limits_of_each(value: str) -> None:
    ((path, message),) = refusal("creatinine", value, "umol/L")
    assert path == "data.value"
    assert "creatinine" in message
    assert "5 to 3000 umol/L" in message
    assert "1000000000" not in message.removeprefix(f'"{value}"')


def test_page_and_schema_say_the_limits_of_each_analyte() -> None:
    page = (ROOT / "engine" / "events" / "README.md").read_text(encoding="utf-8")
    assert f"| `value` | decimal, {LIMITS_TOLD} |" in page
    for name in ("LabResultData", "LabValueData"):
        value = event_schemas()[name]["properties"]["value"]
        assert value["description"] == LIMITS_TOLD
        assert value["anyOf"][0]["maximum"] == max(high for _, high, _ in LIMITS.values())
