"""What somebody with the file and a SQLite shell can do to each table, each sequence and each file beside a log.

The log: the worked example in three imports, a donor and an offer sent live, a quarantine of three entries, one
open and sent under a token, one taken, one erased, and what two messages stated. It is signed at 20, at 30, and
twice at its end: before and after the erasure.
"""

import hashlib
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from engine.intake import quarantine
from engine.intake.intake import Intake, Submission
from engine.log import received
from engine.log.checkpoint import checkpoints_of, sign_head
from engine.log.schema import schema_statements
from replay.service.sending import Rights
from replay.service.viewer import Viewer
from tests.faults import tampering as t
from tests.faults.hostile_support import DONOR, OFFERED, event
from tests.intake.support import NOW, opened, take

SIZE = t.SIZE + 2
NOISE = b"noise", b"a name"

Hand = Callable[[sqlite3.Connection], None]


@dataclass(frozen=True)
class Act:
    """One act on the file. ``alone``: verify catches it without a checkpoint too; ``named``: with one, it is not
    caught but said not to be shown, in these words; ``reach``: signed, so that every answer notices it.
    """

    name: str
    hand: str | Hand
    alone: bool = True
    reach: bool = True
    named: str = ""
    guarded: bool = True
    """Whether the triggers are put back afterwards."""

    def done_to(self, path: Path) -> None:
        """Do it."""
        if self.guarded:
            with t.unguarded(path) as rows:
                self._do(rows)
            return
        with closing(sqlite3.connect(path)) as rows:
            self._do(rows)
            rows.commit()

    def _do(self, rows: sqlite3.Connection) -> None:
        if callable(self.hand):
            self.hand(rows)
            return
        for statement in self.hand.split(";"):
            rows.execute(statement)


def signed_log(path: Path) -> Path:
    """The log that is tampered with."""
    t.write_log(path, t.sound_lines())
    with opened(path) as log:
        folder = checkpoints_of(str(path))
        gate = Rights(Viewer("P1", ("producer",), ("urn:a",)))
        Intake(log, now=lambda: NOW).take([Submission(1, NOISE[0], gate=gate)])
        take(log, event(OFFERED, {"subject": "offer/O9"}, donor="D9"), NOISE[1])
        take(log, event(DONOR, {"subject": "donor/D9"}))
        list(quarantine.resend(log, [2], now=lambda: NOW))
        for number in (1, 2):
            with log.recorder.writing():
                received.note_stated(log, hashlib.sha256(bytes([number])).hexdigest(), "hl7v2", '{"value":"10"}', NOW)
        sign_head(log, folder, t.KEY)
        quarantine.erase(log, 3, "a name", now=NOW)
        sign_head(log, folder, t.KEY)
        assert log.head() == SIZE
    return path


def _seq(table: str, value: str) -> str:
    return f"UPDATE sqlite_sequence SET seq = {value} WHERE name = '{table}'"


def _no_seq(table: str) -> str:
    return f"DELETE FROM sqlite_sequence WHERE name = '{table}'"


def _value(rows: sqlite3.Connection) -> None:
    t.change_bytes(rows, 6, b'"value":"10"', b'"value":"11"')


def _value_and_identity(rows: sqlite3.Connection) -> None:
    _value(rows)
    t.fit_identity(rows, 6)


def _row_dropped(rows: sqlite3.Connection) -> None:
    t.drop_row(rows, 9, identity=True)


def _renumbered(rows: sqlite3.Connection) -> None:
    _row_dropped(rows)
    t.shift(rows, 10, -1, identities=True)
    t.count_given(rows)


def _tail_dropped(rows: sqlite3.Connection) -> None:
    t.drop_tail(rows, 27)
    t.count_given(rows)


def _swapped(rows: sqlite3.Connection) -> None:
    t.swap(rows, 6, 10, identities=True)


def _inserted(rows: sqlite3.Connection) -> None:
    t.shift(rows, 10, +1, identities=True)
    recorded = {"time": "2024-06-01T10:00:00+02:00", "recordedtime": "2024-06-01T08:08:00.000000Z"}
    t.put_event(rows, 10, t.new_event("donor.updated", "donor/D9", {"weight_kg": "70"}, **recorded))
    t.count_given(rows)


def _appended(rows: sqlite3.Connection) -> None:
    recorded = {"recordedtime": "2025-06-01T08:08:00.000000Z"}
    t.put_event(rows, SIZE + 1, t.new_event("donor.updated", t.DONOR, {"weight_kg": "70"}, **recorded))


def _forged_bytes(rows: sqlite3.Connection) -> None:
    digest = hashlib.sha256(b"other").digest()
    rows.execute("UPDATE quarantine SET bytes = ?, digest = ? WHERE number = 1", (b"other", digest))


def _trigger_added(rows: sqlite3.Connection) -> None:
    rows.execute("CREATE TRIGGER later AFTER INSERT ON identities BEGIN SELECT 1; END")


def _back_to_version_1(rows: sqlite3.Connection) -> None:
    for (name,) in rows.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        rows.execute(f"DROP TRIGGER {name}")
    rows.execute("DROP TABLE quarantine_acts")
    rows.execute("DROP TABLE quarantine_senders")
    rows.execute("DROP TABLE received")
    for statement in schema_statements(1):
        rows.execute(statement)
    rows.execute("PRAGMA user_version = 1")


CHANGE = "UPDATE stored_events SET "
QUARANTINE = "UPDATE quarantine SET "
SENDERS, RECEIVED = "UPDATE quarantine_senders SET ", "UPDATE received SET "
PUT = f"INSERT INTO received (sha256, format, act, at, text) VALUES ('{'0' * 64}', 'hl7v2', "
SEQUENCES = ("stored_events", "imports", "quarantine", "quarantine_acts", "received")
OF_OPEN = "changes while it is open"

ACTS = [
    # events
    Act("a changed figure", _value),
    Act("a changed figure and its identity", _value_and_identity, alone=False),
    Act("a changed recorded time", lambda rows: t.change_bytes(rows, 6, b":00.000000Z", b":00.000001Z"), alone=False),
    Act("another spelling", lambda rows: t.change_bytes(rows, 6, b'"value":"10"', b'"value": "10"')),
    Act("bytes that are no JSON", lambda rows: t.change_bytes(rows, 6, b'"value":"10"', b'"value":"10')),
    Act("bytes emptied", CHANGE + "state = x'' WHERE rowid = 6"),
    Act("bytes made text", CHANGE + "state = CAST(state AS TEXT) || ' ' WHERE rowid = 6"),
    Act("a row dropped", _row_dropped),
    Act("a row dropped and the rest renumbered", _renumbered),
    Act("a tail dropped", _tail_dropped),
    Act("two rows swapped with their identities", _swapped),
    Act("a row inserted", _inserted),
    Act("a row appended", _appended, alone=False, reach=False, named="lie after the last checkpoint"),
    Act("everything dropped", f"DELETE FROM stored_events;DELETE FROM identities;DELETE FROM imports;"
        f"{_no_seq('stored_events')};{_no_seq('imports')}"),
    Act("a topic changed", CHANGE + "topic = 'snagc.treatment.started.v1' WHERE rowid = 6", reach=False),
    Act("a row moved to another stream", CHANGE + "originator_id = 'x' WHERE rowid = 6", reach=False),
    Act("a version changed", CHANGE + "originator_version = 99 WHERE rowid = 6", reach=False),
    # identities
    Act("an identity dropped", "DELETE FROM identities WHERE position = 6", reach=False),
    Act("all identities dropped", "DELETE FROM identities", reach=False),
    Act("an identity renamed", "UPDATE identities SET id = 'other' WHERE position = 6", reach=False),
    Act("the source of an identity changed", "UPDATE identities SET source = '/x' WHERE position = 6", reach=False),
    Act("the digest of an identity changed", "UPDATE identities SET content = x'00' WHERE position = 6", reach=False),
    Act("an identity of no row", f"INSERT INTO identities VALUES ('/x', 'x', x'00', {SIZE + 1})", reach=False),
    # sequences
    *(Act(f"the sequence of {table} raised", _seq(table, "seq + 1"), reach=False)
      for table in SEQUENCES),
    *(Act(f"the sequence of {table} lowered", _seq(table, "seq - 1"), reach=False)
      for table in SEQUENCES),
    *(Act(f"the sequence of {table} taken out", _no_seq(table), reach=False)
      for table in SEQUENCES),
    *(Act(f"the sequence of {table} no number", _seq(table, "'many'"), reach=False)
      for table in SEQUENCES),
    Act("a sequence twice", "INSERT INTO sqlite_sequence VALUES ('imports', 3)", reach=False),
    # import records
    Act("the table of import records dropped", "DROP TABLE imports", guarded=False),
    Act("all import records deleted", "DELETE FROM imports"),
    Act("all import records deleted, and their sequence", f"DELETE FROM imports;{_no_seq('imports')}", alone=False),
    Act("the last import record deleted, its number too",
        f"DELETE FROM imports WHERE number = 3;{_seq('imports', '2')}", alone=False),
    Act("an import record in the middle deleted", "DELETE FROM imports WHERE number = 2"),
    Act("another importer", "UPDATE imports SET actor = 'archivist:A2' WHERE number = 1", alone=False),
    Act("an importer that is none", "UPDATE imports SET actor = 'Jeanne' WHERE number = 1"),
    Act("another instant of an import", "UPDATE imports SET imported_at = '2024-01-01T00:00:00.000000Z'", alone=False),
    Act("another file imported", "UPDATE imports SET file_sha256 = replace(file_sha256, 'a', 'b')", alone=False),
    Act("fewer positions imported", "UPDATE imports SET last_position = 19 WHERE number = 1", alone=False),
    Act("more positions imported", "UPDATE imports SET last_position = 99 WHERE number = 3"),
    Act("an import record of live positions", "INSERT INTO imports (file_sha256, imported_at, actor, first_position, "
        f"last_position) SELECT file_sha256, imported_at, actor, {SIZE - 1}, {SIZE} FROM imports LIMIT 1", alone=False),
    # quarantine
    Act("the table of the quarantine dropped", "DROP TABLE quarantine", guarded=False),
    Act("the quarantine emptied", "DELETE FROM quarantine"),
    Act("the quarantine emptied, acts, senders and sequences too",
        f"DELETE FROM quarantine;DELETE FROM quarantine_acts;DELETE FROM quarantine_senders;"
        f"{_no_seq('quarantine')};{_no_seq('quarantine_acts')}", alone=False),
    Act("an open entry deleted", "DELETE FROM quarantine WHERE number = 1"),
    Act("received bytes changed", QUARANTINE + "bytes = x'00' WHERE number = 1", reach=False),
    Act("received bytes and their digest changed", _forged_bytes, alone=False),
    Act("a digest changed", QUARANTINE + "digest = zeroblob(32) WHERE number = 1"),
    Act("an erased entry's digest changed", QUARANTINE + "digest = zeroblob(32) WHERE number = 3", alone=False),
    Act("a live input made an imported one", QUARANTINE + "imported = 1 WHERE number = 1", alone=False),
    Act("another first receipt", QUARANTINE + "first_received = '2024-01-01T00:00:00.000000Z'", alone=False),
    Act("an entry renumbered", QUARANTINE + "number = 9 WHERE number = 1"),
    Act("an entry marked taken by hand", QUARANTINE + "resolved = 'accepted at position 1' WHERE number = 1",
        reach=False),
    Act("an entry marked erased by hand", QUARANTINE + "resolved = 'erased' WHERE number = 1", reach=False),
    Act("a mark of taken removed", QUARANTINE + "resolved = NULL WHERE number = 2", reach=False),
    Act("an entry marked taken with an act", "INSERT INTO quarantine_acts (entry, act, at, text) VALUES (1, 'taken', "
        f"'2025-02-19T21:20:00.000000Z', 'accepted at position 1');{QUARANTINE}resolved = 'accepted at position 1' "
        "WHERE number = 1", alone=False, reach=False, named="No checkpoint signs yet the last acts on quarantine"),
    Act("received bytes emptied without an act", QUARANTINE + "bytes = x'' WHERE number = 1", reach=False),
    Act("erased bytes put back", QUARANTINE + "bytes = CAST('a name' AS BLOB) WHERE number = 3", reach=False),
    Act("messages of an erased entry put back", QUARANTINE + "errors = '[]' WHERE number = 3", reach=False),
    Act("messages of an open entry changed", QUARANTINE + "errors = '[]' WHERE number = 1", False, False, OF_OPEN),
    Act("messages that are none", QUARANTINE + "errors = 'none' WHERE number = 1", reach=False),
    Act("another last receipt", QUARANTINE + "received = '2025-03-01T00:00:00.000000Z'", False, False, OF_OPEN),
    Act("refused more often", QUARANTINE + "times = 9 WHERE number = 1", False, False, OF_OPEN),
    Act("refused less often", QUARANTINE + "times = 0 WHERE number = 1", reach=False),
    Act("a conflict made of a refusal", QUARANTINE + "status = 'conflict' WHERE number = 1", False, False, OF_OPEN),
    Act("a status that is none", QUARANTINE + "status = 'fine' WHERE number = 1", reach=False),
    Act("an entry added", "INSERT INTO quarantine (received, imported, bytes, status, errors, digest, first_received) "
        "SELECT received, 1, bytes, status, errors, digest, first_received FROM quarantine WHERE number = 1",
        alone=False, reach=False, named="No checkpoint signs yet the last quarantine entries"),
    Act("the table of acts dropped", "DROP TABLE quarantine_acts", guarded=False),
    Act("all acts deleted", "DELETE FROM quarantine_acts"),
    Act("the last act undone whole", f"DELETE FROM quarantine_acts WHERE number = 2;{_seq('quarantine_acts', '1')};"
        f"{QUARANTINE}resolved = NULL, bytes = CAST('a name' AS BLOB), errors = '[]' WHERE number = 3", alone=False),
    Act("the reason of an erasure changed", "UPDATE quarantine_acts SET text = 'other' WHERE number = 2"),
    Act("the instant of an act changed", "UPDATE quarantine_acts SET at = '2025-01-01T00:00:00.000000Z'", alone=False),
    Act("an act on another entry", "UPDATE quarantine_acts SET entry = 1 WHERE number = 1"),
    Act("an act that is none", "INSERT INTO quarantine_acts (entry, act, at, text) VALUES (1, 'read', "
        "'2025-02-19T21:20:00.000000Z', 'x')", reach=False),
    Act("an act on no entry", "UPDATE quarantine_acts SET entry = 9 WHERE number = 1"),
    # who sent an entry, and what was stated by messages received
    Act("the table of senders dropped", "DROP TABLE quarantine_senders", guarded=False),
    Act("who sent an entry forgotten", "DELETE FROM quarantine_senders", alone=False),
    Act("another sender of an entry", SENDERS + "sender = replace(sender, 'P1', 'P2')", alone=False),
    Act("the sender of another entry", SENDERS + "entry = 2", alone=False),
    Act("the sender of no entry", SENDERS + "entry = 9"),
    Act("a sender that is none", SENDERS + "sender = 'P1'"),
    Act("the table of messages received dropped", "DROP TABLE received", guarded=False),
    Act("all that messages stated deleted", "DELETE FROM received"),
    Act("all that messages stated deleted, and its sequence", f"DELETE FROM received;{_no_seq('received')}",
        alone=False),
    Act("the last that messages stated deleted", "DELETE FROM received WHERE number = 2"),
    Act("the first that messages stated deleted", "DELETE FROM received WHERE number = 1"),
    Act("another thing stated", RECEIVED + "text = '{}' WHERE number = 1", alone=False),
    Act("stated of another result", RECEIVED + "sha256 = replace(sha256, 'a', 'b') WHERE number = 1", alone=False),
    Act("stated by no JSON", RECEIVED + "text = 'x' WHERE number = 1"),
    Act("a message erased that was never kept", PUT + "'erased', '2025-02-19T21:20:00.000000Z', 'x')", reach=False),
    Act("a message kept twice", ";".join([PUT + "'kept', '2025-02-19T21:20:00.000000Z', '')"] * 2), reach=False),
    Act("a statement made a message", RECEIVED + "act = 'kept' WHERE number = 1"),
    # schema
    Act("made an older log", _back_to_version_1, alone=False, guarded=False),
    Act("marked an older log", "PRAGMA user_version = 1", reach=False),
    Act("marked a newer log", "PRAGMA user_version = 99", reach=False),
    Act("marked another application's", "PRAGMA application_id = 7", reach=False),
    Act("a trigger dropped", "DROP TRIGGER imports_no_DELETE", reach=False, guarded=False),
    Act("a trigger added", _trigger_added, reach=False),
    Act("an index dropped", "DROP INDEX quarantine_open", reach=False),
    Act("a foreign table", "CREATE TABLE notes (x)", reach=False),
]  # fmt: skip
