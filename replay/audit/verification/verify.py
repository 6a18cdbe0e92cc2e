"""The nine steps in their order; see the package for what each of them is."""

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from engine.errors import BrokenLogError
from engine.log.checkpoint import CheckpointFolder
from engine.log.evidence import StoredIdentity, StoredRow, evidence_of
from engine.log.proofs import root_of
from replay.audit.verification.findings import Faults, Verification
from replay.audit.verification.heads import Trust, check_heads, check_imports, limits_of, open_heads
from replay.audit.verification.rows import RowChecks


class Evidence(Protocol):
    """What verification reads of a log: its rows as they are stored, and how they are kept."""

    def shape_faults(self) -> list[str]:
        """What is not as the log makes it."""

    def rows(self) -> Iterator[StoredRow]:
        """Rows of events, by position."""

    def identities(self) -> Iterator[StoredIdentity]:
        """Rows of identities, by position."""

    def imports(self) -> list[tuple[Any, ...]]:
        """Rows of import records, in order."""

    def given_positions(self) -> int:
        """How many positions were ever given out."""


def verify_file(location: str, trust: Trust) -> Verification:
    """Verify a log's file and the checkpoints beside it; the file is only read."""
    folder = CheckpointFolder(location)
    notes = folder.notes()  # before the rows: a checkpoint made meanwhile is none of ours
    notes += [note for note in trust.notes if note.data not in {kept.data for kept in notes}]
    try:
        with evidence_of(location) as evidence:
            return verify(evidence, trust._replace(notes=notes), folder.leaf_hashes())
    except BrokenLogError as error:
        faults = Faults()
        faults.add(1, str(error))
        return Verification(0, root_of([]).hex(), faults, (), (), (), reached=1)


def verify(evidence: Evidence, trust: Trust, kept_leaves: Sequence[bytes] = ()) -> Verification:
    """Verify a log by its evidence; ``kept_leaves`` are the leaf hashes kept with the last checkpoint."""
    faults = Faults()
    for message in evidence.shape_faults():  # step 1
        faults.add(1, message)
    heads = open_heads(trust, faults)
    checks = RowChecks(evidence.identities(), faults, {head.checkpoint.size for head in heads})
    for row in evidence.rows():  # steps 2 to 7
        checks.see(row)
    checks.end(evidence.given_positions())
    held = check_heads(heads, checks, kept_leaves, faults)  # step 8
    records = check_imports(evidence.imports(), held, checks.size, faults)  # step 9
    return Verification(
        checks.size,
        checks.root().hex(),
        faults,
        tuple(head.signed for head in held),
        tuple(records),
        tuple(limits_of(trust, heads, held, checks.size)),
    )
