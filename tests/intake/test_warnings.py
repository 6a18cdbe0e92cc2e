"""Warnings of a verdict: what is found about the event that came in, or about the one it corrects; never a refusal."""

import json
from pathlib import Path

import pytest

from engine.intake.verdicts import Notice
from tests.intake.plausible import registered
from tests.intake.support import opened, take
from tests.projections.support import Log


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the log goes."""
    return tmp_path / "log.db"


def warnings_of(log: Log, path: Path, batch: int = 1000) -> list[tuple[Notice, ...]]:
    """The warnings of each event of a log told in words, imported in batches of so many."""
    lines = [json.dumps(event).encode() for event in log.events]
    with opened(path) as kept:
        batches = [lines[begin : begin + batch] for begin in range(0, len(lines), batch)]
        verdicts = [verdict for each in batches for verdict in take(kept, *each, imported=True)]
    assert {verdict.status for verdict in verdicts} == {"accepted"}
    return [verdict.warnings for verdict in verdicts]


def story() -> Log:
    """A stop that is wrong, corrected twice: to a time as wrong, then to the right one."""
    log = registered()
    log.started("C1", "ecmo", "2024-02-10 08:00")
    stop = log.stopped("C1", "ecmo", "2024-02-01 08:00")
    log.corrected(stop, time="2024-02-02 08:00")
    log.corrected(stop, time="2024-02-12 08:00")
    return log


@pytest.mark.parametrize("batch", [1, 2, 1000])
def test_a_correction_is_warned_of_what_is_still_wrong_and_not_of_what_it_mends(path: Path, batch: int) -> None:
    found = [[(notice.code, notice.path) for notice in each] for each in warnings_of(story(), path, batch)]
    stop = ("stop_without_start", "data.treatment")
    still = ("stop_without_start", "data.data.treatment")
    assert found == [[], [], [stop], [still], []]


def test_a_correction_of_nothing_is_warned_of(path: Path) -> None:
    log = registered()
    log.corrected(1)
    assert [notice.code for notice in warnings_of(log, path)[-1]] == ["empty_correction"]


def test_what_a_retraction_took_away_counts_no_more(path: Path) -> None:
    log = registered()
    suspended = log.happened("suspended", "C1", "2024-02-01 08:00")
    log.retracted(suspended)
    log.happened("suspended", "C1", "2024-02-02 08:00")
    log.happened("suspended", "C1", "2024-02-03 08:00")
    assert [[notice.code for notice in each] for each in warnings_of(log, path)][2:] == [
        [],
        [],
        ["suspended_while_suspended"],
    ]


def test_a_warning_is_printed_with_its_code() -> None:
    assert str(Notice("before_birth", "time", "check it")) == "before_birth: check it"
