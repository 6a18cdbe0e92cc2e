"""Stored bytes, the log's tree hash and canonical JSON: RFC 8785 and RFC 6962."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def canonical(document: Any) -> bytes:
    """RFC 8785 JSON of a document with ASCII keys and without floats."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8")


def tree_hash(leaves: list[bytes]) -> bytes:
    """RFC 6962, 2.1: MTH of the entries."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + tree_hash(leaves[:split]) + tree_hash(leaves[split:])).digest()


def root(events: list[dict[str, Any]], size: int) -> str:
    """The tree hash of the first size events' stored bytes, lower-case hex."""
    return tree_hash([canonical(event) for event in events[:size]]).hex()


def digest(document: Any) -> str:
    """SHA-256 of the canonical JSON, lower-case hex."""
    return hashlib.sha256(canonical(document)).hexdigest()
