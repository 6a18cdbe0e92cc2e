"""Steps 8 and 9 of verification: checkpoints and import records against what the rows gave."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from engine.errors import BrokenLogError
from engine.events.envelope import check_actor
from engine.events.fields import hex_digest
from engine.log.checkpoint import Checkpoint, NoteFile, first_changed
from engine.log.imports import ImportRecord, imports_digest, joined_ranges
from engine.log.note import VerifierKey
from engine.quantities import parse_instant
from replay.audit.verification.findings import Faults, SignedHead
from replay.audit.verification.rows import RowChecks


class Trust(NamedTuple):
    """What the verifier brings along: known keys, checkpoints kept elsewhere, certificates of timestamp authorities."""

    keys: Sequence[VerifierKey] = ()
    notes: Sequence[NoteFile] = ()
    certificates: bytes | None = None


class Head(NamedTuple):
    """A checkpoint whose file and signatures held: what it states, and how the report shows it."""

    checkpoint: Checkpoint
    signed: SignedHead


def open_heads(trust: Trust, faults: Faults) -> list[Head]:
    """The checkpoints whose signatures hold (unchecked where no key is known), ascending by size."""
    heads = []
    for file in trust.notes:
        try:
            heads.append(_open(file, trust))
        except BrokenLogError as error:
            faults.add(8, str(error))
    return sorted(heads, key=lambda head: head.checkpoint.size)


def _open(file: NoteFile, trust: Trust) -> Head:
    note, checkpoint = file.open()
    try:
        signers = note.signers(trust.keys) if trust.keys else ()
        timestamp = _timestamp(file, trust.certificates)
    except BrokenLogError as error:
        raise BrokenLogError(f"{file.name}: {error}") from None
    names = tuple(key.name for key in signers)
    return Head(
        checkpoint,
        SignedHead(file.name, checkpoint.origin, checkpoint.size, checkpoint.root.hex(), names, timestamp),
    )


def _timestamp(file: NoteFile, certificates: bytes | None) -> str | None:
    if file.timestamp is None:
        return None
    from engine.log.timestamps import timestamped_at

    return timestamped_at(file.data, file.timestamp, certificates)


def check_heads(heads: Sequence[Head], rows: RowChecks, kept: Sequence[bytes], faults: Faults) -> list[Head]:
    """The checkpoints whose roots are those of the rows; the others are faults, as exactly placed as can be shown."""
    held: list[Head] = []
    for head in heads:
        size = head.checkpoint.size
        if rows.roots.get(size) == head.checkpoint.root:
            held.append(head)
            continue
        message = f"{head.signed.file} signs another root for the first {size} events than these rows have"
        if size > rows.size:
            message = f"{head.signed.file} signs {size} events, the log has {rows.size}"
        exact = first_changed(kept, rows.leaves, head.checkpoint)
        if exact is None and size > rows.size:
            exact = rows.size + 1
        if exact is not None:
            faults.add(8, message, exact)
        else:
            below = max((known.checkpoint.size for known in held if known.checkpoint.size < size), default=0)
            faults.add(8, message, below + 1, until=size)
    return held


def check_imports(stored: Sequence[tuple[Any, ...]], heads: Sequence[Head], size: int, faults: Faults) -> list[range]:
    """The imported positions, once each record is sound and those signed are those that are there."""
    records: list[ImportRecord] = []
    for number, row in enumerate(stored, 1):
        try:
            records.append(_record(row, after=records[-1].last_position if records else 0, size=size))
        except (ValueError, TypeError) as error:
            position = row[3] if isinstance(row[3], int) and 1 <= row[3] <= size else None
            faults.add(9, f"import record {number}: {error}", position)
            return joined_ranges(records)
    for head in heads:
        signed = head.checkpoint.imports
        there = [record for record in records if record.first_position <= head.checkpoint.size]
        if signed is not None and signed != imports_digest(there):
            faults.add(9, f"{head.signed.file} signs {signed[0]} other import records than the {len(there)} kept")
    return joined_ranges(records)


def _record(row: tuple[Any, ...], *, after: int, size: int) -> ImportRecord:
    record = ImportRecord(*row)
    hex_digest(record.file_sha256)
    parse_instant(record.imported_at)
    check_actor(record.actor)
    first, last = record.first_position, record.last_position
    if not (isinstance(first, int) and isinstance(last, int) and after < first <= last <= size):
        raise ValueError(f"positions {first!r} to {last!r} do not lie after {after} and within {size}")
    return record


def limits_of(trust: Trust, heads: Sequence[Head], held: Sequence[Head], size: int) -> Iterator[str]:
    """What this verification cannot show, in words."""
    if not trust.notes:
        yield (
            "There is no checkpoint: a history rewritten whole, a tail cut off with care, or a changed recorded time "
            "would not show. Sign one with snagc checkpoint, and keep a copy elsewhere."
        )
        return
    if not trust.keys:
        yield "No verifier key is known, so no signature was checked: name one with --vkey."
    signed = held[-1].checkpoint.size if held else 0
    if signed < size and len(held) == len(heads):
        yield f"Positions {signed + 1} to {size} lie after the last checkpoint: nothing signed vouches for them yet."
    if any(head.checkpoint.imports is None for head in held):
        yield "A checkpoint signs no import records: it does not vouch for them."
    if trust.certificates is None and any(head.signed.timestamp for head in held):
        yield "The timestamps' own signatures were not checked: name the authority's certificates with --certificates."
    yield "A checkpoint deleted here would not be missed: give copies kept elsewhere with --checkpoint."
