"""What is asked of the simulation; a request can be sent to a worker."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from engine.errors import RequestError
from engine.events.canonical import sha256_hex
from engine.rules.ruleset import RuleSet, rules_on
from fixtures.national.history import RULES_BEGIN
from fixtures.national.paris import midnight
from replay.simulation.policy import Policy, fingerprint
from replay.simulation.rates import Rates, own_rates

_YEARS, _REPLICATES = 50, 100_000
_LAST_YEAR = 2200
_SEED = 1 << 63


@dataclass(frozen=True)
class Request:
    """Policies to be lived under, over so many years from a day on, in so many replicates of a seed.

    ``arrivals`` is the location of a log whose candidates and donors arrive, as far as it went at position
    ``arrivals_size``, when its root was ``arrivals_root``; None where they are drawn.
    """

    policies: tuple[Policy, ...]
    first: date
    years: int
    replicates: int
    seed: int
    rates: Rates = field(default_factory=own_rates)
    arrivals: str | None = None
    arrivals_size: int | None = None
    arrivals_root: str | None = None

    def __post_init__(self) -> None:
        faults = []
        if not self.policies:
            faults.append("policy is missing: name a rule set or a file")
        if self.first < RULES_BEGIN:
            faults.append(f"from {self.first}: the score exists since {RULES_BEGIN}")
        if self.first.year > _LAST_YEAR:
            faults.append(f"from {self.first}: give a day up to the year {_LAST_YEAR}")
        for name, value, low, high in (
            ("years", self.years, 1, _YEARS),
            ("replicates", self.replicates, 1, _REPLICATES),
            ("seed", self.seed, 0, _SEED - 1),
        ):
            if not low <= value <= high:
                faults.append(f"{name} {value}: give {low} to {high}")
        if faults:
            raise RequestError("; ".join(faults))

    @property
    def in_force(self) -> RuleSet:
        """The rules in force on the first day: those of the years before it, of calibration, and of what happens to
        people whatever the policy.
        """
        return rules_on(self.first)

    @property
    def begin(self) -> int:
        """The instant at which the years begin, in seconds since 1970."""
        return self.anniversary(0)

    @property
    def end(self) -> int:
        """The instant at which they end."""
        return self.anniversary(self.years)

    def anniversary(self, years: int) -> int:
        """The first day's midnight so many years on; of a 29 February the 28th."""
        leap_day = (self.first.month, self.first.day) == (2, 29)
        return midnight(self.first.replace(year=self.first.year + years, day=28 if leap_day else self.first.day))

    def document(self) -> dict[str, Any]:
        """What tells this request from every other: its shares may stand in for those of an equal one alone."""
        return {
            "policies": [{"policy": policy.name, "sha256": policy.sha256} for policy in self.policies],
            "from": self.first.isoformat(),
            "years": self.years,
            "replicates": self.replicates,
            "seed": self.seed,
            "rules_in_force": fingerprint(self.in_force),
            "rates": sha256_hex(self.rates.text.encode()),
            "arrivals_size": self.arrivals_size,
            "arrivals_root": self.arrivals_root,
        }
