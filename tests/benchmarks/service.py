"""The service's figures, on both stores: ``python -m tests.benchmarks.service``.

Intake beside a bare insert of the very rows it wrote; live offers while others send and read, beside the same offers in
process; reads of past offers beside a request that reads nothing. All of one run: the ratio says something anywhere.
"""

import argparse
import asyncio
import itertools
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from typing import Any, NamedTuple

from engine.log.eventlog import EventLog
from tests.benchmarks.bare import Files, Store, stores
from tests.benchmarks.clients import Ask, Crowd, each_once, meanwhile
from tests.benchmarks.offers import DONOR, event
from tests.benchmarks.page import put
from tests.benchmarks.processes import module, snagc
from tests.benchmarks.worlds import WORLDS, Built, built
from tests.replay.service.served import BATCH, EVENT, NDJSON, Served, lines, serving

HEADING = (
    f"{'figure':<44}{'store':<11}{'n':>6}{'a second':>10}{'p50 ms':>9}{'p99 ms':>9}  "
    f"{'floor':<26}{'a second':>10}{'part':>7}"
)
MANY = 20
"""Clients at the same time."""
A_READ_EACH_S, AN_EVENT_EACH_S = 5.0, 1.0
"""How often a person at a screen reads, and a busy laboratory sends."""


@dataclass(frozen=True)
class Size:
    """How much is measured."""

    single: int = 200
    shared: int = 1000
    many: int = 5000
    offers: int = 60
    reads: int = 200


@dataclass(frozen=True)
class Row:
    """A figure: so many, in so many seconds, beside as many by the floor; percentiles where single ones were timed."""

    figure: str
    store: str
    number: int
    seconds: float
    floor: str
    floor_seconds: float
    took: tuple[float, float] | None = None
    note: str = ""

    def line(self) -> str:
        """As the run prints it."""
        p50, p99 = (f"{1000 * each:.1f}" for each in self.took) if self.took else ("", "")
        mine, bare = self.number / self.seconds, self.number / self.floor_seconds
        return (
            f"{self.figure:<44}{self.store:<11}{self.number:>6,}{mine:>10,.0f}{p50:>9}{p99:>9}  {self.floor:<26}"
            f"{bare:>10,.0f}{mine / bare:>7.3f}  {self.note}"
        ).rstrip()


class World(NamedTuple):
    """What is sent to and asked of a served log."""

    candidates: Sequence[str]
    offers: Sequence[str]
    numbers: Iterator[int]

    @classmethod
    def of(cls, served: Served) -> "World":
        """What is known there."""
        listed = [entry["candidate"] for entry in served.get("/list").json()["candidates"]]
        return cls(listed, [entry["offer"] for entry in served.get("/offers").json()["offers"]], itertools.count())

    def laboratory(self) -> dict[str, Any]:
        """One more result, of just now."""
        number = next(self.numbers)
        subject = f"candidate/{self.candidates[number % len(self.candidates)]}"
        told = {"analyte": "total_bilirubin", "value": str(10 + number % 30), "unit": "umol/L"}
        return event(subject, "lab-result.recorded", _now(), told, f"result-{number}-{os.getpid()}")

    def sent(self) -> Ask:
        """One more result, sent alone."""
        return "POST", "/events", json.dumps(self.laboratory()).encode(), EVENT

    def read(self) -> Ask:
        """What a person reads next: the list, a past offer, a candidate."""
        number = next(self.numbers)
        return (
            _read("/list"),
            _read(f"/offers/{self.offers[number % len(self.offers)]}/match-run"),
            _read(f"/candidates/{self.candidates[number % len(self.candidates)]}"),
        )[number % 3]


# ------------------------------------------------------------------------------------------------------------ intake


def intake(store: Store, log: Path, size: Size) -> Iterator[Row]:
    """By HTTP one by one and many at once, and by file, each beside its floor."""
    place = store.copy(log)
    with serving(place) as served:
        world = World.of(served)
        once = partial(_taken, store, place, served)
        yield once("HTTP, single, 1 producer", size.single, partial(_singly, world, served, 1), one_by_one=True)
        yield once("HTTP, single, 20 producers", size.shared, partial(_singly, world, served, MANY), one_by_one=True)
        yield once("HTTP, single, 20 producers", size.shared, partial(_singly, world, served, MANY))
        yield once("HTTP, one batch", size.many, partial(_at_once, world, served))
    feed = log.with_name("sent.ndjson")
    yield _taken(store, place, None, "file, a process of its own", size.many, partial(_as_file, world, feed, place))


Took = tuple[float, list[float]]
"""The seconds of all, and those of each where they were timed."""


def _taken(
    store: Store, place: str, served: Served | None, figure: str, number: int, send: Callable[[int], Took],
    *, one_by_one: bool = False,
) -> Row:  # fmt: skip
    before = _head(place)
    seconds, each = send(number)
    rows = store.rows(place, before + 1, before + number)
    assert len(rows.events) == len(rows.identities) == number, (figure, len(rows.events))
    floor, name = (
        (store.insert_one_by_one(rows), "bare insert, each durable")
        if one_by_one
        else (store.insert(rows), "bare insert, all at once")
    )
    return Row(figure, store.name, number, seconds, name, floor, _percentiles(each))


def _singly(world: World, served: Served, clients: int, number: int) -> Took:
    questions = [world.sent() for _ in range(number)]
    began = time.perf_counter()
    each = asyncio.run(each_once(served.address, clients, questions))
    return time.perf_counter() - began, each


def _at_once(world: World, served: Served, number: int) -> Took:
    body = json.dumps([world.laboratory() for _ in range(number)]).encode()
    began = time.perf_counter()
    answer = served.send(body, BATCH)
    took = time.perf_counter() - began
    assert {each["status"] for each in answer.json()["verdicts"]} == {"accepted"}
    return took, []


def _as_file(world: World, feed: Path, place: str, number: int) -> Took:
    feed.write_bytes(lines([world.laboratory() for _ in range(number)]))
    return snagc("ingest", feed, "--log", place).seconds, []


def _head(place: str) -> int:
    log = EventLog.open(place)
    try:
        return log.head()
    finally:
        log.close()


# ------------------------------------------------------------------------------------------------------------ offers


def live_offers(store: Store, log: Path, size: Size) -> Iterator[Row]:
    """Offers one after another, while nobody, some or all the others ask, beside the same in process."""
    floor = in_process(store, log, size)
    yield floor
    with serving(store.copy(log)) as served:
        world = World.of(served)
        for name, producing, reading in (
            ("alone", None, None),
            ("20 send 1/s each, 20 read 1/5 s each", AN_EVENT_EACH_S, A_READ_EACH_S),
            ("20 send and 20 read, all flat out", 0.0, 0.0),
        ):
            crowds = [
                Crowd(MANY, ask, pause)
                for ask, pause in ((world.sent, producing), (world.read, reading))
                if pause is not None
            ]
            offers = _offers(served, size.offers)
            began = time.perf_counter()
            each, answered = asyncio.run(meanwhile(served.address, crowds, each_once(served.address, 1, offers)))
            span = time.perf_counter() - began
            kinds = ("events", "reads")[: len(crowds)]
            note = ", ".join(f"{many / span:,.0f} {kind}/s" for many, kind in zip(answered, kinds, strict=True))
            yield Row(
                f"offer, {name}", store.name, len(each), len(each) * median(each), "in process", floor.seconds,
                _percentiles(each), note and f"meanwhile {note}",
            )  # fmt: skip


def in_process(store: Store, log: Path, size: Size) -> Row:
    """Offers on an open log, with nothing around it."""
    cost = module("offers", store.copy(log), size.offers)
    _, _, slowest, active = map(float, cost.printed.split())
    seconds = cost.seconds * size.offers
    figure = f"offer in process, {active:,.0f} active"
    return Row(figure, store.name, size.offers, seconds, "itself", seconds, (cost.seconds, slowest))


def _offers(served: Served, number: int) -> list[Ask]:
    names = [f"{_now()}-{each}" for each in range(number)]
    donors = [event(f"donor/{name}", "donor.registered", _now(), DONOR) for name in names]
    assert served.send(lines(donors), NDJSON).status_code == 200
    return [
        ("POST", "/offers", json.dumps({"offer": name, "donor": name}).encode(), "application/json") for name in names
    ]


# ------------------------------------------------------------------------------------------------------------- reads


def reads(history: Built, store: Store, size: Size) -> Iterator[Row]:
    """Match runs of past offers all over a long log: for the first time, and again."""
    with serving(store.copy(history.log)) as served:
        offers = World.of(served).offers
        some = [offers[len(offers) * each // size.reads] for each in range(min(size.reads, len(offers)))]
        questions = [_read(f"/offers/{offer}/match-run") for offer in some]
        nothing = [_read("/health")] * len(questions)
        for name, clients in (("first, 1 reader", 1), ("again, 1 reader", 1), ("again, 20 readers", MANY)):
            seconds, each = _asked(served, clients, questions)
            floor, _ = _asked(served, clients, nothing)
            figure = f"match-run over {history.world.years:.0f} years, {name}"
            yield Row(figure, store.name, len(each), seconds, "GET /health", floor, _percentiles(each))


def _asked(served: Served, clients: int, questions: Sequence[Ask]) -> Took:
    began = time.perf_counter()
    each = asyncio.run(each_once(served.address, clients, questions))
    return time.perf_counter() - began, each


def _read(path: str) -> Ask:
    return "GET", path, b"", "application/json"


def _percentiles(each: Sequence[float]) -> tuple[float, float] | None:
    return (median(each), quantiles(each, n=100)[-1] if len(each) > 1 else each[0]) if each else None


def _now() -> int:
    return time.time_ns() // 1000


# ----------------------------------------------------------------------------------------------------------- command


def measured(folder: Path, size: Size) -> Iterator[Row]:
    """Every figure: of a live log on both stores, of the large ones on files."""
    live, nine, wide = (built(WORLDS[name], folder) for name in ("now", "9", "wide"))
    with tempfile.TemporaryDirectory(dir=folder) as scratch, stores(Path(scratch)) as found:
        for store in found:
            yield from intake(store, live.log, size)
            yield from live_offers(store, live.log, size)
            if isinstance(store, Files):
                yield in_process(store, wide.log, size)
                yield from reads(nine, store, size)


def main() -> None:
    """Measure and print; on request write the room's page."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.service", description="The service's figures.")
    folder = Path(tempfile.gettempdir()) / "snagc-benchmarks"
    parser.add_argument("--folder", type=Path, default=folder, help=f"keeps what is built (default {folder})")
    parser.add_argument("--page", action="store_true", help="write the table of this room's page")
    asked = parser.parse_args()
    found = [HEADING]
    print(HEADING)
    for row in measured(asked.folder, Size()):
        found.append(row.line())
        print(row.line(), flush=True)
    if asked.page:
        put("service", "\n".join(found))


if __name__ == "__main__":
    main()
