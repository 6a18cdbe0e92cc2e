"""The national list without a donor: its order, its ties, the ranks in the teams, and the turn of the LVADs."""

from typing import Any

import pytest

from tests.projections.support import CENTRE, ELSEWHERE, Log

NOW = "2024-05-17 12:00"


def row(log: Log, candidate: str, at: str = NOW, **options: Any) -> dict[str, Any]:
    """A candidate's line of the list."""
    return log.place(candidate, at, **options).as_json()


# ------------------------------------------------------------------------------------------------ who is on it


def test_the_list_holds_the_active_candidates_and_no_other() -> None:
    log = Log()
    for candidate in ("here", "suspended", "delisted", "transplanted"):
        log.registered(candidate, "2024-01-01")
    log.registered("tomorrow", "2024-05-18")
    log.happened("suspended", "suspended", "2024-02-01")
    log.delisted("delisted", "2024-02-01")
    log.happened("transplanted", "transplanted", "2024-02-01", offer="O1")
    log.lab("unregistered", "creatinine", "80", "2024-02-01")
    assert log.listed(NOW) == ["here"]


def test_an_empty_log_has_an_empty_list() -> None:
    assert Log().places(NOW) == []


# --------------------------------------------------------------------------------------------------- the order


def test_the_order_is_that_of_the_raw_score() -> None:
    log = Log()
    log.registered("adult", "2020-01-01")
    log.labs("adult", "2024-05-16", nt_probnp="11332")  # ICAR 14: 350
    log.registered("child", "2024-05-17", birth_date="2015-01-01")  # 775 and a little
    log.registered("expert", "2024-05-17")
    log.granted("expert", "XPCA", "2024-05-17")  # 900
    log.registered("urgent", "2024-05-17", birth_date="2015-01-01")
    log.granted("urgent", "XPCP2", "2024-05-17")  # 1051
    log.registered("urgent1", "2024-05-17", birth_date="2015-01-01")
    log.granted("urgent1", "XPCP1", "2024-05-17 12:00")  # 1101
    assert log.listed(NOW) == ["urgent1", "urgent", "expert", "child", "adult"]
    assert [place.rank for place in log.places(NOW)] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("at", "readings", "order"),
    [
        (NOW, {}, ["b", "a"]),
        (NOW, {"priority_clock": "request"}, ["a", "b"]),
    ],
)
def test_a_tie_goes_to_the_expert_component_that_started_earlier_by_the_reading_of_its_clock(
    at: str, readings: dict[str, str], order: list[str]
) -> None:
    log = Log()
    log.registered("a", "2020-01-01")
    log.registered("b", "2021-01-01")
    log.priority("requested", "a", "XPCA", "2024-02-01")
    log.granted("a", "XPCA", "2024-05-02")
    log.granted("b", "XPCA", "2024-05-01")
    assert [row(log, each, **readings)["ccb"] for each in ("a", "b")] == ["900.000000", "900.000000"]
    assert log.listed(at, **readings) == order


def test_a_tie_goes_to_those_with_an_expert_component_before_those_without() -> None:
    log = Log()
    log.registered("child", "2020-01-01", birth_date="2015-01-01")  # 825 after 24 months
    log.registered("zexpert", "2024-05-01")
    log.granted("zexpert", "XPCA", "2024-05-16", points="825")
    assert row(log, "child")["ccb"] == row(log, "zexpert")["ccb"] == "825.000000"
    assert log.listed(NOW) == ["zexpert", "child"]


def test_dgn_is_no_expert_component_and_breaks_no_tie() -> None:
    log = Log()
    log.registered("later", "2021-01-01")
    log.granted("later", "DGN", "2021-02-01")
    log.registered("zearlier", "2020-01-01")
    assert log.listed(NOW) == ["zearlier", "later"]


def test_among_equal_dates_of_expert_components_the_lvad_implanted_earlier_goes_first() -> None:
    log = Log()
    for candidate in ("a", "b", "c"):
        log.registered(candidate, "2020-01-01")
        log.granted(candidate, "XPCA", "2024-05-01")
    log.started("c", "lvad", "2023-01-01")
    log.started("b", "lvad", "2022-01-01")
    assert log.listed(NOW) == ["b", "c", "a"]


def test_a_tie_goes_to_the_lvad_implanted_earlier_on_its_turn_after_five_years() -> None:
    log = Log()
    for candidate, registered, implanted in (("a", "2015-01-01", "2018-01-01"), ("b", "2016-01-01", "2017-01-01")):
        log.registered(candidate, registered)
        log.started(candidate, "lvad", implanted)
    assert [place.as_json()["ccb"] for place in log.places(NOW, 5)] == ["775.000000", "775.000000"]
    assert log.listed(NOW, counter=5) == ["b", "a"]


def test_a_tie_goes_to_those_with_an_lvad_before_those_without_and_a_bivad_started_last_is_none() -> None:
    log = Log()
    for candidate in ("a", "b", "c"):
        log.registered(candidate, "2020-01-01" if candidate == "a" else "2021-01-01")
        log.labs(candidate, "2024-05-16", nt_probnp="11332")  # ICAR 14 for all: decile 10 as with a BiVAD
    log.started("b", "lvad", "2022-01-01")
    log.started("c", "lvad", "2021-06-01")
    log.started("c", "bivad", "2023-01-01")
    assert {place.as_json()["ccb"] for place in log.places(NOW)} == {"350.000000"}
    assert log.listed(NOW) == ["b", "a", "c"]


def test_a_tie_goes_to_the_earlier_registration_then_to_the_id() -> None:
    log = Log()
    log.registered("c", "2020-01-01")
    log.registered("b", "2021-01-01")
    log.registered("a", "2021-01-01")
    log.registered("d", "2019-01-01")
    assert log.listed(NOW) == ["d", "c", "a", "b"]


def test_a_candidate_listed_anew_breaks_ties_by_its_new_registration() -> None:
    log = Log()
    log.registered("a", "2018-01-01")
    log.delisted("a", "2019-01-01")
    log.registered("a", "2022-01-01")
    log.registered("b", "2021-01-01")
    assert log.listed(NOW) == ["b", "a"]


def test_scores_are_tied_as_published_and_not_as_computed() -> None:
    log = Log()
    for candidate, points, granted in (("a", "500.0000004", "2024-05-02"), ("b", "500", "2024-05-01")):
        log.registered(candidate, "2024-01-01")
        log.granted(candidate, "XPCA", granted, points=points)
    assert {place.as_json()["ccb"] for place in log.places(NOW)} == {"500.000000"}
    assert log.listed(NOW) == ["b", "a"]


# ---------------------------------------------------------------------------------------------- ranks in teams


def test_each_team_of_each_centre_has_ranks_of_its_own() -> None:
    log = Log()
    teams = {"a": (CENTRE, "T1"), "b": (ELSEWHERE, "T1"), "c": (CENTRE, "T1"), "d": (CENTRE, "T2"), "e": (CENTRE, None)}
    for number, (candidate, (centre, team)) in enumerate(teams.items()):
        log.registered(candidate, f"2020-01-0{number + 1}", centre=centre, team=team)
    found = {place.standing.id: (place.rank, place.team_rank) for place in log.places(NOW)}
    assert found == {"a": (1, 1), "b": (2, 1), "c": (3, 2), "d": (4, 1), "e": (5, 1)}


def test_a_candidate_who_changes_team_ranks_in_the_new_one() -> None:
    log = Log()
    for candidate in ("a", "b", "c"):
        log.registered(candidate, "2020-01-01", team="T1")
    log.happened("updated", "b", "2024-01-01", team="T2")
    assert [(place.standing.id, place.team_rank) for place in log.places(NOW)] == [("a", 1), ("b", 1), ("c", 2)]


# ------------------------------------------------------------------------------------------------- what it says


def test_a_line_says_what_the_contract_asks_in_its_order() -> None:
    log = Log()
    log.registered("C1", "2024-01-01")
    assert list(row(log, "C1"))[:9] == [
        "rank", "team_rank", "candidate", "component", "icar", "icar_j", "icar_i", "ccb", "alerts",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("birth", "treatment", "icars"),
    [
        ("2010-01-01", None, (None, None, None)),
        ("2010-01-01", "ecmo", (None, None, None)),
        ("1980-01-01", None, (0, 0, None)),
        ("1980-01-01", "lvad", (0, 0, None)),
        ("1980-01-01", "iv_inotropes", (0, 0, 0)),
        ("1980-01-01", "ecmo", (27, 27, 27)),
    ],
)
def test_icars_are_integers_null_under_18_and_the_one_before_treatment_null_without_ecmo_and_inotropes(
    birth: str, treatment: str | None, icars: tuple[int | None, ...]
) -> None:
    log = Log()
    log.registered("C1", "2024-01-01", birth_date=birth)
    if treatment:
        log.started("C1", treatment, "2024-05-16")
    found = row(log, "C1")
    assert (found["icar"], found["icar_j"], found["icar_i"]) == icars


@pytest.mark.parametrize("counter", range(1, 12))
def test_on_every_fifth_offer_an_lvad_has_750_points_and_on_the_others_its_icar(counter: int) -> None:
    log = Log()
    log.registered("C1", "2024-01-01")
    log.started("C1", "lvad", NOW)
    log.registered("C2", "2024-01-01")
    log.started("C2", "bivad", NOW)
    turn = counter in (5, 10)
    assert row(log, "C1", counter=counter)["ccb"] == ("750.000000" if turn else "0.000000")
    assert row(log, "C2", counter=counter)["ccb"] == "350.000000"  # decile 10: ICAR 14


@pytest.mark.parametrize(
    ("component", "points", "expected"),
    [("XPCA", "500", "500.000000"), ("DGN", None, "750.000000")],
)
def test_the_turn_of_the_lvads_is_the_standard_component_s_alone(
    component: str, points: str | None, expected: str
) -> None:
    log = Log()
    log.registered("C1", "2024-01-01")
    log.started("C1", "lvad", NOW)
    log.granted("C1", component, "2024-05-01", points=points)
    assert row(log, "C1", counter=5)["ccb"] == expected


def test_ecmo_goes_before_the_lvad_on_its_turn() -> None:
    log = Log()
    log.registered("C1", "2024-01-01")
    log.started("C1", "lvad", "2024-05-01")
    log.started("C1", "ecmo", "2024-05-16")
    assert row(log, "C1", counter=5)["ccb"] == "675.000000"


@pytest.mark.parametrize(
    ("ruleset", "ecmo", "lvad"),
    [
        ("2018-01-01", "675.000000", "0.000000"),
        ("2019-04-09", "540.000000", "0.000000"),
        ("2020-01-07", "540.000000", "750.000000"),
        ("2023-06-15", "540.000000", "750.000000"),
    ],
)
def test_each_rule_set_has_the_ecmo_taper_and_the_turn_of_the_lvads_of_its_time(
    ruleset: str, ecmo: str, lvad: str
) -> None:
    log = Log()
    log.registered("ecmo", "2024-01-01")
    log.started("ecmo", "ecmo", "2024-05-04 12:00")  # 13 days
    log.registered("lvad", "2024-01-01")
    log.started("lvad", "lvad", NOW)
    found = {place.standing.id: place.as_json()["ccb"] for place in log.places(NOW, 5, ruleset=ruleset)}
    assert found == {"ecmo": ecmo, "lvad": lvad}
