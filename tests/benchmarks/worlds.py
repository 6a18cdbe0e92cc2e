"""The histories that are measured: years of the national generator, alone or of several countries side by side.

Each is built once and kept in a folder: its events as NDJSON with every offer's recorded run, and the log they make.
"""

import hashlib
import heapq
import json
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from fixtures.national import generate
from fixtures.national.runs import Runs
from tests.benchmarks.processes import ROOT, ran, snagc

Event = dict[str, Any]
SEED = 7
ONCE = ("snagc.travel-times.published.v1", "snagc.offer-counter.initialised.v1")
"""What a log has once, however many countries it is of."""


@dataclass(frozen=True)
class World:
    """So many countries, each of the size of France and from a seed of its own, from a day to another."""

    name: str
    first: date
    last: date
    countries: int = 1

    @property
    def years(self) -> float:
        """Years of one country: what the size of the history is in proportion to."""
        return (self.last - self.first).days / 365.25 * self.countries


OWN = {"candidate", "donor", "offer"}
"""What each country has its own of: kinds of subjects, and fields that name them."""
LAST = date(2026, 11, 20)
"""An import takes nothing recorded in the future of the clock."""
WORLDS = {
    world.name: world
    for world in (
        World("month", date(2025, 1, 1), date(2025, 1, 31)),
        World("1", date(2025, 1, 1), date(2025, 12, 31)),
        World("9", date(2018, 1, 1), LAST),
        World("90", date(2018, 1, 1), LAST, countries=10),
        World("wide", date(2025, 1, 1), date(2025, 1, 31), countries=24),
        World("now", date(2026, 11, 1), LAST, countries=2),
    )
}
"""``90``: ten countries over nine years, a list beyond Eurotransplant's size. ``wide``: over 5,000 on the list.
``now``: over 400 on the list, up to the present, for what is sent live."""


@dataclass(frozen=True)
class Built:
    """A history on disk."""

    world: World
    feed: Path
    log: Path
    events: int
    """Stored in the log."""
    offers: tuple[str, ...]
    """Some of its offers, early and late."""


def built(world: World, folder: Path) -> Built:
    """A world's history, from the folder where it is there, made by this very generator.

    It is made by a process of its own: those measured later would otherwise inherit the peak of its memory.
    """
    about = folder / f"{world.name}.json"
    known = json.loads(about.read_text(encoding="utf-8")) if about.exists() else {}
    if known.get("made_by") != _generator():
        folder.mkdir(parents=True, exist_ok=True)
        ran([sys.executable, "-m", "tests.benchmarks.worlds", world.name, folder])
        known = json.loads(about.read_text(encoding="utf-8"))
    feed, log = (folder / f"{world.name}.{ending}" for ending in ("ndjson", "db"))
    return Built(world, feed, log, known["events"], tuple(known["offers"]))


def build(world: World, folder: Path) -> None:
    """Make a history; what tells that it is there comes last."""
    about, feed, log = (folder / f"{world.name}.{ending}" for ending in ("json", "ndjson", "db"))
    about.unlink(missing_ok=True)
    remove(log)
    offers = _write(world, feed)
    snagc("ingest", feed, "--import", "--log", log)
    with closing(sqlite3.connect(log)) as rows:
        (size,) = rows.execute("SELECT max(rowid) FROM stored_events").fetchone()
    picked = [offers[len(offers) * part // 10] for part in (1, 5, 9)]
    about.write_text(json.dumps({"made_by": _generator(), "events": size, "offers": picked}), encoding="utf-8")


def remove(log: Path) -> None:
    """Take away a log with all that stands beside it."""
    for path in log.parent.glob(f"{log.name}*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def events(world: World) -> Iterator[Event]:
    """The events in the order in which they were recorded, each offer's run behind it."""
    runs = Runs()
    if world.countries == 1:
        yield from runs.recorded(generate(SEED, world.first, world.last, runs.order))
        return
    countries = [_country(world, number) for number in range(world.countries)]
    yield from runs.recorded(heapq.merge(*countries, key=lambda event: str(event["recordedtime"])))


def _country(world: World, number: int) -> Iterator[Event]:
    for event in generate(SEED + number, world.first, world.last):
        if number == 0 or event["type"] not in ONCE:
            yield _of_country(event, number)


def _of_country(event: Event, number: int) -> Event:
    """The event with ids that no other country has."""
    kind, _, name = event["subject"].partition("/")
    data = dict(event["data"])
    for key in OWN & data.keys():
        data[key] = f"{number}-{data[key]}"
    if "event" in data:
        data["event"] = {**data["event"], "source": f"{data['event']['source']}.{number}"}
    subject = f"{kind}/{number}-{name}" if kind in OWN else event["subject"]
    return {**event, "source": f"{event['source']}.{number}", "subject": subject, "data": data}


def _write(world: World, feed: Path) -> list[str]:
    """Write the events; the offers among them."""
    offers = []
    with feed.open("w", encoding="utf-8") as file:
        for event in events(world):
            file.write(json.dumps(event, separators=(",", ":")) + "\n")
            if event["type"] == "snagc.graft.offered.v1":
                offers.append(event["subject"].partition("/")[2])
    return offers


def _generator() -> str:
    """What tells one version of the generator from another."""
    digest = hashlib.sha256()
    for path in (*sorted((ROOT / "fixtures" / "national").glob("*.py")), Path(__file__)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


if __name__ == "__main__":
    build(WORLDS[sys.argv[1]], Path(sys.argv[2]))
