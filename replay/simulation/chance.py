"""Common random numbers: every throw hangs on what it is about and on nothing that happened before it.

So the same person has the same dice under every policy, in whatever order they are thrown and on whatever worker.
"""

from hashlib import sha256

_FIFTY_THREE_BITS = 1 << 53


def stream(seed: int, replicate: int, *about: str) -> int:
    """The seed of a stream of its own for something in a replicate."""
    text = "\x1f".join((str(seed), str(replicate), *about))
    return int.from_bytes(sha256(text.encode()).digest()[:8])


def throw(seed: int, replicate: int, *about: str) -> float:
    """One number in [0, 1) for something in a replicate."""
    return (stream(seed, replicate, *about) >> 11) / _FIFTY_THREE_BITS
