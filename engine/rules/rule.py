"""A rule: one formula of an annex, with its number, symbol and unit, run through an arithmetic.

    @rule("3.2.3.2", symbol="F_ASCD")
    def short_term_support(x, recipient, p): ...

The decorator changes nothing in the result. It lets the arithmetic see which rule runs, so that the trace
is recorded around rules and never inside them.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from engine.rules.arithmetic import Arithmetic, Rule

Function = TypeVar("Function", bound=Callable[..., Any])
RULES: dict[str, Rule] = {}


def rule(annex: str, *, symbol: str, unit: str = "") -> Callable[[Function], Function]:
    """Mark a function as the one place of a formula; its docstring is the annex's line."""

    def mark(function: Function) -> Function:
        text = " ".join((function.__doc__ or "").split())
        this = RULES[function.__name__] = Rule(function.__name__, annex, symbol, unit, text, function)

        def run(x: Arithmetic, *arguments: Any) -> Any:
            return x.apply(this, arguments)

        run.__doc__, run.__name__, run.__qualname__ = function.__doc__, function.__name__, function.__qualname__
        run.__module__, run.__annotations__ = function.__module__, function.__annotations__
        return cast(Function, run)

    return mark
