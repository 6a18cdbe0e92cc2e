"""Who read whose data through the service: the access records beside the log, as they were made."""

from itertools import islice
from typing import Any

import orjson

from engine.errors import BrokenLogError
from engine.log.beside import ACCESS
from engine.quantities import parse_instant
from replay.run.asked import Asked

Record = dict[str, Any]
LOOKED_THROUGH = 20_000
"""Records that are looked through for somebody's last visit."""


def access_document(asked: Asked, candidate: str | None) -> dict[str, Any]:
    """The document of ``access``: the records of the span asked, of the reads that told of a candidate where named."""
    span, log = asked.span(), asked.log
    lines = list(log.store.journal(ACCESS).lines())
    log.hold(log.head())
    log.witnesses.hold_access(lines)
    records = (_record(number, line) for number, line in enumerate(lines, 1))
    return {
        **span.as_json(),
        "candidate": candidate,
        "records": [
            record
            for record in records
            if span.holds(parse_instant(record["at"])) and candidate in (None, *record["candidates"])
        ],
    }


def last_read(asked: Asked, sub: str, route: str, before: int) -> int | None:
    """When somebody last made a request before an instant, among the latest records; None where that is not told."""
    for number, line in enumerate(islice(asked.log.store.journal(ACCESS).latest(), LOOKED_THROUGH), 1):
        record = _record(number, line)
        if record["sub"] == sub and record["route"] == route and parse_instant(record["at"]) < before:
            return parse_instant(record["at"])
    return None


def _record(number: int, line: bytes) -> Record:
    try:
        record: Record = orjson.loads(line)
        parse_instant(record["at"])
        iter(record["candidates"])
    except (ValueError, KeyError, TypeError):
        raise BrokenLogError(f"access record {number} is not one that the service made: run snagc verify") from None
    return record
