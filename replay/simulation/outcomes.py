"""What a share comes to: the outcomes that policies are compared by, of everybody and of each group.

``deaths`` and ``worsened`` (taken off as too ill for a graft) are people on the list, ``transplants`` grafts and
``survivors_1y`` recipients alive a year later, all counted over the whole of the years. ``days_to_transplant`` (from
registration) and ``travel_minutes`` are means over those transplanted. Groups are those of registration, but the
component, which is the one in use when a stay ended.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import fsum
from typing import Any

from replay.simulation.share import Share

OUTCOMES = ("deaths", "worsened", "transplants", "days_to_transplant", "survivors_1y", "travel_minutes")
COUNTED = ("deaths", "worsened", "transplants", "survivors_1y")
"""Those of which nobody is 0; of the others nobody is none."""
KINDS = ("blood_group", "age_class", "component", "sex", "centre")
SECONDS_A_DAY = 86_400

Values = Mapping[str, float | None]
"""By outcome, as ``deaths`` or ``deaths/blood_group=A``, its value; None where there is nobody to ask about."""


def is_counted(name: str) -> bool:
    """Whether an outcome, or a group's, is a number of people."""
    return name.partition("/")[0] in COUNTED


def outcomes_of(share: Share, kinds: Sequence[str] = KINDS) -> dict[str, float | None]:
    """Every outcome of everybody and of each group that is there, of some kinds of groups."""
    columns = share.columns
    rows = range(len(columns.get("candidate", ())))
    found = dict(_outcomes("", columns, rows))
    for kind in kinds:
        for group, members in sorted(_groups(columns.get(kind, ())).items()):
            found |= _outcomes(f"/{kind}={group}", columns, members)
    return found


def _groups(column: Any) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for row, group in enumerate(column):
        found.setdefault(group, []).append(row)
    return found


def _outcomes(of: str, columns: Mapping[str, Any], rows: Any) -> Iterator[tuple[str, float | None]]:
    if not rows:
        yield from ((f"{name}{of}", 0.0 if name in COUNTED else None) for name in OUTCOMES)
        return
    outcome = columns["outcome"]
    grafted = [row for row in rows if outcome[row] == "transplanted"]
    yield f"deaths{of}", float(sum(outcome[row] == "died" for row in rows))
    yield f"worsened{of}", float(sum(outcome[row] == "worsened" for row in rows))
    yield f"transplants{of}", float(len(grafted))
    days = [(columns["ended"][row] - columns["listed"][row]) / SECONDS_A_DAY for row in grafted]
    yield f"days_to_transplant{of}", _mean(days)
    yield f"survivors_1y{of}", float(sum(bool(columns["survivor_1y"][row]) for row in grafted))
    yield f"travel_minutes{of}", _mean([float(columns["travel_minutes"][row]) for row in grafted])


def _mean(values: list[float]) -> float | None:
    return fsum(values) / len(values) if values else None
