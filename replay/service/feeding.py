"""Laboratory messages by HTTP: whose patients are known, and what the writer does with a body of messages."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.errors import RequestError
from engine.intake.feeds.patients import Patients, read_patients
from engine.intake.feeds.taking import Answer, FeedIntake, parts_of
from engine.intake.sender import Gate
from engine.intake.verdicts import Verdict
from engine.log.eventlog import EventLog
from replay.service.answers import Problem
from replay.service.works import Room, Steps, Work

TOGETHER = 100
"""Messages in one transaction."""


class Mapping:
    """The mapping of patients in a file, read again whenever that has changed."""

    def __init__(self, path: Path | None, *, ignore_unknown: bool) -> None:
        self._path, self._ignore_unknown = path, ignore_unknown
        self._known, self._mark = Patients(), None

    def intake(self, log: EventLog, now: Callable[[], int]) -> FeedIntake:
        """What takes messages into a log."""
        return FeedIntake(log, now=now, patients=self._patients(), ignore_unknown=self._ignore_unknown)

    def _patients(self) -> Patients:
        """As the file says now; where there is none, nobody is known, and nobody is passed over for it."""
        try:
            found = None if self._path is None else self._path.stat()
        except OSError:
            found = None
        if found is None or self._path is None:
            if self._ignore_unknown:
                raise Problem(503, "there is no mapping of patients, so all would be passed over: snagc patients add")
            return Patients()
        mark: Any = (found.st_ino, found.st_size, found.st_mtime_ns)
        if mark != self._mark:
            try:
                self._known, self._mark = read_patients(self._path), mark
            except RequestError:
                raise Problem(503, "the mapping of patients cannot be read: see snagc patients list") from None
        return self._known


def feed(body: bytes, format_: str, mapping: Mapping, gate: Gate) -> Work:
    """Messages; the answer is what became of each."""

    def steps(room: Room) -> Steps:
        intake, answers, line = mapping.intake(room.log, room.now), list[Answer](), 1
        verdicts: list[Verdict] = []
        parts = parts_of(body, format_, gate)
        for start in range(0, len(parts), TOGETHER):
            for answer in intake.take(parts[start : start + TOGETHER], line):
                answers.append(answer)
                verdicts += room.counted(list(answer.verdicts))
                line = answer.verdicts[-1].line + 1 if answer.verdicts else line
            room, before = (yield), room
            if room.follows(before, verdicts):
                intake = mapping.intake(room.log, room.now)
        return answers

    return Work(steps)
