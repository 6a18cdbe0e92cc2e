"""The figures: each a small function that does one thing to a history, once, and says what it cost.

Whoever has another figure adds a function here; the one command measures it beside its floor, prints and draws it.
"""

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from tests.benchmarks.processes import Cost, module, ran, snagc
from tests.benchmarks.worlds import Built, remove

Measure = Callable[[Built], Cost]


@dataclass(frozen=True)
class Figure:
    """What is measured, the floor it is held against, and what is asked of it."""

    name: str
    measure: Measure
    floor: str | None = None
    most: float | None = None
    """Times its floor."""
    least: float | None = None
    """Part of its floor's speed."""
    grows: bool = True
    """Whether its cost is drawn against the size of the history."""


FIGURES: list[Figure] = []


def figure(
    name: str, *, floor: str | None = None, most: float | None = None, least: float | None = None, grows: bool = True
) -> Callable[[Measure], Measure]:
    """Put a function among the figures."""

    def put(measure: Measure) -> Measure:
        FIGURES.append(Figure(name, measure, floor, most, least, grows))
        return measure

    return put


# ------------------------------------------------------------------------------------------------------ floors


def floor_of(name: str, built: Built) -> Cost:
    """A floor's cost over a history; ``imports`` is a process that imports what every command needs."""
    if name == "imports":
        return ran([sys.executable, "-c", "import numpy, orjson, pydantic"])
    if name == "audit of the year":
        return _over_the_year(built, "audit")
    return module("floors", name, built.log)


# ------------------------------------------------------------------------------------------------ a whole history


@figure("ingest --import", floor="executemany", least=0.15)
def ingest(built: Built) -> Cost:
    """Every event taken in, every check included, each commit durable."""
    log = built.log.with_name("taken-in.db")
    remove(log)
    cost = snagc("ingest", built.feed, "--import", "--log", log)
    remove(log)
    return cost


@figure("verify", floor="select_and_loads", most=12)
def verify(built: Built) -> Cost:
    """The log proved whole."""
    return snagc("verify", "--log", built.log)


@figure("audit", floor="select_and_loads", most=8)
def audit(built: Built) -> Cost:
    """Every offer replayed and held against its recorded run."""
    return snagc("audit", "--log", built.log)


@figure("sensitivity over a year", floor="audit of the year", most=10, grows=False)
def sensitivity(built: Built) -> Cost:
    """Each alternative reading over the offers of the last year."""
    return _over_the_year(built, "sensitivity")


@figure("what-if over a year", floor="audit of the year", most=10, grows=False)
def what_if(built: Built) -> Cost:
    """A changed rule set over the offers of the last year."""
    rules = built.log.with_name("changed.toml")
    rules.write_text(
        'title = "more for an LVAD"\nextends = "2023-06-15"\nvalid_from = 2018-01-01\nlast_checked_on = 2026-12-31\n\n'
        '[figures.assist_points]\nvalue = 760\nunit = "points"\nsource = "a benchmark"\nattested_from = 2018-01-01\n',
        encoding="utf-8",
    )
    return _over_the_year(built, "what-if", rules)


def _over_the_year(built: Built, *words: object) -> Cost:
    """A command over the last year of a history, or as much as there is."""
    last = built.world.last
    first = max(built.world.first, last - timedelta(days=364))
    return snagc(*words, "--from", first, "--to", last, "--log", built.log)


# ------------------------------------------------------------------------------------------------- a cold question


@figure("--help", floor="imports", most=2, grows=False)
def help_(built: Built) -> Cost:
    """The list of commands."""
    return snagc("--help")


@figure("rank, from a saved state", floor="imports", most=4)
def rank(built: Built) -> Cost:
    """One offer's ranking, asked twice: the second time."""
    snagc("rank", built.offers[1], "--log", built.log)
    return snagc("rank", built.offers[1], "--log", built.log)


@figure("list, from a saved state", floor="imports", most=4)
def list_(built: Built) -> Cost:
    """The national list at the middle of the history, asked twice: the second time."""
    snagc("list", "--at", _middle(built), "--log", built.log)
    return snagc("list", "--at", _middle(built), "--log", built.log)


@figure("rank, for the first time", floor="select_and_loads")
def rank_first(built: Built) -> Cost:
    """The same without any saved state: reads all, and saves."""
    with _without_states(built):
        return snagc("rank", built.offers[1], "--log", built.log)


@figure("list, for the first time", floor="select_and_loads")
def list_first(built: Built) -> Cost:
    """The same of the list."""
    with _without_states(built):
        return snagc("list", "--at", _middle(built), "--log", built.log)


def _middle(built: Built) -> date:
    return built.world.first + (built.world.last - built.world.first) / 2


@contextmanager
def _without_states(built: Built) -> Iterator[None]:
    states = Path(f"{built.log}.states")
    aside = states.with_suffix(".aside")
    if states.exists():
        shutil.move(states, aside)
    try:
        yield
    finally:
        shutil.rmtree(states, ignore_errors=True)
        if aside.exists():
            shutil.move(aside, states)


# ---------------------------------------------------------------------------------------------------- live offers


@figure("live offer, log open", grows=False)
def offer(built: Built) -> Cost:
    """The median of a hundred offers, each taken in with its run, durable; made on a copy of the log."""
    log = built.log.with_name("offered.db")
    remove(log)
    shutil.copy(built.log, log)
    cost = module("offers", log, 100)
    remove(log)
    _, _, slowest, active = cost.printed.split()
    return cost._replace(note=f"p99 {1000 * float(slowest):.1f} ms, {int(active):,} on the list")
