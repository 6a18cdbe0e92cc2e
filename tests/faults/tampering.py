"""Damaged copies of a small log: what someone with the file, a SQLite shell and patience can do to it.

The sound log is the worked example: 35 events, signed at 20 and at 30. Each damage below is done to a copy with
the triggers taken out, which are put back afterwards, so that only the rows themselves tell.
"""

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from engine.events.canonical import canonical_json
from engine.events.subjects import stream_id
from engine.intake.intake import Intake
from engine.intake.reading import read_submissions
from engine.log.checkpoint import checkpoints_of, sign_head
from engine.log.note import SignerKey
from replay.cli.app import app
from tests.intake.support import NOW, opened

KEY = SignerKey("example.org/heart-log", bytes(range(32)))
THIEF = SignerKey("example.org/heart-log", bytes(range(1, 33)))
"""Another key under the same name."""

EVENTS = Path(__file__).parents[2] / "fixtures" / "worked_example" / "events.ndjson"
SIZE, SIGNED = 35, (20, 30)
OFFER, DONOR = "offer/O1", "donor/D1"


def write_log(path: Path, lines: list[bytes], *, key: SignerKey | None = KEY) -> Path:
    """A log of these lines, imported in three parts; signed after the first and the second where a key is given."""
    with opened(path) as log:
        start = 0
        for end in (*SIGNED, len(lines)):
            submissions = list(read_submissions(BytesIO(b"\n".join(lines[start:end]))))
            verdicts = Intake(log, now=lambda: NOW, imported=True, actor="archivist:A1").take(submissions)
            assert {verdict.status for verdict in verdicts} == {"accepted"}
            if key is not None and end in SIGNED:
                sign_head(log, checkpoints_of(str(path)), key)
            start = end
    return path


def sound_lines() -> list[bytes]:
    """The worked example, an event a line."""
    return EVENTS.read_bytes().splitlines()


def copied(log: Path, folder: Path) -> Path:
    """A copy of a log and of its checkpoints."""
    copy = folder / "copy.db"
    with closing(sqlite3.connect(log)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    shutil.copytree(f"{log}.checkpoints", f"{copy}.checkpoints")
    return copy


@contextmanager
def unguarded(path: Path) -> Iterator[sqlite3.Connection]:
    """The file open for any change: its triggers taken out, and put back at the end."""
    with closing(sqlite3.connect(path)) as connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        yield connection
        for _, sql in triggers:
            connection.execute(sql)
        connection.commit()


# ------------------------------------------------------------------------------------ what a hand can do


def change_bytes(rows: sqlite3.Connection, position: int, old: bytes, new: bytes) -> None:
    """Replace some stored bytes of an event."""
    (state,) = rows.execute("SELECT state FROM stored_events WHERE rowid = ?", (position,)).fetchone()
    assert state.count(old) == 1
    rows.execute("UPDATE stored_events SET state = ? WHERE rowid = ?", (state.replace(old, new), position))


def drop_row(rows: sqlite3.Connection, position: int, *, identity: bool) -> None:
    """Delete an event, perhaps with its identity."""
    rows.execute("DELETE FROM stored_events WHERE rowid = ?", (position,))
    if identity:
        rows.execute("DELETE FROM identities WHERE position = ?", (position,))


def drop_tail(rows: sqlite3.Connection, last: int) -> None:
    """Delete every event after a position, with its identity and import record."""
    rows.execute("DELETE FROM stored_events WHERE rowid > ?", (last,))
    rows.execute("DELETE FROM identities WHERE position > ?", (last,))
    rows.execute("DELETE FROM imports WHERE first_position > ?", (last,))
    rows.execute("UPDATE imports SET last_position = min(last_position, ?)", (last,))


def shift(rows: sqlite3.Connection, first: int, by: int, *, identities: bool) -> None:
    """Move every event from a position on up or down, perhaps with its identity."""
    tables = [("stored_events", "rowid"), *([("identities", "position")] if identities else [])]
    for table, column in tables:
        rows.execute(f"UPDATE {table} SET {column} = -{column} WHERE {column} >= ?", (first,))
        rows.execute(f"UPDATE {table} SET {column} = -{column} + ? WHERE {column} < 0", (by,))


def swap(rows: sqlite3.Connection, one: int, other: int, *, identities: bool) -> None:
    """Exchange two events, perhaps with their identities."""
    tables = [("stored_events", "rowid"), *([("identities", "position")] if identities else [])]
    for table, column in tables:
        for old, new in ((one, -1), (other, one), (-1, other)):
            rows.execute(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", (new, old))


def count_given(rows: sqlite3.Connection) -> None:
    """Make SQLite's own count of positions given out agree with the rows that are there."""
    rows.execute("UPDATE sqlite_sequence SET seq = (SELECT max(rowid) FROM stored_events) WHERE name = 'stored_events'")


def new_event(name: str, subject: str, data: Mapping[str, Any], **attributes: str) -> dict[str, Any]:
    """An event as the log would store it, recorded after all others."""
    return {
        "specversion": "1.0",
        "source": "/forged",
        "id": f"{name}-{subject}",
        "type": f"snagc.{name}.v1",
        "subject": subject,
        "time": "2024-07-02T08:00:00+02:00",
        "recordedtime": "2024-07-02T07:00:00.000000Z",
        "data": dict(data),
    } | attributes


def put_event(rows: sqlite3.Connection, position: int, event: dict[str, Any], *, identity: bool = True) -> None:
    """Write an event at a free position the way the log would, at the end of its stream."""
    stream = stream_id(event["subject"]).hex
    (length,) = rows.execute("SELECT count(*) FROM stored_events WHERE originator_id = ?", (stream,)).fetchone()
    rows.execute(
        "INSERT INTO stored_events (rowid, originator_id, originator_version, topic, state) VALUES (?,?,?,?,?)",
        (position, stream, length + 1, event["type"], canonical_json(event)),
    )
    if identity:
        content = {name: value for name, value in event.items() if name != "recordedtime"}
        digest = hashlib.sha256(canonical_json(content)).digest()
        rows.execute("INSERT INTO identities VALUES (?,?,?,?)", (event["source"], event["id"], digest, position))


def rewritten(log: Path, folder: Path, position: int, old: bytes, new: bytes) -> Path:
    """The log made anew from its first event with one of them changed: everything agrees, but what was signed."""
    lines = sound_lines()
    assert lines[position - 1].count(old) == 1
    lines[position - 1] = lines[position - 1].replace(old, new)
    copy = write_log(folder / "copy.db", lines, key=None)
    shutil.copytree(f"{log}.checkpoints", f"{copy}.checkpoints")
    return copy


def fit_identity(rows: sqlite3.Connection, position: int) -> None:
    """Make the identity of an event that of the bytes that stand there now."""
    (state,) = rows.execute("SELECT state FROM stored_events WHERE rowid = ?", (position,)).fetchone()
    event = json.loads(state)
    event.pop("recordedtime")
    digest = hashlib.sha256(canonical_json(event)).digest()
    rows.execute("UPDATE identities SET content = ? WHERE position = ?", (digest, position))


# ---------------------------------------------------------------------------------- what verification says


def verify(path: Path | str, *more: str, key: str = KEY.verifier.text) -> tuple[int, dict[str, Any]]:
    """Exit code and document of snagc verify."""
    result = CliRunner().invoke(app, ["verify", "--log", str(path), "--vkey", key, "--json", *more])
    return result.exit_code, json.loads(result.stdout)


def first_fault(path: Path, *more: str) -> tuple[int | None, int | None, int | None]:
    """Step, position and end of the span of the first fault, of a log that verify calls broken."""
    code, document = verify(path, *more)
    assert (code, document["whole"]) == (4, False)
    fault = document["first_fault"]
    return fault["step"], fault["position"], fault["until"]
