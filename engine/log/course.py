"""A subject's facts by thread, each in effective order: what came before a fact is found without sorting a history.

A thread is what a fact is compared with: the results of one analyte, the starts and stops of one treatment, the
registrations and departures of a candidate. Times are instants in microseconds.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING

from engine.quantities import LATEST

if TYPE_CHECKING:
    from engine.log.history import Fact

REGISTRATION, STANDING, SUSPENSION = "registration", "standing", "suspension"
EFFECTIVE = attrgetter("instant", "position")
"""Of a fact its place in effective order: the key to sort and search by."""
_INSTANT = attrgetter("instant")


class Course:
    """The threads of one subject's facts, as known; whoever holds the facts adds each new one."""

    def __init__(self, facts: "Iterable[Fact]") -> None:
        self._threads: dict[str, list[Fact]] = {}
        self.earliest = LATEST
        """The instant of the fact that takes effect first."""
        for fact in facts:
            self.add(fact)

    def add(self, fact: "Fact") -> None:
        """Take in a fact that is known from now on."""
        if fact.instant < self.earliest:
            self.earliest = fact.instant
        for name in threads_of(fact):
            thread = self._threads.get(name)
            if thread is None:
                self._threads[name] = [fact]
            elif thread[-1].instant <= fact.instant:  # facts come by position: the new one takes effect last
                thread.append(fact)
            else:
                insort(thread, fact, key=EFFECTIVE)

    def thread(self, name: str) -> "list[Fact]":
        """The facts of a thread in effective order; nobody may change the list."""
        return self._threads.get(name) or []

    def before(self, fact: "Fact", name: str) -> "Fact | None":
        """The last fact of a thread that takes effect before a fact; None where there is none."""
        thread = self._threads.get(name)
        if not thread:
            return None
        last = thread[-1]
        if last.instant < fact.instant or (last.instant == fact.instant and last.position < fact.position):
            return last
        if last.position == fact.position:
            return thread[-2] if len(thread) > 1 else None
        index = bisect_left(thread, fact.effective, key=EFFECTIVE)
        return thread[index - 1] if index else None

    def all_before(self, fact: "Fact", name: str) -> "list[Fact]":
        """The facts of a thread that take effect before a fact."""
        thread = self.thread(name)
        return thread[: bisect_left(thread, fact.effective, key=EFFECTIVE)]

    def follows(self, fact: "Fact", name: str) -> bool:
        """Whether a fact of the thread takes effect after a fact."""
        thread = self.thread(name)
        return bool(thread) and thread[-1].effective > fact.effective

    def at_instant(self, fact: "Fact", name: str) -> "Iterator[Fact]":
        """The facts of a thread that take effect at a fact's instant and stand at an earlier position, one by one: who
        finds what it looks for looks no further, however many there are.
        """
        thread = self.thread(name)
        if not thread or fact.instant > thread[-1].instant:
            return iter(())
        if thread[-1].position == fact.position and (len(thread) == 1 or thread[-2].instant < fact.instant):
            return iter(())
        first = bisect_left(thread, fact.instant, key=_INSTANT)
        own = bisect_left(thread, fact.effective, lo=first, key=EFFECTIVE)
        return map(thread.__getitem__, range(first, own))


def threads_of(fact: "Fact") -> tuple[str, ...]:
    """The threads that a fact belongs to."""
    kind, data = fact.kind, fact.data
    if kind == "lab-result.recorded":
        return (lab_thread(data["analyte"], data.get("context", "current")),)
    if kind.startswith("treatment."):
        return (f"treatment/{data['treatment']}",)
    if kind.startswith("expert-priority."):
        return (f"priority/{data['component']}",)
    if kind.endswith((".registered", ".updated")):
        fields = tuple(name for name in ("height_cm", "weight_kg", "age", "birth_date") if name in data)
        return (kind, *fields, REGISTRATION, STANDING) if kind.endswith(".registered") else (kind, *fields)
    if kind in ("candidate.delisted", "candidate.transplanted"):
        return kind, STANDING
    return (SUSPENSION,) if kind in ("candidate.suspended", "candidate.reinstated") else (kind,)


@lru_cache(maxsize=64)
def lab_thread(analyte: str, context: str) -> str:
    """The thread of an analyte's results in a context."""
    return f"lab/{analyte}/{context}"
