"""The tables of a log's SQLite file, and the triggers that keep them from being changed.

Everything is append only, but that a quarantine entry may be refused again while it is open, be taken once and
be erased once; the act that says so is written first, in a table that is append only itself.

    version 1   events, identities, quarantine, import records (which the oldest logs lack)
    version 2   also quarantine_acts, and triggers that guard what becomes of a quarantine entry
    version 3   also quarantine_senders: as whom an entry was first sent, where a token said so; and received:
                messages whose bytes lie beside the log, and which of these were erased
    version 4   triggers against replacement that ask for each key by itself: SQLite answers in half the time

A log of an older version is read as it is and brought to today's by the first transaction that writes to it.
"""

import sqlite3
from contextlib import closing

APPLICATION_ID = 0x534E4147  # "SNAG"
SCHEMA_VERSION = 4
READABLE_VERSIONS = (1, 2, 3, SCHEMA_VERSION)
TAKEN, ERASED = "taken", "erased"
"""What may become of a quarantine entry."""

_FORMAT_VERSIONS = slice(18, 20)
"""Where a SQLite file says how it is written: 2 is ahead, by way of a -wal."""
TOPICS_INDEXED = "topic IN ('snagc.graft.offered.v1', 'snagc.offer-counter.initialised.v1')"
"""What the index of topics is limited to; SQLite uses it only for a query that says so in these words."""

_TABLES = [
    "CREATE TABLE IF NOT EXISTS stored_events (rowid INTEGER PRIMARY KEY AUTOINCREMENT, "
    "originator_id TEXT NOT NULL, originator_version INTEGER NOT NULL, topic TEXT NOT NULL, "
    "state BLOB NOT NULL, UNIQUE (originator_id, originator_version))",
    f"CREATE INDEX IF NOT EXISTS stored_events_by_topic ON stored_events (topic) WHERE {TOPICS_INDEXED}",
    "CREATE TABLE IF NOT EXISTS identities (source TEXT NOT NULL, id TEXT NOT NULL, content BLOB NOT NULL, "
    "position INTEGER NOT NULL UNIQUE, PRIMARY KEY (source, id)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS quarantine (number INTEGER PRIMARY KEY AUTOINCREMENT, received TEXT NOT NULL, "
    "imported INTEGER NOT NULL, bytes BLOB NOT NULL, status TEXT NOT NULL, errors TEXT NOT NULL, "
    "times INTEGER NOT NULL DEFAULT 1, resolved TEXT, digest BLOB NOT NULL, first_received TEXT NOT NULL)",
    "CREATE UNIQUE INDEX IF NOT EXISTS quarantine_open ON quarantine (digest, imported) WHERE resolved IS NULL",
    "CREATE TABLE IF NOT EXISTS imports (number INTEGER PRIMARY KEY AUTOINCREMENT, file_sha256 TEXT NOT NULL, "
    "imported_at TEXT NOT NULL, actor TEXT NOT NULL, first_position INTEGER NOT NULL UNIQUE, "
    "last_position INTEGER NOT NULL)",
]
_ACTS_TABLE = (
    "CREATE TABLE IF NOT EXISTS quarantine_acts (number INTEGER PRIMARY KEY AUTOINCREMENT, entry INTEGER NOT NULL, "
    "act TEXT NOT NULL, at TEXT NOT NULL, text TEXT NOT NULL, UNIQUE (entry, act))"
)
_SENDERS_TABLE = (
    "CREATE TABLE IF NOT EXISTS quarantine_senders (entry INTEGER PRIMARY KEY REFERENCES quarantine (number), "
    "sender TEXT NOT NULL)"
)
_RECEIVED_TABLES = [
    "CREATE TABLE IF NOT EXISTS received (number INTEGER PRIMARY KEY AUTOINCREMENT, sha256 TEXT NOT NULL, "
    "format TEXT NOT NULL, act TEXT NOT NULL, at TEXT NOT NULL, text TEXT NOT NULL)",
    "CREATE INDEX IF NOT EXISTS received_by_sha256 ON received (sha256)",
]

_NO_CHANGE = """
CREATE TRIGGER IF NOT EXISTS {table}_no_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append only: {verb} refused'); END
"""
_NO_REPLACE = """
CREATE TRIGGER IF NOT EXISTS {table}_no_replace BEFORE INSERT ON {table}
WHEN {exists}
BEGIN SELECT RAISE(ABORT, '{table} is append only: replacement refused'); END
"""
_NO_GAP = """
CREATE TRIGGER IF NOT EXISTS stored_events_no_gap AFTER INSERT ON stored_events
WHEN NEW.rowid <> 1 + coalesce((SELECT max(rowid) FROM stored_events WHERE rowid < NEW.rowid), 0)
BEGIN SELECT RAISE(ABORT, 'stored_events is dense: a position that leaves a gap is refused'); END
"""
_SAME = {
    "stored_events": (
        "rowid = NEW.rowid",
        "(originator_id = NEW.originator_id AND originator_version = NEW.originator_version)",
    ),
    "identities": ("(source = NEW.source AND id = NEW.id)", "position = NEW.position"),
    "imports": ("number = NEW.number", "first_position = NEW.first_position"),
    "quarantine": ("number = NEW.number",),
    "quarantine_acts": ("number = NEW.number", "(entry = NEW.entry AND act = NEW.act)"),
    "quarantine_senders": ("entry = NEW.entry",),
    "received": ("number = NEW.number",),
}
"""By table, each key of which a new row would replace another."""

_KEPT_AS_RECEIVED = """
CREATE TRIGGER IF NOT EXISTS quarantine_kept BEFORE UPDATE OF bytes, digest, imported, first_received ON quarantine
BEGIN SELECT RAISE(ABORT, 'quarantine keeps what was received'); END
"""
"""Of version 1; version 2 has the next one in its place."""
_GUARDED = f"""
CREATE TRIGGER IF NOT EXISTS quarantine_guarded BEFORE UPDATE ON quarantine
WHEN NEW.number IS NOT OLD.number OR NEW.digest IS NOT OLD.digest OR NEW.imported IS NOT OLD.imported
OR NEW.first_received IS NOT OLD.first_received OR NEW.times < OLD.times
OR (OLD.resolved IS NOT NULL AND (NEW.resolved IS NOT OLD.resolved OR NEW.received IS NOT OLD.received
    OR NEW.status IS NOT OLD.status OR NEW.times IS NOT OLD.times))
OR (NEW.resolved IS NOT OLD.resolved AND NOT EXISTS (SELECT 1 FROM quarantine_acts WHERE entry = NEW.number
    AND ((act = '{TAKEN}' AND text = NEW.resolved) OR (act = '{ERASED}' AND NEW.resolved = '{ERASED}'))))
OR ((NEW.bytes IS NOT OLD.bytes OR (OLD.resolved IS NOT NULL AND NEW.errors IS NOT OLD.errors))
    AND NOT (NEW.bytes = x'' AND EXISTS (SELECT 1 FROM quarantine_acts WHERE entry = NEW.number AND act = '{ERASED}')))
BEGIN SELECT RAISE(ABORT, 'quarantine keeps what was received and what became of it'); END
"""
_ACT_ON_AN_ENTRY = f"""
CREATE TRIGGER IF NOT EXISTS quarantine_acts_on_an_entry BEFORE INSERT ON quarantine_acts
WHEN NEW.act NOT IN ('{TAKEN}', '{ERASED}') OR NOT EXISTS (SELECT 1 FROM quarantine WHERE number = NEW.entry
    AND (NEW.act = '{ERASED}' OR resolved IS NULL))
BEGIN SELECT RAISE(ABORT, 'quarantine_acts: an entry that is there is taken while it is open, or erased'); END
"""
_SENDER_OF_AN_ENTRY = """
CREATE TRIGGER IF NOT EXISTS quarantine_senders_of_an_entry BEFORE INSERT ON quarantine_senders
WHEN NOT EXISTS (SELECT 1 FROM quarantine WHERE number = NEW.entry AND resolved IS NULL)
BEGIN SELECT RAISE(ABORT, 'quarantine_senders: who sent an entry is noted while it is open'); END
"""
_TAKEN_BEFORE = f"number, '{TAKEN}', received, resolved FROM quarantine WHERE resolved IS NOT NULL"
_ACTS_OF_VERSION_1 = f"""
INSERT INTO quarantine_acts (entry, act, at, text) SELECT {_TAKEN_BEFORE}
AND (SELECT user_version FROM pragma_user_version) = 1 ORDER BY number
"""


def schema_statements(version: int = SCHEMA_VERSION) -> list[str]:
    """What makes an empty file a log of a version; of today's version also what brings an older log there."""
    append_only = ["stored_events", "identities", "imports"]
    if version == 1:
        return [*_TABLES, *_guards(append_only, version), _KEPT_AS_RECEIVED]
    of_version_3 = [_SENDERS_TABLE, _SENDER_OF_AN_ENTRY, *_RECEIVED_TABLES]
    of_version_3 += _guards(["quarantine_senders", "received"], version)
    return [
        *_TABLES,
        _ACTS_TABLE,
        *(of_version_3 if version >= 3 else ()),
        *_guards([*append_only, "quarantine_acts"], version),
        "DROP TRIGGER IF EXISTS quarantine_kept",
        _ACTS_OF_VERSION_1,
        _GUARDED,
        _ACT_ON_AN_ENTRY,
        f"PRAGMA application_id={APPLICATION_ID}",
        f"PRAGMA user_version={version}",
    ]


def acts_of_version_1() -> str:
    """The query that reads from a log of version 1 what the table of acts will hold once it is brought to date."""
    return f"SELECT row_number() OVER (ORDER BY number), {_TAKEN_BEFORE} ORDER BY number"


def new_log() -> bytes:
    """The file of a log without an event, in today's version; it says of itself that it is written ahead (WAL)."""
    with closing(sqlite3.connect(":memory:")) as connection:
        for statement in schema_statements():
            connection.execute(statement)
        image = bytearray(connection.serialize())
    image[_FORMAT_VERSIONS] = b"\x02\x02"
    return bytes(image)


def _guards(append_only: list[str], version: int) -> list[str]:
    """Triggers against change: quarantine entries may be updated, but neither deleted nor replaced."""
    kept = [*append_only, "quarantine"]
    return [
        *(_NO_CHANGE.format(table=table, verb=verb) for table in append_only for verb in ("UPDATE", "DELETE")),
        _NO_CHANGE.format(table="quarantine", verb="DELETE"),
        *(f"DROP TRIGGER IF EXISTS {table}_no_replace" for table in kept if version >= 4),
        *(_NO_REPLACE.format(table=table, exists=_exists(table, version)) for table in kept),
        _NO_GAP,
    ]


def _exists(table: str, version: int) -> str:
    """The condition that a row is there which a new one would replace."""
    asked = _SAME[table] if version >= 4 else [" OR ".join(_SAME[table])]
    return " OR ".join(f"EXISTS (SELECT 1 FROM {table} WHERE {same})" for same in asked)
