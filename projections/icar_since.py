"""The highest ICARj since ECMO or inotropes began (reading icar_maximum=running), for one list after another.

ICARj at a sampling is worked out exactly, once: it stays as long as nothing is learnt that took effect by then.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from engine.log.history import SubjectHistory
from engine.quantities import exact_arithmetic
from engine.rules.annex_3_2_icar import icar_today
from engine.rules.arithmetic import EXACT_ARITHMETIC
from engine.rules.readings import Readings
from engine.rules.ruleset import RuleSet
from projections.candidate import REGISTERED, Candidate
from projections.gather import earlier_state, samplings_since
from projections.pre_treatment import support_start
from projections.roster import Member

_Behind = tuple[int, int, int]
"""What an ICARj rests on: how many facts took effect by then, how many amendments, which first registration."""
_Found = dict[int, tuple[_Behind, int]]
"""ICARj by sampling."""


@dataclass(frozen=True, slots=True)
class _Kept:
    state: tuple[int, int]
    """How much was learnt of the candidate, and the latest instant that its state takes in."""
    found: _Found
    highest: int


class IcarsSince:
    """What was found of those on the list, under the reading ``running`` of a rule set and the other readings."""

    def __init__(self, p: RuleSet, r: Readings) -> None:
        self.p, self.r = p, r
        self._kept: dict[str, _Kept] = {}

    def highest(self, members: Iterable[Member], at: int) -> dict[str, int]:
        """By id the highest ICARj of those active members of a roster who are on ECMO or inotropes at an instant."""
        before, self._kept = self._kept, {}
        for member in members:
            state, known = member.state, member.known
            if state is not None and known is not None and support_start(state) is not None:
                self._kept[member.id] = self._of(state, known, member.since, at, before.get(member.id))
        return {name: kept.highest for name, kept in self._kept.items()}

    def apart(self, state: Candidate, known: SubjectHistory, at: int, offer: str) -> int:
        """Of a candidate whose transplantation from an offer is left out; nothing is kept of it."""
        return _highest(dict(self._icars(state, known, at, {}, offer)))

    def _of(self, state: Candidate, known: SubjectHistory, since: int, at: int, kept: _Kept | None) -> _Kept:
        now = known.length, since
        if kept is not None and kept.state == now:
            return kept
        found = dict(self._icars(state, known, at, kept.found if kept else {}))
        return _Kept(now, found, _highest(found))

    def _icars(
        self, state: Candidate, known: SubjectHistory, at: int, before: _Found, offer: str | None = None
    ) -> Iterator[tuple[int, tuple[_Behind, int]]]:
        facts = known.in_effective_order()
        first = next(fact.position for fact in facts if fact.kind == REGISTERED)
        instants = [fact.instant for fact in facts]
        for then in samplings_since(state):
            behind = bisect_right(instants, then), len(known.amendments), first
            kept = before.get(then)
            yield then, kept if kept and kept[0] == behind else (behind, self._icar(known, then, at, offer))

    def _icar(self, known: SubjectHistory, then: int, at: int, offer: str | None) -> int:
        past = earlier_state(known, then, at, self.p, self.r, offer)
        if past is None:
            return 0
        with exact_arithmetic():
            return int(icar_today(EXACT_ARITHMETIC, past.view.variables, self.p, self.r))


def _highest(found: Mapping[int, tuple[_Behind, int]]) -> int:
    """The highest of some; 0, the lowest there is, of none."""
    return max((icar for _, icar in found.values()), default=0)
