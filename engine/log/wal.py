"""SQLite's write-ahead log read as bytes, for what SQLite itself passes over in silence.

A header of 32 bytes, then frames: 24 bytes and a page each, with checksums that run on from frame to frame
(sqlite.org/fileformat2.html, section 4). SQLite takes a -wal up to the first frame whose checksum fails, and forgets
the rest: after a crash of the machine rightly so, for that was never acknowledged; after damage it is lost.
"""

from pathlib import Path
from typing import Literal

from engine.errors import LogError

_HEADER, _FRAME_HEADER = 32, 24
_ORDER_OF: dict[bytes, Literal["little", "big"]] = {b"\x37\x7f\x06\x82": "little", b"\x37\x7f\x06\x83": "big"}
_WORD = 0xFFFFFFFF

Sums = tuple[int, int]


def is_wal(path: Path) -> bool:
    """Whether a -wal begins as SQLite begins it; one that is not there, empty or of zeros (a crash) holds nothing."""
    header = _read(path, _HEADER)
    if not header.strip(b"\0"):
        return True
    order = _ORDER_OF.get(header[:4])
    return order is not None and len(header) == _HEADER and header[24:] == _bytes(_sums((0, 0), header[:24], order))


def frames_behind_damage(path: Path) -> int:
    """How many frames of a -wal stand behind one that fails and yet belong to the same turn: SQLite forgets them."""
    data = _read(path, -1)
    order = _ORDER_OF.get(data[:4])
    if order is None or len(data) < _HEADER:
        return 0
    salts, sums = data[16:24], (int.from_bytes(data[24:28]), int.from_bytes(data[28:32]))
    length = _FRAME_HEADER + int.from_bytes(data[8:12])
    frames = [data[start : start + length] for start in range(_HEADER, len(data) - length + 1, length)]
    for number, frame in enumerate(frames):
        sums = _sums(_sums(sums, frame[:8], order), frame[_FRAME_HEADER:], order)
        if frame[8:16] != salts or frame[16:24] != _bytes(sums):
            return sum(later[8:16] == salts for later in frames[number + 1 :])
    return 0


def _read(path: Path, size: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(size)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise LogError(f"{path} cannot be read ({error.strerror}): check its rights") from None


def _sums(sums: Sums, data: bytes, order: Literal["little", "big"]) -> Sums:
    first, second = sums
    for at in range(0, len(data), 8):
        first = (first + int.from_bytes(data[at : at + 4], order) + second) & _WORD
        second = (second + int.from_bytes(data[at + 4 : at + 8], order) + first) & _WORD
    return first, second


def _bytes(sums: Sums) -> bytes:
    return sums[0].to_bytes(4, "big") + sums[1].to_bytes(4, "big")
