"""Every rule, once; and the one way to ask them about a fact.

Another family of rules joins by its module's ``RULES`` in the tuple below.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter

from engine.intake.plausibility import acts, bodies, labs, persons, timeline
from engine.intake.plausibility.rule import Ever, Known, Rule, Where
from engine.intake.verdicts import Notice
from engine.log.course import Course
from engine.log.history import Fact, SubjectHistory

RULES: tuple[Rule, ...] = (*timeline.RULES, *bodies.RULES, *labs.RULES, *persons.RULES, *acts.RULES)

INTAKE_ONLY: dict[str, str] = {
    "recorded_in_future": "A recorded time ahead of the clock: no later event can be recorded before it.",
    "no_run_recorded": "A live offer without a match run, since no rules were in force at its time.",
    "empty_correction": "A correction that gives neither data nor time: it changes nothing.",
    "correction_of_unknown": "A laboratory's corrected result of which no earlier one was sent: taken as the first.",
    "ignored": "A part of a laboratory message that is no fact of this log: named here, not kept.",
}
"""Codes of what only the intake can see, or what no fact shows afterwards."""


MEANINGS: dict[str, str] = {rule.code: rule.sentence for rule in RULES} | INTAKE_ONLY
"""What each code says of whatever it is found about, without a value or a name."""

Group = tuple[Ever | None, Where | None, tuple[Rule, ...]]
"""Rules that follow each other with the same ``ever`` and ``where``."""


def _by_kind() -> dict[str, tuple[Group, ...]]:
    kinds = dict.fromkeys(kind for rule in RULES for kind in rule.kinds)
    return {kind: tuple(_groups(rule for rule in RULES if kind in rule.kinds)) for kind in kinds}


def _groups(rules: Iterable[Rule]) -> Iterator[Group]:
    for (ever, where), group in groupby(rules, attrgetter("ever", "where")):
        yield ever, where, tuple(group)


RULES_OF = _by_kind()


class Looking:
    """The rules as they apply to the facts of one subject, as known; for as long as nothing more is learnt."""

    def __init__(self, subject: SubjectHistory, known: Known) -> None:
        self._course, self._known = subject.course(), known
        self._groups: dict[str, list[Group]] = {}
        """By kind, what can find anything in this course at all."""

    def notices_of(self, fact: Fact) -> list[Notice]:
        """What looks wrong about a fact: its subject's history holds it, corrections applied."""
        if fact.kind not in self._groups:
            self._groups[fact.kind] = _groups_in(self._course, fact.kind)
        return _noticed(self._groups[fact.kind], fact, self._course, self._known)


def notices_of(fact: Fact, subject: SubjectHistory, known: Known) -> list[Notice]:
    """What looks wrong about one fact of a subject, as known."""
    return _noticed(RULES_OF.get(fact.kind, ()), fact, subject.course(), known)


def _groups_in(course: Course, kind: str) -> list[Group]:
    """What can find anything in a course at all, so that it need not be asked again."""
    groups = RULES_OF.get(kind, ())
    return [(None, where, rules) for ever, where, rules in groups if ever is None or ever(course)]


def _noticed(groups: Iterable[Group], fact: Fact, course: Course, known: Known) -> list[Notice]:
    noticed = []
    for ever, where, rules in groups:
        if (ever is None or ever(course)) and (where is None or where(fact, course, known)):
            for rule in rules:
                found = rule.find(fact, course, known)
                if found is not None:
                    noticed.append(Notice(rule.code, *found))
    return noticed
