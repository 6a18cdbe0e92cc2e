"""A printed figure is ours if it is a correct rounding of ours to the decimals it has, six at most."""

import json
from pathlib import Path

import pytest

from engine.rules.readings import choose_readings
from replay.audit.compare import other_figures, same_figure
from replay.audit.views import parse_view
from tests.projections.support import Log
from tests.replay.command import snagc
from tests.replay.support import adult, expert, offered, one_town


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("760.625000", "760.62"), ("760.625000", "760.63"), ("760.635000", "760.64"), ("760.645000", "760.64"),
        ("760.625001", "760.63"), ("760.624999", "760.62"), ("760.500000", "760"), ("760.500000", "761"),
        ("0.000000", "0"), ("760.625000", "760.625"), ("760.625000", "760.62500000"), ("998.300000", "998.3"),
        ("655.912097", "655.91209712"), ("260.992160", "260.9921600"), ("760.000000", "7.6e2"), ("0.000000", "0e4"),
    ],
)  # fmt: skip
def test_a_rounding_half_to_even_or_half_up_is_the_same_figure(ours: str, theirs: str) -> None:
    assert same_figure(ours, theirs)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("760.625000", "760.61"), ("760.625000", "760.64"), ("760.635000", "760.63"), ("760.624999", "760.63"),
        ("760.625001", "760.62"), ("760.500000", "759"), ("998.300000", "1e3"), ("760.625000", "760.625001"),
        ("655.912097", "655.9120976"), ("655.912097", "655.91209649"), ("655.912097", None), (None, "655.912097"),
        ("0.400000", "0e4"), ("799.600000", "8e2"), ("450.000000", "0E+3"),
    ],
)  # fmt: skip
def test_any_other_figure_is_another(ours: str | None, theirs: str | None) -> None:
    assert not same_figure(ours, theirs)


@pytest.mark.parametrize(
    ("printed", "verdict"), [("760.62", "identical"), ("760.63", "identical"), ("760.61", "differs")]
)
def test_a_national_ranking_printed_half_up_is_held_against_ours(tmp_path: Path, printed: str, verdict: str) -> None:
    log: Log = one_town()
    expert(log, "C1", points="760.625")
    offered(log)
    assert log.entry("O1", "C1")["snagc"] == "760.625000"
    ranking = [{"rank": 1, "candidate": "C1", "snagc": printed}]
    stated = {"offer": "O1", "counter": 1, "ruleset": "2023-06-15", "readings": {}, "log_size": len(log.events) - 1}
    log.add("match-run.recorded", "offer/O1", "2024-05-17", stated | {"ranking": ranking})
    document = json.loads(snagc("audit", "--log", log.kept_at(tmp_path / "snagc.db"), "--json").stdout)
    assert (document[verdict], [each["kind"] for finding in document["findings"] for each in finding["causes"]]) == (
        1, [] if verdict == "identical" else ["arithmetic"],
    )  # fmt: skip


def test_a_view_is_told_by_what_it_is_known_at_its_rules_and_its_readings() -> None:
    found = parse_view(["known-at=7", "ruleset=2020-01-07", "months=mean"])
    readings = choose_readings({"months": "mean"})
    assert found == {"known_at": "7", "ruleset": "2020-01-07", "readings": readings}
    assert parse_view([]) == {"known_at": None, "ruleset": None, "readings": choose_readings()}


def excluded_with_new_figures() -> Log:
    """One ranked; one whom the team's limits keep out and one of another group, both of whose results change later."""
    log = one_town()
    adult(log, "ranked")
    adult(log, "limited", donor_limits={"age": ["20", "30"]})
    adult(log, "group", blood_group="O")
    adult(log, "leaves", blood_group="O")
    offered(log)
    for candidate in ("limited", "group"):
        log.lab(candidate, "total_bilirubin", "60", "2024-05-16 12:00")
    log.happened("suspended", "leaves", "2024-05-16")
    return log


def test_of_those_with_the_same_place_the_figures_and_reasons_that_differ_are_found() -> None:
    log = excluded_with_new_figures()
    then, now = log.run("O1"), log.run("O1", known_at=len(log.events))
    found = {each["candidate"]: each for each in other_figures(then, now)}
    assert list(found) == ["group", "leaves", "limited"]
    for name in ("group", "limited"):
        a, b = ({each["candidate"]: each for each in run["excluded"]}[name] for run in (then, now))
        assert a["ccb"] != b["ccb"]
        assert found[name]["figures"] == {key: {"a": a[key], "b": b[key]} for key in a if a[key] != b[key]}
    assert "snagc" in found["limited"]["figures"]
    assert "snagc" not in found["group"]["figures"]
    assert (found["leaves"]["reasons_a"], found["leaves"]["reasons_b"], found["leaves"]["figures"]) == (
        ["abo"],
        None,
        {},
    )
    assert other_figures(then, then) == []


def test_a_difference_of_excluded_candidates_is_no_change_of_the_ranking_and_is_said(tmp_path: Path) -> None:
    path = excluded_with_new_figures().kept_at(tmp_path / "snagc.db")
    words = ("diff", "O1", "--b", "known-at=now", "--log", path)
    assert json.loads(snagc(*words, "--json").stdout)["changes"] == []
    told = snagc(*words).stdout
    assert "of those ranked, 0 differ" in told
    assert "limited: icar 14 → " in told
    assert "leaves: excluded for abo → not active" in told
