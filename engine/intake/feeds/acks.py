"""Acknowledgements of HL7 v2: AA where nothing was refused, AE where something was, AR for what can't be read.

It names nobody: what was wrong is said by path, message and the laboratory's own number of the result.
"""

import re
from collections.abc import Iterator, Sequence

from engine.intake.feeds.result import Message
from engine.intake.feeds.taking import Answer
from engine.intake.verdicts import REFUSALS
from engine.quantities import utc_text
from engine.text import printed

_ESCAPES = str.maketrans({"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "&": "\\T\\", "~": "\\R\\"})
_NO_SEPARATORS = dict.fromkeys(map(ord, "\\|^&~"))
_EVENT = re.compile(r"[A-Z][A-Z0-9]{2}", re.ASCII)
_VERSION = re.compile(r"2\.[0-9](?:\.[0-9])?", re.ASCII)
_LONGEST_TEXT = 200
_MOST_ERRORS = 20


def acknowledgements(answers: Sequence[Answer], now: int) -> bytes:
    """One acknowledgement for each message, in order; of nothing at all, that it can't be read."""
    given = answers or [Answer(Message((), readable=False), ())]
    return b"".join(_acknowledgement(answer, now).encode() for answer in given)


def code_of(answer: Answer) -> str:
    """MSA-1."""
    if not answer.message.readable:
        return "AR"
    return "AE" if any(verdict.status in REFUSALS for verdict in answer.verdicts) else "AA"


def _acknowledgement(answer: Answer, now: int) -> str:
    head = answer.message.head
    instant = utc_text(now)
    at = "".join(char for char in instant[:19] if char.isdigit()) + "+0000"
    control = head.get("msh10", "")
    kind = f"ACK^{head['event']}^ACK" if _EVENT.fullmatch(head.get("event", "")) else "ACK"
    version = head.get("version", "")
    msh = [
        "MSH", "^~\\&", *(_field(head.get(f"msh{number}", "")) for number in (5, 6, 3, 4)), at, "", kind,
        f"A{control.translate(_NO_SEPARATORS)}"[:20], _field(head.get("msh11", "")) or "P",
        version if _VERSION.fullmatch(version) else "2.5",
    ]  # fmt: skip
    lines = ["|".join([*msh, "", "", "", "", "", "UNICODE UTF-8"]), f"MSA|{code_of(answer)}|{control}"]
    return "".join(f"{line}\r" for line in [*lines, *_errors(answer)])


def _errors(answer: Answer) -> Iterator[str]:
    """ERR for each fault: where, how grave, and in words what to mend."""
    faults = [fault for verdict in answer.verdicts if verdict.status in REFUSALS for fault in verdict.errors]
    for fault in faults[:_MOST_ERRORS]:
        yield f"ERR||{_text(fault.path)}|207^Application internal error^HL70357|E||||{_text(fault.message)}"


def _field(sent: str) -> str:
    """A field of the message acknowledged, as it was sent (see ``Segment.echoed``); of a longer one the beginning."""
    return sent[:_LONGEST_TEXT]


def _text(words: str) -> str:
    return printed(words)[:_LONGEST_TEXT].translate(_ESCAPES)
