"""Recorded runs held against their replays as both come by, in one pass over the log.

Here it is only found which records say just what the replay says; whatever else there is to say of an offer is left
to the exact audit of that offer alone.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson

from engine.events.canonical import canonical_json, sha256_hex
from engine.log.eventlog import EventLog
from engine.log.history import CORRECTED, RETRACTED, Fact, stored_fact
from replay.run.asked import Span
from replay.run.matchrun import digest_of, ranking_json
from replay.run.one_pass import OnePass, Passed

RECORDED = "match-run.recorded"
_RANKING = b'"ranking":'
"""What ``true`` stands behind in place of a ranking that repeats the replay's; no event that was taken in says so."""


@dataclass(slots=True)
class Replayed:
    """What a run that was replayed says of itself: all that a record of it repeats."""

    header: dict[str, Any]
    ranking: str
    """SHA-256 of the canonical JSON of the ranking."""
    digest: str

    @classmethod
    def of(cls, header: dict[str, Any], ranking: bytes, excluded: list[str]) -> "Replayed":
        """From a decision's parts, the ranking in canonical JSON."""
        decision = {**header, "ranking": orjson.Fragment(ranking), "excluded": excluded}
        return cls(header, sha256_hex(ranking), digest_of(decision))

    def recorded_as(self, record: Fact) -> bool:
        """Whether a record states just this: ranking, counter, log size, rules, readings and, if it has one, digest."""
        return self.headed_as(record) and sha256_hex(canonical_json(record.data["ranking"])) == self.ranking

    def headed_as(self, record: Fact) -> bool:
        """The same of all but the ranking."""
        header, data = self.header, record.data
        stated = [data["counter"], data["ruleset"], data["log_size"], data["readings"] or header["readings"]]
        ours = [header[name] for name in ("counter", "ruleset", "known_at", "readings")]
        return stated == ours and data.get("digest", self.digest) == self.digest


@dataclass(slots=True)
class Compared:
    """An offer, and the records that say what its replay says."""

    offer: str
    position: int
    at: str
    replayed: Replayed
    identical: list[tuple[int, int]] = field(default_factory=list)
    """Instant and position of each such record."""
    doubtful: bool = False
    """Whether there is a record that says otherwise, was amended, or stands before the offer."""
    records: list[tuple[str, str]] = field(default_factory=list)

    def take_record(self, position: int, state: bytes, ranking: bytes) -> None:
        """Hear of a recorded run; where it repeats the ranking to the byte, that need not be read."""
        begin = state.find(_RANKING) + len(_RANKING)
        if state.startswith(ranking, begin):
            record = stored_fact(position, state[:begin] + b"true" + state[begin + len(ranking) :])
            if record.data.get("ranking") is True:
                self._record(record, self.replayed.headed_as(record))
                return
        self.take(stored_fact(position, state))

    def _record(self, record: Fact, same: bool) -> None:
        self.records.append((record.source, record.id))
        self.identical.append(record.effective)
        self.doubtful = self.doubtful or not same

    def take(self, fact: Fact) -> None:
        """Hear of a fact about the offer."""
        if fact.kind == RECORDED:
            self._record(fact, self.replayed.recorded_as(fact))
        elif fact.kind in (CORRECTED, RETRACTED):
            about = fact.data["event"]["source"], fact.data["event"]["id"]
            self.doubtful = self.doubtful or about in self.records


def compared(log: EventLog, span: Span, unruled: list[Fact] | None, tick: Callable[[], None]) -> list[Compared]:
    """Every offer of a span in the order of the log; those of before the score go to ``unruled``."""
    found: dict[str, Compared] = {}
    early: dict[str, None] = {}
    for each in OnePass(log, span, unruled=unruled, tick=tick):
        if isinstance(each, Passed):
            subject = each.offer.subject
            ranking = ranking_json(each.orders[0][0])
            offer = found[subject] = _compared(each, ranking)
            offer.doubtful = subject in early
            for position, state in each.recorded:
                offer.take_record(position, state, ranking)
            for fact in each.told:
                offer.take(fact)
        elif each.subject in found:
            found[each.subject].take(each)
        elif each.kind == RECORDED:
            early[each.subject] = None
    return list(found.values())


def _compared(passed: Passed, ranking: bytes) -> Compared:
    replayed = Replayed.of(passed.header(), ranking, passed.orders[0][1])
    return Compared(replayed.header["offer"], passed.offer.position, replayed.header["at"], replayed)
