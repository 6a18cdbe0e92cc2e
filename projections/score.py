"""Second stage: what was gathered, through the rules, on one arithmetic or another.

Whatever the arithmetic, what comes out of it is the same: of each candidate the published figures and the reasons.
"""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import fields
from decimal import Decimal
from functools import cached_property
from typing import Any, Protocol, TypeAlias

from engine.quantities import exact_arithmetic, millionths, paris_text
from engine.rules.arithmetic import EXACT_ARITHMETIC
from engine.rules.exclusions import Exclusions, exclusions, limits_admit
from engine.rules.score import Matching, PairScore, RawScore, matching, pair_score, raw_score
from projections.donor import DonorView
from projections.gather import Gathered, Listed
from projections.standing import Standing

FIGURES = tuple(each.name for each in fields(PairScore))
"""The figures of a candidate with a donor, in the order of the contract."""


class Score(Protocol):
    """What a scoring tells of one candidate."""

    @property
    def listed(self) -> Listed:
        """The candidate as gathered."""

    @property
    def component(self) -> str:
        """The component in use."""

    @property
    def points(self) -> int:
        """The published score that candidates are ranked by, in millionths: SNAGC, or CCB without a donor."""

    @property
    def ranked(self) -> bool:
        """Whether the candidate has a rank; everybody has one without a donor."""

    @property
    def standing(self) -> Standing:
        """The raw score as published."""

    @property
    def figures(self) -> dict[str, int]:
        """The published figures with the donor by name, in millionths."""

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why there is no rank, all that apply, in the order of the contract; empty where there is one."""


class Scores(Sequence[Score]):
    """A score for each candidate gathered, in that order."""

    @property
    @abstractmethod
    def ranked(self) -> Sequence[bool]:
        """Who has a rank."""


Scoring: TypeAlias = Callable[[Gathered], Scores]
"""The stage, on some arithmetic."""


class ExactScores(Scores):
    """Each candidate alone in decimals of 50 digits, as far as it is asked for."""

    def __init__(self, gathered: Gathered) -> None:
        self._scores = [ExactScore(listed, gathered) for listed in gathered.people]

    def __len__(self) -> int:
        return len(self._scores)

    def __getitem__(self, index: Any) -> Any:
        return self._scores[index]

    @property
    def ranked(self) -> Sequence[bool]:
        """Who has a rank."""
        return [score.ranked for score in self._scores]


class ExactScore:
    """One candidate on exact arithmetic. Who cannot match the donor is not scored until it is asked why."""

    def __init__(self, listed: Listed, gathered: Gathered) -> None:
        self.listed = listed
        self._gathered = gathered

    @property
    def donor(self) -> DonorView:
        """The donor, who is there wherever it is asked for."""
        assert self._gathered.donor is not None, "scored without a donor"
        return self._gathered.donor

    @cached_property
    def raw(self) -> RawScore:
        """ICAR and CCB, exact."""
        gathered, listed = self._gathered, self.listed
        with exact_arithmetic():
            earlier = [(paris_text(past.at), past.view.variables) for past in listed.earlier]
            counter = Decimal(gathered.counter)
            return raw_score(EXACT_ARITHMETIC, listed.view.variables, earlier, counter, gathered.p, gathered.r)

    @cached_property
    def matched(self) -> Matching:
        """The factors of matching, exact."""
        gathered = self._gathered
        with exact_arithmetic():
            variables = self.listed.view.variables
            return matching(EXACT_ARITHMETIC, variables, self.donor.variables, gathered.p, gathered.r)

    @cached_property
    def pair(self) -> PairScore:
        """CCP and SNAGC, exact."""
        minutes, donor = Decimal(self.listed.minutes or 0), self.donor.variables
        variables, raw, matched = self.listed.view.variables, self.raw, self.matched
        with exact_arithmetic():
            return pair_score(EXACT_ARITHMETIC, variables, donor, matched, minutes, raw.ccb, self._gathered.p)

    @cached_property
    def admitted(self) -> bool:
        """Whether the team's limits admit the donor."""
        return bool(limits_admit(self.listed.profile.limits, *self.donor.limited.values()))

    @property
    def component(self) -> str:
        """The component in use."""
        return str(self.raw.component)

    @cached_property
    def points(self) -> int:
        """SNAGC, or CCB without a donor, in millionths."""
        return millionths(self.raw.ccb if self._gathered.donor is None else self.pair.snagc)

    @cached_property
    def ranked(self) -> bool:
        """Whether nothing excludes the candidate; blood group, age, size and limits are looked at first."""
        if self._gathered.donor is None:
            return True
        matched = self.matched
        possible = self.admitted and matched.f1_age != 0 and matched.f2_abo != 0 and matched.f3_bsa != 0
        return possible and not self.reasons

    @cached_property
    def standing(self) -> Standing:
        """The raw score as published."""
        raw = self.raw
        return Standing(
            self.listed,
            str(raw.component),
            int(raw.icar) if raw.adult else None,
            int(raw.icar_today) if raw.adult else None,
            int(raw.icar_before) if raw.adult and raw.on_support else None,
            millionths(raw.ccb),
        )

    @cached_property
    def figures(self) -> dict[str, int]:
        """The published figures with the donor."""
        return {name: millionths(getattr(self.pair, name)) for name in FIGURES}

    @cached_property
    def reasons(self) -> tuple[str, ...]:
        """Why there is no rank."""
        variables, raw, pair = self.listed.view.variables, self.raw, self.pair
        with exact_arithmetic():
            found = exclusions(EXACT_ARITHMETIC, variables, raw, pair, self.admitted, self._gathered.p)
        return reasons_of(found, self.points)


def reasons_of(found: Exclusions, points: int) -> tuple[str, ...]:
    """The reasons that hold; ``score_zero`` only where no other does."""
    reasons = tuple(each.name for each in fields(found) if getattr(found, each.name))
    return reasons or (("score_zero",) if points <= 0 else ())
