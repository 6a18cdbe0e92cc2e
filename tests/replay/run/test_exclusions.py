"""Who is excluded and for what, one reason at a time and all together: section 5 of the contract."""

from typing import Any

import pytest

from tests.projections.support import CENTRE, ELSEWHERE, Log
from tests.replay.support import NOW, adult, expert, offered, one_town, order, reasons


@pytest.fixture
def log() -> Log:
    """A log in which the procurement site and the centre are one town: MG = 1."""
    return one_town()


# ---------------------------------------------------------------------------------------- one reason at a time


@pytest.mark.parametrize(
    ("age", "excluded", "f1"),
    [
        ("5", True, "0.000000"),  # 40 years younger: 1 - (40 - 15) / 25
        ("5.025", False, "0.001000"),
        ("30", False, "1.000000"),
        ("85", False, "1.000000"),
        ("109.975", False, "0.001000"),  # (65 - 64.975) / 25
        ("110", True, "0.000000"),  # 65 years older
    ],
)
def test_an_age_gap_of_40_years_down_or_65_up_excludes(log: Log, age: str, excluded: bool, f1: str) -> None:
    adult(log)
    offered(log, age=age)
    assert reasons(log) == (["age_gap"] if excluded else None)
    assert log.entry("O1", "C1")["f1_age"] == f1


def test_blood_groups_that_do_not_match_exclude(log: Log) -> None:
    adult(log)
    assert reasons(offered(log, blood_group="O")) == ["abo"]


def test_a_donor_too_small_excludes_and_a_man_of_70_kilograms_never_is(log: Log) -> None:
    adult(log, height_cm="195", weight_kg="120")  # 80 % of 2.5136 m2 is above 1.4325 m2
    adult(log, "C2")
    log.donor("D2", "2024-05-16", height_cm="120", weight_kg="70")
    offered(log, sex="F", height_cm="150", weight_kg="50")
    log.offered("O2", NOW, "D2")
    assert reasons(log) == ["body_size"]
    assert reasons(log, "C2") == ["body_size"]
    assert len(log.run("O2")["ranking"]) == 2


@pytest.mark.parametrize(
    ("labs", "expected"),
    [
        ({"creatinine": None}, ["labs_missing"]),
        ({"creatinine": None, "bilirubin": None}, ["labs_missing"]),
        ({"sampled": "2024-01-02"}, ["labs_expired"]),
        ({"sampled": "2024-01-02", "bilirubin": None}, ["labs_missing", "labs_expired"]),
        ({"sampled": "2024-01-02", "creatinine": None}, ["labs_missing", "labs_expired"]),
        ({"bilirubin": None}, None),  # ln(230) with the best filtration: survival 0.797
        ({"nt_probnp": None, "bilirubin": "230"}, None),  # a peptide is no part of survival
        ({"creatinine": "3000", "bilirubin": "230"}, ["survival"]),
    ],
)
def test_survival_fails_for_results_missing_for_results_too_old_or_in_itself(
    log: Log, labs: dict[str, Any], expected: list[str] | None
) -> None:
    adult(log, labs=None)
    given = {"nt_probnp": "11332", **labs}
    log.labs("C1", given.pop("sampled", "2024-05-16"), **given)
    assert reasons(offered(log)) == expected


@pytest.mark.parametrize(
    ("bilirubin", "sampled", "expected"),
    [
        ("50", "2024-05-16", None),
        ("230", "2024-05-16", ["survival"]),
        ("50", "2024-01-02", ["labs_expired"]),
        (None, "2024-05-16", ["labs_missing"]),
    ],
)
def test_under_chronic_dialysis_creatinine_is_neither_missing_nor_too_old(
    log: Log, bilirubin: str | None, sampled: str, expected: list[str] | None
) -> None:
    adult(log, labs=None)
    log.started("C1", "chronic_dialysis", "2024-01-02")
    log.labs("C1", sampled, bilirubin=bilirubin, creatinine=None, nt_probnp="11332")
    log.granted("C1", "XPCA", "2024-05-01")
    assert reasons(offered(log)) == expected


def test_survival_may_fail_for_one_donor_and_pass_for_another(log: Log) -> None:
    adult(log, labs=None)
    log.started("C1", "chronic_dialysis", "2024-01-02")
    log.labs("C1", "2024-05-16", bilirubin="50", creatinine=None)
    log.donor("D2", "2024-05-16", sex="F", age="56", weight_kg="90")
    offered(log)
    log.offered("O2", NOW, "D2")
    assert reasons(log) is None
    assert log.entry("O2", "C1")["reasons"] == ["survival"]
    assert [log.entry(offer, "C1")["survival_1y"] for offer in ("O1", "O2")] == ["0.651193", "0.392384"]


@pytest.mark.parametrize(
    ("start", "expected"),
    [("2024-05-01 00:00:00.000001", None), ("2024-05-01", ["ecmo_taper"]), ("2024-04-01", ["ecmo_taper"])],
)
def test_ecmo_of_16_days_excludes_and_a_microsecond_less_does_not(
    log: Log, start: str, expected: list[str] | None
) -> None:
    adult(log)
    log.started("C1", "ecmo", start)
    assert reasons(offered(log)) == expected
    assert reasons(log, ruleset="2018-01-01") is None


def test_ecmo_of_16_days_excludes_nobody_with_an_expert_component_and_no_child(log: Log) -> None:
    expert(log, "C1")
    adult(log, "C2", birth_date="2010-01-01")
    for candidate in ("C1", "C2"):
        log.started(candidate, "ecmo", "2024-04-01")
    assert order(offered(log)) == ["C1", "C2"]


# ----------------------------------------------------------------------------------------------- donor limits


@pytest.mark.parametrize(
    ("limits", "donor", "admitted"),
    [
        ({"age": ["18", "45"]}, {"age": "45"}, True),
        ({"age": ["18", "45"]}, {"age": "45.99"}, True),  # completed years
        ({"age": ["18", "45"]}, {"age": "46"}, False),
        ({"age": ["45", "60"]}, {"age": "45"}, True),
        ({"age": ["45", "60"]}, {"age": "44.99"}, False),
        ({"age": ["45", "45"]}, {"birth_date": "1978-05-18"}, True),  # the eve of the 46th birthday
        ({"age": ["45", "45"]}, {"birth_date": "1978-05-17"}, False),
        ({"weight_kg": ["80", "90"]}, {"weight_kg": "80.0"}, True),
        ({"weight_kg": ["80", "90"]}, {"weight_kg": "79.999"}, False),
        ({"weight_kg": ["80", "90"]}, {"weight_kg": "90"}, True),
        ({"weight_kg": ["80", "90"]}, {"weight_kg": "90.001"}, False),
        ({"height_cm": ["170", "180.5"]}, {"height_cm": "180.5"}, True),
        ({"height_cm": ["170", "180.5"]}, {"height_cm": "180.6"}, False),
        ({"height_cm": ["170", "180.5"]}, {"height_cm": "170"}, True),
        ({"height_cm": ["170", "180.5"]}, {"height_cm": "169.9"}, False),
        ({"age": ["18", "60"], "weight_kg": ["60", "90"], "height_cm": ["150", "170"]}, {}, False),
        ({"age": ["18", "60"], "weight_kg": ["60", "90"], "height_cm": ["150", "190"]}, {}, True),
        ({}, {}, True),
        (None, {}, True),
    ],
)
def test_limits_on_donors_admit_their_bounds_and_nothing_beyond(
    log: Log, limits: dict[str, list[str]] | None, donor: dict[str, str], admitted: bool
) -> None:
    adult(log, donor_limits=limits)
    assert reasons(offered(log, **donor)) == (None if admitted else ["donor_limits"])


def test_limits_are_replaced_whole_by_an_update_and_removed_by_an_empty_one(log: Log) -> None:
    adult(log, donor_limits={"age": ["18", "44"]})
    adult(log, "C2", donor_limits={"age": ["18", "44"]})
    log.happened("updated", "C1", "2024-05-01", donor_limits={})
    log.happened("updated", "C2", "2024-05-01", donor_limits={"weight_kg": ["60", "79"]})
    offered(log)
    assert (reasons(log), reasons(log, "C2")) == (None, ["donor_limits"])


def test_limits_exclude_a_child_and_an_expert_component_too(log: Log) -> None:
    adult(log, birth_date="2010-01-01", donor_limits={"age": ["0", "30"]})
    expert(log, "C2", donor_limits={"age": ["0", "30"]})
    assert order(offered(log)) == []


# ------------------------------------------------------------------------------------------------ score zero


@pytest.mark.parametrize("why", ["index", "ramp", "journey"])
def test_a_published_score_of_0_excludes_where_nothing_else_does(log: Log, why: str) -> None:
    adult(log, labs=None, centre=ELSEWHERE if why == "journey" else CENTRE)
    log.labs("C1", "2024-05-16")
    if why != "index":
        log.granted("C1", "XPCA", NOW, delay_months=1 if why == "ramp" else None)
    entry = offered(log).entry("O1", "C1")
    assert (entry["reasons"], entry["snagc"]) == (["score_zero"], "0.000000")
    assert entry["ccp"] == ("900.000000" if why == "journey" else "0.000000")


def test_a_score_above_0_that_prints_as_0_is_0(log: Log) -> None:
    for candidate, points in (("half", "0.0000005"), ("more", "0.00000051")):
        adult(log, candidate, labs=None)
        log.labs(candidate, "2024-05-16")
        log.granted(candidate, "XPCA", "2024-05-01", points=points)
    offered(log)
    assert reasons(log, "half") == ["score_zero"]
    assert log.entry("O1", "more")["snagc"] == "0.000001"


def test_a_score_of_0_is_no_reason_beside_another(log: Log) -> None:
    adult(log, labs=None, donor_limits={"age": ["18", "44"]})
    log.labs("C1", "2024-05-16")
    entry = offered(log).entry("O1", "C1")
    assert (entry["ccb"], entry["reasons"]) == ("0.000000", ["donor_limits"])


# ------------------------------------------------------------------------------------------ reasons together


def everything(log: Log, *, survival: bool) -> list[str]:
    """Every reason that can meet in one candidate; ``survival`` or want of results."""
    limits = {"age": ["18", "44"]}
    log.registered("C1", "2024-01-01", birth_date="1979-05-17", height_cm="195", weight_kg="120", donor_limits=limits)
    log.started("C1", "ecmo", "2024-05-01")
    if survival:
        log.labs("C1", "2024-05-16", bilirubin="230", creatinine="3000")
    else:
        log.lab("C1", "creatinine", "30", "2024-05-12")
    offered(log, age="5", sex="F", height_cm="150", weight_kg="50", blood_group="O")
    return reasons(log) or []


def test_all_reasons_that_apply_are_given_in_the_order_of_the_contract(log: Log) -> None:
    assert everything(log, survival=False) == [
        "age_gap", "abo", "body_size", "labs_missing", "labs_expired", "ecmo_taper", "donor_limits",
    ]  # fmt: skip


def test_survival_is_a_reason_only_where_results_are_neither_missing_nor_too_old(log: Log) -> None:
    assert everything(log, survival=True) == [
        "age_gap", "abo", "body_size", "survival", "ecmo_taper", "donor_limits",
    ]  # fmt: skip


def test_a_child_is_excluded_for_neither_its_age_nor_its_results(log: Log) -> None:
    adult(log, labs=None, birth_date="2010-01-01")
    assert order(offered(log, age="100")) == ["C1"]


def test_the_excluded_stand_by_ascending_id_whatever_their_scores(log: Log) -> None:
    for candidate in ("C2", "c1", "C10", "B9"):
        expert(log, candidate, blood_group="O", points="500" if candidate == "B9" else None)
    run = offered(log).run("O1")
    assert [entry["candidate"] for entry in run["excluded"]] == ["B9", "C10", "C2", "c1"]


def test_who_is_not_active_is_neither_ranked_nor_excluded(log: Log) -> None:
    for candidate in ("suspended", "delisted", "transplanted"):
        adult(log, candidate)
    log.happened("suspended", "suspended", "2024-05-01")
    log.delisted("delisted", "2024-05-01")
    log.happened("transplanted", "transplanted", "2024-05-01")
    run = offered(log).run("O1")
    assert run["ranking"] == run["excluded"] == []
