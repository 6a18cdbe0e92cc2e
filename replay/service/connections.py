"""How many connections may be open: as many as leave files for the work itself, and what is said where they do not.

Where a process has no file left nothing can be recorded or read, and its event loop complains thousands of times a
second.
"""

import asyncio
import resource
import time
from collections.abc import Callable
from typing import Any

import structlog

from replay.service.answers import where

WANTED = 8192
"""Open files that the process asks the system for."""
KEPT_FREE = 128
"""Of them for the log, what lies beside it, and the processes that answer."""
EVERY_S = 60.0


def most_connections() -> int:
    """How many connections may be open at once, once as many files as may be are asked for."""
    soft, hard = (WANTED if each == resource.RLIM_INFINITY else each for each in _limits())
    if soft < min(hard, WANTED):
        soft = min(hard, WANTED)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, _limits()[1]))
    return max(1, soft - min(KEPT_FREE, soft // 2))


def _limits() -> tuple[int, int]:
    return resource.getrlimit(resource.RLIMIT_NOFILE)


class Complaints:
    """What the event loop complains of, as lines of the log: the same words once a minute."""

    def __init__(
        self, log: structlog.typing.FilteringBoundLogger, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._log, self._monotonic = log, monotonic
        self._told: dict[str, float] = {}

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """One line, with no word of what was sent."""
        error = context.get("exception")
        kind = type(error).__name__ if error is not None else ""
        key, now = f"{context['message']} {kind}", self._monotonic()
        if now - self._told.get(key, -EVERY_S) < EVERY_S:
            return
        self._told = {said: at for said, at in self._told.items() if now - at < EVERY_S} | {key: now}
        at = [] if error is None else list(where(error))
        self._log.error("event loop", said=str(context["message"])[:200], error=kind, at=at)
