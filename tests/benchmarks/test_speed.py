"""Speed on a synthetic national year, each figure beside a floor measured in the same run.

Run with: pytest tests/benchmarks -o addopts= --benchmark-columns=median,iqr --benchmark-group-by=group
The floor of reading is the bare SELECT with orjson.loads; that of a run is its transcendental functions alone.
"""

from collections.abc import Callable, Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
import pytest

from engine.intake.intake import Intake, Submission
from engine.log.eventlog import EventLog
from engine.log.tree import leaf_hash
from engine.quantities import EXACT
from engine.rules.readings import choose_readings
from fixtures.national import generate
from replay.run.matchrun import Moment, match_run
from replay.run.moments import moment_of_offer
from tests.projections.support import CLOCK

READING, RUNNING, TAKING = "reading a year", "a match run", "taking events in"


@pytest.fixture(scope="module")
def lines() -> list[bytes]:
    """A national year as NDJSON lines."""
    return [orjson.dumps(event) for event in generate(7, date(2025, 1, 1), date(2025, 12, 31))]


@pytest.fixture(scope="module")
def log(lines: list[bytes], tmp_path_factory: pytest.TempPathFactory) -> Iterator[EventLog]:
    """The year taken in."""
    log = EventLog.open(str(tmp_path_factory.mktemp("year") / "year.db"), create=True)
    _take(log, lines)
    yield log
    log.close()


@pytest.fixture(scope="module")
def moment(log: EventLog) -> Moment:
    """The moment of a late offer of the year."""
    return moment_of_offer(log, "O00600", choose_readings())


def _take(log: EventLog, lines: list[bytes]) -> None:
    intake = Intake(log, now=lambda: CLOCK, imported=True)
    submissions = (Submission(number, line) for number, line in enumerate(lines, 1))
    while batch := list(islice(submissions, 1000)):
        intake.take(batch)


@pytest.mark.benchmark(group=READING)
def test_floor_of_reading_select_and_json(benchmark: Any, log: EventLog) -> None:
    benchmark(lambda: [orjson.loads(state) for _, _, state in log.recorder.rows()])


@pytest.mark.benchmark(group=READING)
def test_floor_of_the_tree_one_hash_an_event(benchmark: Any, log: EventLog) -> None:
    benchmark(lambda: [leaf_hash(state) for _, _, state in log.recorder.rows()])


@pytest.mark.benchmark(group=READING)
def test_history_of_a_year(benchmark: Any, log: EventLog) -> None:
    benchmark(log.history)


@pytest.mark.benchmark(group=READING)
def test_history_and_tree_of_a_year(benchmark: Any, log: EventLog) -> None:
    benchmark(log.history_and_tree, log.head())


@pytest.mark.benchmark(group=RUNNING)
def test_floor_of_a_run_its_transcendentals(benchmark: Any, moment: Moment) -> None:
    run = match_run(moment)
    ages = [entry.standing.view.variables.age_years for entry in (*run.ranking, *run.excluded)]
    exponent = EXACT.create_decimal("-0.203")
    benchmark(lambda: [(EXACT.power(age, exponent).ln(EXACT), age.exp(EXACT)) for age in ages if age])


@pytest.mark.benchmark(group=RUNNING)
def test_a_match_run(benchmark: Any, moment: Moment) -> None:
    benchmark(match_run, moment)


@pytest.mark.benchmark(group=TAKING)
def test_floor_of_taking_in_json_alone(benchmark: Any, lines: list[bytes]) -> None:
    benchmark(lambda: [orjson.loads(line) for line in lines[:5000]])


@pytest.mark.benchmark(group=TAKING)
def test_taking_in_five_thousand_events(benchmark: Any, lines: list[bytes], tmp_path: Path) -> None:
    numbers = iter(range(1000))

    def fresh() -> tuple[tuple[EventLog, list[bytes]], dict[str, Any]]:
        return (EventLog.open(str(tmp_path / f"{next(numbers)}.db"), create=True), lines[:5000]), {}

    take: Callable[..., None] = _take
    benchmark.pedantic(take, setup=fresh, rounds=3)
