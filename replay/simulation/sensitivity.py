"""What the assumed rates decide: the policies compared again with each group of rates a fifth lower and higher."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from replay.simulation.folder import Folder
from replay.simulation.many import Heard, Results, simulate
from replay.simulation.rates import SHARES, Rates
from replay.simulation.request import Request
from replay.spread.spread import HERE, Spread

FACTORS = Decimal("0.8"), Decimal("1.2")
GROUPS = {
    "registrations": ("volumes.registrations_a_year",),
    "donors": ("volumes.donors_a_year",),
    "mortality": (".died",),
    "too_ill": (".worsened",),
    "worse_courses": (".inotropes", ".ecmo"),
    "suspension": (".suspended",),
    "other_removal": (".improved", ".refused", ".other"),
    "risk_slope": ("risk.hazard_per_icar_point",),
    "good_grafts": ("grafts.good_by_donor_age",),
    "acceptance": ("teams.accept_good", "teams.accept_doubtful"),
    "acceptance_on_ecmo": ("teams.accept_on_ecmo",),
    "graft_mortality": ("risk.one_year_mortality",),
}
"""By group how the dotted names of its rates end."""
_NOT_TURNS = "risk.reference_icar."


@dataclass(frozen=True, slots=True)
class Tried:
    """The policies compared with one group of rates changed."""

    group: str
    factor: Decimal
    results: Results

    @property
    def percent(self) -> str:
        """How much the rates were changed."""
        return f"{(self.factor - 1) * 100:+.0f} %"


def tried(
    request: Request, replicates: int, spread: Spread = HERE, folder: Folder | None = None, heard: Heard | None = None
) -> Iterator[Tried]:
    """The same request with each group of rates changed, in so many replicates; kept in a folder of its own each."""
    for group in GROUPS:
        for factor in FACTORS:
            asked = replace(request, rates=scaled(request.rates, group, factor), replicates=replicates)
            inside = None if folder is None else folder.within(f"sensitivity/{group}-{factor}", asked)
            yield Tried(group, factor, simulate(asked, spread, inside, heard or (lambda shares: None)))


def scaled(rates: Rates, group: str, factor: Decimal) -> Rates:
    """The rates with those of a group multiplied; a share stays at most 1."""
    names = [name for name in rates.said if name.endswith(GROUPS[group]) and not name.startswith(_NOT_TURNS)]
    return rates.changed({name: _times(name, rates.said[name], factor) for name in names})


def _times(name: str, value: Any, factor: Decimal) -> Any:
    if isinstance(value, list):
        return [[age, min(Decimal(share) * factor, Decimal(1))] for age, share in value]
    times = Decimal(value) * factor
    return min(times, Decimal(1)) if name in SHARES else times
