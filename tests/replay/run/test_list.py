"""The national list on the command line: what it was known at, the counter, the order, ranks and alerts."""

from pathlib import Path
from typing import Any

import pytest

from tests.projections.support import CENTRE, ELSEWHERE, Log
from tests.replay.command import asked
from tests.replay.support import adult, expert

EIGHT, NINE, TEN = (f"2024-05-17T0{hour}:00:00.000000Z" for hour in (6, 7, 8))
"""Recorded times: eight, nine and ten o'clock in Paris."""


def told() -> Log:
    """At eight: two adults and two offers; at nine: one is found to have died the day before; at ten: an expert."""
    log = Log()
    log.recorded = EIGHT
    log.counter(3)
    adult(log, "C1", team="T1")
    adult(log, "C2", team="T1", centre=ELSEWHERE)
    log.donor("D1", "2024-05-16")
    log.offered("O1", "2024-05-16")
    log.offered("O2", "2024-05-16")
    log.recorded = NINE
    log.delisted("C2", "2024-05-16", "died")
    log.recorded = TEN
    expert(log, "C3", team="T1", labs=None)
    return log


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The path of a log that holds it."""
    return told().kept_at(tmp_path_factory.mktemp("list") / "snagc.db")


def listed(path: str, at: str, *words: str) -> dict[str, Any]:
    """The list's document."""
    found: dict[str, Any] = asked("list", "--at", at, "--log", path, *words)
    return found


def names(document: dict[str, Any]) -> list[str]:
    """The candidates, in order."""
    return [row["candidate"] for row in document["candidates"]]


def test_the_document_states_what_it_is_about_and_then_the_candidates(path: str) -> None:
    found = listed(path, "2024-05-17T12:00:00+02:00")
    assert list(found) == ["at", "known_at", "counter", "ruleset", "readings", "candidates"]
    assert (found["at"], found["ruleset"]) == ("2024-05-17T12:00:00+02:00", "2023-06-15")
    assert len(found["readings"]) == 16


def test_a_row_has_its_fields_in_the_order_of_the_contract(path: str) -> None:
    row = listed(path, "2024-05-17T12:00:00+02:00")["candidates"][1]
    assert list(row)[:9] == [
        "rank", "team_rank", "candidate", "component", "icar", "icar_j", "icar_i", "ccb", "alerts",
    ]  # fmt: skip
    assert list(row.values())[:9] == [2, 2, "C1", "adult_standard", 14, 14, None, "350.000000", []]


@pytest.mark.parametrize(
    ("at", "known_at", "expected"),
    [
        ("2024-05-17T05:59:59.999999Z", 0, []),
        ("2024-05-17T06:00:00Z", 12, ["C1", "C2"]),
        ("2024-05-17T08:59:59+02:00", 12, ["C1", "C2"]),
        ("2024-05-17T09:00:00+02:00", 13, ["C1"]),
        ("2024-05-17T07:59:59.999999Z", 13, ["C1"]),
        ("2024-05-17T08:00:00Z", 15, ["C3", "C1"]),
        ("2030-01-01T00:00:00Z", 15, ["C3", "C1"]),
    ],
)
def test_a_list_is_as_known_at_its_own_instant_the_last_position_recorded_by_then(
    path: str, at: str, known_at: int, expected: list[str]
) -> None:
    found = listed(path, at)
    assert (found["known_at"], names(found)) == (known_at, expected)


def test_a_list_may_be_asked_for_as_known_later_or_earlier(path: str) -> None:
    at = "2024-05-17T08:00:00+02:00"
    assert names(listed(path, at, "--known-at", "now")) == ["C3", "C1"]
    assert names(listed(path, at, "--known-at", "2024-05-17T09:30:00+02:00")) == ["C1"]
    assert names(listed(path, at, "--known-at", "5")) == ["C1"]
    assert names(listed(path, at, "--known-at", "0")) == []


def test_what_takes_effect_after_the_instant_is_not_on_the_list_even_if_it_is_known(path: str) -> None:
    assert names(listed(path, "2024-05-15T23:59:59+02:00", "--known-at", "now")) == ["C3", "C1", "C2"]
    assert names(listed(path, "2023-12-31T12:00:00+01:00", "--known-at", "now")) == []


@pytest.mark.parametrize(("known_at", "counter"), [("0", 1), ("1", 4), ("10", 4), ("11", 5), ("12", 6), ("now", 6)])
def test_the_counter_is_the_number_the_next_offer_would_get_at_the_position_known(
    path: str, known_at: str, counter: int
) -> None:
    assert listed(path, "2024-05-17T12:00:00+02:00", "--known-at", known_at)["counter"] == counter


def test_the_turn_of_the_lvads_is_the_one_of_the_next_offer(tmp_path: Path) -> None:
    log = Log()
    log.registered("C1", "2024-01-01")
    log.started("C1", "lvad", "2024-05-17")
    log.donor("D1", "2024-05-16")
    for number in range(5):
        log.offered(f"O{number}", "2024-05-16")
    path = log.kept_at(tmp_path / "snagc.db")
    scores = {
        listed(path, "2024-05-17T00:00:00+02:00", "--known-at", str(known_at))["counter"]: (
            listed(path, "2024-05-17T00:00:00+02:00", "--known-at", str(known_at))["candidates"][0]["ccb"]
        )
        for known_at in range(3, 9)
    }
    assert scores == dict.fromkeys((1, 2, 3, 4, 6), "0.000000") | {5: "750.000000"}


def test_the_order_is_by_score_and_ties_go_to_experts_then_lvads_then_registrations_then_ids(tmp_path: Path) -> None:
    log = Log()
    log.registered("e", "2020-01-02")
    log.registered("d", "2020-01-02")
    log.registered("c", "2020-01-01")
    log.registered("b", "2021-01-01")
    log.started("b", "lvad", "2023-01-01")
    for candidate, granted in (("f", "2024-05-02"), ("g", "2024-05-01")):
        log.registered(candidate, "2022-01-01")
        log.granted(candidate, "XPCA", granted)
    found = listed(log.kept_at(tmp_path / "snagc.db"), "2024-05-17T12:00:00+02:00")
    assert names(found) == ["g", "f", "b", "c", "d", "e"]
    assert [row["rank"] for row in found["candidates"]] == [1, 2, 3, 4, 5, 6]
    assert [row["ccb"] for row in found["candidates"]] == ["900.000000"] * 2 + ["0.000000"] * 4


def test_ranks_in_the_team_count_within_a_team_of_a_centre(path: str) -> None:
    found = listed(path, "2024-05-15T12:00:00+02:00", "--known-at", "now")
    ranks = {row["candidate"]: (row["rank"], row["team_rank"], row["centre"]) for row in found["candidates"]}
    assert ranks == {"C3": (1, 1, CENTRE), "C1": (2, 2, CENTRE), "C2": (3, 1, ELSEWHERE)}


def test_alerts_stand_in_the_row_of_their_candidate(path: str) -> None:
    found = listed(path, "2024-05-17T12:00:00+02:00")
    assert [row["alerts"] for row in found["candidates"]] == [
        ["bilirubin_missing", "creatinine_missing", "peptides_missing"],
        [],
    ]


def test_now_is_the_end_of_the_log_and_the_present(path: str) -> None:
    assert listed(path, "now")["known_at"] == len(told().events)
    assert asked("list", "--log", path)["known_at"] == len(told().events)
