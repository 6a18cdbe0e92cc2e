"""The arithmetic a rule runs on.

A rule never touches a number directly: it combines numbers with + - * / and comparisons, truths with & and |,
and asks its arithmetic ``x`` for everything else. So one text serves every way to run it:

- ``ExactArithmetic`` here: 50-digit decimals, one candidate at a time;
- ``TracingArithmetic`` (engine.rules.trace): the same, and writes down every step for ``explain``;
- ``ColumnArithmetic`` (engine.rules.columns): float64 intervals, whole lists at once, sure or told to be unsure;
- ``SourcesArithmetic`` (engine.rules.sources): no numbers at all, only which results each would be made of.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal, getcontext
from typing import Any, Protocol, TypeAlias

from engine import quantities

Body: TypeAlias = Callable[..., Any]
Number: TypeAlias = Any
"""A Decimal, or what a given arithmetic puts in its place."""
Truth: TypeAlias = Any
"""A bool, or what a given arithmetic puts in its place."""
Code: TypeAlias = Any
"""A code such as a blood group or URGENCE, or what a given arithmetic puts in its place."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One formula: annex number, guide's symbol, unit of the result, the annex's line, and the body."""

    name: str
    annex: str
    symbol: str
    unit: str
    text: str
    body: Body


class Arithmetic(Protocol):
    """What rules may ask for; conditions evaluate both branches, so both must be computable."""

    def number(self, value: int) -> Number:
        """A number written in the annex's own logic (0, 1)."""

    def given(self, reading: str, value: Decimal) -> Number:
        """A number chosen by a reading."""

    def named(self, value: Number, name: str) -> Number:
        """The value under another name, where a formula takes several of one kind."""

    def truth(self, value: bool) -> Truth:
        """A condition that always or never holds."""

    def needed(self, condition: Truth) -> bool:
        """Whether the condition holds at all; what it guards may be skipped where it does not."""

    def where(self, condition: Truth, then: Any, otherwise: Any) -> Any:
        """Si condition Alors then Sinon otherwise."""

    def same(self, a: Any, b: Any) -> Truth:
        """A = b, of numbers or codes."""

    def negate(self, condition: Truth) -> Truth:
        """Not the condition."""

    def is_in(self, code: Code, codes: Sequence[str]) -> Truth:
        """Code IN (codes)."""

    def any_in(self, codes: Code, wanted: Sequence[str]) -> Truth:
        """(MAL OR MAL2 OR MAL3) IN (wanted)."""

    def minimum(self, a: Number, b: Number) -> Number:
        """min(a, b)."""

    def maximum(self, a: Number, b: Number) -> Number:
        """max(a, b)."""

    def ln(self, value: Number) -> Number:
        """Natural logarithm, value > 0."""

    def exp(self, value: Number) -> Number:
        """Exponential of the value."""

    def power(self, base: Number, exponent: Number) -> Number:
        """Base to the exponent, base >= 0; infinity for 0 to a negative exponent."""

    def settled(self, value: Number) -> Number:
        """A computed value ready for comparison: equal quantities computed on two ways become equal."""

    def floor(self, value: Number) -> Number:
        """Floor(value)."""

    def round_half_up(self, value: Number) -> Number:
        """Arrondi(value): nearest integer, halves away from zero."""

    def band(self, value: Number, bounds: Sequence[Number]) -> Number:
        """1 below the first bound, 2 below the second, … one more than the number of bounds from the last on."""

    def apply(self, rule: Rule, arguments: tuple[Any, ...]) -> Any:
        """Run a rule's body."""


class ExactArithmetic:
    """Decimals of 50 digits, one candidate at a time, nothing recorded."""

    def number(self, value: int) -> Number:
        """The integer as an exact decimal."""
        return Decimal(value)

    def given(self, reading: str, value: Decimal) -> Number:
        """The number itself."""
        return value

    def named(self, value: Number, name: str) -> Number:
        """The value itself."""
        return value

    def truth(self, value: bool) -> Truth:
        """The bool itself."""
        return value

    def needed(self, condition: Truth) -> bool:
        """The condition itself."""
        return bool(condition)

    def same(self, a: Any, b: Any) -> Truth:
        """Equality."""
        return a == b

    def where(self, condition: Truth, then: Any, otherwise: Any) -> Any:
        """The branch the condition chooses."""
        return then if condition else otherwise

    def negate(self, condition: Truth) -> Truth:
        """Not the condition."""
        return not condition

    def is_in(self, code: Code, codes: Sequence[str]) -> Truth:
        """Membership of one code."""
        return code in codes

    def any_in(self, codes: Code, wanted: Sequence[str]) -> Truth:
        """Membership of any of several codes."""
        return any(code in wanted for code in codes)

    def minimum(self, a: Number, b: Number) -> Number:
        """The smaller; infinity allowed."""
        return a if a <= b else b

    def maximum(self, a: Number, b: Number) -> Number:
        """The larger."""
        return a if a >= b else b

    def ln(self, value: Number) -> Number:
        """Natural logarithm, correctly rounded to 50 digits."""
        return quantities.ln(value)

    def exp(self, value: Number) -> Number:
        """Exponential, correctly rounded to 50 digits."""
        return quantities.exp(value)

    def power(self, base: Number, exponent: Number) -> Number:
        """Power to 50 digits."""
        return quantities.power(base, exponent)

    def settled(self, value: Number) -> Number:
        """The value to 40 of its 50 digits, free of the last digits' rounding."""
        return quantities.settled(value)

    def floor(self, value: Number) -> Number:
        """Largest integer not above the value."""
        return value.to_integral_value("ROUND_FLOOR")

    def round_half_up(self, value: Number) -> Number:
        """Nearest integer, halves away from zero."""
        return quantities.round_half_up(value)

    def band(self, value: Number, bounds: Sequence[Number]) -> Number:
        """The band the value falls in, counted from 1."""
        return Decimal(1 + sum(value >= bound for bound in bounds))

    def apply(self, rule: Rule, arguments: tuple[Any, ...]) -> Any:
        """Just the body: the text that scores."""
        if getcontext().prec != quantities.DIGITS:
            raise RuntimeError("rules run inside quantities.exact_arithmetic()")
        return rule.body(self, *arguments)


EXACT_ARITHMETIC = ExactArithmetic()
