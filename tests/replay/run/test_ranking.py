"""In which order candidates are ranked, blood groups, rounding and ties: section 5 of the contract."""

import random

import pytest

from engine.events.canonical import canonical_json
from engine.quantities import published_text
from replay.run.matchrun import ranking_json, ranking_of
from tests.projections.support import CENTRE, SITE, Log
from tests.replay.support import adult, expert, offered, one_town, order, reasons

ALL_GROUPS = ("A", "B", "AB", "O")
RESTRICTED = {("A", "AB"): "1.000000", ("O", "B"): "1.000000", ("B", "AB"): "0.100000"}


@pytest.fixture
def log() -> Log:
    """A log in which the procurement site and the centre are one town: MG = 1."""
    return one_town()


# ------------------------------------------------------------------------------------------------ blood groups


def kinds_of_recipients(log: Log) -> None:
    """Recipients of each group: adults without and with compatible matching, a child, one kept from childhood."""
    for group in ALL_GROUPS:
        expert(log, f"identical-{group}", blood_group=group)
        expert(log, f"compatible-{group}", blood_group=group, abo_matching="compatible")
        adult(log, f"standard-{group}", blood_group=group, abo_matching="compatible")
        adult(log, f"dgn-{group}", blood_group=group, abo_matching="compatible")
        log.granted(f"dgn-{group}", "DGN", "2024-05-01")
        adult(log, f"child-{group}", blood_group=group, birth_date="2010-01-01")
        adult(log, f"kept-{group}", blood_group=group, birth_date="2006-05-17")
        log.granted(f"kept-{group}", "XPCP1", "2024-05-16 23:59")


@pytest.mark.parametrize("donor", ALL_GROUPS)
def test_blood_groups_match_as_the_guide_has_it_and_exemptions_stay_within_compatible_pairs(
    log: Log, donor: str
) -> None:
    kinds_of_recipients(log)
    offered(log, blood_group=donor)
    by_default, as_annexed = (
        {entry["candidate"]: entry["f2_abo"] for entry in (*run["ranking"], *run["excluded"])}
        for run in (log.run("O1"), log.run("O1", readings={"abo_guard": "annex"}))
    )
    for group in ALL_GROUPS:
        restricted = "1.000000" if donor == group else RESTRICTED.get((donor, group), "0.000000")
        compatible = "1.000000" if donor in (group, "O") or group == "AB" else "0.000000"
        for kind in ("identical", "standard"):
            assert by_default[f"{kind}-{group}"] == as_annexed[f"{kind}-{group}"] == restricted
        for kind in ("compatible", "dgn", "child", "kept"):
            assert (by_default[f"{kind}-{group}"], as_annexed[f"{kind}-{group}"]) == (compatible, "1.000000")


def test_a_child_with_an_incompatible_donor_is_never_ranked_under_the_default_readings(log: Log) -> None:
    adult(log, birth_date="2010-01-01", blood_group="O")
    offered(log, blood_group="A")
    assert (order(log), reasons(log)) == ([], ["abo"])
    assert order(log, readings={"abo_guard": "annex"}) == ["C1"]


def test_a_b_donor_for_an_ab_adult_counts_a_tenth(log: Log) -> None:
    expert(log, "AB", blood_group="AB")
    expert(log, "B", blood_group="B", points="90.000001")
    for candidate in ("AB", "B"):
        log.lab(candidate, "nt_probnp", "500", "2024-05-16 12:00")
    run = offered(log, blood_group="B").run("O1")
    found = [(entry["candidate"], entry["ccb"], entry["f2_abo"], entry["snagc"]) for entry in run["ranking"]]
    assert found == [
        ("B", "90.000001", "1.000000", "90.000001"),
        ("AB", "900.000000", "0.100000", "90.000000"),
    ]


# ---------------------------------------------------------------------------------------------- order and ties


def test_scores_are_rounded_to_fifteen_decimals_and_then_to_six_half_to_even_both_times(log: Log) -> None:
    given = {
        "a": ("500.0000005", "500.000000"),
        "b": ("500.0000015", "500.000002"),
        "c": ("500.0000005000000004999", "500.000000"),  # 15 decimals first: ...500000000, a tie again
        "d": ("500.0000005000000005001", "500.000001"),
        "e": ("500.0000014999999999999999", "500.000002"),
    }
    for candidate, (points, _) in given.items():
        expert(log, candidate, points=points)
    offered(log)
    assert {each: log.entry("O1", each)["snagc"] for each in given} == {each: text for each, (_, text) in given.items()}
    assert order(log) == ["b", "e", "d", "a", "c"]


def test_experts_at_900_in_one_centre_rank_by_agreement_then_lvad_then_registration_then_id(log: Log) -> None:
    facts = {
        "g": ("2024-05-02", None, "2024-01-01"),
        "f": ("2024-05-01", None, "2024-01-01"),
        "e": ("2024-05-02", "2023-06-01", "2024-01-03"),
        "d": ("2024-05-02", "2023-05-01", "2024-01-03"),
        "c": ("2024-05-02", None, "2024-01-02"),
        "b": ("2024-05-02", None, "2024-01-02"),
        "a": ("2024-05-03", "2020-01-01", "2020-01-01"),
    }
    for candidate, (granted, lvad, registered) in facts.items():
        log.registered(candidate, registered, birth_date="1979-05-17")
        log.labs(candidate, "2024-05-16")
        log.granted(candidate, "XPCA", granted)
        if lvad:
            log.started(candidate, "lvad", lvad)
    run = offered(log).run("O1")
    assert {entry["snagc"] for entry in run["ranking"]} == {"900.000000"}
    assert [entry["candidate"] for entry in run["ranking"]] == ["f", "d", "e", "g", "b", "c", "a"]
    assert [entry["rank"] for entry in run["ranking"]] == [1, 2, 3, 4, 5, 6, 7]


def test_on_their_turn_lvads_of_one_score_rank_by_the_age_of_the_implantation(log: Log) -> None:
    log.counter(4)
    for candidate, implanted in (("a", "2018-01-01"), ("b", "2017-01-01"), ("c", "2016-01-01")):
        adult(log, candidate)
        log.started(candidate, "lvad", implanted)
    run = offered(log).run("O1")
    assert {entry["snagc"] for entry in run["ranking"]} == {"775.000000"}
    assert [entry["candidate"] for entry in run["ranking"]] == ["c", "b", "a"]


def test_an_expert_component_goes_before_a_child_of_the_same_score(log: Log) -> None:
    log.registered("child", "2020-01-01", birth_date="2015-01-01")
    expert(log, "zexpert", granted="2024-05-16", points="825")
    assert order(offered(log)) == ["zexpert", "child"]


def test_the_journey_decides_between_equal_scores(log: Log) -> None:
    expert(log, "far", granted="2024-04-01", centre="330000040")
    expert(log, "near")
    log.travel("V2", "2024-02-01", [[SITE, CENTRE, 0], [SITE, "330000040", 60]])
    found = offered(log).run("O1")["ranking"]
    # 900 / exp(0.0000002 x 60^2.9) = 900 x 0.971721625210250664
    assert [(entry["candidate"], entry["snagc"]) for entry in found] == [("near", "900.000000"), ("far", "874.549463")]


def test_the_json_of_a_ranking_written_as_a_whole_is_that_of_its_entries() -> None:
    dice = random.Random(5)
    edges = [1, 999_999, 1_000_000, 1_000_001, 1_151_000_000, 1_151_123_456, 2**51 - 1, 2**52 - 1]
    for points in (edges, [dice.randrange(1 << dice.randrange(1, 53)) for _ in range(3000)], []):
        places = [(f"C{number}", each) for number, each in enumerate(points)]
        entries = ranking_of((name, published_text(each)) for name, each in places)
        assert ranking_json(places) == canonical_json(entries)
