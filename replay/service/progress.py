"""How far long work is: told now and then by the process that does it to whoever waits for it."""

from collections.abc import Callable
from typing import NamedTuple

EVERY_S = 0.2


class Reached(NamedTuple):
    """What was done so far: how many of what the work goes over, and the last of its steps, where it has steps."""

    done: int = 0
    step: int = 0


class Progress:
    """Counts, and tells at most a few times a second; ``monotonic`` in seconds."""

    def __init__(self, tell: Callable[[Reached], None], monotonic: Callable[[], float]) -> None:
        self._tell, self._monotonic = tell, monotonic
        self._done, self._step, self._told = 0, 0, monotonic()

    def tick(self) -> None:
        """One more."""
        self._done += 1
        if self._monotonic() - self._told >= EVERY_S:
            self._say()

    def step(self, number: int) -> None:
        """The steps up to this one are done with."""
        self._step = number
        self._say()

    def _say(self) -> None:
        self._told = self._monotonic()
        self._tell(Reached(self._done, self._step))


QUIET = Progress(lambda _: None, lambda: 0.0)
"""Nobody waits to be told."""
