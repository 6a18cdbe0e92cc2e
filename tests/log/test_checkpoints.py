"""Checkpoints: what they state, what is signed again, what is not signed; proofs as files; import records."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import pytest

from engine.errors import BrokenLogError, RequestError
from engine.events.canonical import canonical_json
from engine.intake import quarantine
from engine.intake.intake import Intake, Submission
from engine.log import beside
from engine.log.checkpoint import Checkpoint, CheckpointFolder, NoteFile, checkpoint_of, checkpoints_of, sign_head
from engine.log.eventlog import EventLog
from engine.log.imports import DECLARED, import_records, imported_positions, recorded_times_note
from engine.log.kept import IMPORTS, kept_of
from engine.log.note import SignerKey
from engine.log.proof_file import check_proof, consistency_proof, inclusion_proof
from engine.log.proofs import root_of
from engine.log.tree import tree_root
from replay.service.sending import Rights
from replay.service.viewer import Viewer
from tests.faults.hostile_support import CORRECTED, COUNTER, DONOR, LAB, OFFERED, REGISTERED, event
from tests.intake.support import NOW, NOW_TEXT, opened, states, take
from tests.long import examples
from tests.stores import REFUSALS, changed, changed_past_the_guards

pytestmark = pytest.mark.on_files_unless_long

KEY = SignerKey("example.org/heart-log", bytes(range(32)))
WITNESS = SignerKey("witness.example.net", bytes(range(1, 33)))
LINES = (event(COUNTER), event(REGISTERED), event(LAB), event(DONOR), event(OFFERED), event(CORRECTED))


@pytest.fixture
def path(place: str) -> str:
    return place


@pytest.fixture
def log(path: str) -> Iterator[EventLog]:
    """A log of four events, the second and third imported, signed at 3."""
    with opened(path) as log:
        take(log, LINES[0])
        take(log, *LINES[1:3], imported=True)
        sign_head(log, checkpoints_of(path), KEY)
        take(log, LINES[3])
        yield log


def signed(folder: CheckpointFolder, size: int) -> tuple[bytes, Checkpoint]:
    """A note's bytes and what it states."""
    file = folder.at(size)
    assert file is not None
    return file.data, file.open()[1]


# ---------------------------------------------------------------------------------------------------- checkpoints


def test_a_checkpoint_states_size_root_and_what_is_kept_beside_the_events(log: EventLog, path: str) -> None:
    data, stated = signed(checkpoints_of(path), 3)
    assert (stated.origin, stated.size, stated.root.hex()) == (KEY.name, 3, tree_root(states(log)[:3]))
    assert stated.signed_lists == kept_of(log.recorder).with_access([]).signed_lists()
    assert [count for count, _ in stated.signed_lists.values()] == [1, 0, 0, 0, 0]
    lines = data.decode().split("\n")
    assert lines[:2] == [KEY.name, "3"]
    assert [line.split(" ")[:2] for line in lines[3:8]] == [
        ["imports", "1"],
        ["quarantine", "0"],
        ["quarantine-acts", "0"],
        ["received", "0"],
        ["access", "0"],
    ]
    assert lines[8] == ""
    assert lines[9].startswith(f"\u2014 {KEY.name} ")


def test_each_list_is_signed_as_the_root_over_the_canonical_json_of_what_it_keeps(log: EventLog, path: str) -> None:
    gate = Rights(Viewer("P1", ("producer",), ("urn:a",)))
    Intake(log, now=lambda: NOW).take([Submission(1, b"noise", gate=gate), Submission(2, b"more")])
    quarantine.erase(log, 2, "a name", now=NOW)
    log.store.journal(beside.ACCESS).append("2026-11-27", [{"at": NOW_TEXT, "sub": "T1"}])
    (imported,) = import_records(log)
    first = {"first_received": NOW_TEXT, "imported": 0}
    (sender,) = (sender for _, sender in log.recorder.quarantine_senders())
    lists = {
        "imports": [imported._asdict()],
        "quarantine": [
            {"number": 1, "sha256": sha256(b"noise").hexdigest(), "sender": sender, **first},
            {"number": 2, "sha256": sha256(b"more").hexdigest(), **first},
        ],
        "quarantine-acts": [{"number": 1, "entry": 2, "act": "erased", "at": NOW_TEXT, "text": "a name"}],
        "received": [],
        "access": [{"at": NOW_TEXT, "number": 1, "sub": "T1"}],
    }
    expected = {name: (len(kept), tree_root(map(canonical_json, kept))) for name, kept in lists.items()}
    sign_head(log, checkpoints_of(path), KEY)
    signed_lists = signed(checkpoints_of(path), 4)[1].signed_lists
    assert {name: (count, root.hex()) for name, (count, root) in signed_lists.items()} == expected


def test_a_head_signed_twice_is_signed_once(log: EventLog, path: str) -> None:
    folder = checkpoints_of(path)
    first, where = sign_head(log, folder, KEY)
    before = signed(folder, 4)
    assert sign_head(log, folder, KEY) == (first, where)
    assert signed(folder, 4) == before
    assert folder.sizes() == [3, 4]


def test_a_head_beside_which_more_is_kept_is_signed_once_more_and_then_no_more(log: EventLog, path: str) -> None:
    folder = checkpoints_of(path)
    sign_head(log, folder, KEY)
    for refused, name in ((b"noise", "4-2.note"), (b"more", "4-3.note")):
        take(log, refused)
        told = [sign_head(log, folder, KEY) for _ in range(2)]
        assert told[0] == told[1]
        assert told[0][1].endswith(name)
    assert [note.name for note in folder.notes()] == ["3.note", "4.note", "4-2.note", "4-3.note"]


def test_another_key_of_the_name_adds_its_signature_until_the_note_is_timestamped(log: EventLog, path: str) -> None:
    folder = checkpoints_of(path)
    first, _ = sign_head(log, folder, KEY)
    second = SignerKey(KEY.name, bytes(32))
    both, _ = sign_head(log, folder, second)
    assert both.text == first.text
    assert both.signers([KEY.verifier, second.verifier]) == (KEY.verifier, second.verifier)
    folder.keep_timestamp(NoteFile("4.note", b""), b"a timestamp")
    with pytest.raises(RequestError, match="timestamped"):
        sign_head(log, folder, SignerKey(KEY.name, b"x" * 32))


def test_a_key_of_another_name_does_not_sign_a_head_already_signed(log: EventLog, path: str) -> None:
    folder = checkpoints_of(path)
    sign_head(log, folder, KEY)
    with pytest.raises(RequestError, match=r"4\.note"):
        sign_head(log, folder, WITNESS)


def test_an_empty_log_is_not_signed(place: str) -> None:
    with opened(place) as log, pytest.raises(RequestError, match="empty"):
        sign_head(log, checkpoints_of(place), KEY)


def test_a_log_that_contradicts_its_last_checkpoint_is_not_signed(log: EventLog, path: str) -> None:
    changed_past_the_guards(
        path, "UPDATE stored_events SET state = CAST(replace(state, '17.1', '18.1') AS BLOB) WHERE rowid = 3"
    )
    with pytest.raises(BrokenLogError, match=r"3\.note.*snagc verify"):
        sign_head(log, checkpoints_of(path), KEY)
    assert checkpoints_of(path).sizes() == [3]


@pytest.mark.parametrize("at_once", [32, 64, 1 << 20])
def test_leaf_hashes_are_kept_for_all_that_is_signed(
    log: EventLog, path: str, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(beside, "_PIECE", at_once)
    folder = checkpoints_of(path)
    assert root_of(list(folder.leaf_hashes())).hex() == tree_root(states(log)[:3])
    sign_head(log, folder, KEY)
    assert root_of(list(folder.leaf_hashes())).hex() == tree_root(states(log))


def test_a_checkpoint_is_read_back_as_stated_with_lines_of_others_kept() -> None:
    stated = checkpoint_of("o", 7, bytes(32), {IMPORTS: (2, bytes(32))})
    assert Checkpoint.parse(stated.text) == stated
    foreign = f"o\n7\n{'A' * 43}=\nsomething else\n"
    assert Checkpoint.parse(foreign).text == foreign
    assert Checkpoint.parse(foreign).signed_lists == {}


@pytest.mark.parametrize(
    "text",
    [
        "o\n7\n",
        f"\n7\n{'A' * 43}=\n",
        f"o\n07\n{'A' * 43}=\n",
        f"o\n-7\n{'A' * 43}=\n",
        f"o\n7 \n{'A' * 43}=\n",
        f"o\n\u0667\n{'A' * 43}=\n",
        f"o\n{'9' * 19}\n{'A' * 43}=\n",
        f"o\n7\n{'A' * 43}\n",
        f"o\n7\n{'A' * 42}B=\n",
        f"o\n7\n{'A' * 40}\n",
        f"o\n7\n{'A' * 43}=\n\nx\n",
        f"o\n7\n{'A' * 43}=\nimports 2\n",
        f"o\n7\n{'A' * 43}=\nimports x {'A' * 43}=\n",
        f"o\n7\n{'A' * 43}=\nquarantine 1\n",
        f"o\n7\n{'A' * 43}=\nimports 1 {'A' * 43}=\nimports 1 {'A' * 43}=\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(BrokenLogError, match="not a checkpoint"):
        Checkpoint.parse(text)


# -------------------------------------------------------------------------------------------------------- imports


def test_an_import_leaves_a_record_of_its_positions(log: EventLog) -> None:
    (record,) = import_records(log)
    assert (record.first_position, record.last_position) == (2, 3)
    assert (record.imported_at, record.actor) == (NOW_TEXT, "operator:unknown")
    assert imported_positions(log) == [range(2, 4)]
    assert [recorded_times_note(log, position) for position in range(5)] == [None, None, DECLARED, DECLARED, None]


def test_an_import_that_adds_nothing_leaves_nothing(log: EventLog) -> None:
    assert [verdict.status for verdict in take(log, LINES[2], b"noise", imported=True)] == ["duplicate", "refused"]
    assert len(import_records(log)) == 1


def test_neighbouring_imports_are_one_span_of_positions(log: EventLog) -> None:
    take(log, LINES[4], imported=True)
    take(log, LINES[5], imported=True)
    assert len(import_records(log)) == 3
    assert imported_positions(log) == [range(2, 4), range(5, 7)]


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE imports SET actor = 'x:y'",
        "DELETE FROM imports",
        "INSERT OR REPLACE INTO imports SELECT number, file_sha256, imported_at, 'x:y', 9, 9 FROM imports",
        "INSERT OR REPLACE INTO imports SELECT 9, file_sha256, imported_at, 'x:y', first_position, 9 FROM imports",
    ],
)
def test_the_file_itself_refuses_to_change_an_import_record(log: EventLog, path: str, sql: str) -> None:
    before = import_records(log)
    with pytest.raises(REFUSALS):
        changed(path, sql)
    assert import_records(log) == before


def test_an_import_cut_off_before_its_commit_leaves_neither_events_nor_record(
    log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(log.recorder, "insert_events", fail)
    with pytest.raises(OSError, match="disk full"):
        take(log, LINES[4], imported=True)
    monkeypatch.undo()
    assert (log.head(), len(import_records(log))) == (4, 1)


def test_a_log_from_before_imports_were_noted_has_none_and_takes_them_from_now_on(tmp_path: Path) -> None:
    with opened(tmp_path / "log.db") as log:
        take(log, *LINES[:4])
        with closing(sqlite3.connect(tmp_path / "log.db")) as rows:
            rows.execute("DROP TABLE imports")
            rows.execute("PRAGMA user_version = 1")
            rows.commit()
        assert imported_positions(log) == []
        take(log, LINES[4], imported=True, now=NOW + 1)
        assert imported_positions(log) == [range(5, 6)]


# ---------------------------------------------------------------------------------------------------- proof files


def written(proof: dict[str, Any]) -> bytes:
    """A proof as snagc prove writes it."""
    return orjson.dumps(proof, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def test_an_inclusion_proof_brings_the_event_and_the_last_checkpoint_that_covers_it(log: EventLog, path: str) -> None:
    folder = checkpoints_of(path)
    proof = inclusion_proof(log, folder, 3)
    assert (proof["size"], proof["event"].encode()) == (3, states(log)[2])
    assert json.loads(proof["event"])["data"]["value"] == "17.1"
    found = check_proof(written(proof), [KEY.verifier])
    assert (found.signed_by, found.limits) == ((KEY.name,), ())
    assert inclusion_proof(log, folder, 4)["size"] == 4


def test_a_consistency_proof_brings_the_checkpoints_there_are(log: EventLog, path: str) -> None:
    folder = checkpoints_of(path)
    proof = consistency_proof(log, folder, 3, 4)
    assert ("old_checkpoint" in proof, "new_checkpoint" in proof) == (True, False)
    found = check_proof(written(proof), [KEY.verifier])
    assert found.signed_by == (KEY.name,)
    assert "own word" in found.limits[0]
    sign_head(log, folder, KEY)
    assert check_proof(written(consistency_proof(log, folder, 3, 4)), [KEY.verifier]).limits == ()


@pytest.mark.parametrize("kind", ["inclusion", "consistency"])
def test_no_bit_of_a_proof_can_be_flipped(log: EventLog, path: str, kind: str) -> None:
    folder = checkpoints_of(path)
    sign_head(log, folder, KEY)
    proof = inclusion_proof(log, folder, 3, 4) if kind == "inclusion" else consistency_proof(log, folder, 3, 4)
    data = written(proof)
    check_proof(data, [KEY.verifier])
    for bit in range(0, 8 * len(data), examples(5, 1)):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises((BrokenLogError, RequestError)):
            check_proof(bytes(flipped), [KEY.verifier])


def test_a_proof_is_held_against_a_checkpoint_kept_elsewhere(log: EventLog, path: str) -> None:
    folder = checkpoints_of(path)
    bare = inclusion_proof(log, folder, 1, 3)
    del bare["checkpoint"]
    assert check_proof(written(bare)).limits
    data, stated = signed(folder, 3)
    assert check_proof(written(bare), [KEY.verifier], [NoteFile("mine", data)]).limits == ()
    for other, error in ((stated.text.replace("\n3\n", "\n2\n"), RequestError), (stated.text, BrokenLogError)):
        text = other if error is RequestError else checkpoint_of(KEY.name, 3, bytes(32), {IMPORTS: (0, bytes(32))}).text
        forged = (text + "\n" + KEY.sign(text).line).encode()
        with pytest.raises(error):
            check_proof(written(bare), [KEY.verifier], [NoteFile("mine", forged)])


@pytest.mark.parametrize(("position", "size"), [(0, None), (-1, 3), (4, 3), (5, None), (1, 9)])
def test_a_proof_of_what_is_not_there_is_refused(log: EventLog, path: str, position: int, size: int | None) -> None:
    with pytest.raises(RequestError):
        inclusion_proof(log, checkpoints_of(path), position, size)


@pytest.mark.parametrize(("old", "new"), [(0, 3), (4, 3), (3, 5)])
def test_a_consistency_of_what_is_not_there_is_refused(log: EventLog, path: str, old: int, new: int) -> None:
    with pytest.raises(RequestError):
        consistency_proof(log, checkpoints_of(path), old, new)


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b"1", b'{"kind": []}', b'{"kind": "inclusion"}', b"\xff"])
def test_what_is_no_proof_is_refused(data: bytes) -> None:
    with pytest.raises(RequestError, match="no "):
        check_proof(data)
