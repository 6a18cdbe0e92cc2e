"""What a verification could not show, in words: nothing is passed over in silence."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from engine.log.kept import SIGNED_LISTS, Kept
from replay.audit.verification.beside import QuarantineFound
from replay.audit.verification.heads import Head, Trust
from replay.audit.verification.leaves import KeptLeaves


class Looked(NamedTuple):
    """What verification looked at: the heads that could be read, those that held, and what there was to hold."""

    trust: Trust
    heads: Sequence[Head]
    held: Sequence[Head]
    size: int
    kept: Kept
    quarantine: QuarantineFound
    version: int
    has_imports: bool
    kept_leaves: KeptLeaves


def limits_of(looked: Looked) -> Iterator[str]:
    """What this verification cannot show."""
    if looked.trust.notes:
        yield from _of_checkpoints(looked)
    else:
        yield (
            "There is no checkpoint: a history rewritten whole, a tail cut off with care, a changed recorded time, "
            "import record or quarantine entry would not show. Sign one with snagc checkpoint, and keep a copy "
            "elsewhere."
        )
    yield from _of_the_file(looked)


def _of_checkpoints(looked: Looked) -> Iterator[str]:
    trust, held, size = looked.trust, looked.held, looked.size
    if not trust.keys:
        yield "No verifier key is known, so no signature was checked: name one with --vkey."
    signed = held[-1].checkpoint.size if held else 0
    if signed < size and len(held) == len(looked.heads):
        yield f"Positions {signed + 1} to {size} lie after the last checkpoint: nothing signed vouches for them yet."
    yield from _of_lists(held, looked.kept)
    if trust.certificates is None and any(head.signed.timestamp for head in held):
        yield "The timestamps' own signatures were not checked: name the authority's certificates with --certificates."
    if held and not looked.kept_leaves.vouch(held[-1].checkpoint):
        yield (
            "The leaf hashes kept with the checkpoints are missing or not those signed: a changed row would be placed "
            "between two checkpoints only."
        )
    yield (
        "A checkpoint or a timestamp deleted here would not be missed: give copies kept elsewhere with --checkpoint."
    )


def _of_lists(held: Sequence[Head], kept: Kept) -> Iterator[str]:
    """Of each list beside the events, what no checkpoint signs."""
    for name, what in SIGNED_LISTS.items():
        counts = [head.checkpoint.signed_lists[name][0] for head in held if name in head.checkpoint.signed_lists]
        there = len(kept.leaves[name])
        if held and not counts:
            yield f"No checkpoint signs {what}: none vouches for the {there} there are, or that there were no more."
        elif counts and counts[-1] < there:
            span = f"{counts[-1] + 1} to {there}" if there > counts[-1] + 1 else str(there)
            yield f"No checkpoint signs yet the last {what} ({span}): nothing signed vouches for them."


def _of_the_file(looked: Looked) -> Iterator[str]:
    quarantine = looked.quarantine
    if looked.version == 1:
        yield (
            "The log is of version 1, which noted no acts on quarantine entries: whether those marked as taken were "
            "would not show. The next command that writes to it brings it to today's version."
        )
    if not looked.has_imports:
        yield (
            "The log has no table of import records, as those made before imports were noted: which recorded times "
            "an importer declared cannot be told."
        )
    if quarantine.size:
        yield (
            "When a quarantine entry was last refused, how often and why changes while it is open: no checkpoint "
            "signs these, and changed with care they would not show."
        )
    if quarantine.erased:
        listed = ", ".join(str(entry.number) for entry in quarantine.erased)
        yield f"The bytes of quarantine entries {listed} were erased: their SHA-256 cannot be computed again."
    if quarantine.cut:
        listed = ", ".join(map(str, quarantine.cut))
        yield f"Of the bytes of quarantine entries {listed} only the beginning is kept: their SHA-256 is as noted."
