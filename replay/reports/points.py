"""A candidate's points at any instant.

Shared by the course of a candidate and by the dossier's chart of the days before an offer.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from engine.log.history import SubjectHistory
from engine.rules.annex_3_2_icar import fresh, validity_days
from engine.rules.arithmetic import EXACT_ARITHMETIC
from engine.rules.readings import Readings
from engine.rules.ruleset import RuleSet
from projections.candidate import candidate_at
from projections.gather import Gathered, Listed, gather_one
from projections.recipient import LAB_VARIABLES
from projections.results import GROUPS, needed_results, used_today
from projections.score import ExactScores
from projections.standing import Standing


@dataclass(frozen=True, slots=True)
class Point:
    """The standing at an instant; None where the candidate was not active on the list, or no rules were in force."""

    instant: int
    status: str | None
    """listed, suspended, delisted or transplanted; None before the registration."""
    rules: RuleSet | None
    standing: Standing | None
    used: frozenset[str] = frozenset()
    """The day's results that the score uses, by variable."""
    too_old: frozenset[str] = frozenset()
    """Results that it would use but for their age."""
    expired: frozenset[str] = frozenset()
    """What it needs and lacks, as all that there is of it is too old: bilirubin, creatinine, peptides."""

    @property
    def shown(self) -> tuple[object, ...]:
        """What a course says of it."""
        figures = self.standing.raw_fields().values() if self.standing else ()
        return self.status, self.rules, self.expired, *figures

    @property
    def turns_on(self) -> tuple[object, ...]:
        """What changes by steps, never gradually."""
        figures = (self.standing.component, self.standing.icar) if self.standing else ()
        return self.status, self.rules.id if self.rules else None, self.expired, self.used, *figures


@dataclass(frozen=True, slots=True)
class Sampler:
    """Gives the point of any instant, from what is known of a candidate."""

    known: SubjectHistory
    counter: int
    readings: Readings
    rules_at: Callable[[int], RuleSet | None]
    ignoring_offer: str | None = None

    def point(self, at: int) -> Point:
        """The point at an instant."""
        candidate = candidate_at(self.known, at, ignoring_offer=self.ignoring_offer)
        status = candidate.list_status if candidate else None
        p = self.rules_at(at)
        listed = gather_one(self.known, at, p, self.readings, self.ignoring_offer) if p else None
        return self.point_of(listed, at, status, p)

    def point_of(self, listed: Listed | None, at: int, status: str | None, p: RuleSet | None) -> Point:
        """The point of a candidate as gathered at an instant."""
        if listed is None or p is None:
            return Point(at, status, p, None)
        r = self.readings
        standing = ExactScores(Gathered((listed,), None, self.counter, p, r))[0].standing
        needed, used = needed_results(standing.view, p, r), frozenset(used_today(standing.view, p, r))
        too_old = frozenset(name for name in _past_validity(standing, p) if GROUPS[name] in needed)
        expired = frozenset(name for name, variable in needed.items() if variable in too_old)
        return Point(at, status, p, standing, used, too_old, expired)


def _past_validity(standing: Standing, p: RuleSet) -> Iterator[str]:
    """The day's results that are too old, needed or not."""
    variables = standing.view.variables
    validity = validity_days(EXACT_ARITHMETIC, variables, p)
    for name in LAB_VARIABLES:
        sample = getattr(variables, name)
        if sample.known and not fresh(sample, validity):
            yield name


def grown_too_old(before: Point, after: Point) -> list[str]:
    """Of bilirubin, creatinine and peptides those of which a score lost a result, by its age, between two points.

    Of peptides also where another one, fresh still, takes the place of the one that grew too old.
    """
    lost = {GROUPS[name] for name in before.used & after.too_old}
    return sorted(lost | (after.expired - before.expired))
