"""A replicate as an event log: what ``snagc ingest --import`` takes in, with the run of each offer as its record.

The positions of the log are those of the replicate, so that ``snagc audit`` replays each offer from the same facts.
"""

from typing import BinaryIO

import orjson

from engine.events.subjects import bare_id
from engine.events.vocabulary import RUN_RECORDED
from engine.log.history import Fact
from fixtures.national.paris import local_text, utc_text
from projections.bulk_places import OfferedList, Order
from replay.run.live import SOURCE
from replay.run.matchrun import header, ranking_json
from replay.simulation.lives import MICROSECONDS, Told
from replay.simulation.living import Listener


class Writer(Listener):
    """Writes an event a line."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out

    def tell(self, told: Told, position: int, now: int) -> None:
        """Write the fact at a position, told now."""
        event: dict[str, object] = {
            "specversion": "1.0",
            "source": told.source,
            "id": str(position),
            "type": f"snagc.{told.kind}.v1",
            "subject": told.subject,
            "time": local_text(told.instant // MICROSECONDS),
            "recordedtime": utc_text(now * MICROSECONDS),
            "data": told.data,
        }
        self._write(event if told.actor is None else {**event, "actor": told.actor})

    def ranked(self, offer: Fact, listed: OfferedList, order: Order) -> None:
        """Write the record of an offer's run, made at once."""
        known_at, at = offer.position - 1, offer.instant // MICROSECONDS
        said = header(offer, listed.donor.id, known_at, "", listed.counter, listed.p, listed.r)
        data = {name: said[name] for name in ("offer", "counter", "ruleset", "readings")}
        self._write(
            {
                "specversion": "1.0",
                "source": SOURCE,
                "id": f"match-run.{bare_id(offer.subject)}",
                "type": RUN_RECORDED,
                "subject": offer.subject,
                "time": local_text(at),
                "recordedtime": utc_text(offer.instant),
                "data": {**data, "log_size": known_at, "ranking": orjson.Fragment(ranking_json(order[0]))},
            }
        )

    def _write(self, event: dict[str, object]) -> None:
        self._out.write(orjson.dumps(event) + b"\n")
