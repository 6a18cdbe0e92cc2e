"""Warnings about human acts as they come in: the rules of the audit, by what is known so far."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from engine.intake.acts.codes import CODES
from engine.intake.intake import Intake, Submission
from engine.intake.plausibility.registry import RULES
from engine.log.eventlog import EventLog
from replay.run.live import LiveRuns
from tests.projections.support import stored_bytes
from tests.replay.audit.test_acts import RIGHT, WRONG, Acts, Story

NOW = 2_000_000_000_000_000
"""The clock, in microseconds: May 2033."""


def warned(path: Path, acts: Acts, *, batch: int = 1) -> list[tuple[str, int]]:
    """Code and position of every warning about acts, with the run of each offer recorded as it comes in live."""
    events = [{**event} for event in acts.log.events]
    log = EventLog.open(str(path), create=True)
    lines = [Submission(n, stored_bytes(event)) for n, event in enumerate(events, 1)]
    intake = Intake(log, now=lambda: NOW, imported=True, runs=LiveRuns(log))
    verdicts: list[Any] = []
    for first in range(0, len(lines), batch):
        verdicts += intake.take(lines[first : first + batch])
    log.close()
    assert {verdict.status for verdict in verdicts} == {"accepted"}
    return [(notice.code, line) for line, verdict in enumerate(verdicts, 1) for notice in verdict.warnings
            if notice.code in CODES]  # fmt: skip


@pytest.mark.parametrize("batch", [1, 1000])
@pytest.mark.parametrize("story", RIGHT[:4], ids=lambda story: story.__name__)
def test_acts_in_order_are_taken_without_a_word(tmp_path: Path, story: Story, batch: int) -> None:
    acts = Acts()
    story(acts)
    found = warned(tmp_path / "log.db", acts, batch=batch)
    settled = {"stored_late": ["skipped"]}.get(story.__name__, [])
    assert [code for code, _ in found] == settled


@pytest.mark.parametrize("story", WRONG, ids=lambda story: story.__name__)
def test_what_the_audit_finds_was_warned_of_when_it_came_in(tmp_path: Path, story: Story) -> None:
    acts = Acts()
    expected = {code for code, _, _ in story(acts)}
    found = {code for code, _ in warned(tmp_path / "log.db", acts)}
    assert expected - found == set()


def test_without_a_recorded_run_ranks_are_left_alone(tmp_path: Path) -> None:
    acts = Acts()
    acts.act("made", "C3")
    acts.act("accepted", "C3")
    acts.act("accepted", "C4")
    log = EventLog.open(str(tmp_path / "log.db"), create=True)
    lines = [Submission(n, orjson.dumps(event)) for n, event in enumerate(acts.log.events, 1)]
    verdicts = Intake(log, now=lambda: NOW, imported=True).take(lines)
    log.close()
    codes = [notice.code for verdict in verdicts for notice in verdict.warnings if notice.code in CODES]
    assert codes == ["answer_without_proposal", "accepted_twice"]


def test_every_code_of_acts_is_listed_once_with_the_others() -> None:
    codes = [rule.code for rule in RULES]
    assert len(codes) == len(set(codes))
    assert set(CODES) <= set(codes)
    assert all(rule.sentence for rule in RULES)
