"""One replicate under one policy, end to end: what a worker does."""

import gc
from functools import lru_cache

from engine.log.eventlog import without_garbage_collection
from replay.simulation.arrivals import Arrivals, draw_arrivals
from replay.simulation.from_log import log_arrivals
from replay.simulation.lives import Life
from replay.simulation.living import Listener, Living
from replay.simulation.policy import Policy
from replay.simulation.request import Request
from replay.simulation.share import Share, share_of


def replicate(request: Request, policy: Policy, number: int, listener: Listener | None = None) -> Share:
    """What became of everybody in replicate ``number`` (1, 2 …) under a policy.

    The arrivals are made once for all policies that are asked for one after another in a process.
    """
    with without_garbage_collection():  # until all is lived nothing becomes garbage that counts
        found = _lived(request, policy, number, listener)
    gc.collect()
    return found


def _lived(request: Request, policy: Policy, number: int, listener: Listener | None) -> Share:
    living = Living(request, arrivals_of(request, number), policy.rules, listener)
    censuses = []
    for year in range(1, request.years + 1):
        living.live_until(request.anniversary(year))
        censuses.append(living.census())
    return share_of(request, policy, number, living, censuses)


@lru_cache(maxsize=1)
def arrivals_of(request: Request, number: int) -> Arrivals:
    """The arrivals of a replicate."""
    if request.arrivals is not None:
        return log_arrivals(request, number)
    return draw_arrivals(request, number, _left)


def _left(request: Request, arrivals: Arrivals, until: int) -> list[Life]:
    """Who is on the list at an instant, or about to be, under the rules in force."""
    living = Living(request, arrivals, request.in_force)
    living.live_until(until)
    return [stay.life for stay in living.stays.values() if stay.ending is None]
