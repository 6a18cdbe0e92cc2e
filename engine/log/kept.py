"""What a log keeps beside its events, as checkpoints sign it: import records, quarantine entries, their fate.

Each is a list that only grows. A line of a checkpoint signs how many there were, and the RFC 6962 root over their
canonical JSON in base64; whatever is kept later must begin with them:

    imports COUNT DIGEST            import records (engine.log.imports)
    quarantine COUNT DIGEST         {"number", "sha256" of the bytes received, "imported", "first_received"}, and
                                    "sender" where it was first sent under a token
    quarantine-acts COUNT DIGEST    {"number", "entry", "act": "taken" or "erased", "at", "text"}
    received COUNT DIGEST           {"number", "sha256", "format", "act", "at", "text"} of messages: "kept" or "erased",
                                    or "stated" of a result that one tells of (engine.log.received)
    access COUNT DIGEST             access records, each as its line is kept (engine.log.journal)

So an entry may be taken or erased later without a contradiction, but not vanish, and neither may what became of it.
The bytes themselves stand outside: their digest is signed, so they can be erased.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

from engine.events.canonical import canonical_json
from engine.log.beside import ACCESS, RECEIVED
from engine.log.imports import ImportRecord
from engine.log.proofs import root_of
from engine.log.tree import leaf_hash

IMPORTS, QUARANTINE, ACTS = "imports", "quarantine", "quarantine-acts"
SIGNED_LISTS = {
    IMPORTS: "import records",
    QUARANTINE: "quarantine entries",
    ACTS: "acts on quarantine entries",
    RECEIVED: "acts on messages received",
    ACCESS: "access records",
}
"""The names of the lines, and what each signs."""

SignedList = tuple[int, bytes]
"""How many entries of a list are signed, and their root."""


class Keeper(Protocol):
    """What reads the lists as they are kept; the engine's recorder does."""

    def import_rows(self) -> Sequence[tuple[Any, ...]]:
        """Import records by number, without it."""

    def quarantine_received(self) -> Sequence[tuple[Any, ...]]:
        """Number, digest, whether imported and first receipt of every entry, by number."""

    def quarantine_senders(self) -> Sequence[tuple[Any, ...]]:
        """Number and sender of every entry first sent under a token, by number."""

    def quarantine_acts(self) -> Sequence[tuple[Any, ...]]:
        """Number, entry, act, instant and text, by number."""

    def received_rows(self) -> Sequence[tuple[Any, ...]]:
        """Number, SHA-256, format, act, instant and text, by number."""


class Kept(NamedTuple):
    """The lists: the imports as records, each list as leaf hashes."""

    imports: tuple[ImportRecord, ...]
    leaves: dict[str, list[bytes]]

    def signed_lists(self) -> dict[str, SignedList]:
        """What a checkpoint signs of the lists as they are."""
        return {name: (len(leaves), root_of(leaves)) for name, leaves in self.leaves.items()}

    def with_access(self, lines: Iterable[bytes]) -> "Kept":
        """The lists with the access records as well, which no answer rests on, so that only who verifies reads them."""
        return self._replace(leaves={**self.leaves, ACCESS: [leaf_hash(line) for line in lines]})

    def imports_up_to(self, size: int) -> int:
        """How many import records are of the first events."""
        return sum(_is_within(record.first_position, size) for record in self.imports)


def _is_within(position: Any, size: int) -> bool:
    return isinstance(position, int) and position <= size


def kept_of(keeper: Keeper, size: int | None = None) -> Kept:
    """The lists of a log, import records perhaps of its first events alone.

    A row that holds what no log writes there has a leaf that no checkpoint ever signed.
    """
    records = (ImportRecord(*row) for row in keeper.import_rows())
    senders = {number: {"sender": sender} for number, sender in keeper.quarantine_senders()}
    imports = tuple(record for record in records if size is None or _is_within(record.first_position, size))
    return Kept(
        imports,
        {
            IMPORTS: [_leaf(record._asdict()) for record in imports],
            QUARANTINE: [_leaf(_entry(*row) | senders.get(row[0], {})) for row in keeper.quarantine_received()],
            ACTS: [_leaf(_act(*row)) for row in keeper.quarantine_acts()],
            RECEIVED: [_leaf(dict(zip(_RECEIVED, row, strict=True))) for row in keeper.received_rows()],
        },
    )


def _entry(number: Any, digest: Any, imported: Any, first_received: Any) -> dict[str, Any]:
    sha256 = digest.hex() if isinstance(digest, bytes) else digest
    return {"number": number, "sha256": sha256, "imported": imported, "first_received": first_received}


def _act(number: Any, entry: Any, act: Any, at: Any, text: Any) -> dict[str, Any]:
    return {"number": number, "entry": entry, "act": act, "at": at, "text": text}


_RECEIVED = ("number", "sha256", "format", "act", "at", "text")


def _leaf(document: dict[str, Any]) -> bytes:
    try:
        return leaf_hash(canonical_json(document))
    except (TypeError, ValueError):
        return leaf_hash(repr(document).encode("utf-8", "backslashreplace"))


def contradictions(kept: Kept, size: int, signed: dict[str, SignedList], *, last: bool) -> Iterator[tuple[str, str]]:
    """Which lists do not begin with what a checkpoint of a size signs, and how.

    ``last``: of its size it is the last, so the import records of the first events are those it signs and no more.
    """
    for name, (count, root) in signed.items():
        if name not in kept.leaves:
            continue
        what, leaves = SIGNED_LISTS[name], kept.leaves[name]
        if count > len(leaves):
            yield name, f"signs {count} {what}, the log keeps {len(leaves)}"
        elif root_of(leaves[:count]) != root:
            yield name, f"signs other {what} than the first {count} of the {len(leaves)} that the log keeps"
        elif name == IMPORTS and last and kept.imports_up_to(size) != count:
            yield name, f"signs {count} {what} of its {size} events, the log keeps {kept.imports_up_to(size)}"
