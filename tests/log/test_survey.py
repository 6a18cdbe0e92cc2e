"""A long log is surveyed some subjects at a time: the same answers as of one kept whole, and no more of it kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest

from engine.errors import BrokenLogError
from engine.log import eventlog, recollection
from engine.log.eventlog import EventLog
from engine.log.recollection import Survey
from engine.log.subjects import weight_of
from replay.reports import offers
from tests.independent.worlds import random_world
from tests.intake.support import opened, take
from tests.long import examples
from tests.projections.support import stored_bytes
from tests.replay.audit.act_stories import Acts
from tests.replay.command import snagc
from tests.replay.run.stored import store
from tests.stores import changed_past_the_guards

MOST_FACTS, AT_ONCE = 5, 2


@pytest.fixture
def little_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every log is a long one, and hardly anything is kept of it."""
    monkeypatch.setattr(eventlog, "MOST_WHOLE", 0)
    monkeypatch.setattr(recollection, "MOST_FACTS", MOST_FACTS)
    monkeypatch.setattr(recollection, "AT_ONCE", AT_ONCE)


def acts() -> list[dict[str, Any]]:
    """An offer, made twice, whose acts contradict its run and each other, before it and after somebody has left."""
    made = Acts()
    made.act("accepted", "C3")
    made.act("made", "C2")
    made.act("declined", "C9")
    made.closed("discarded")
    made.grafted("C2")
    made.grafted("C1", offer="O9")
    made.log.add("graft.offered", "offer/O2", made.clock, {"donor": "D1"})
    made.log.happened("delisted", "C3", made.clock, reason_code="other")
    made.act("made", "C3", offer="O2")
    return made.log.events


def worlds() -> Iterator[list[dict[str, Any]]]:
    """Logs to be surveyed."""
    yield acts()
    for seed in range(examples(4, 60)):
        yield random_world(Random(seed), 6)


def answers(log: str) -> list[tuple[int, str]]:
    """What commands that go through all subjects say."""
    commands = (
        ("quality",), ("quality", "--centre", "750000001"), ("quality", "--to", "2024-01-01"), ("audit", "--acts"),
        ("audit", "--acts", "--known-at", "9"), ("audit", "--acts", "--to", "2024-01-01"), ("offers",),
    )  # fmt: skip
    found = [snagc(*words, *json, "--log", log) for words in commands for json in ((), ("--json",))]
    return [(each.exit_code, each.stdout + each.stderr) for each in found]


def test_the_answers_are_those_of_a_log_that_is_kept_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setattr(offers, "MOST_ALONE", 0)
    logs = [str(tmp_path / f"{number}.db") for number, _ in enumerate(worlds())]
    for place, events in zip(logs, worlds(), strict=True):
        store(Path(place), events).close()
    whole = [answers(log) for log in logs]
    assert any(code == 3 for each in whole for code, _ in each), "there is something to be found"
    request.getfixturevalue("little_room")
    assert [answers(log) for log in logs] == whole


@contextmanager
def told(place: str) -> Iterator[EventLog]:
    """A log of some subjects, opened."""
    with opened(place) as log:
        take(log, *map(stored_bytes, acts()), imported=True)
        yield log


@pytest.mark.usefixtures("little_room")
def test_it_goes_through_every_subject_and_keeps_no_more_than_there_is_room_for(place: str) -> None:
    with told(place) as log:
        survey, whole = log.survey(log.head()), log.history()
        assert isinstance(survey, Survey)
        seen = []
        for name, known in survey.each():
            assert (known.length, list(known.facts)) == (whole.of(name).length, list(whole.of(name).facts))
            assert survey.of("donor/D1").length == whole.of("donor/D1").length
            room = MOST_FACTS + max(map(weight_of, whole.subjects.values())) * (AT_ONCE + 1)
            assert sum(map(weight_of, survey.subjects.values())) <= room
            seen.append(name)
        assert seen == sorted(whole.subjects)
        assert len(survey.subjects) < len(seen)
        assert survey.of("candidate/nobody").length == 0
        for kind in ("candidate", "donor", "offer", "travel-times"):
            assert survey.names(kind) == whole.names(kind) == [name for name, _ in survey.of_kind(kind)]


@pytest.mark.usefixtures("little_room")
def test_what_is_changed_while_it_is_surveyed_is_no_answer(place: str) -> None:
    with told(place) as log:
        survey = log.survey(log.head())
        (position,) = survey.of("donor/D1").facts
        assert survey.of("candidate/C1").length
        changed_past_the_guards(place, f"DELETE FROM stored_events WHERE {log.recorder.POSITION} = {position}")
        for name, _ in survey.of_kind("candidate"):
            assert survey.of(name)
        with pytest.raises(BrokenLogError, match="donor/D1 are no longer what they just were"):
            survey.of("donor/D1")


@pytest.mark.usefixtures("little_room")
def test_it_reads_everything_and_so_finds_what_nobody_asks_about(place: str) -> None:
    with told(place) as log:
        changed_past_the_guards(place, f"DELETE FROM stored_events WHERE {log.recorder.POSITION} = 3")
        with pytest.raises(BrokenLogError, match="position 3 is missing"):
            log.survey(log.head())
