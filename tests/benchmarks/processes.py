"""A process as the system sees it: how long it took, how much of a processor, how much memory at most."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""Compiled sources are kept, as they are on any user's machine: else each start would compile them anew."""
SNAGC = (sys.executable, "-c", "from replay.cli.app import app; app()")


class Cost(NamedTuple):
    """Seconds on the wall and of processors (both with the processes it starts), the peak memory of the largest of them
    in megabytes, and what was printed (its end, where that is long)."""

    seconds: float
    cpu: float
    peak_mb: float
    printed: bytes = b""
    printed_kb: float = 0
    note: str = ""


def ran(words: Sequence[object], feed: Iterable[bytes] = (), *, may_exit: Sequence[int] = (0,)) -> Cost:
    """Run a process to its end, fed through a pipe."""
    with tempfile.TemporaryFile() as answer, tempfile.TemporaryFile() as told:
        began = time.monotonic()
        process = subprocess.Popen(
            [str(word) for word in words], stdin=subprocess.PIPE, stdout=answer, stderr=told, cwd=ROOT, env=ENVIRONMENT
        )
        assert process.stdin is not None
        for piece in feed:
            process.stdin.write(piece)
        process.stdin.close()
        _, status, used = os.wait4(process.pid, 0)
        took = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        told.seek(0)
        assert process.returncode in may_exit, f"{words}: exit {process.returncode}: {told.read(2000).decode()}"
        size = answer.seek(0, os.SEEK_END)
        answer.seek(max(0, size - 65_536))
        return Cost(took, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, answer.read(), size / 1024)


def snagc(*words: object, feed: Iterable[bytes] = (), may_exit: Sequence[int] = (0, 3)) -> Cost:
    """A command, cold: a process of its own."""
    return ran([*SNAGC, *words], feed, may_exit=may_exit)


def module(name: str, *words: object) -> Cost:
    """A module of the benchmarks as a process, which prints the seconds that count: on the wall and of a processor."""
    cost = ran([sys.executable, "-m", f"tests.benchmarks.{name}", *words])
    seconds, cpu, *_ = map(float, cost.printed.split())
    return cost._replace(seconds=seconds, cpu=cpu)
