"""What a council reads: the report in two languages, its charts, and what other rates would change."""

import re
from dataclasses import replace
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import polars as pl
import pytest

from engine.errors import RequestError
from replay.simulation.distance import Distances
from replay.simulation.folder import Folder
from replay.simulation.intervals import Interval
from replay.simulation.lives import Told
from replay.simulation.many import Results, simulate
from replay.simulation.outcomes import OUTCOMES, is_counted
from replay.simulation.policy import Policy
from replay.simulation.rates import own_rates
from replay.simulation.report.charts import curves, forest
from replay.simulation.report.seen import Seen
from replay.simulation.report.writing import write_report
from replay.simulation.sensitivity import FACTORS, GROUPS, Tried, scaled
from tests.replay.command import asked, snagc
from tests.replay.simulation.coverage import request_of
from tests.replay.simulation.small import decisive_rates

NEARER = Path(__file__).parents[3] / "replay" / "simulation" / "policies" / "shorter_travel.toml"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Results, Seen, Path]:
    """The folder of a tiny simulation, with its report."""
    request = replace(request_of(2), policies=(Policy("2023-06-15"), Policy.read(str(NEARER))))
    folder, seen = Folder(tmp_path_factory.mktemp("simulation") / "out", request), Seen(request)
    folder.begin()
    results = simulate(request, heard=seen.hear)
    write_report(results, seen, [Tried("donors", factor, results) for factor in FACTORS], folder)
    return results, seen, folder.path


def test_the_report_names_policies_groups_and_rates_as_people_do(written: tuple[Results, Seen, Path]) -> None:
    folder = written[-1]
    french, english = ((folder / f"report.{language}.html").read_text() for language in ("fr", "en"))
    for page, words in (
        (
            french,
            (
                "femmes",
                "groupe sanguin A",
                "Paris Pitié-Salpêtrière",
                "à 0-104 min des donneurs",
                "-20\u202f%",
                "greffés sous ECMO",
            ),
        ),
        (english, ("women", "blood group A", "Shorter travel rather than Guide V6 (2023-06-15):", "+20\u202f%")),
    ):
        assert [word for word in words if word not in page] == []
        assert str(NEARER.parent) not in page
        assert not re.search(r"(sex|blood_group|centre|distance)=", page)
    assert french.count("<svg") == english.count("<svg") == 2 + 2 * len(OUTCOMES)
    assert (folder / "difference-2-deaths.fr.svg").read_text() in french


def test_tables_hold_every_outcome_of_every_replicate_and_what_other_rates_would_change(
    written: tuple[Results, Seen, Path],
) -> None:
    results, _, folder = written
    outcomes = pl.read_parquet(BytesIO((folder / "outcomes.parquet").read_bytes()))
    found = outcomes.filter((pl.col("outcome") == "travel_minutes") & (pl.col("place") == 1))
    assert found["value"].to_list() == results.outcome(1, "travel_minutes")
    assert outcomes["outcome"].str.starts_with("deaths/distance=").any()
    tried = pl.read_parquet(BytesIO((folder / "sensitivity.parquet").read_bytes()))
    assert tried["factor"].to_list() == [0.8] * len(OUTCOMES) + [1.2] * len(OUTCOMES)
    assert tried["mean"].to_list()[: len(OUTCOMES)] == [results.difference(1, name).mean for name in OUTCOMES]


def test_classes_of_distance_add_up_to_everybody(written: tuple[Results, Seen, Path]) -> None:
    results, seen, _ = written
    for name in filter(is_counted, OUTCOMES):
        for values in seen.by_distance().values[1]:
            assert sum(value or 0.0 for key, value in values.items() if key.startswith(f"{name}/")) == values[name]
    assert [each[name] for each in seen.by_distance().values[0]] == results.outcome(0, name)


def test_a_centre_is_as_far_as_the_median_of_the_latest_travel_times() -> None:
    def edition(instant: int, *rows: list[object]) -> Told:
        data = {"version": str(instant), "default_minutes": 110, "rows": list(rows)}
        return Told(0, "travel-times.published", f"travel-times/{instant}", "agency", instant, data)

    editions = [edition(2, ["s", "c", 104], ["t", "c", 106], ["u", "c", 104]), edition(1, ["s", "c", 900])]
    found = Distances(editions, Decimal(150))
    assert [found.of("c"), found.of("elsewhere")] == ["0-104", "105-114"]
    assert [Distances([], Decimal(minutes)).of("c") for minutes in (150, 100)] == ["115+", "0-104"]


def test_each_group_of_rates_is_scaled_and_nothing_else() -> None:
    rates = own_rates()
    for group in GROUPS:
        changed = {
            name for name, value in scaled(rates, group, Decimal("0.8")).said.items() if value != rates.said[name]
        }
        assert changed
        assert all(name.endswith(GROUPS[group]) for name in changed)
        assert scaled(rates, group, Decimal(1)).said == rates.said
    assert decisive_rates().number("teams.accept_good") == 0.9
    assert scaled(decisive_rates(), "acceptance", Decimal("1.2")).number("teams.accept_good") == 1
    with pytest.raises(RequestError, match=r"turns\.lvid\.died is not known"):
        rates.changed({"turns.lvid.died": 1})


def test_a_chart_names_each_line_once_and_none_over_another() -> None:
    lines = {"up": [("a", [0.0, 0.21]), ("b", [0.0, 0.2])], "also up": [("a", [0.0, 0.21]), ("b", [0.0, 0.2])]}
    chart = curves("title", [0, 90], lines, "days")
    places = [float(y) for y in re.findall(r'y="([\d.]+)" fill="#\w+">(?:up|also up)<', chart)]
    assert abs(places[0] - places[1]) >= 12
    assert re.findall(r">(\d+ %)<", chart) == ["0 %", "10 %", "20 %", "30 %"]
    assert chart.count(">a<") == chart.count(">b<") == 1, "a policy has its dash in the legend"
    assert 'fill="#0b4f8a"' in forest("title", [("sure", Interval(1.0, 0.5, 1.5))])
    assert 'fill="#ffffff"' in forest(
        "title", [("unsure", Interval(1.0, -0.5, 2.5)), ("none", Interval(None, None, None))]
    )


@pytest.mark.long_only
def test_the_command_tries_other_rates_and_resumes(tmp_path: Path) -> None:
    rates = tmp_path / "tiny.toml"
    rates.write_text(request_of(1).rates.text)
    words = ["simulate", "--policy", "2023-06-15", "--policy", NEARER, "--from", "2024-01-01", "--replicates", 2,
             "--rates", rates, "--out", tmp_path / "out", "--sensitivity", 1]  # fmt: skip
    document = asked(*words)
    page = (tmp_path / "out" / "report.fr.html").read_text()
    assert [page.count(f">{percent}\u202f%<") for percent in ("-20", "+20")] == [len(GROUPS)] * 2
    assert asked(*words) == document
    assert (tmp_path / "out" / "report.fr.html").read_text() == page


def test_the_help_counts_the_groups_of_rates_that_there_are() -> None:
    shown = snagc("simulate", "--help", env={"COLUMNS": "200", "NO_COLOR": "1"}).stdout
    said = " ".join(re.sub(r"[│|]", " ", shown).split())
    assert f"each of {len(GROUPS)} groups" in said
    assert f"{len(GROUPS) * len(FACTORS)} simulations more" in said
