"""A candidate's points at any instant.

Shared by the course of a candidate and by the dossier's chart of the days before an offer.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

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
    _instants: list[int] = field(default_factory=list, init=False, repr=False, compare=False)
    """Of all facts, ascending."""
    _kept: dict[tuple[int, str | None], tuple[str | None, Listed | None]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """What was found last, by how many facts had taken effect and the rules."""

    def __post_init__(self) -> None:
        self._instants.extend(sorted(fact.instant for fact in self.known.facts.values()))

    def point(self, at: int) -> Point:
        """The point at an instant."""
        p = self.rules_at(at)
        place = bisect_right(self._instants, at), p.id if p else None
        if place not in self._kept:
            self._kept.clear()
            self._kept[place] = self._gathered(at, p)
        status, listed = self._kept[place]
        return self.point_of(replace(listed, at=at) if listed else None, at, status, p)

    def _gathered(self, at: int, p: RuleSet | None) -> tuple[str | None, Listed | None]:
        """The status at an instant and who is gathered then, as they stay until the next fact takes effect."""
        listed = gather_one(self.known, at, p, self.readings, self.ignoring_offer) if p else None
        if listed is not None:
            return listed.profile.candidate.list_status, listed
        candidate = candidate_at(self.known, at, ignoring_offer=self.ignoring_offer)
        return candidate.list_status if candidate else None, None

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
