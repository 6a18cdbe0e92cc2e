"""Where questions are answered: the log as it stands, and finished match runs, which never change.

A desk belongs to one thread of one process.
"""

import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from engine.errors import SnagcError
from engine.log.note import VerifierKey
from engine.log.trouble import trouble_of
from projections.folds import Folds
from replay.run.asked import Asked
from replay.run.matchrun import match_run
from replay.service.answers import Answer, told
from replay.service.memory import Held
from replay.service.own import Own
from replay.service.persons import Persons
from replay.service.progress import QUIET
from replay.service.questions import Question
from replay.service.rights import Reach, reach_of
from replay.service.viewer import Viewer

MOST_RUNS = 8192
"""Finished runs kept: of 400 candidates each some 15 kB once packed."""


class PackedRun(NamedTuple):
    """A finished run as it is kept: what was known, its document, and whom it tells of."""

    known_at: int
    body: bytes
    persons: bytes

    @classmethod
    def of(cls, known_at: int, answer: Answer) -> "PackedRun":
        """An answer, packed."""
        persons = "\n".join(" ".join(names) for names in answer.persons)
        return cls(known_at, zlib.compress(answer.body, 1), zlib.compress(persons.encode(), 1))

    def answer(self) -> Answer:
        """The answer again."""
        candidates, donors = zlib.decompress(self.persons).decode().split("\n")
        persons = Persons(tuple(candidates.split()), tuple(donors.split()))
        return Answer(200, zlib.decompress(self.body), persons=persons)


class Desk:
    """Answers from a log; ``clock`` gives the present in microseconds since the epoch."""

    def __init__(self, location: str, keys: Sequence[VerifierKey], clock: Callable[[], int]) -> None:
        self.location, self.keys, self._clock = location, tuple(keys), clock
        self.progress = QUIET
        """Who is told how far long work is."""
        self._held = Held(location, keys)
        self._runs: OrderedDict[tuple[object, ...], PackedRun] = OrderedDict()
        self._folds = Folds()
        """Candidates as they were folded last, for runs under the rules in force and the default readings."""
        self._openings = 0

    @contextmanager
    def asking(self, question: Question) -> Iterator[Asked]:
        """The log and what is asked of it, as a command of the command line opens it."""
        log, said = self._held.log(), question.said
        if self._held.openings != self._openings:
            self._runs.clear()
            self._folds = Folds()
            self._openings = self._held.openings
        try:
            yield Asked(
                log, self._clock(), said.get("at"), said.get("known_at"), said.get("ruleset"), question.readings,
                said.get("from"), said.get("to"), self.progress.tick,
            )  # fmt: skip
        except SnagcError:
            log.hold_recalled(log.head())  # what is asked for may be missing because somebody took it out
            raise
        except Exception as error:
            if trouble_of(error) is not None:
                self._held.close()
            raise

    def own(self, asked: Asked, question: Question, viewer: Viewer) -> Own | None:
        """What is the viewer's own, where the question is answered as far as that alone; None where wholly."""
        return None if reach_of(viewer, question.route) is Reach.WHOLE else self.own_of(asked, viewer)

    def own_of(self, asked: Asked, viewer: Viewer) -> Own:
        """What is the viewer's own, whatever is asked."""
        history, _ = asked.log.recalled(asked.log.head(), lambda _: ())
        return Own(viewer, history.of, asked.clock)

    def run(self, asked: Asked, offer: str) -> Answer:
        """The match run of an offer: of what is known at a position it is the same for ever."""
        plain = not asked.readings and asked.ruleset is None
        key = (offer, asked.position(), asked.ruleset, tuple(asked.chosen_readings().as_json().items()))
        if key in self._runs:
            asked.log.hold_recalled(self._runs[key].known_at)
            self._runs.move_to_end(key)
            return self._runs[key].answer()
        moment = asked.recalled_moment(offer)
        answer = told(match_run(moment, folds=self._folds if plain else None).as_json())
        self._runs[key] = PackedRun.of(moment.known_at, answer)
        if len(self._runs) > MOST_RUNS:
            self._runs.popitem(last=False)
        return answer
