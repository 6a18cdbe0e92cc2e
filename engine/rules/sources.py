"""The arithmetic of sources: which results a figure rests on.

It runs the very text that scores. A result stands for itself by name, what is made of it carries the name, and a
condition chooses a branch as it does when scoring: the branch not taken leaves no name. The numbers themselves are
not worked out, so a rule that decided by the value of a result would fail here instead of naming the wrong ones.
"""

from dataclasses import dataclass, fields, replace
from functools import reduce
from typing import Any

from engine.rules.annex_3_2_icar import icar, icar_before, icar_today
from engine.rules.annex_3_3_ccb import is_adult
from engine.rules.annex_3_4_ccp import ln_bilirubin_post, ln_gfr_post
from engine.rules.arithmetic import ExactArithmetic, Number, Rule
from engine.rules.readings import Readings
from engine.rules.ruleset import RuleSet
from engine.rules.variables import Recipient, Sample

RESULTS = tuple(each.name for each in fields(Recipient) if each.type is Sample)
"""The recipient's variables that are results."""


def results_used(recipient: Recipient, p: RuleSet, r: Readings) -> tuple[str, ...]:
    """The results that an adult's score rests on, by the names and in the order of the recipient's variables.

    They enter ICAR (annex 3.2) or survival (3.4.4). None under 18, whose score takes no result.
    """
    if not is_adult(recipient, p):
        return ()
    x = SourcesArithmetic()
    named = replace(recipient, **{name: _by_name(name, getattr(recipient, name)) for name in RESULTS})
    index = icar(x, named, icar_today(x, named, p, r), icar_before(x, named, p, r), ())
    found = _made_of(index, ln_bilirubin_post(x, named, p), ln_gfr_post(x, named, p)).names
    return tuple(name for name in RESULTS if name in found)


@dataclass(frozen=True, slots=True)
class Sources:
    """What a number is made of, in its place: the names of results."""

    names: frozenset[str]

    def _with(self, other: Number) -> "Sources":
        return Sources(self.names | other.names) if isinstance(other, Sources) else self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _with


def _by_name(name: str, sample: Sample) -> Sample:
    return Sample(sample.known, Sources(frozenset((name,))), sample.age_days)


_NONE = Sources(frozenset())


def _made_of(*numbers: Number) -> Sources:
    """What is made of some numbers; a plain one, as a figure of the rules is, adds no name."""
    return reduce(Sources._with, numbers, _NONE)


class SourcesArithmetic(ExactArithmetic):
    """Conditions as in exact arithmetic; of numbers only what they are made of."""

    def minimum(self, a: Number, b: Number) -> Number:
        """Of both: either decides."""
        return _made_of(a, b)

    maximum = minimum

    def ln(self, value: Number) -> Number:
        """Of the value, as all that is made of one number."""
        return _made_of(value)

    exp = settled = floor = round_half_up = ln

    def power(self, base: Number, exponent: Number) -> Number:
        """Of both."""
        return _made_of(base, exponent)

    def band(self, value: Number, bounds: Any) -> Number:
        """Of the value."""
        return _made_of(value)

    def apply(self, rule: Rule, arguments: tuple[Any, ...]) -> Any:
        """Just the body: no digits are worked out that the context could cut."""
        return rule.body(self, *arguments)
