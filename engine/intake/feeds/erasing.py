"""Erasing a person: their bytes in what was received and in quarantine, so that the log is pseudonyms alone.

What the log holds of them stays: facts under a candidate id. Whether bytes are theirs is read from the bytes
themselves, so that a message refused before its patient was known is found too, and by what stands in a file in it.
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from engine.errors import LogError
from engine.intake import quarantine
from engine.intake.feeds import fhir, hl7v2
from engine.intake.feeds.formats import FHIR, HL7V2, format_of
from engine.intake.feeds.result import Identifier
from engine.intake.feeds.taking import Part, read
from engine.log.beside import RECEIVED
from engine.log.eventlog import EventLog
from engine.log.received import note_erased, take_out
from engine.quantities import utc_text


class Erased(NamedTuple):
    """What was erased: SHA-256 of messages received, numbers of quarantine entries."""

    received: list[str]
    quarantined: list[int]


def erase_person(log: EventLog, candidate: str, identifiers: Iterable[Identifier], reason: str, *, now: int) -> Erased:
    """Erase the bytes of a candidate; the mapping itself is its owner's to change, last, once this has ended."""
    quarantine.check_reason(reason)
    is_theirs = _judge(candidate, frozenset(identifiers))
    folder = log.store.folder(RECEIVED)
    received = [name for name in folder.names() if is_theirs(folder.read(name) or b"")]
    entries = [each for each in quarantine.entries(log, include_resolved=True) if each.raw and is_theirs(each.raw)]
    with log.writing():
        note_erased(log, [*received, *(each.sha256 for each in entries)], reason, now)
        for each in entries:
            if quarantine.entry(log, each.number).erased is None:
                errors = quarantine.erased_errors(reason)
                log.recorder.quarantine_erase(each.number, utc_text(now), reason, errors)
    take_out(log, received)
    if not log.recorder.write_back():
        raise LogError(f"the bytes of {candidate} are erased, but {log.recorder.LEFT}")
    return Erased(received, [each.number for each in entries])


def _judge(candidate: str, identifiers: frozenset[Identifier]) -> Callable[[bytes], bool]:
    """Whether bytes are of a person: a message with one of their identifiers, or an event about the candidate.

    A ranking names everybody, and is about nobody. Where no authority is named, a value alone may be theirs.
    """
    values = sorted({each.value for each in identifiers})
    words = [re.escape(value.encode()) for value in values]
    pseudonym = re.escape(candidate.encode())
    subject = re.compile(rb'"candidate/' + pseudonym + rb'"')
    act = re.compile(rb'"candidate"\s*:\s*"' + pseudonym + rb'"')
    value = b"(?:" + (b"|".join(words) or rb"(?!)") + b")"
    named = re.compile(rb"(?<![0-9A-Za-z])" + value + rb"(?![0-9A-Za-z])")
    quoted = re.compile(rb"""["'>]\s*""" + value + rb"""\s*["'<]""")

    def is_about(text: bytes) -> bool:
        is_act = act.search(text) and b'"ranking"' not in text
        return bool(subject.search(text) or named.search(text) or is_act)

    def is_theirs(raw: bytes) -> bool:
        format_ = format_of(raw)
        if format_ is None:
            return any(map(is_about, _spellings(raw)))
        message = read(Part(raw, format_))
        if not (message.readable and message.patients) and any(map(named.search, _spellings(raw))):
            return True
        if not identifiers.isdisjoint(message.patients | _EVERYBODY[format_](raw)):
            return True
        return any(map(quoted.search, [*_files(raw), *([raw] if format_ == HL7V2 else [])]))

    return is_theirs


_EVERYBODY: Mapping[str, Callable[[bytes], frozenset[Identifier]]] = {
    FHIR: fhir.everybody_in,
    HL7V2: hl7v2.everybody_in,
}
_ESCAPE = re.compile(rb"\\(?:u([0-9A-Fa-f]{4})|([\"\\/]))")


def _spellings(raw: bytes) -> Iterator[bytes]:
    """Bytes that are no event as they stand, and as text: JSON's escapes resolved, UTF-16 without its zeros."""
    yield raw
    plain = raw.replace(b"\0", b"")
    yield _ESCAPE.sub(lambda found: chr(int(found[1], 16)).encode(errors="replace") if found[1] else found[2], plain)


_WRAPPED = re.compile(rb"(?:[ \t\r\n]|\\[rnt])+")
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{64,}")


def _files(raw: bytes) -> Iterator[bytes]:
    """What stands in a message in base64, read or not, on one line or wrapped."""
    for run in _BASE64.findall(_WRAPPED.sub(b"", raw)):
        try:
            yield base64.b64decode(run[: len(run) // 4 * 4] if len(run) % 4 == 1 else run + b"=" * (-len(run) % 4))
        except binascii.Error:
            continue
