"""Every act on every table, sequence and file beside the log: caught by verify or named by it as not shown.

Each is done to the log with its checkpoints and to the same log without; those within a checkpoint's reach are
noticed by the answers as well.
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.log.note import SignedNote
from tests.faults import tampering as t
from tests.faults.tampering import verify
from tests.faults.tampering_acts import ACTS, SIZE, Act, signed_log
from tests.replay.command import snagc

ANSWERS = (["rank", "O1", "--known-at", "now", "--json"], ["list", "--at", "now", "--json"],
           ["dossier", "O1", "--format", "json"])  # fmt: skip
END = f"{SIZE}.note"


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return signed_log(tmp_path_factory.mktemp("acts") / "log.db")


def codes(path: Path) -> list[int]:
    """What the answers from a log leave with."""
    env = {"SNAGC_LOG": str(path), "SNAGC_VKEY": t.KEY.verifier.text}
    return [snagc(*words, env=env).exit_code for words in ANSWERS]


def said(document: dict[str, Any]) -> str:
    return "\n".join(document["cannot_show"])


def test_the_sound_log_is_whole_and_answers(sound: Path) -> None:
    code, document = verify(sound)
    assert (code, document["first_fault"]) == (0, None)
    assert [head["file"] for head in document["checkpoints"]] == ["20.note", "30.note", END, f"{SIZE}-2.note"]
    assert codes(sound) == [0, 0, 0]


def test_there_are_at_least_sixty_acts_each_of_another_name() -> None:
    assert len({act.name for act in ACTS}) == len(ACTS) >= 60


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.name)
def test_an_act_is_caught_or_named_with_a_checkpoint_and_without(act: Act, sound: Path, tmp_path: Path) -> None:
    copy = t.copied(sound, tmp_path)
    act.done_to(copy)
    code, document = verify(copy)
    if act.named:
        assert (code, act.named in said(document)) == (0, True), document["first_fault"]
    else:
        assert code == 4
    if act.reach:
        assert codes(copy) == [4, 4, 4]
    shutil.rmtree(f"{copy}.checkpoints")
    code, document = verify(copy)
    assert code == (4 if act.alone else 0), document["first_fault"]
    assert act.alone or "There is no checkpoint" in said(document)


# ------------------------------------------------------------------------------------------ files beside the log


def renamed(folder: Path) -> None:
    (folder / "20.note").rename(folder / "19.note")


def all_deleted(folder: Path) -> None:
    for note in folder.glob("*.note"):
        note.unlink()


def without_its_quarantine(folder: Path) -> None:
    note = SignedNote.parse((folder / END).read_bytes())
    text = "".join(line for line in note.text.splitlines(keepends=True) if not line.startswith("quarantine"))
    (folder / END).write_bytes(SignedNote(text, note.signatures).data)


def signed_by_a_thief(folder: Path) -> None:
    note = SignedNote.parse((folder / END).read_bytes())
    (folder / END).write_bytes(SignedNote(note.text, (t.THIEF.sign(note.text),)).data)


COMPANIONS: dict[str, tuple[Callable[[Path], Any], bool, str]] = {
    "garbage in a note": (lambda folder: (folder / END).write_bytes(b"garbage"), True, ""),
    "a note emptied": (lambda folder: (folder / END).write_bytes(b""), True, ""),
    "a note renamed": (renamed, True, ""),
    "the lists taken out of a note": (without_its_quarantine, True, ""),
    "a note signed by a thief": (signed_by_a_thief, True, ""),
    "one note in the place of another": (lambda folder: shutil.copy(folder / "30.note", folder / "20.note"), True, ""),
    "garbage for a timestamp": (lambda folder: (folder / "30.tsr").write_bytes(b"garbage"), False, ""),
    "a timestamp of no note": (lambda folder: (folder / "29.tsr").write_bytes(b"x"), False, ""),
    "a note deleted": (lambda folder: (folder / "20.note").unlink(), False, "deleted here would not be missed"),
    "all notes deleted": (all_deleted, False, "no checkpoint"),
    "leaf hashes deleted": (lambda folder: (folder / "leaf-hashes").unlink(), False, "leaf hashes kept"),
    "leaf hashes changed": (lambda folder: (folder / "leaf-hashes").write_bytes(b"x"), False, "leaf hashes kept"),
}  # fmt: skip


@pytest.mark.parametrize("name", COMPANIONS)
def test_an_act_on_a_file_beside_the_log_is_caught_or_named(name: str, sound: Path, tmp_path: Path) -> None:
    hand, reach, named = COMPANIONS[name]
    copy = t.copied(sound, tmp_path)
    hand(Path(f"{copy}.checkpoints"))
    code, document = verify(copy)
    assert (code, named in said(document)) == (0 if named else 4, True)
    assert codes(copy) == [4 if reach else 0] * 3


def test_a_later_checkpoint_that_signs_less_of_the_quarantine_than_one_before_is_caught(
    sound: Path, tmp_path: Path
) -> None:
    copy = t.copied(sound, tmp_path)
    folder = Path(f"{copy}.checkpoints")
    first, last = (SignedNote.parse((folder / name).read_bytes()).text for name in ("30.note", END))
    lists = last.splitlines(keepends=True)[3:]
    text = "".join([*first.splitlines(keepends=True)[:4], *lists[1:]])
    (folder / "30.note").write_bytes(SignedNote(text, (t.KEY.sign(text),)).data)
    assert verify(copy)[0] == 0
    text = "".join([*last.splitlines(keepends=True)[:4], *first.splitlines(keepends=True)[4:]])
    for name in (END, f"{SIZE}-2.note"):
        (folder / name).write_bytes(SignedNote(text, (t.KEY.sign(text),)).data)
    code, document = verify(copy)
    assert code == 4
    assert "signs fewer quarantine entries than 30.note" in document["first_fault"]["message"]


def test_an_answer_is_held_against_the_next_checkpoint_after_it_and_not_against_those_after_that(
    sound: Path, tmp_path: Path
) -> None:
    copy = t.copied(sound, tmp_path)
    with t.unguarded(copy) as rows:
        t.change_bytes(rows, 33, b'"data":', b'"data" :')
    told = [snagc("list", "--at", "now", "--known-at", known, env={"SNAGC_LOG": str(copy)}) for known in ("21", "31")]
    assert [result.exit_code for result in told] == [0, 4]


def test_of_one_size_a_later_checkpoint_may_sign_more_import_records_and_the_last_signs_all(
    sound: Path, tmp_path: Path
) -> None:
    copy = t.copied(sound, tmp_path)
    folder = Path(f"{copy}.checkpoints")
    earlier = SignedNote.parse((folder / "20.note").read_bytes()).text.splitlines(keepends=True)
    shutil.copy(folder / "30.note", folder / "30-2.note")
    lines = SignedNote.parse((folder / "30.note").read_bytes()).text.splitlines(keepends=True)
    assert (earlier[3][:10], lines[3][:10]) == ("imports 1 ", "imports 2 ")
    text = "".join([*lines[:3], earlier[3], *lines[4:]])
    (folder / "30.note").write_bytes(SignedNote(text, (t.KEY.sign(text),)).data)
    assert (verify(copy)[0], codes(copy)) == (0, [0, 0, 0])
    (folder / "30-2.note").unlink()
    code, document = verify(copy)
    assert (code, document["first_fault"]["step"], codes(copy)) == (4, 9, [4, 4, 4])


def test_a_changed_row_of_a_log_that_was_cut_is_named_before_the_cut_where_leaf_hashes_tell(
    sound: Path, tmp_path: Path
) -> None:
    copy = t.copied(sound, tmp_path)
    folder = Path(f"{copy}.checkpoints")
    (folder / "20.note").unlink()
    with t.unguarded(copy) as rows:
        t.change_bytes(rows, 6, b'"data":', b'"data" :')
        t.drop_tail(rows, 27)
    fault = verify(copy)[1]["steps"][7]["first_fault"]
    assert (fault["position"], fault["until"], "signs 30 events" in fault["message"]) == (6, None, True)
    (folder / "leaf-hashes").unlink()
    fault = verify(copy)[1]["steps"][7]["first_fault"]
    assert (fault["position"], fault["until"], "signs 30 events" in fault["message"]) == (28, None, True)


def test_without_leaf_hashes_a_change_is_placed_between_the_checkpoints_around_it(sound: Path, tmp_path: Path) -> None:
    copy = t.copied(sound, tmp_path)
    (Path(f"{copy}.checkpoints") / "leaf-hashes").unlink()
    with t.unguarded(copy) as rows:
        t.change_bytes(rows, 33, b'"data":', b'"data" :')
    code, document = verify(copy)
    fault = document["steps"][7]["first_fault"]
    assert (code, fault["position"], fault["until"]) == (4, 31, SIZE)
    assert fault["message"] == f"{END} signs another root for the first {SIZE} events than these rows have"
