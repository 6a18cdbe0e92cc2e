"""Why one of two equal scores comes first: the tie-break that decided, in order, with what both brought to it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.projections.support import SITE, Log
from tests.replay.command import asked, snagc
from tests.replay.support import adult, one_town

AT = "2024-05-17T12:00:00+02:00"


def granted(log: Log, candidate: str, time: str) -> None:
    log.granted(candidate, "XPCA", time)


def with_lvad(log: Log, candidate: str, time: str) -> None:
    log.started(candidate, "lvad", time)


Story = Callable[[Log], None]


def two(*acts: tuple[Callable[[Log, str, str], None], str, str], registered: tuple[str, str]) -> Story:
    """A and B registered on two days, and what happened to them."""

    def tell(log: Log) -> None:
        log.registered("A", registered[0])
        log.registered("B", registered[1])
        for act, candidate, time in acts:
            act(log, candidate, time)

    return tell


SAME_DAY = ("2024-01-02", "2024-01-02")
STORIES: dict[str, tuple[Story, tuple[str | None, ...]]] = {
    "earlier expert": (
        two((granted, "A", "2024-05-02"), (granted, "B", "2024-05-01"), registered=SAME_DAY),
        ("B", "A", "expert_component", "2024-05-01T00:00:00+02:00", "2024-05-02T00:00:00+02:00"),
    ),
    "earlier expert by a microsecond, registered later": (
        two(
            (granted, "A", "2024-05-01T10:00:00.000001Z"),
            (granted, "B", "2024-05-01T10:00:00Z"),
            registered=("2023-01-01", "2024-01-01"),
        ),
        ("B", "A", "expert_component", "2024-05-01T12:00:00+02:00", "2024-05-01T12:00:00.000001+02:00"),
    ),
    "earlier LVAD": (
        two((with_lvad, "A", "2024-03-02"), (with_lvad, "B", "2024-03-01"), registered=SAME_DAY),
        ("B", "A", "lvad", "2024-03-01T00:00:00+01:00", "2024-03-02T00:00:00+01:00"),
    ),
    "only one has an LVAD": (
        two((with_lvad, "B", "2024-03-01"), registered=("2020-01-01", "2024-01-02")),
        ("B", "A", "lvad", "2024-03-01T00:00:00+01:00", None),
    ),
    "both experts at once, one has an LVAD": (
        two(
            (granted, "A", "2024-05-01"), (granted, "B", "2024-05-01"), (with_lvad, "B", "2024-03-01"),
            registered=SAME_DAY,
        ),
        ("B", "A", "lvad", "2024-03-01T00:00:00+01:00", None),
    ),
    "earlier registration": (
        two(registered=("2024-01-03", "2024-01-02")),
        ("B", "A", "registration", "2024-01-02T00:00:00+01:00", "2024-01-03T00:00:00+01:00"),
    ),
    "the same LVAD day, earlier registration": (
        two((with_lvad, "A", "2024-03-01"), (with_lvad, "B", "2024-03-01"), registered=("2024-01-03", "2024-01-02")),
        ("B", "A", "registration", "2024-01-02T00:00:00+01:00", "2024-01-03T00:00:00+01:00"),
    ),
    "an LVAD that stopped counts no more": (
        two(
            (with_lvad, "A", "2024-03-01"), (lambda log, name, time: _stopped(log, name, time), "A", "2024-04-01"),
            registered=("2024-01-03", "2024-01-02"),
        ),
        ("B", "A", "registration", "2024-01-02T00:00:00+01:00", "2024-01-03T00:00:00+01:00"),
    ),
    "one instant in two spellings": (
        two(registered=("2024-01-02T00:00:00+01:00", "2024-01-01T23:00:00Z")),
        ("A", "B", "candidate", "A", "B"),
    ),
    "only the id": (two(registered=SAME_DAY), ("A", "B", "candidate", "A", "B")),
}  # fmt: skip


def _stopped(log: Log, candidate: str, time: str) -> None:
    log.stopped(candidate, "lvad", time)


def the_tie(path: str, candidate: str) -> dict[str, Any]:
    """The one tie of a candidate on the list."""
    (found,) = asked("candidate", candidate, "--at", AT, "--log", path)["ties"]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("story", STORIES)
def test_the_first_tie_break_that_tells_two_apart_is_named_for_both(tmp_path: Path, story: str) -> None:
    tell, expected = STORIES[story]
    log = Log()
    tell(log)
    path = log.kept_at(tmp_path / "snagc.db")
    assert tuple(the_tie(path, "A").values())[:5] == expected
    assert the_tie(path, "A") == the_tie(path, "B")
    order = [row["candidate"] for row in asked("list", "--at", AT, "--log", path)["candidates"]]
    assert order == list(expected[:2])


def test_the_table_of_the_list_names_the_tie_break_beside_who_comes_first(tmp_path: Path) -> None:
    log = Log()
    two(registered=("2024-01-03", "2024-01-02"))(log)
    shown = snagc("list", "--at", AT, "--log", log.kept_at(tmp_path / "snagc.db")).stdout
    rows = {line.split()[2]: line for line in shown.splitlines() if " adult_standard " in line}
    assert "same score as next, before it by" in shown
    assert "registration" in rows["B"]
    assert "registration" not in rows["A"]


def test_without_equal_scores_nothing_is_said_of_ties(tmp_path: Path) -> None:
    log = Log()
    log.registered("A", "2024-01-01")
    log.granted("A", "XPCA", "2024-05-01")
    log.registered("B", "2024-01-01")
    path = log.kept_at(tmp_path / "snagc.db")
    assert asked("candidate", "A", "--at", AT, "--log", path)["ties"] == []
    assert "same score" not in snagc("list", "--at", AT, "--log", path).stdout


def three_alike(tmp_path: Path) -> str:
    """The path of a log in which three have one national score, and a fourth more."""
    log = one_town()
    log.recorded = "2024-05-17T06:00:00.000000Z"
    for name in ("A", "B", "C"):
        adult(log, name)
    adult(log, "D")
    log.granted("D", "XPCA", "2024-05-01")
    log.donor("D1", "2024-05-16", procurement_site=SITE)
    log.offered("O1", "2024-05-17")
    return log.kept_at(tmp_path / "snagc.db")


def test_an_explanation_tells_the_ties_with_both_neighbours(tmp_path: Path) -> None:
    path = three_alike(tmp_path)
    found = {name: asked("explain", "O1", name, "--log", path)["ties"] for name in ("A", "B", "C", "D")}
    named = {
        name: [(each["first"], each["second"], each["decided_by"]) for each in ties] for name, ties in found.items()
    }
    assert named == {
        "A": [("A", "B", "candidate")],
        "B": [("A", "B", "candidate"), ("B", "C", "candidate")],
        "C": [("B", "C", "candidate")],
        "D": [],
    }
    shown = snagc("explain", "O1", "B", "--log", path).stdout
    assert "A before B with the same score: all else is equal and its id comes first (A against B)" in shown
    assert "same score as next" in snagc("rank", "O1", "--log", path).stdout


def test_who_stands_just_below_the_table_is_compared_too(tmp_path: Path) -> None:
    shown = snagc("rank", "O1", "--top", "2", "--log", three_alike(tmp_path)).stdout
    (row,) = [line for line in shown.splitlines() if line.split()[1:2] == ["A"]]
    assert row.rstrip().endswith("candidate")
