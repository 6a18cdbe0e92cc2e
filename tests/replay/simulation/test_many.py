"""Many replicates: the same bytes whoever works and however often interrupted; figures as the contract has them."""

import json
import random
from dataclasses import replace
from pathlib import Path
from statistics import fmean

import pytest

from replay.simulation.calibrated import Calibrated, published
from replay.simulation.intervals import (
    Interval,
    figure,
    interval_of_differences,
    interval_of_mean,
    interval_of_one,
    t_quantile,
)
from replay.simulation.many import simulate
from replay.simulation.outcomes import OUTCOMES, outcomes_of
from replay.simulation.policy import Policy
from replay.simulation.replicates import replicate
from replay.simulation.request import Request
from replay.spread.spread import Spread
from tests.replay.command import asked, refused
from tests.replay.simulation.small import TODAY, small_rates, small_request
from tests.replay.spread.works import scheduler

NEARER = Path(__file__).parents[3] / "replay" / "simulation" / "policies" / "shorter_travel.toml"


def small(*policies: Policy, replicates: int = 2) -> Request:
    return replace(small_request(*policies), replicates=replicates)


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> list[object]:
    """The command of a small simulation."""
    rates = tmp_path_factory.mktemp("rates") / "small.toml"
    rates.write_text(small_rates().text)
    return ["simulate", "--policy", "2023-06-15", "--policy", NEARER, "--policy", "2023-06-15", "--from", "2025-01-01",
            "--years", 1, "--replicates", 2, "--seed", 7, "--rates", rates]  # fmt: skip


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.long_only
def test_the_command_answers_and_goes_on_in_its_folder_with_the_same_bytes(words: list[object], tmp_path: Path) -> None:
    out = tmp_path / "out"
    document = asked(*words, "--out", out)
    assert list(document) == ["seed", "from", "years", "replicates", "policies", "differences", "calibration"]
    first, nearer, again = document["policies"]
    assert first == again
    assert set(OUTCOMES) < set(first["outcomes"])
    assert {"deaths/blood_group=A", "transplants/sex=F"} < set(first["outcomes"])
    assert nearer["sha256"] != first["sha256"]
    same = [each for each in document["differences"] if each["policy"] == "2023-06-15"]
    assert {each["mean"] for each in same} <= {"0.000000", None}
    assert {each["low"] for each in same} <= {"0.000000", None}
    assert [each["figure"] for each in document["calibration"]] == list(published())
    followed = [each["simulated"] for each in document["calibration"] if "within_a_year" in each["figure"]]
    assert followed[:3] == [None, None, None], "nobody of a single year was followed for one"
    before = files(out)
    assert json.loads(before["results.json"]) == document
    assert {"report.fr.html", "report.en.html", "incidence.fr.svg", "replicates/000002.parquet"} < set(before)
    (out / "replicates" / "000002.parquet").unlink()
    assert asked(*words, "--out", out) == document
    assert files(out) == before
    other = refused(*words, "--seed", 8, "--out", out)
    assert "seed 7, now 8" in other
    assert "--force" in other
    assert files(out) == before
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter").touch()
    assert "name a new folder" in refused(*words, "--out", tmp_path / "full")


@pytest.mark.long_only
def test_whoever_works_the_bytes_are_the_same(tmp_path: Path) -> None:
    request = small(TODAY, Policy.read(str(NEARER)), replicates=6)
    alone = simulate(request).as_json()
    for workers in (2, 4):
        assert simulate(request, Spread(workers=workers)).as_json() == alone
    with scheduler(tmp_path) as address:
        assert simulate(request, Spread(scheduler=address)).as_json() == alone


def test_groups_add_up_to_everybody() -> None:
    found = outcomes_of(replicate(small(), TODAY, 1))
    for name in ("deaths", "worsened", "transplants", "survivors_1y"):
        for kind in ("blood_group", "age_class", "component", "sex", "centre"):
            parts = [value or 0.0 for key, value in found.items() if key.startswith(f"{name}/{kind}=")]
            assert sum(parts) == found[name]


def test_intervals_of_known_samples() -> None:
    mean = interval_of_mean([1.0, 2.0, 3.0])
    assert mean.as_json() == {"mean": "2.000000", "low": "-0.484138", "high": "4.484138"}
    assert interval_of_mean([None, 5.0]).as_json() == {"mean": "5.000000", "low": None, "high": None}
    assert interval_of_mean([None]).as_json() == {"mean": None, "low": None, "high": None}
    paired = interval_of_differences([2.0, 3.0, None], [1.0, 1.0, 7.0])
    assert paired.as_json() == {"mean": "1.500000", "low": "-4.853102", "high": "7.853102"}
    assert not paired.excludes_zero
    once = interval_of_differences([1.0, 1.0, 3.0], [1.0, 1.0, 2.0])
    assert once.as_json() == {"mean": "0.333333", "low": None, "high": None}, "of one change nobody knows how it varies"
    twice = interval_of_differences([1.0, 1.0, 3.0, 4.0], [1.0, 1.0, 2.0, 2.0])
    assert twice.high == pytest.approx(0.75 + t_quantile(1) * (11 / 12 / 4) ** 0.5)
    alike = interval_of_differences([1.0, 2.0], [1.0, 2.0])
    assert alike.as_json() == {"mean": "0.000000", "low": None, "high": None}
    unseen = interval_of_differences([1.0, 2.0], [1.0, 2.0], counted=True)
    assert unseen.as_json() == {"mean": "0.000000", "low": "-1.844440", "high": "1.844440"}
    assert figure(-1e-9) == "0.000000"


def test_a_count_that_never_varied_has_the_bounds_of_poissons_law() -> None:
    unseen, always = interval_of_mean([0.0] * 4, counted=True), interval_of_mean([15.0, 15.0], counted=True)
    assert unseen.as_json() == {"mean": "0.000000", "low": "-0.922220", "high": "0.922220"}
    assert always.as_json() == {"mean": "15.000000", "low": "10.120437", "high": "21.413433"}, (
        "30 in all: 20.24 to 42.83, as tables have it"
    )
    fewer = interval_of_differences([1.0, 1.0], [16.0, 16.0], counted=True)
    assert fewer.as_json() == {"mean": "-15.000000", "low": "-21.413433", "high": "-10.120437"}


def test_what_many_years_are_the_mean_of_is_held_against_a_mean_of_as_many() -> None:
    values = [60.0, 70.0, 80.0]
    one, six = interval_of_one(values), interval_of_one(values, 6)
    assert one.high == pytest.approx(70 + t_quantile(2) * (100 * (1 / 3 + 1)) ** 0.5)
    assert six.high == pytest.approx(70 + t_quantile(2) * (100 * (1 / 3 + 1 / 6)) ** 0.5)
    assert interval_of_one([0.0, 10.0]).low == 0.0, "nothing published is below zero"


def test_of_few_replicates_nothing_is_said_to_lie_within() -> None:
    few, enough = (Calibrated("x", 5.0, "somebody", "fitted", Interval(5.0, 0.0, 10.0), size) for size in (9, 10))
    assert (few.within, enough.within) == (None, True)


def test_intervals_cover_the_truth_as_often_as_they_say(long_run: bool) -> None:
    """Counts and skewed means, 20 replicates each, as the outcomes are; the truth is known."""
    rng, experiments = random.Random("coverage"), 2000 if long_run else 200
    covered = one_more = 0
    for _ in range(experiments):
        values = [float(sum(rng.random() < 0.12 for _ in range(600))) for _ in range(20)]
        found = interval_of_mean(values)
        assert found.mean == pytest.approx(fmean(values))
        covered += (found.low or 0) <= 72 <= (found.high or 0)
        another, wide = float(sum(rng.random() < 0.12 for _ in range(600))), interval_of_one(values)
        one_more += (wide.low or 0) <= another <= (wide.high or 0)
    assert covered / experiments == pytest.approx(0.95, abs=0.04)
    assert one_more / experiments == pytest.approx(0.95, abs=0.04)
