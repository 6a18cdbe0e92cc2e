"""A file within an OBX: a CDA report is read; a PDF is ignored beside structured results, and refused alone."""

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

from engine.intake.feeds import cda
from engine.intake.feeds.cda_header import Outside
from engine.intake.feeds.hl7_segment import Segment
from engine.intake.feeds.result import Ignored, Item, Patient, Refused
from engine.intake.verdicts import Fault

_BLANKS = re.compile(r"\s+")
_ESCAPES = {"F": "|", "S": "^", "T": "&", "R": "~", "E": "\\"}
_ESCAPED = re.compile(r"\\([FSTRE])\\")


@dataclass(frozen=True, slots=True)
class Around:
    """What the message says around a file."""

    source: str | None
    offset: str | None
    status: str
    replaces: bool
    pid: Segment | None
    faults: tuple[Fault, ...]


METADATA = "MetaDMPMSS"
"""The coding system of what French laboratories say of a report's delivery in OBX of their own."""


class File(Ignored):
    """A file without structure: ignored beside a structured report, refused alone."""


class Aside(Ignored):
    """What is said of a report's delivery, and no report: a file beside it stands alone."""


def is_aside(obx: Segment) -> bool:
    """Whether an OBX says something of the delivery."""
    return METADATA in (obx.text(3, 3).strip(), obx.text(3, 6).strip())


def is_document(obx: Segment) -> bool:
    """Whether an OBX carries a file, or points at one."""
    return obx.plain(2) in ("ED", "RP") or obx.text(5, 4).strip().lower() == "base64"


def items_of(obx: Segment, place: str, patient: Patient, around: Around) -> list[Item]:
    """What the file in an OBX says."""
    try:
        data = _data(obx)
    except ValueError as error:
        return [Refused((Fault(f"{place}-5", str(error)),), around.source)]
    if data is None:
        return [File(place, around.source, None, "a pointer to a file elsewhere")]
    if not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return [File(place, around.source, None, f"a file that is no XML ({len(data)} bytes)")]
    pid = around.pid
    outside = Outside(
        f"{place}/CDA", around.source, around.offset, around.status, around.replaces, patient,
        pid.text(7).strip()[:8] if pid else "", pid.text(8).strip() if pid else "",
        (*around.faults, *_person_faults(pid)),
    )  # fmt: skip
    return cda.read(data, outside) or [File(place, around.source, None, "a document without a structured body")]


def _person_faults(pid: Segment | None) -> Iterator[Fault]:
    """What of the person's birth and sex can't be held against the report."""
    for number in (7, 8):
        if pid and pid.unread(number, more=True):
            yield Fault(f"PID-{number}", "more than one plain text: send the date of birth and the sex alone")


def settled(items: list[Item]) -> list[Item]:
    """Files without structure as they stand beside the others of one message: alone they are refused."""
    alone = all(isinstance(item, File | Aside) for item in items)
    return [
        Refused((Fault(item.place, f"{item.why}: send the results in OBX or in a CDA R2 report"),), item.source)
        if isinstance(item, File) and alone
        else item
        for item in items
    ]


def _data(obx: Segment) -> bytes | None:
    """The bytes of the file; None where it is elsewhere. ValueError says the remedy."""
    if obx.plain(2) == "RP":
        return None
    if obx.repetitions(5) > 1 or any(part.strip() for part in obx.components(5)[5:]):
        raise ValueError("more than one file, or one with separators in it: send each in an OBX of its own, in Base64")
    encoding, text = obx.text(5, 4).strip().lower(), obx.last_component(5)
    if not text.strip():
        raise ValueError("an empty file: send the report")
    if encoding == "base64":
        packed = _BLANKS.sub("", text).rstrip("=")
        try:
            return base64.b64decode(packed + "=" * (-len(packed) % 4), validate=True)  # some leave out the padding
        except (binascii.Error, ValueError):
            raise ValueError("no base64, or cut off: send the file whole, on one line") from None
    if encoding in ("", "a"):
        return _ESCAPED.sub(lambda found: _ESCAPES[found[1]], text).encode()
    raise ValueError("an encoding that is neither Base64 nor A (none): send Base64")
