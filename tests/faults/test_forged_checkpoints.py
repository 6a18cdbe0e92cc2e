"""A history made anew, and checkpoints forged: what nothing but a signature shows."""

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.log.note import Signature, SignedNote
from tests.faults import tampering as t
from tests.faults.tampering import first_fault, verify

BILIRUBIN = 6
"""Position of a laboratory result (value 10), in the first signed part."""

# ------------------------------------------------------------------------------ history made anew, with a fresh tree


def test_a_history_rewritten_with_a_fresh_tree_is_caught_at_the_changed_position(log: Path, tmp_path: Path) -> None:
    copy = t.rewritten(log, tmp_path, BILIRUBIN, b'"value": 10', b'"value": 11')
    assert first_fault(copy) == (8, BILIRUBIN, None)
    _, document = verify(copy)
    assert [step["faults"] for step in document["steps"]] == [0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0]


@pytest.mark.parametrize(("position", "span"), [(BILIRUBIN, (1, 20)), (22, (21, 30))])
def test_without_leaf_hashes_a_rewritten_history_is_caught_between_two_checkpoints(
    position: int, span: tuple[int, int], log: Path, tmp_path: Path
) -> None:
    copy = t.rewritten(log, tmp_path, position, b"}}", b'}, "actor": "coordinator:K7"}')
    leaf_hashes = Path(f"{copy}.checkpoints") / "leaf-hashes"
    for spoil in (lambda: leaf_hashes.write_bytes(leaf_hashes.read_bytes()[1:]), leaf_hashes.unlink):
        spoil()
        assert first_fault(copy) == (8, *span)


def test_a_history_rewritten_with_its_checkpoints_signed_by_another_key_is_caught(tmp_path: Path) -> None:
    forged = t.write_log(tmp_path / "log.db", t.sound_lines(), key=t.THIEF)
    assert first_fault(forged) == (8, None, None)
    assert verify(forged, key=t.THIEF.verifier.text)[0] == 0


def test_a_history_rewritten_with_its_checkpoints_is_caught_by_a_checkpoint_kept_elsewhere(
    log: Path, tmp_path: Path
) -> None:
    elsewhere = Path(f"{log}.checkpoints") / "30.note"
    lines = t.sound_lines()
    lines[21] = lines[21].replace(b"}}", b'}, "actor": "coordinator:K7"}')
    forged = t.write_log(tmp_path / "log.db", lines, key=t.KEY)
    assert verify(forged)[0] == 0
    assert first_fault(forged, "--checkpoint", str(elsewhere)) == (8, 21, 30)


# ----------------------------------------------------------------------------------------- checkpoints themselves


def forge(log: Path, folder: Path, change: Callable[[SignedNote], SignedNote]) -> Path:
    """A copy of the log whose last checkpoint was changed."""
    copy = t.copied(log, folder)
    path = Path(f"{copy}.checkpoints") / "30.note"
    path.write_bytes(change(SignedNote.parse(path.read_bytes())).data)
    return copy


def by_the_thief(note: SignedNote) -> SignedNote:
    return SignedNote(note.text, (t.THIEF.sign(note.text),))


def under_the_known_key(note: SignedNote) -> SignedNote:
    forged = t.THIEF.sign(note.text)
    return SignedNote(note.text, (Signature(forged.name, t.KEY.verifier.hash, forged.signature),))


def of_another_size(note: SignedNote) -> SignedNote:
    return SignedNote(note.text.replace("\n30\n", "\n29\n"), note.signatures)


def without_signature_of_its_imports(note: SignedNote) -> SignedNote:
    return SignedNote("".join(note.text.splitlines(keepends=True)[:3]), note.signatures)


@pytest.mark.parametrize(
    "change", [by_the_thief, under_the_known_key, of_another_size, without_signature_of_its_imports]
)
def test_a_forged_signature_is_caught(change: Callable[[SignedNote], SignedNote], log: Path, tmp_path: Path) -> None:
    copy = forge(log, tmp_path, change)
    assert first_fault(copy) == (8, None, None)
    _, document = verify(copy)
    assert "30.note" in document["first_fault"]["message"]
    assert [head["size"] for head in document["checkpoints"]] == [20]


def test_one_more_signature_of_an_unknown_key_is_tolerated(log: Path, tmp_path: Path) -> None:
    copy = forge(log, tmp_path, lambda note: SignedNote(note.text, (t.THIEF.sign(note.text), *note.signatures)))
    assert verify(copy)[0] == 0


def test_a_checkpoint_cut_short_is_caught(log: Path, tmp_path: Path) -> None:
    copy = t.copied(log, tmp_path)
    path = Path(f"{copy}.checkpoints") / "30.note"
    path.write_bytes(path.read_bytes()[:-20])
    assert first_fault(copy) == (8, None, None)


def test_a_file_that_is_no_log_is_broken_at_the_first_step(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    path.write_bytes(b"x" * 5_000)
    assert first_fault(path) == (1, None, None)
    _, document = verify(path)
    assert [step["taken"] for step in document["steps"]] == [True] + [False] * 11


def test_a_page_of_the_file_overwritten_is_caught(log: Path, tmp_path: Path) -> None:
    copy = t.copied(log, tmp_path)
    data = bytearray(copy.read_bytes())
    assert len(data) % 4096 == 0
    data[2 * 4096 + 1000 : 3 * 4096] = bytes(3 * 4096 - 2 * 4096 - 1000)
    copy.write_bytes(data)
    code, _ = verify(copy)
    assert code == 4
