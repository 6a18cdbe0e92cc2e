"""Work done in other processes: a pure function over the parts of a long input, its results in order.

They are started anew, never forked, so threads may run here; they open nothing, write nothing, and end with this one.
"""

import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import TypeVar

Part = TypeVar("Part")
Result = TypeVar("Result")
Over = Callable[[Iterable[Part]], Iterator[tuple[Part, Result]]]
"""Each part of an input with the result for it, in order."""

AHEAD = 4
"""Parts worked on, or done and waiting: as many are in memory at once."""


@contextmanager
def second_process(work: Callable[[Part], Result], *, worth_it: bool) -> Iterator["Over[Part, Result]"]:
    """How to go over an input; ``worth_it``: long enough for a second process, which takes half a second to start.

    Where it cannot be had, or ends before its time, the same work is done here: what comes out is the same.
    """
    with ExitStack() as stack:
        pool = None
        if worth_it and processors() > 1:
            with suppress(OSError, NotImplementedError):
                pool = stack.enter_context(worker_processes(1))
        yield partial(_ahead, pool, work) if pool else partial(_here, work)


@contextmanager
def worker_processes(number: int) -> Iterator[ProcessPoolExecutor]:
    """Processes that end with this one, however it ends. Ctrl-C ends them without a word: this one says it stopped."""
    pool = ProcessPoolExecutor(number, get_context("spawn"), initializer=_end_with_the_first)
    try:
        with suppress(OSError), _ctrl_c_held_back():
            for _ in range(number):
                pool.submit(os.getpid)  # starts a process, which inherits what is held back until it is ready
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def processors() -> int:
    """How many processors this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)  # not every system has it
    return len(affinity(0)) if affinity else os.cpu_count() or 1


@contextmanager
def _ctrl_c_held_back() -> Iterator[None]:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _end_with_the_first() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    Thread(target=_wait_for_the_first, daemon=True).start()


def _wait_for_the_first() -> None:
    first = parent_process()
    assert first is not None, "a worker has a parent"
    first.join()
    os._exit(1)


def _here(work: Callable[[Part], Result], parts: Iterable[Part]) -> Iterator[tuple[Part, Result]]:
    for part in parts:
        yield part, work(part)


def _ahead(
    pool: ProcessPoolExecutor, work: Callable[[Part], Result], parts: Iterable[Part]
) -> Iterator[tuple[Part, Result]]:
    """The next parts are worked on while whoever asks uses the last result; instead of waiting, this one works too."""
    waiting = deque[tuple[Part, Future[Result] | None]]()

    def first() -> tuple[Part, Result]:
        part, future = waiting.popleft()
        while future is not None and not future.done() and _takes_over(work, waiting):
            continue
        return _done(work, part, future)

    for part in parts:
        waiting.append((part, _submitted(pool, work, part)))
        if len(waiting) > AHEAD:
            yield first()
    while waiting:
        yield first()


def _takes_over(work: Callable[[Part], Result], waiting: "deque[tuple[Part, Future[Result] | None]]") -> bool:
    """Do here the last of the parts that nobody has begun; False where there is none."""
    for place, (part, future) in reversed([*enumerate(waiting)]):
        if future is not None and future.cancel():
            waiting[place] = part, _finished(work, part)
            return True
    return False


def _finished(work: Callable[[Part], Result], part: Part) -> "Future[Result]":
    future = Future[Result]()  # what the work raises is raised when its turn comes
    try:
        future.set_result(work(part))
    except Exception as error:
        future.set_exception(error)
    return future


def _submitted(pool: ProcessPoolExecutor, work: Callable[[Part], Result], part: Part) -> "Future[Result] | None":
    try:
        return pool.submit(work, part)
    except (BrokenProcessPool, OSError):
        return None


def _done(work: Callable[[Part], Result], part: Part, future: "Future[Result] | None") -> tuple[Part, Result]:
    try:
        return part, future.result() if future is not None else work(part)
    except BrokenProcessPool:
        return part, work(part)
