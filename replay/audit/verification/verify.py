"""The twelve steps in their order; see the package for what each of them is."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any, Protocol

from engine.errors import BrokenLogError
from engine.log.beside import ACCESS, CHECKPOINTS, RECEIVED
from engine.log.checkpoint import CheckpointFolder
from engine.log.eventlog import without_garbage_collection
from engine.log.evidence import StoredRow
from engine.log.kept import Keeper, kept_of
from engine.log.proofs import root_of
from engine.log.store import store_of
from engine.processes import second_process
from replay.audit.verification.beside import KeptEvidence, check_access, check_imports, check_lists, check_quarantine
from replay.audit.verification.findings import Faults, Verification
from replay.audit.verification.form import Read, read_all
from replay.audit.verification.heads import Trust, check_heads, open_heads
from replay.audit.verification.limits import Looked, limits_of
from replay.audit.verification.received import Acts, Bytes, check_received
from replay.audit.verification.rows import RowChecks, Rows

LONG = 24 << 20
"""Bytes of a log from which on it is read by a second process as well."""
AT_ONCE = 4000


class Evidence(KeptEvidence, Keeper, Rows, Acts, Protocol):
    """What verification reads of a log: its rows as they are stored, and how they are kept."""

    def shape_faults(self) -> list[str]:
        """What is not as the log makes it."""

    def rows(self) -> Iterator[StoredRow]:
        """Rows of events, by position."""

    def has(self, table: str) -> bool:
        """Whether there is a table."""


def verify_file(
    location: str,
    trust: Trust,
    tick: Callable[[], None] = lambda: None,
    step: Callable[[int], None] = lambda _: None,
) -> Verification:
    """Verify a log's file and the checkpoints beside it; the file is only read.

    Each event is a ``tick``; ``step`` is told of each step that is done with, in their order.
    """
    store = store_of(location)
    folder = CheckpointFolder(store.folder(CHECKPOINTS))
    try:
        store.check_present()
        notes = folder.notes()  # before the rows: a checkpoint made meanwhile is none of ours
        notes += [note for note in trust.notes if note.data not in {kept.data for kept in notes}]
        with store.evidence() as evidence:
            found = trust._replace(notes=notes, strays=folder.stray_timestamps())
            records, long = store.journal(ACCESS).lines(), store.bytes() >= LONG
            received = store.folder(RECEIVED)
            verified = verify(
                evidence, found, folder.leaf_hashes(), tick, step, access=records, received=received, long=long
            )
            limits = evidence.limits()
        return replace(verified, limits=(*verified.limits, *limits, *store.suggestions(verified.size)))
    except BrokenLogError as error:
        faults = Faults()
        faults.add(1, str(error))
        return Verification(0, root_of([]).hex(), faults, (), (), (), (), (), reached=1)


def verify(
    evidence: Evidence,
    trust: Trust,
    kept_leaves: Iterable[bytes] = (),
    tick: Callable[[], None] = lambda: None,
    step: Callable[[int], None] = lambda _: None,
    *,
    access: Iterable[bytes] = (),
    received: Bytes | None = None,
    long: bool = False,
) -> Verification:
    """Verify a log by its evidence; ``kept_leaves`` are the leaf hashes kept with the last checkpoint.

    ``access``: the access records beside it; ``received``: the bytes of messages; ``long``: for a second process.
    """
    faults = Faults()
    for message in evidence.shape_faults():  # step 1
        faults.add(1, message)
    step(1)
    heads = open_heads(trust, faults)
    checks = RowChecks(evidence, faults, {head.checkpoint.size for head in heads}, kept_leaves)
    _check_rows(evidence, checks, tick, step, long)
    held = check_heads(heads, checks, faults)  # step 8
    step(8)
    kept = kept_of(evidence).with_access(check_access(access, faults))
    check_lists(kept, held, faults)  # steps 9 to 12
    imported = check_imports(evidence, checks.size, faults)
    step(9)
    quarantine = check_quarantine(evidence, checks.size, faults)
    step(10)
    step(11)  # the access records were read first, for the lists
    messages = check_received(evidence, received, faults)
    step(12)
    version, has_imports = evidence.version(), evidence.has("imports")
    looked = Looked(trust, heads, held, checks.size, kept, quarantine, version, has_imports, checks.kept_leaves)
    return Verification(
        checks.size, checks.root().hex(), faults, tuple(head.signed for head in held), tuple(imported),
        quarantine.erased, messages.erased, (*limits_of(looked), *messages.limits()),
    )  # fmt: skip


def _check_rows(
    evidence: Evidence, checks: RowChecks, tick: Callable[[], None], step: Callable[[int], None], long: bool
) -> None:
    """The rows looked at, each by steps 2 to 7: they end with the last row, and with what has none."""
    with without_garbage_collection():
        for row, read in _read(evidence.rows(), long):
            checks.see(row, read)
            tick()
    checks.kept_leaves.end()
    checks.end_positions(evidence.given("stored_events"))
    for number in (2, 3, 4, 5):
        step(number)
    checks.end_identities()
    step(6)
    step(7)


def _read(rows: Iterator[StoredRow], long: bool) -> Iterator[tuple[StoredRow, Read]]:
    """Each row with what its bytes say."""
    waiting = deque[list[StoredRow]]()

    def states() -> Iterator[list[Any]]:
        while batch := list(islice(rows, AT_ONCE)):
            waiting.append(batch)
            yield [row.state for row in batch]

    with second_process(read_all, worth_it=long) as over:
        for _, reads in over(states()):
            yield from zip(waiting.popleft(), reads, strict=True)
