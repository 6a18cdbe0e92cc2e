"""The trace: an arithmetic that computes exactly like the exact one and writes down every step.

Numbers, truths and codes become terms that carry their exact value, the formula in the guide's symbols, and
the same formula with the figures put in. A rule's body runs unchanged on terms; what it returns becomes one
step: annex, symbol, formula, figures, conditions that were decided, inputs and the events they came from.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from engine.quantities import DIGITS, EXACT
from engine.rules.arithmetic import EXACT_ARITHMETIC, Code, Number, Rule, Truth
from engine.rules.ruleset import RuleSet
from engine.rules.variables import Donor, Recipient, Sample

_OR, _AND, _COMPARE, _SUM, _PRODUCT, _ATOM = range(6)
_PLACES = 6
"""Decimals that a figure is shown with."""


@dataclass(frozen=True, slots=True)
class Input:
    """A leaf of a formula: its symbol, value as shown, unit, and where it came from (an event, or the rules)."""

    symbol: str
    shown: str
    unit: str
    origin: Any


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """A value with its formula in symbols (``text``) and with figures put in (``figures``)."""

    value: Any
    text: str
    figures: str
    level: int = _ATOM
    inputs: tuple[Input, ...] = ()
    decided: tuple[str, ...] = ()
    uses: tuple[int, ...] = ()
    """Steps whose results stand in the formula or decided it."""

    def __add__(self, other: "Term") -> "Term":
        return _binary(self, other, "+", _SUM, self.value + other.value)

    def __sub__(self, other: "Term") -> "Term":
        return _binary(self, other, "-", _SUM, self.value - other.value)

    def __mul__(self, other: "Term") -> "Term":
        return _binary(self, other, "x", _PRODUCT, self.value * other.value)

    def __truediv__(self, other: "Term") -> "Term":
        return _binary(self, other, "/", _PRODUCT, self.value / other.value)

    def __lt__(self, other: "Term") -> "Term":
        return _compared(self, other, "<", self.value < other.value)

    def __le__(self, other: "Term") -> "Term":
        return _compared(self, other, "<=", self.value <= other.value)

    def __gt__(self, other: "Term") -> "Term":
        return _compared(self, other, ">", self.value > other.value)

    def __ge__(self, other: "Term") -> "Term":
        return _compared(self, other, ">=", self.value >= other.value)

    def __and__(self, other: "Term") -> "Term":
        if other is ALWAYS:
            return self
        return _binary(self, other, "ET", _AND, self.value and other.value)

    def __or__(self, other: "Term") -> "Term":
        return _binary(self, other, "OU", _OR, self.value or other.value)


ALWAYS = Term(True, "true", "true")


def _at_level(formula: str, level: int, wanted: int, *, right: bool = False) -> str:
    """The formula, in brackets where the operator around it binds more tightly (or it is a negative number)."""
    weaker = level < wanted or (right and (level == wanted or formula.startswith("-")))
    weaker = weaker or (wanted == _PRODUCT and formula.startswith("Date_Courante-"))
    return f"({formula})" if weaker else formula


def _binary(a: Term, b: Term, sign: str, level: int, value: Any) -> Term:
    right = sign in ("-", "/")
    text = f"{_at_level(a.text, a.level, level)} {sign} {_at_level(b.text, b.level, level, right=right)}"
    figures = f"{_at_level(a.figures, a.level, level)} {sign} {_at_level(b.figures, b.level, level, right=right)}"
    return Term(value, text, figures, level, *_joined(a, b))


def _compared(a: Term, b: Term, sign: str, value: bool) -> Term:
    """A comparison; of sides that six decimals would not tell apart, the figures are the values with more of them."""
    compared = _binary(a, b, sign, _COMPARE, value)
    if a.value == b.value or not all(isinstance(each.value, Decimal) and each.value.is_finite() for each in (a, b)):
        return compared
    if abs(a.value - b.value) >= _CLOSE:
        return compared
    return replace(compared, figures=f" {sign} ".join(_told_apart(a.value, b.value)))


_CLOSE = Decimal("1e-5")
"""Nearer than this, figures of six decimals, or what is reckoned from them, can seem equal or the other way round."""
_ROOMY = EXACT.copy()
_ROOMY.prec = 2 * DIGITS
"""Room for any value as it was sent (up to 64 characters), with decimals put behind it."""


def _told_apart(a: Decimal, b: Decimal) -> tuple[str, str]:
    """Two different values with the same number of decimals: as few, six at least, as leave them different."""
    for places in range(_PLACES, DIGITS):
        least = Decimal(1).scaleb(-places)
        first, second = (value.quantize(least, ROUND_HALF_EVEN, _ROOMY) for value in (a, b))
        if first != second:
            return _plain(first), _plain(second)
    return f"{a:f}", f"{b:f}"


def _plain(value: Decimal) -> str:
    return f"{_ROOMY.plus(value.normalize(_ROOMY)):f}"


def _joined(*terms: Term) -> tuple[tuple[Input, ...], tuple[str, ...], tuple[int, ...]]:
    """Inputs, decisions and steps of several terms, each once, in order."""
    inputs = tuple(dict.fromkeys(each for term in terms for each in term.inputs))
    decided = tuple(dict.fromkeys(each for term in terms for each in term.decided))
    return inputs, decided, tuple(dict.fromkeys(each for term in terms for each in term.uses))


def _call(name: str, value: Any, *terms: Term) -> Term:
    text = f"{name}({', '.join(term.text for term in terms)})"
    figures = f"{name}({', '.join(term.figures for term in terms)})"
    return Term(value, text, figures, _ATOM, *_joined(*terms))


def shown(value: Any) -> str:
    """A computed value as a formula shows it: up to 6 decimals for people; ``exact`` in the step has them all."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal) and value.is_finite():
        rounded = value.quantize(Decimal(1).scaleb(-_PLACES), ROUND_HALF_EVEN, EXACT)
        if rounded == 0 and value != 0:
            return f"{value:.6e}"
        return _plain(rounded)
    return str(value)


@dataclass(frozen=True, slots=True)
class Step:
    """One rule as it ran."""

    rule: Rule
    formula: str
    figures: str
    value: Any
    decided: tuple[str, ...]
    inputs: tuple[Input, ...]
    uses: tuple[int, ...]
    name: str
    """The rule's symbol, or the name the result goes by where several of one kind stand side by side."""


class TracingArithmetic:
    """Exact arithmetic on terms; ``steps`` fills up in the order in which the rules finish."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self._exact = EXACT_ARITHMETIC

    def number(self, value: int) -> Number:
        """A literal of the annex."""
        return Term(Decimal(value), str(value), str(value))

    def given(self, reading: str, value: Decimal) -> Number:
        """A number chosen by a reading."""
        given = Input(reading, str(value), "points", f"reading {reading}")
        return Term(value, str(value), str(value), inputs=(given,))

    def named(self, value: Number, name: str) -> Number:
        """The term under another name; a step it stands for takes the name, too."""
        if value.uses:
            (index,) = value.uses
            self.steps.append(replace(self.steps[index], name=name))
            value = replace(value, uses=(len(self.steps) - 1,))
        return replace(value, text=name)

    def truth(self, value: bool) -> Truth:
        """A condition settled beforehand; one that always holds is not written down."""
        return ALWAYS if value else Term(value, shown(value), shown(value))

    def needed(self, condition: Truth) -> bool:
        """Whether the condition holds."""
        return bool(condition.value)

    def where(self, condition: Truth, then: Any, otherwise: Any) -> Any:
        """The chosen branch; what decided it is noted."""
        chosen = then if condition.value else otherwise
        chosen = chosen if isinstance(chosen, Term) else Term(chosen, repr(chosen), repr(chosen))
        note = f"{condition.text}: {shown(condition.value)}"
        if condition.figures != condition.text:
            note = f"{condition.text} ({condition.figures}): {shown(condition.value)}"
        inputs, decided, uses = _joined(condition, chosen)
        order = (*condition.decided, note, *decided)
        return replace(chosen, inputs=inputs, decided=tuple(dict.fromkeys(order)), uses=uses)

    def negate(self, condition: Truth) -> Truth:
        """Not the condition."""
        text, figures = f"NON ({condition.text})", f"NON ({condition.figures})"
        return replace(condition, value=not condition.value, text=text, figures=figures, level=_ATOM)

    def same(self, a: Any, b: Any) -> Truth:
        """Equality of numbers or codes."""
        return _compared(a, b, "=", a.value == b.value)

    def is_in(self, code: Code, codes: Sequence[str]) -> Truth:
        """Membership of one code."""
        listed = f"IN ({', '.join(map(repr, codes))})" if len(codes) > 1 else f"= {codes[0]!r}"
        text, figures = f"{code.text} {listed}", f"{code.figures} {listed}"
        return Term(code.value in codes, text, figures, _COMPARE, code.inputs, code.decided, code.uses)

    def any_in(self, codes: Code, wanted: Any) -> Truth:
        """Membership of any of several codes."""
        value = any(code in wanted.value for code in codes.value)
        text, figures = f"{codes.text} IN {wanted.text}", f"{codes.figures} IN {wanted.figures}"
        return Term(value, text, figures, _COMPARE, *_joined(codes, wanted))

    def minimum(self, a: Number, b: Number) -> Number:
        """Min."""
        return _call("min", self._exact.minimum(a.value, b.value), a, b)

    def maximum(self, a: Number, b: Number) -> Number:
        """Max."""
        return _call("max", self._exact.maximum(a.value, b.value), a, b)

    def ln(self, value: Number) -> Number:
        """Ln."""
        return _call("ln", self._exact.ln(value.value), value)

    def exp(self, value: Number) -> Number:
        """Exp."""
        return _call("exp", self._exact.exp(value.value), value)

    def power(self, base: Number, exponent: Number) -> Number:
        """Power."""
        value = self._exact.power(base.value, exponent.value)
        text = f"{_at_level(base.text, base.level, _ATOM)}^({exponent.text})"
        figures = f"{_at_level(base.figures, base.level, _ATOM)}^({exponent.figures})"
        return Term(value, text, figures, _ATOM, *_joined(base, exponent))

    def settled(self, value: Number) -> Number:
        """The same term, its value to 40 digits."""
        return replace(value, value=self._exact.settled(value.value))

    def floor(self, value: Number) -> Number:
        """Floor."""
        return _call("Floor", self._exact.floor(value.value), value)

    def round_half_up(self, value: Number) -> Number:
        """Arrondi."""
        return _call("Arrondi", self._exact.round_half_up(value.value), value)

    def band(self, value: Number, bounds: Any) -> Number:
        """The decile table."""
        found = self._exact.band(value.value, bounds.value)
        return replace(_call("Fct_Decile_PN", found, value), inputs=_joined(value, bounds)[0])

    def apply(self, rule: Rule, arguments: tuple[Any, ...]) -> Any:
        """Run the body on terms and keep the step; outside, the result is just its symbol and value."""
        result: Term = rule.body(self, *arguments)
        seen = result.decided, result.inputs, result.uses
        step = Step(rule, result.text, result.figures, result.value, *seen, rule.symbol)
        if step not in self.steps:
            self.steps.append(step)
        return Term(result.value, rule.symbol, shown(result.value), uses=(self.steps.index(step),))

    def steps_behind(self, *results: Term) -> list[Step]:
        """The steps that the results rest on; what was computed but not chosen is left out."""
        wanted = {index for result in results for index in result.uses}
        for index in range(len(self.steps) - 1, -1, -1):
            if index in wanted:
                wanted.update(self.steps[index].uses)
        return [step for index, step in enumerate(self.steps) if index in wanted]


class TracedRuleSet:
    """A rule set whose figures are terms that remember unit and source."""

    def __init__(self, rules: RuleSet) -> None:
        self._rules = rules
        self.formulas = rules.formulas
        self.id = rules.id

    def __getattr__(self, name: str) -> Any:
        figure = self._rules.figures.get(name)
        value = getattr(self._rules, name)
        text = str(value) if isinstance(value, Decimal) else f"({', '.join(map(str, value))})"
        if isinstance(value, Decimal):
            text = f"{value:f}"
        assert figure is not None
        return Term(value, text, text, inputs=(Input(name, text, figure.unit, figure.source),))


def traced_variables(variables: Recipient | Donor, origins: dict[str, Any]) -> Any:
    """The annex's variables as terms, each with its symbol, unit and the event it came from."""
    terms: dict[str, Any] = {}
    for each in fields(variables):
        symbol, unit = each.metadata["symbol"], each.metadata["unit"]
        value, origin = getattr(variables, each.name), origins.get(each.name)
        terms[each.name] = (
            _sample(value, symbol, unit, origin) if isinstance(value, Sample) else _leaf(value, symbol, unit, origin)
        )
    return type(variables)(**terms)


def _sample(sample: Sample, symbol: str, unit: str, origin: Any) -> Sample:
    known = f"{symbol} is NOT NULL"
    value = shown(sample.value) if sample.known else "NULL"
    inputs = (Input(symbol, value, unit, origin),)
    age = f"Date_Courante-D{symbol}"
    days = shown(sample.age_days) if sample.known else "NULL"
    return Sample(
        Term(sample.known, known, known, _COMPARE, inputs),
        Term(sample.value, symbol, shown(sample.value), inputs=inputs),
        Term(sample.age_days, age, days, inputs=(Input(age, days, "days", origin),)),
    )


def _leaf(value: Any, symbol: str, unit: str, origin: Any) -> Term:
    if isinstance(value, bool):
        text = f"{symbol}='O'"
        return Term(value, text, text, _COMPARE, (Input(symbol, "O" if value else "N", unit, origin),))
    if isinstance(value, Decimal):
        figures = shown(value)
    elif isinstance(value, tuple):
        figures = f"({', '.join(value)})"
    else:
        figures = repr(value) if value else "NULL"
    return Term(value, symbol, figures, inputs=(Input(symbol, figures, unit, origin),))


def traced_number(value: Decimal, symbol: str, unit: str, origin: Any) -> Term:
    """A number that is no variable of recipient or donor: the counter, the minutes of travel."""
    return _leaf(value, symbol, unit, origin)
