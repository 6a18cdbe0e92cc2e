"""Subjects: what an event is about, and the stream that keeps its history."""

from functools import lru_cache
from uuid import UUID, uuid5

_STREAMS = UUID("5c4f7a52-3d0b-5b0e-9d53-7f7d2c1f6a10")


def stream_id(subject: str) -> UUID:
    """The stream of a subject: one for each candidate, donor, offer, matrix and for the counter.

    What is asked for may be no whole text (halves of characters): it has a stream as well, that nothing stands in.
    """
    return uuid5(_STREAMS, subject.encode(errors="backslashreplace").decode())


@lru_cache(maxsize=16_384)
def stream_text(subject: str) -> str:
    """The same as it stands in a row: 32 hexadecimal digits."""
    return stream_id(subject).hex


def subject_kind(subject: str) -> str:
    """``candidate`` of ``candidate/C12``."""
    return subject.partition("/")[0]


def bare_id(subject: str) -> str:
    """``C12`` of ``candidate/C12``."""
    return subject.partition("/")[2]
