"""Messages as they were received: their bytes beside the log, named by their SHA-256; which these are, within it.

The table ``received`` says of each that its bytes are kept, and later perhaps that they were erased; a checkpoint
signs these acts. So the bytes of a person can go, and the log still proves what it proves: their SHA-256.

What a message states of a result is noted there too, under the SHA-256 of what identifies the result: its version and
what came of it, which no event has room for. These notes stay when the bytes go.
"""

import hashlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from engine.errors import LogError
from engine.log.beside import RECEIVED
from engine.quantities import utc_text

if TYPE_CHECKING:
    from engine.log.eventlog import EventLog

STATED = "stated"
"""The act that notes a statement; its text is JSON (``engine.intake.feeds.told``)."""
KEPT, ERASED = "kept", "erased"
"""What may become of a message's bytes; after an erasure they may be received again."""


def is_kept(log: "EventLog", raw: bytes) -> bool:
    """Whether these very bytes were received before and are kept."""
    last = log.recorder.received_last(hashlib.sha256(raw).hexdigest())
    return last is not None and last[1] == KEPT


def keep(log: "EventLog", raw: bytes, format_: str, now: int) -> None:
    """Keep the bytes of a message, durable before the open transaction that says so is committed."""
    sha256 = hashlib.sha256(raw).hexdigest()
    last = log.recorder.received_last(sha256)
    if last is None or last[1] != KEPT:
        log.store.folder(RECEIVED).keep(sha256, raw)
        log.recorder.received_put(sha256, format_, KEPT, utc_text(now), "")


def kept_from(log: "EventLog", at: str, most: int) -> Iterator[tuple[str, bytes]]:
    """The messages kept from a moment on, by SHA-256; not those whose bytes are erased."""
    for sha256 in log.recorder.received_from(at, KEPT, most):
        raw = log.store.folder(RECEIVED).read(sha256)
        if raw is not None:
            yield sha256, raw


def note_stated(log: "EventLog", identity: str, format_: str, text: str, now: int) -> None:
    """Note, in the open transaction, what a message states of a result, by the SHA-256 of its identity."""
    log.recorder.received_put(identity, format_, STATED, utc_text(now), text)


def stated(log: "EventLog", identity: str) -> list[str]:
    """What was noted of a result, in order."""
    return log.recorder.received_texts(identity, STATED)


def note_erased(log: "EventLog", digests: Iterable[str], reason: str, now: int) -> None:
    """Note, in the open transaction, that the bytes of some messages are erased; they go once it is committed."""
    for sha256 in digests:
        last = log.recorder.received_last(sha256)
        if last is not None and last[1] == KEPT:
            log.recorder.received_put(sha256, last[0], ERASED, utc_text(now), reason)


def take_out(log: "EventLog", digests: Iterable[str]) -> None:
    """Take out the bytes of messages whose erasure is committed."""
    folder = log.store.folder(RECEIVED)
    for sha256 in digests:
        last = log.recorder.received_last(sha256)
        if last is not None and last[1] == KEPT:
            raise LogError(f"the bytes {sha256} were received again meanwhile: run the command again")
        folder.remove(sha256)
