"""What the service and its reading processes say to each other: a JSON header and bytes, each with its length."""

import struct
from typing import Any, BinaryIO

import orjson

LENGTHS = struct.Struct(">IQ")


def framed(header: dict[str, Any], body: bytes = b"") -> bytes:
    """A frame."""
    head = orjson.dumps(header)
    return LENGTHS.pack(len(head), len(body)) + head + body


def read_frame(stream: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    """The next frame; None where the other side is gone, also in the middle of one."""
    lengths = stream.read(LENGTHS.size)
    if len(lengths) < LENGTHS.size:
        return None
    head, body = LENGTHS.unpack(lengths)
    header, content = stream.read(head), stream.read(body)
    if len(header) < head or len(content) < body:
        return None
    return orjson.loads(header), content
