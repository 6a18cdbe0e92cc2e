"""What a simulated year costs: by workers, in memory, and beside the same loop with the match runs left out.

Run with: python -m tests.benchmarks.simulation [--replicates R] [--page]    (--page: into the room's page as well)
Each row lives R national years under the rules in force. The first three are ``snagc simulate``, start included; the
last is the loop alone, in which everybody on the list stands in the order of registration and no score is made.
"""

import argparse
from collections.abc import Iterator
from datetime import date
from typing import cast

from engine.log.history import Fact
from projections.bulk_places import OfferedList
from replay.simulation.arrivals import Arrivals, draw_arrivals
from replay.simulation.donations import Donation
from replay.simulation.lives import Life
from replay.simulation.living import Called, Living
from replay.simulation.policy import Policy
from replay.simulation.request import Request
from replay.simulation.share import share_of
from replay.simulation.stays import Graft
from tests.benchmarks.page import put
from tests.benchmarks.processes import SNAGC, Cost, ran

POLICY, FIRST, SEED = "2023-06-15", date(2024, 1, 1), 7
HEADING = f"{'a national year lived by':<34}{'seconds':>9}{'cpu s':>9}{'years a minute':>16}{'peak MB':>9}"


def main() -> None:
    """Measure, print, and on request write the room's page; ``--bare`` is the loop without match runs itself."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--replicates", type=int, default=8)
    asked.add_argument("--page", action="store_true")
    asked.add_argument("--bare", action="store_true", help=argparse.SUPPRESS)
    said = asked.parse_args()
    if said.bare:
        live_without_runs(said.replicates)
        return
    lines = [HEADING]
    print(HEADING)
    for line in measured(said.replicates):
        print(line, flush=True)
        lines.append(line)
    if said.page:
        put("simulation", "\n".join(lines))


def measured(replicates: int) -> Iterator[str]:
    """A line for each way to live so many years."""
    asked = [*SNAGC, "simulate", "--policy", POLICY, "--from", FIRST, "--seed", SEED, "--replicates", replicates]
    for workers in (1, 2, 4):
        named = "this process" if workers == 1 else f"{workers} workers"
        yield _line(named, ran([*asked, "--workers", workers, "--json"]), replicates)
    bare = [SNAGC[0], "-m", "tests.benchmarks.simulation", "--bare", "--replicates", replicates]
    yield _line("this process, without match runs", ran(bare), replicates)


def _line(named: str, cost: Cost, years: int) -> str:
    pace = years * 60 / cost.seconds
    return f"{named:<34}{cost.seconds:>9.1f}{cost.cpu:>9.1f}{pace:>16.1f}{cost.peak_mb:>9.0f}"


class Unranked(Living):
    """The loop with its match runs left out: in place of a score the order of registration."""

    def _rank(self, offer: Fact) -> tuple[list[str], OfferedList]:
        return [name for name, stay in self.stays.items() if stay.listed and not stay.suspended], cast(
            OfferedList, None
        )

    def _willing(self, donation: Donation, name: str) -> float:
        return self._accept[donation.good]

    def _call(self, name: str, donation: Donation, listed: OfferedList) -> Called:
        stay = self.stays[name]
        stay.called = True
        return stay, Graft(donation.offer, 0, True, None)


def live_without_runs(replicates: int) -> None:
    """Live so many years."""
    request = Request((Policy(POLICY),), FIRST, 1, replicates, SEED)
    for number in range(1, replicates + 1):
        living = _lived(request, draw_arrivals(request, number, _left), request.end)
        share_of(request, request.policies[0], number, living, [living.census()])


def _left(request: Request, arrivals: Arrivals, until: int) -> list[Life]:
    return [stay.life for stay in _lived(request, arrivals, until).stays.values() if stay.ending is None]


def _lived(request: Request, arrivals: Arrivals, until: int) -> Unranked:
    living = Unranked(request, arrivals, request.in_force)
    living.live_until(until)
    return living


if __name__ == "__main__":
    main()
