"""Access records: each read of a person's data is on the disk before its answer leaves, or there is no answer.

Records that come while others are being written wait for them and are then written together, with one wait for the
disk: reads share its price.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from engine.errors import SnagcError
from engine.log.journal import Journal
from engine.quantities import utc_text
from replay.service.refusals import UnavailableError
from replay.service.viewer import Viewer

Record = dict[str, Any]
_CANDIDATES = ("candidate", "first", "second")
_LISTS = ("accepted", "differing", "passed")


class Persons(NamedTuple):
    """Whom an answer tells of, by their ids, ascending."""

    candidates: tuple[str, ...] = ()
    donors: tuple[str, ...] = ()


def persons_in(document: object) -> Persons:
    """Whom a JSON document tells of: every field that names a candidate or a donor, however deep."""
    candidates, donors = set[str](), set[str]()
    for kind, name in _named(document):
        (candidates if kind == "candidate" else donors).add(name)
    return Persons(tuple(sorted(candidates)), tuple(sorted(donors)))


def _named(document: object) -> Iterator[tuple[str, str]]:
    if isinstance(document, list):
        for each in document:
            yield from _named(each)
    elif isinstance(document, dict):
        for name, value in document.items():
            if isinstance(value, dict | list):
                yield from _named(value)
                if name in _LISTS and isinstance(value, list):
                    yield from (("candidate", each) for each in value if isinstance(each, str))
            elif isinstance(value, str):
                yield from _of_field(name, value)


def _of_field(name: str, value: str) -> Iterator[tuple[str, str]]:
    if name in _CANDIDATES:
        yield "candidate", value
    elif name == "donor":
        yield "donor", value
    elif name == "subject":
        kind, _, id_ = value.partition("/")
        if kind in ("candidate", "donor") and id_:
            yield kind, id_


def access_record(
    viewer: Viewer, *, at: int, route: str, asked: Mapping[str, Any], persons: Persons, address: str, request: str
) -> Record:
    """The record of a read: who, what, of whom, when (microseconds since the epoch), from where."""
    return {
        "at": utc_text(at),
        "sub": viewer.sub,
        "scopes": list(viewer.scopes),
        "route": route,
        "asked": dict(asked),
        "candidates": list(persons.candidates),
        "donors": list(persons.donors),
        "address": address,
        "request": request,
    }


class AccessRecords:
    """Keeps records beside the log; made in the event loop that it lives in."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._thread = ThreadPoolExecutor(1, "access")
        self._waiting: list[tuple[Record, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def keep(self, record: Record) -> None:
        """Return once the record is on the disk; UnavailableError where it cannot be."""
        kept = asyncio.get_running_loop().create_future()
        self._waiting.append((record, kept))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        await kept

    async def _write(self) -> None:
        while self._waiting:
            together, self._waiting = self._waiting, []
            records = [record for record, _ in together]
            error: Exception | None = None
            try:
                await asyncio.get_running_loop().run_in_executor(self._thread, self._append, records)
            except (SnagcError, OSError) as failed:
                error = failed
            for _, kept in together:
                if kept.done():
                    continue
                if error is None:
                    kept.set_result(None)
                else:
                    kept.set_exception(
                        UnavailableError(f"this read cannot be recorded, so it is not answered ({error})")
                    )

    def _append(self, records: Sequence[Record]) -> None:
        """Add them in the order of their instants: a day's file is chosen by the last."""
        self._journal.append(max(record["at"] for record in records)[:10], records)

    def close(self) -> None:
        """Write nothing more."""
        self._thread.shutdown()
