"""Alerts about results: of all that was sent, those that the score rests on, and no others."""

import pytest

from tests.projections.support import Log
from tests.projections.test_data_quality import NOW, START, codes, positions


@pytest.fixture
def log() -> Log:
    """A log with one adult, registered on 1 January 2024."""
    log = Log()
    log.registered("C1", "2024-01-01")
    return log


def test_a_peptide_past_its_window_is_no_result_of_the_day_and_the_bound_that_takes_its_place_is_marked(
    log: Log,
) -> None:
    log.labs("C1", "2024-05-16", nt_probnp=None)
    log.lab("C1", "nt_probnp", "12000", "2024-02-02 12:00")
    bound = log.lab("C1", "bnp", "3000", "2024-05-16", comparator=">")
    assert codes(log) == ["sampling_spread", "sampling_window"]
    assert codes(log, f"{NOW}:00.000001") == ["bound_used"]
    assert positions(log, "bound_used", f"{NOW}:00.000001") == (bound,)


def test_a_bound_that_the_score_does_not_take_is_not_marked(log: Log) -> None:
    log.labs("C1", "2024-05-16")
    log.lab("C1", "bnp", "3000", "2024-05-16", comparator=">")
    assert codes(log) == []


@pytest.mark.parametrize("analyte", ["bilirubin", "creatinine"])
def test_a_result_that_is_too_old_is_told_as_that_alone(log: Log, analyte: str) -> None:
    log.labs("C1", "2024-05-16", **{analyte: None})
    log.lab("C1", "total_bilirubin" if analyte == "bilirubin" else analyte, "40", "2023-05-16", comparator="<")
    assert codes(log) == [f"{analyte}_expired"]


def test_a_bound_from_before_the_treatment_is_marked_and_one_that_dialysis_makes_idle_is_not(log: Log) -> None:
    log.labs("C1", "2024-05-16")
    log.labs("C1", "2024-05-14", creatinine=None, nt_probnp=None, context="pre_treatment")
    bounds = [
        log.lab("C1", analyte, value, "2024-05-14", context="pre_treatment", comparator=">")
        for analyte, value in (("creatinine", "900"), ("nt_probnp", "35000"))
    ]
    log.started("C1", "iv_inotropes", START)
    assert codes(log) == ["bound_used"]
    assert positions(log, "bound_used") == tuple(bounds)
    log.started("C1", "chronic_dialysis", "2024-05-01")
    assert positions(log, "bound_used") == (bounds[1],)


def test_a_creatinine_from_before_the_treatment_under_dialysis_is_never_too_far_from_the_others(log: Log) -> None:
    log.labs("C1", "2024-05-16")
    log.labs("C1", "2024-05-14", creatinine=None, context="pre_treatment")
    log.lab("C1", "creatinine", "30", "2024-03-01", context="pre_treatment")
    log.started("C1", "iv_inotropes", START)
    assert codes(log) == ["pre_treatment_spread", "pre_treatment_window"]
    log.started("C1", "chronic_dialysis", "2024-02-01")
    assert codes(log) == []


def test_bnp_that_a_reading_leaves_out_stands_for_no_peptide(log: Log) -> None:
    log.labs("C1", "2024-05-16", nt_probnp="12000")
    log.lab("C1", "bnp", "3000", "2024-05-17", comparator=">")
    log.started("C1", "sacubitril_valsartan", "2024-01-02")
    later = "2024-08-30"
    ignored = {alert.code for alert in log.place("C1", later, bnp_under_sacubitril="ignored").alerts}
    taken = {alert.code for alert in log.place("C1", later).alerts}
    assert {"peptides_expired", "bound_used"} & ignored == {"peptides_expired"}
    assert {"peptides_expired", "bound_used"} & taken == {"bound_used"}


def test_the_bound_of_an_earlier_index_that_counts_by_a_reading_is_marked(log: Log) -> None:
    log.labs("C1", "2024-05-14")
    log.started("C1", "iv_inotropes", START)
    bound = log.lab("C1", "nt_probnp", "35000", "2024-05-16", comparator=">")
    log.labs("C1", "2024-05-17 08:00")
    assert codes(log) == []
    (alert,) = log.place("C1", NOW, icar_maximum="running").alerts
    assert (alert.code, alert.positions) == ("bound_used", (bound,))


def test_bnp_too_old_to_count_is_no_matter_under_sacubitril_valsartan(log: Log) -> None:
    log.labs("C1", "2024-05-16")
    log.lab("C1", "bnp", "100", "2024-02-02 12:00")
    log.started("C1", "sacubitril_valsartan", "2024-01-02")
    assert codes(log) == ["bnp_under_sacubitril"]
    assert codes(log, f"{NOW}:00.000001") == []
