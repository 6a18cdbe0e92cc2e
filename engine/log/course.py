"""A subject's facts by thread, each in effective order: what came before a fact is found without sorting a history.

A thread is what a fact is compared with: the results of one analyte, the starts and stops of one treatment, the
registrations and departures of a candidate. Times are instants in microseconds.
"""

from bisect import bisect_left, bisect_right, insort
from operator import attrgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.log.history import Fact, SubjectHistory

REGISTRATION, STANDING, SUSPENSION = "registration", "standing", "suspension"
_EFFECTIVE = attrgetter("instant", "position")
_INSTANT = attrgetter("instant")


class Course:
    """The threads of one subject; ``refresh`` takes in what its history has learnt since."""

    def __init__(self, known: "SubjectHistory") -> None:
        self._known = known
        self._threads: dict[str, list[Fact]] = {}
        self._amendments = 0
        self._last = 0

    def refresh(self) -> None:
        """Add the facts that are new; after a correction or retraction begin again."""
        known = self._known
        if len(known.amendments) != self._amendments:
            self._threads.clear()
            self._amendments, self._last = len(known.amendments), 0
        new = []
        for fact in reversed(known.facts.values()):
            if fact.position <= self._last:
                break
            new.append(fact)
        for fact in reversed(new):
            self._last = fact.position
            for name in threads_of(fact):
                insort(self._threads.setdefault(name, []), fact, key=_EFFECTIVE)

    def thread(self, name: str) -> "list[Fact]":
        """The facts of a thread in effective order; nobody may change the list."""
        return self._threads.get(name) or []

    def before(self, fact: "Fact", name: str) -> "Fact | None":
        """The last fact of a thread that takes effect before a fact; None where there is none."""
        thread = self._threads.get(name)
        if not thread:
            return None
        if thread[-1].instant < fact.instant:
            return thread[-1]
        index = bisect_left(thread, fact.effective, key=_EFFECTIVE)
        return thread[index - 1] if index else None

    def all_before(self, fact: "Fact", name: str) -> "list[Fact]":
        """The facts of a thread that take effect before a fact."""
        thread = self.thread(name)
        return thread[: bisect_left(thread, fact.effective, key=_EFFECTIVE)]

    def follows(self, fact: "Fact", name: str) -> bool:
        """Whether a fact of the thread takes effect after a fact."""
        thread = self.thread(name)
        return bool(thread) and thread[-1].effective > fact.effective

    def at_instant(self, fact: "Fact", name: str) -> "list[Fact]":
        """The facts of a thread that take effect at a fact's instant and stand at an earlier position."""
        thread = self.thread(name)
        if not thread or fact.instant > thread[-1].instant:
            return []
        first = bisect_left(thread, fact.instant, key=_INSTANT)
        last = bisect_right(thread, fact.instant, key=_INSTANT)
        return [other for other in thread[first:last] if other.position < fact.position]


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


def lab_thread(analyte: str, context: str) -> str:
    """The thread of an analyte's results in a context."""
    return f"lab/{analyte}/{context}"
