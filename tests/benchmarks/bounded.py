"""Time and memory of the intake at 1, 2 and 4 times the input: the one grows in proportion, the other not at all.

Run with: python -m tests.benchmarks.bounded [SHARE]    SHARE of the full size, 1 unless given; prints a table.
Each row is a real ``snagc`` process fed through a pipe; seconds and peak memory are what the system says of it.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.processes import snagc
from tests.faults.hostile_support import LAB, event

MEGABYTE = 1 << 20
Feed = Callable[[int], Iterator[bytes]]


class Case(NamedTuple):
    """What is sent, how much of it at least, in which unit."""

    name: str
    feed: Feed
    size: int
    unit: str = "MB"
    resend: bool = False


def main(share: float) -> None:
    """Measure every case and print the table."""
    print(f"{'case':<44}{'input':>12}{'seconds':>10}{'peak MB':>10}{'verdict KB':>12}")
    for case in CASES:
        for times in (1, 2, 4):
            size = max(1, round(case.size * share)) * times
            seconds, peak, answered = measured(case, size)
            print(
                f"{case.name:<44}{f'{size:,} {case.unit}':>12}{seconds:>10.1f}{peak:>10.0f}{answered:>12.0f}",
                flush=True,
            )


def measured(case: Case, size: int) -> tuple[float, float, float]:
    """Seconds, peak megabytes and kilobytes answered of one process."""
    with tempfile.TemporaryDirectory() as folder:
        log = str(Path(folder) / "log.db")
        cost = snagc("ingest", "-", "--log", log, "--json", feed=case.feed(size))
        if case.resend:
            cost = snagc("quarantine", "resend", "--all", "--log", log, "--json")
        return cost.seconds, cost.peak_mb, cost.printed_kb


def repeated(piece: bytes, *, before: bytes = b"", after: bytes = b"") -> Feed:
    """So many megabytes of one piece, between a beginning and an end."""

    def feed(size: int) -> Iterator[bytes]:
        yield before
        for _ in range(size):
            yield (piece * (MEGABYTE // len(piece) + 1))[:MEGABYTE]
        yield after

    return feed


def events(number: int, value: str = "17.1") -> Iterator[bytes]:
    """So many laboratory results, twenty of each candidate."""
    for each in range(number):
        yield event(LAB, {"id": f"e{each}", "subject": f"candidate/C{each // 20}"}, value=value)


def array(size: int) -> Iterator[bytes]:
    """One JSON array of so many megabytes of events."""
    mark = b"["
    for line in events(size * MEGABYTE // 260):
        yield mark + line
        mark = b","
    yield b"]"


def lines(size: int) -> Iterator[bytes]:
    """The same events as lines."""
    return (line + b"\n" for line in events(size * MEGABYTE // 260))


def names(size: int) -> Iterator[bytes]:
    """A line of so many thousand unknown attributes."""
    line = event(LAB)[:-1]
    yield line + b"".join(b', "unknown-attribute-%07d": "some value or other"' % each for each in range(size * 1000))
    yield b"}\n"


def long_lines(size: int) -> Iterator[bytes]:
    """So many lines of 8 MB each."""
    return (b"x" * (8 * MEGABYTE) + b"\n" for _ in range(size))


def refused(size: int) -> Iterator[bytes]:
    """So many events that are refused."""
    return (line + b"\n" for line in events(size, "NaN"))


CASES = (
    Case("blanks before an event", repeated(b" ", after=event(LAB)), 50),
    Case("blank lines before an event", repeated(b"\n", after=event(LAB)), 50),
    Case("blanks inside a line", repeated(b" ", before=event(LAB), after=b"\n"), 50),
    Case("events as lines", lines, 2),
    Case("a JSON array of events", array, 2),
    Case("a JSON array of one endless string", repeated(b"x", before=b'["'), 100),
    Case("a line without end", repeated(b"x"), 250),
    Case("lines of 8 MB", long_lines, 10, "lines"),
    Case("a line of unknown names", names, 70, "thousand"),
    Case("a number of a million digits", repeated(b"1", before=event(LAB)[:-2] + b', "n": ', after=b"}}\n"), 3),
    Case("nested arrays", repeated(b"[", before=b'{"a":'), 3),
    Case("quarantine resend --all", refused, 1000, "entries", resend=True),
)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)
