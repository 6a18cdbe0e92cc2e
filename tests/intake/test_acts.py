"""Warnings about human acts as they come in: the rules of the audit, by what is known so far."""

from pathlib import Path
from typing import Any

import pytest

from engine.intake.acts.codes import CODES
from engine.intake.intake import Intake, Submission
from engine.intake.plausibility.registry import RULES
from engine.log.eventlog import EventLog, WriteSession
from engine.log.history import Fact
from replay.run.live import LiveRuns
from replay.run.replayed import ReplayedRankings
from tests.long import examples
from tests.projections.support import stored_bytes
from tests.replay.audit.act_stories import RIGHT, WRONG, Acts, Story
from tests.stores import new_log

NOW = 2_000_000_000_000_000
"""The clock, in microseconds: May 2033."""


def warned(path: Path, acts: Acts, *, batch: int = 1) -> list[tuple[str, int]]:
    """Code and line of every warning about acts, with the run of each offer recorded as it comes in live."""
    with new_log(path) as log:
        return warned_of(log, acts, batch, runs=LiveRuns(log), rankings=Unasked())


class Unasked:
    """Fails where it is asked: each offer has its run."""

    def ranking(self, session: WriteSession, offer: Fact) -> list[str]:
        """Never."""
        raise AssertionError(f"{offer.subject} has a run")

    def forget(self) -> None:
        """Nothing was kept."""


def warned_of(log: EventLog, acts: Acts, batch: int = 1, **given: Any) -> list[tuple[str, int]]:
    """Code and line of every warning about acts."""
    lines = [Submission(n, stored_bytes(event)) for n, event in enumerate(acts.log.events, 1)]
    intake = Intake(log, now=lambda: NOW, imported=True, **given)
    verdicts: list[Any] = []
    for first in range(0, len(lines), batch):
        verdicts += intake.take(lines[first : first + batch])
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
    one_by_one = warned(tmp_path / "log.db", acts)
    assert expected - {code for code, _ in one_by_one} == set()
    assert warned(tmp_path / "batch.db", acts, batch=1000) == one_by_one


@pytest.mark.parametrize("story", WRONG, ids=lambda story: story.__name__)
def test_a_warning_about_an_act_is_laid_at_something_that_the_act_states(tmp_path: Path, story: Story) -> None:
    acts = Acts()
    story(acts)
    lines = [Submission(n, stored_bytes(event)) for n, event in enumerate(acts.log.events, 1)]
    with new_log(tmp_path / "log.db") as log:
        verdicts = Intake(log, now=lambda: NOW, imported=True, rankings=ReplayedRankings(log)).take(lines)
    for event, verdict in zip(acts.log.events, verdicts, strict=True):
        for path in (notice.path for notice in verdict.warnings):
            head, _, name = path.partition(".")
            assert head in event
            assert not name or name in event[head]


@pytest.mark.parametrize("batch", [1, 1000][: examples(1, 2)])
@pytest.mark.parametrize("story", [*RIGHT[:4], *WRONG], ids=lambda story: story.__name__)
def test_without_a_recorded_run_the_replay_is_what_acts_are_held_against(
    tmp_path: Path, story: Story, batch: int
) -> None:
    acts = Acts()
    story(acts)
    with new_log(tmp_path / "log.db") as log:
        found = warned_of(log, acts, batch, rankings=ReplayedRankings(log))
    assert found == warned(tmp_path / "live.db", acts, batch=batch)


class Losing(ReplayedRankings):
    """Loses the first transaction once the ranking is known."""

    lost = False

    def ranking(self, session: WriteSession, offer: Fact) -> list[str] | None:
        """The ranking; then the disk is full, the first time."""
        found = super().ranking(session, offer)
        if not self.lost:
            self.lost = True
            raise OSError("no space left on the device")
        return found


@pytest.mark.parametrize("story", WRONG[:3], ids=lambda story: story.__name__)
def test_after_a_transaction_that_failed_acts_are_held_against_what_is_there(tmp_path: Path, story: Story) -> None:
    acts = Acts()
    story(acts)
    with new_log(tmp_path / "log.db") as log:
        rankings = Losing(log)
        with pytest.raises(OSError, match="no space"):
            warned_of(log, acts, 1000, rankings=rankings)
        acts.log.events[1:1] = [acts.log.events[1] | {"id": "another", "subject": "candidate/C9"}]
        found = warned_of(log, acts, 1000, rankings=rankings)
    assert found == warned(tmp_path / "live.db", acts)


def test_where_there_is_nothing_to_rank_by_acts_are_held_against_each_other(tmp_path: Path) -> None:
    acts = Acts()
    acts.act("made", "C3")
    acts.act("accepted", "C3")
    acts.act("accepted", "C4")
    with new_log(tmp_path / "log.db") as log:
        assert [code for code, _ in warned_of(log, acts)] == ["answer_without_proposal", "accepted_twice"]


def test_every_code_of_acts_is_listed_once_with_the_others() -> None:
    codes = [rule.code for rule in RULES]
    assert len(codes) == len(set(codes))
    assert set(CODES) <= set(codes)
    assert all(rule.sentence for rule in RULES)
