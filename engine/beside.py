"""Work done beside: a pure function over the parts of a long input, in a second process, its results in order.

The second process opens nothing and writes nothing. Where it cannot be had, or ends before its time, the same work is
done here: what comes out is the same.
"""

import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from typing import TypeVar

Part = TypeVar("Part")
Result = TypeVar("Result")
Over = Callable[[Iterable[Part]], Iterator[tuple[Part, Result]]]
"""Each part of an input with the result for it, in order."""

AHEAD = 4
"""Parts worked on, or done and waiting: as many are in memory at once."""


@contextmanager
def beside(work: Callable[[Part], Result], *, worth_it: bool) -> Iterator["Over[Part, Result]"]:
    """How to go over an input; ``worth_it``: long enough for a second process, which takes half a second to start."""
    if not worth_it or len(os.sched_getaffinity(0)) < 2:
        yield partial(_here, work)
        return
    # Ctrl-C ends the other process at once and without a word; the command that waits for it says that it stopped.
    pool = ProcessPoolExecutor(
        1, get_context("spawn"), initializer=signal.signal, initargs=(signal.SIGINT, signal.SIG_DFL)
    )
    try:
        yield partial(_ahead, pool, work)
    finally:
        pool.shutdown(cancel_futures=True)


def _here(work: Callable[[Part], Result], parts: Iterable[Part]) -> Iterator[tuple[Part, Result]]:
    for part in parts:
        yield part, work(part)


def _ahead(
    pool: ProcessPoolExecutor, work: Callable[[Part], Result], parts: Iterable[Part]
) -> Iterator[tuple[Part, Result]]:
    """The next parts are worked on while whoever asks uses the result of the last one."""
    waiting = deque[tuple[Part, Future[Result] | None]]()
    for part in parts:
        waiting.append((part, _submitted(pool, work, part)))
        if len(waiting) > AHEAD:
            yield _done(work, *waiting.popleft())
    while waiting:
        yield _done(work, *waiting.popleft())


def _submitted(pool: ProcessPoolExecutor, work: Callable[[Part], Result], part: Part) -> "Future[Result] | None":
    try:
        return pool.submit(work, part)
    except BrokenProcessPool:
        return None


def _done(work: Callable[[Part], Result], part: Part, future: "Future[Result] | None") -> tuple[Part, Result]:
    try:
        return part, future.result() if future is not None else work(part)
    except BrokenProcessPool:
        return part, work(part)
