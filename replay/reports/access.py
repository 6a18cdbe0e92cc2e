"""Who read whose data through the service: the access records beside the log, as they were made."""

from typing import Any

import orjson

from engine.errors import BrokenLogError
from engine.log.beside import ACCESS
from engine.quantities import parse_instant
from replay.run.asked import Asked

Record = dict[str, Any]


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


def _record(number: int, line: bytes) -> Record:
    try:
        record: Record = orjson.loads(line)
        parse_instant(record["at"])
        iter(record["candidates"])
    except (ValueError, KeyError, TypeError):
        raise BrokenLogError(f"access record {number} is not one that the service made: run snagc verify") from None
    return record
