"""Access records changed, cut, deleted or put elsewhere: verify notices what a checkpoint signed."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.intake.intake import Intake, Submission
from engine.log.checkpoint import checkpoints_of, sign_head
from engine.log.journal import FileJournal
from engine.log.note import SignedNote
from replay.service.sending import Rights
from replay.service.viewer import Viewer
from tests.faults.hostile_support import LAB, event
from tests.faults.tampering import KEY, unguarded, verify
from tests.intake.support import NOW, opened, query, take
from tests.postgres import Server
from tests.replay.command import asked

AT = {"at": "2026-11-27T08:00:00.000000Z", "sub": "T1"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A log with an event, five access records in two files, and a checkpoint of four of them."""
    path = tmp_path / "log.db"
    with opened(path) as log:
        take(log, event(LAB))
        log.store.journal("access").append("2026-11-26", [AT, AT])
        log.store.journal("access").append("2026-11-27", [AT, AT])
        sign_head(log, checkpoints_of(str(path)), KEY)
        log.store.journal("access").append("2026-11-27", [AT])
    return path


def edited(name: str, change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    """A change of one file."""

    def done(folder: Path) -> None:
        (folder / name).write_bytes(change((folder / name).read_bytes()))

    return done


FIRST, LAST = "2026-11-26.ndjson", "2026-11-27.ndjson"


def renamed(folder: Path) -> None:
    """The first file comes last."""
    (folder / FIRST).rename(folder / "2026-11-28.ndjson")


ACTS: dict[str, Callable[[Path], None]] = {
    "a name changed": edited(FIRST, lambda data: data.replace(b"T1", b"T2", 1)),
    "a name changed in the last one signed": edited(LAST, lambda data: data.replace(b"T1", b"T2", 1)),
    "another spelling": edited(FIRST, lambda data: data.replace(b":1", b": 1")),
    "a record taken out": edited(FIRST, lambda data: data[data.index(b"\n") + 1 :]),
    "a record put in": edited(FIRST, lambda data: data + data),
    "the tail cut": edited(LAST, lambda data: data[: data.index(b"\n") - 3]),
    "emptied": edited(LAST, lambda data: b""),
    "no JSON": edited(FIRST, lambda data: b"noise\n" + data),
    "not UTF-8": edited(FIRST, lambda data: data.replace(b"T1", b"\xff1", 1)),
    "a time that is none": edited(LAST, lambda data: data.replace(b"08:00:00.000000Z", b"08:00", 3)),
    "a file deleted": lambda folder: (folder / FIRST).unlink(),
    "all deleted": shutil.rmtree,
    "renamed": renamed,
    "one after the checkpoint numbered otherwise": edited(
        LAST, lambda data: data.replace(b'"number":5', b'"number":6')
    ),
    "one after the checkpoint in another spelling": edited(
        LAST, lambda data: data.replace(b'"number":5', b'"number": 5')
    ),
}


@pytest.mark.parametrize("act", ACTS)
def test_a_change_of_what_is_signed_is_noticed(path: Path, act: str) -> None:
    ACTS[act](Path(f"{path}.access"))
    code, document = verify(path)
    assert (code, document["first_fault"]["step"]) == (4, 11)


def test_records_as_they_were_kept_are_whole_and_those_after_the_checkpoint_are_named(path: Path) -> None:
    code, document = verify(path)
    assert (code, document["first_fault"]) == (0, None)
    assert any("No checkpoint signs yet the last access records (5)" in limit for limit in document["cannot_show"])
    with opened(path) as log:
        log.store.journal("access").append("2026-11-27", [AT])
    assert any("the last access records (5 to 6)" in limit for limit in verify(path)[1]["cannot_show"])
    shutil.rmtree(f"{path}.checkpoints")
    limits = verify(path)[1]["cannot_show"]
    assert any("There is no checkpoint" in limit for limit in limits)
    assert not any("No checkpoint signs" in limit for limit in limits)


def test_a_record_cut_off_after_the_checkpoint_leaves_the_log_whole(path: Path) -> None:
    edited(LAST, lambda data: data[:-5])(Path(f"{path}.access"))
    assert verify(path)[0] == 0


def test_nothing_more_is_signed_of_a_log_whose_records_were_changed(path: Path) -> None:
    ACTS["a name changed"](Path(f"{path}.access"))
    with opened(path) as log, pytest.raises(Exception, match="signs other access records"):
        sign_head(log, checkpoints_of(str(path)), KEY)


def test_a_checkpoint_from_before_records_were_signed_holds(path: Path) -> None:
    (note,) = Path(f"{path}.checkpoints").glob("*.note")
    lines = SignedNote.parse(note.read_bytes()).text.splitlines(keepends=True)
    older = "".join(line for line in lines if not line.startswith("access "))
    note.write_bytes(SignedNote(older, (KEY.sign(older),)).data)
    code, document = verify(path)
    assert (code, document["first_fault"]) == (0, None)
    assert any("No checkpoint signs access records" in limit for limit in document["cannot_show"])
    with opened(path) as log:
        _, kept = sign_head(log, checkpoints_of(str(path)), KEY)
    assert (verify(path)[0], Path(kept).name, note.exists()) == (0, "1-2.note", True)


def test_records_and_senders_are_the_same_in_both_stores_and_go_there_and_back(
    path: Path, server: Server, tmp_path: Path
) -> None:
    back, database = tmp_path / "back.db", server.new_log()
    with opened(path) as log:
        Intake(log, now=lambda: NOW).take(
            [Submission(1, b"noise", gate=Rights(Viewer("P1", ("producer",), ("urn:a",))))]
        )
        sign_head(log, checkpoints_of(str(path)), KEY)
    asked("copy-log", path, database)
    with opened(database) as log:
        log.store.journal("access").append("2026-11-28", [AT, AT])
        Intake(log, now=lambda: NOW).take([Submission(1, b"more", gate=Rights(Viewer("P2", ("expert",), None)))])
        sign_head(log, checkpoints_of(database), KEY)
    asked("copy-log", database, back)
    asked("copy-log", database, path)
    kept = [kept_beside(str(place)) for place in (database, back, path)]
    assert kept[0] == kept[1] == kept[2]
    assert (len(kept[0][0]), len(kept[0][1])) == (7, 2)
    assert [verify(place)[0] for place in (database, back, path)] == [0, 0, 0]
    for change in ("UPDATE beside_access SET line = ''", "DELETE FROM beside_access", "TRUNCATE beside_access",
                   "UPDATE quarantine_senders SET sender = ''", "DELETE FROM quarantine_senders"):  # fmt: skip
        with pytest.raises(Exception, match="append only"):
            query(database, change)


@pytest.mark.parametrize(
    "change",
    ["DELETE FROM quarantine_senders", "UPDATE quarantine_senders SET sender = replace(sender, 'urn:a', 'urn:b')"],
)
def test_who_first_sent_a_quarantine_entry_is_signed(path: Path, change: str) -> None:
    with opened(path) as log:
        gate = Rights(Viewer("P1", ("producer",), ("urn:a",)))
        Intake(log, now=lambda: NOW).take([Submission(1, b"noise", gate=gate)])
        sign_head(log, checkpoints_of(str(path)), KEY)
    with unguarded(path) as rows:
        assert rows.execute(change).rowcount == 1
    code, document = verify(path)
    assert (code, document["first_fault"]["step"]) == (4, 10)


def kept_beside(place: str) -> tuple[list[bytes], list[tuple[int, str]]]:
    """Access records and senders of quarantine entries."""
    with opened(place) as log:
        return list(log.store.journal("access").lines()), log.recorder.quarantine_senders()


def test_a_copy_has_the_records_and_is_extended_by_those_that_follow(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    edited(LAST, lambda data: data + b'{"cut off')(Path(f"{path}.access"))
    asked("copy-log", path, copy)
    assert [len(list(FileJournal(Path(f"{each}.access")).lines())) for each in (path, copy)] == [5, 5]
    with opened(path) as log:
        log.store.journal("access").append("2026-11-28", [AT])
        sign_head(log, checkpoints_of(str(path)), KEY)
    asked("copy-log", path, copy)
    assert verify(copy)[0] == 0
    assert list(FileJournal(Path(f"{copy}.access")).lines()) == list(FileJournal(Path(f"{path}.access")).lines())
