"""What a laboratory has said of a result so far, whatever became of it: so that the last version stands, not the last
to arrive, and what was said before says nothing new.

Each statement is noted in the transaction that takes its message in (``engine.log.received``), under the SHA-256 of
what identifies the result or document: who it was of, its version, what it did, and by which message.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from typing import Literal, NamedTuple

from engine.errors import BrokenLogError
from engine.intake.feeds.identity import is_newer, is_within
from engine.intake.feeds.known import KnownFact, is_stored
from engine.intake.feeds.result import LabResult, Message
from engine.intake.verdicts import Status
from engine.log.eventlog import EventLog
from engine.log.received import is_kept, kept_from, note_stated, stated
from engine.quantities import utc_text

_AHEAD = 86_400_000_000
"""Microseconds by which a sender's clock may go before the log's."""
_NEAR = 3
"""Messages kept from the moment on when a fact was recorded among which the one is that made it."""
What = Literal["value", "withdrawn", "document"]


class Statement(NamedTuple):
    """One statement of a laboratory."""

    candidate: str
    version: str | None
    what: What
    status: Status
    """How it was answered."""
    position: int | None
    """The event that it made, or that already said so."""
    kept: tuple[str, ...] = ()
    """Of a document: the stems of what stands in it."""
    parts: tuple[int, int] = (0, 0)
    """Of a document: by how many parts the ids of its results are longer, from and up to."""
    message: str = ""
    """The SHA-256 of its message."""

    @property
    def took_effect(self) -> bool:
        """Whether it was dealt with, so that there is nothing more to do when its message comes again."""
        return self.status != "refused"


class Told:
    """The statements of results, as one message finds them and adds to them."""

    def __init__(self, log: EventLog, raw: bytes, format_: str, now: int, read: Callable[[bytes], Message]) -> None:
        self._log = log
        self._read = read
        self._message = hashlib.sha256(raw).hexdigest()
        self._format = format_
        self._now = now
        self.is_repeated = is_kept(log, raw)
        """Whether these very bytes were taken in before; of messages older than the notes that is all that is known."""

    def dated(self, version: str | None) -> str | None:
        """A version as it counts: one dated more than a day ahead of the clock is of now, or nothing came after it."""
        ahead = is_newer(version, f"t{utc_text(self._now + _AHEAD)}")
        return f"t{utc_text(self._now)}" if ahead else version

    def of(self, source: str, stem: str) -> list[Statement]:
        """What was said of a result or a document itself, in the order of its arrival."""
        return [_parsed(text) for text in stated(self._log, _key(source, stem))]

    def of_result(self, source: str, stem: str) -> list[Statement]:
        """What was said of a result, in documents too: one that does not have it has withdrawn it."""
        found = self.of(source, stem)
        above = stem.split(";")[:-1]
        for length in range(1, len(above) + 1):
            document = ";".join(above[:length])
            for each in self.of(source, document):
                if each.what == "document" and _lacks(each, document, stem):
                    found.append(each._replace(what="withdrawn"))
        return found

    def again(self, statements: Iterable[Statement], candidate: str, what: What) -> Statement | None:
        """What this very message said before, and was dealt with."""
        mine = (each for each in statements if (each.message, each.candidate) == (self._message, candidate))
        return next((each for each in mine if each.what == what and each.took_effect), None)

    def of_fact(
        self, said: list[Statement], source: str, stem: str, fact: KnownFact, version: str | None
    ) -> list[Statement]:
        """What was said of a fact that a version is held against; where its own was not noted, its message is read."""
        if not is_undated(version, fact, said):
            return said
        for sha256, raw in kept_from(self._log, fact.stored["recordedtime"], _NEAR):
            for item in self._read(raw).items:
                if isinstance(item, LabResult) and (item.source, item.stem) == (source, stem) and _made(item, fact):
                    made = Statement(fact.candidate, item.version, "value", "accepted", fact.position, message=sha256)
                    return [*said, made]
        return said

    def note(self, source: str, stem: str, statement: Statement, said: list[Statement]) -> None:
        """Note what this message says, unless it is noted so."""
        statement = statement._replace(message=self._message)
        if statement in said:
            return
        text = json.dumps(statement._asdict(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        note_stated(self._log, _key(source, stem), self._format, text, self._now)


def told_apart(said: Iterable[Statement], candidate: str) -> bool:
    """Whether one message gave a candidate and another one a result of one number: two results, none resent."""
    others = {each.message for each in said if each.candidate != candidate and each.what == "value"}
    return any(each.message in others for each in said if each.candidate == candidate and each.what == "value")


def is_undated(version: str | None, fact: KnownFact, said: Iterable[Statement]) -> bool:
    """Whether nothing says of which version a fact is, as before statements were noted, and it may be a later one.

    What was sent after the fact was recorded is surely later.
    """
    if any(each.position == fact.position and each.status == "accepted" for each in said):
        return False
    return not is_newer(version, f"t{fact.stored['recordedtime']}")


def _lacks(document: Statement, stem: str, result: str) -> bool:
    """Whether a document that may hold a result does not."""
    has = any(is_within(result, each, range(1)) for each in document.kept)
    return is_within(result, stem, range(*document.parts)) and not has


def _made(result: LabResult, fact: KnownFact) -> bool:
    return result.measured is not None and result.sampled is not None and is_stored(result, fact)


def _key(source: str, stem: str) -> str:
    return hashlib.sha256(f"{source}\n{stem}".encode()).hexdigest()


def _parsed(text: str) -> Statement:
    try:
        said = json.loads(text)
        return Statement(**{**said, "kept": tuple(said["kept"]), "parts": tuple(said["parts"])})
    except (ValueError, TypeError, KeyError):
        raise BrokenLogError(
            f"{text[:80]} in the table received is no statement of a result: run snagc verify"
        ) from None
