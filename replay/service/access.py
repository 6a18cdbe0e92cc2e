"""Access records: each read of a person's data is on the disk before its answer leaves, or there is no answer.

Records that come while others are being written wait for them and are then written together, with one wait for the
disk: reads share its price.
"""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from engine.errors import SnagcError
from engine.log.journal import Journal
from engine.quantities import utc_text
from replay.service.persons import Persons
from replay.service.refusals import UnavailableError
from replay.service.viewer import Viewer

Record = dict[str, Any]


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


UNRECORDED = frozenset({
    "GET /access", "GET /checkpoint", "GET /proofs/consistency",
    "GET /health", "GET /ready", "GET /metrics", "GET /openapi.json",
})  # fmt: skip
"""Requests whose answers tell nothing of a person."""
WHERE_TOLD = frozenset({
    "GET /events", "POST /events", "POST /feeds/fhir", "POST /feeds/hl7v2", "POST /quarantine/{}/resend",
})  # fmt: skip
"""Requests that leave a record where their answers tell of somebody: nobody's events came, or nothing but what was
sent just now was said. All others leave one always."""


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
            why, about = "", dict[str, str | int]()
            try:
                await asyncio.get_running_loop().run_in_executor(self._thread, self._append, records)
            except Exception as failed:  # whatever it is: those who wait are answered, and without a record with 503
                why = str(failed) if isinstance(failed, SnagcError) else type(failed).__name__
                about = dict(failed.about) if isinstance(failed, SnagcError) else {}
            for _, kept in together:
                if kept.done():
                    continue
                if not why:
                    kept.set_result(None)
                else:
                    detail = f"this read cannot be recorded, so it is not answered: {why}"
                    kept.set_exception(UnavailableError(detail, **about))

    def _append(self, records: Sequence[Record]) -> None:
        """Add them in the order of their instants: a day's file is chosen by the last."""
        self._journal.append(max(record["at"] for record in records)[:10], records)

    def close(self) -> None:
        """Write nothing more."""
        self._thread.shutdown()
