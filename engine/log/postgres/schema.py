"""The tables of a log in a database, and the functions and triggers that keep them from being changed.

The same as in a file (engine.log.schema), and what lies beside a file as tables ``beside_…``. Each definition is
written as PostgreSQL itself prints it, so that ``verify`` can hold what is there against it, word for word. Triggers
are ``ENABLE ALWAYS``: a session that says it replicates does not pass them by.

``given`` holds the last number that each table gave out, as SQLite's own sequences do: a row is inserted only behind
it, and it never goes back. Positions have no gap; quarantine numbers have, where bytes were refused again.
"""

from collections.abc import Iterator
from typing import NamedTuple

from engine.log.schema import APPLICATION_ID, ERASED, TAKEN

POSITION = "notification_id"
"""The column of positions, as eventsourcing's recorder names it."""
SCHEMA = "public"
DATABASE_VERSION = 3
"""The version of the file's schema that says the same; what came later there is of SQLite alone."""


class Table(NamedTuple):
    """Columns by name, constraints by name, and whether a crash may empty it."""

    columns: dict[str, str]
    constraints: dict[str, str]
    unlogged: bool = False


class Function(NamedTuple):
    """What a function takes, returns and does; ``definer``: with the rights of the log's owner."""

    arguments: str
    returns: str
    body: str
    language: str = "plpgsql"
    definer: bool = False


def _beside(*, unlogged: bool = False) -> Table:
    return Table({"name": "text NOT NULL", "data": "bytea NOT NULL"}, {"pkey": "PRIMARY KEY (name)"}, unlogged)


TABLES = {
    "marks": Table({"application_id": "bigint NOT NULL", "user_version": "bigint NOT NULL"}, {}),
    "given": Table({"name": "text NOT NULL", "last": "bigint NOT NULL"}, {"pkey": "PRIMARY KEY (name)"}),
    "stored_events": Table(
        {
            POSITION: "bigint NOT NULL",
            "originator_id": "uuid NOT NULL",
            "originator_version": "bigint NOT NULL",
            "topic": "text NOT NULL",
            "state": "bytea NOT NULL",
        },
        {"pkey": f"PRIMARY KEY ({POSITION})", "stream": "UNIQUE (originator_id, originator_version)"},
    ),
    "identities": Table(
        {
            "source": "text NOT NULL",
            "id": "text NOT NULL",
            "content": "bytea NOT NULL",
            "position": "bigint NOT NULL",
        },
        {"pkey": "PRIMARY KEY (source, id)", "position": 'UNIQUE ("position")'},
    ),
    "imports": Table(
        {
            "number": "bigint NOT NULL DEFAULT snagc_next('imports'::text)",
            "file_sha256": "text NOT NULL",
            "imported_at": "text NOT NULL",
            "actor": "text NOT NULL",
            "first_position": "bigint NOT NULL",
            "last_position": "bigint NOT NULL",
        },
        {"pkey": "PRIMARY KEY (number)", "first": "UNIQUE (first_position)"},
    ),
    "quarantine": Table(
        {
            "number": "bigint NOT NULL DEFAULT snagc_next('quarantine'::text)",
            "received": "text NOT NULL",
            "imported": "bigint NOT NULL",
            "bytes": "bytea NOT NULL",
            "status": "text NOT NULL",
            "errors": "text NOT NULL",
            "times": "bigint NOT NULL DEFAULT 1",
            "resolved": "text",
            "digest": "bytea NOT NULL",
            "first_received": "text NOT NULL",
        },
        {"pkey": "PRIMARY KEY (number)"},
    ),
    "quarantine_senders": Table(
        {"entry": "bigint NOT NULL", "sender": "text NOT NULL"}, {"pkey": "PRIMARY KEY (entry)"}
    ),
    "quarantine_acts": Table(
        {
            "number": "bigint NOT NULL DEFAULT snagc_next('quarantine_acts'::text)",
            "entry": "bigint NOT NULL",
            "act": "text NOT NULL",
            "at": "text NOT NULL",
            "text": "text NOT NULL",
        },
        {"pkey": "PRIMARY KEY (number)", "entry": "UNIQUE (entry, act)"},
    ),
    "received": Table(
        {
            "number": "bigint NOT NULL DEFAULT snagc_next('received'::text)",
            "sha256": "text NOT NULL",
            "format": "text NOT NULL",
            "act": "text NOT NULL",
            "at": "text NOT NULL",
            "text": "text NOT NULL",
        },
        {"pkey": "PRIMARY KEY (number)"},
    ),
    "beside_checkpoints": _beside(),
    "beside_states": _beside(unlogged=True),
    "beside_access": Table(
        {"number": "bigint NOT NULL", "name": "text NOT NULL", "line": "bytea NOT NULL"},
        {"pkey": "PRIMARY KEY (number)"},
    ),
    "beside_received": _beside(),
}
NUMBERED = {
    "stored_events": (POSITION, "dense"),
    "imports": ("number", "dense"),
    "quarantine": ("number", "rising"),
    "quarantine_acts": ("number", "dense"),
    "received": ("number", "dense"),
    "beside_access": ("number", "dense"),
}
"""The tables that give out numbers: the column, and whether they leave none out."""
APPEND_ONLY = (
    "marks",
    "stored_events",
    "identities",
    "imports",
    "quarantine_senders",
    "quarantine_acts",
    "received",
    "beside_access",
)
KEPT = ("given", "quarantine", "beside_checkpoints")
"""Rows of these may change as a trigger allows, and stay."""

INDEXES = {
    "stored_events_by_topic": (
        "CREATE INDEX stored_events_by_topic ON stored_events USING btree (topic) WHERE topic = ANY "
        "(ARRAY['snagc.graft.offered.v1'::text, 'snagc.offer-counter.initialised.v1'::text])"
    ),
    "received_by_sha256": "CREATE INDEX received_by_sha256 ON received USING btree (sha256)",
    "quarantine_open": (
        "CREATE UNIQUE INDEX quarantine_open ON quarantine USING btree (digest, imported) WHERE resolved IS NULL"
    ),
}

NEXT = Function("text", "bigint", "SELECT last + 1 FROM public.given WHERE name = $1", "sql")
"""Made before the tables, whose defaults call it."""
FUNCTIONS = {
    "snagc_append_only": Function(
        "",
        "trigger",
        "BEGIN RAISE EXCEPTION '% is append only: % refused', TG_TABLE_NAME, TG_OP; END",
    ),
    "snagc_give": Function(
        "",
        "trigger",
        """
DECLARE
    many bigint; lowest bigint; highest bigint; before bigint;
BEGIN
    EXECUTE format('SELECT count(*), min(%1$I), max(%1$I) FROM added', TG_ARGV[0]) INTO many, lowest, highest;
    IF many = 0 THEN
        RETURN NULL;
    END IF;
    SELECT last INTO before FROM public.given WHERE name = TG_TABLE_NAME FOR UPDATE;
    IF before IS NULL OR lowest <= before THEN
        RAISE EXCEPTION '% is append only: a position that was given out is refused', TG_TABLE_NAME;
    END IF;
    IF TG_ARGV[1] = 'dense' AND (lowest <> before + 1 OR highest <> before + many) THEN
        RAISE EXCEPTION '% is dense: a position that leaves a gap is refused', TG_TABLE_NAME;
    END IF;
    UPDATE public.given SET last = highest WHERE name = TG_TABLE_NAME;
    RETURN NULL;
END""",
        definer=True,
    ),
    "snagc_rising": Function(
        "",
        "trigger",
        """
BEGIN
    IF TG_OP = 'INSERT' OR NEW.name <> OLD.name OR NEW.last <= OLD.last THEN
        RAISE EXCEPTION 'given is append only: numbers rise';
    END IF;
    RETURN NEW;
END""",
    ),
    "snagc_growing": Function(
        "",
        "trigger",
        """
BEGIN
    IF NEW.name <> OLD.name OR substring(NEW.data FOR length(OLD.data)) <> OLD.data THEN
        RAISE EXCEPTION '% is append only: what was signed stays', TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END""",
    ),
    "snagc_guard": Function(
        "",
        "trigger",
        f"""
BEGIN
    IF NEW.number <> OLD.number OR NEW.digest <> OLD.digest OR NEW.imported <> OLD.imported
        OR NEW.first_received <> OLD.first_received OR NEW.times < OLD.times
        OR (OLD.resolved IS NOT NULL AND (NEW.resolved IS DISTINCT FROM OLD.resolved OR NEW.received <> OLD.received
            OR NEW.status <> OLD.status OR NEW.times <> OLD.times))
        OR (NEW.resolved IS DISTINCT FROM OLD.resolved AND NOT EXISTS (SELECT FROM public.quarantine_acts
            WHERE entry = NEW.number AND ((act = '{TAKEN}' AND text = NEW.resolved)
                OR (act = '{ERASED}' AND NEW.resolved = '{ERASED}'))))
        OR ((NEW.bytes <> OLD.bytes OR (OLD.resolved IS NOT NULL AND NEW.errors <> OLD.errors))
            AND NOT (NEW.bytes = '' AND EXISTS (SELECT FROM public.quarantine_acts
                WHERE entry = NEW.number AND act = '{ERASED}')))
    THEN
        RAISE EXCEPTION 'quarantine keeps what was received and what became of it';
    END IF;
    RETURN NEW;
END""",
    ),
    "snagc_act": Function(
        "",
        "trigger",
        f"""
BEGIN
    IF NEW.act NOT IN ('{TAKEN}', '{ERASED}') OR NOT EXISTS (SELECT FROM public.quarantine
        WHERE number = NEW.entry AND (NEW.act = '{ERASED}' OR resolved IS NULL))
    THEN
        RAISE EXCEPTION 'quarantine_acts: an entry that is there is taken while it is open, or erased';
    END IF;
    RETURN NEW;
END""",
    ),
    "snagc_sender": Function(
        "",
        "trigger",
        """
BEGIN
    IF NOT EXISTS (SELECT FROM public.quarantine WHERE number = NEW.entry AND resolved IS NULL) THEN
        RAISE EXCEPTION 'quarantine_senders: who sent an entry is noted while it is open';
    END IF;
    RETURN NEW;
END""",
    ),
    "snagc_refuse": Function(
        "text, bigint, bytea, text, text, bytea, text",
        "void",
        """
DECLARE
    before bigint;
BEGIN
    SELECT last INTO before FROM public.given WHERE name = 'quarantine' FOR UPDATE;
    INSERT INTO public.quarantine (received, imported, bytes, status, errors, digest, first_received)
    VALUES ($1, $2, $3, $4, $5, $6, $1)
    ON CONFLICT (digest, imported) WHERE resolved IS NULL DO UPDATE SET times = quarantine.times + 1,
    received = excluded.received, status = excluded.status, errors = excluded.errors;
    UPDATE public.given SET last = before + 1 WHERE name = 'quarantine' AND last = before;
    INSERT INTO public.quarantine_senders SELECT number, $7 FROM public.quarantine
    WHERE $7 IS NOT NULL AND digest = $6 AND imported = $2 AND resolved IS NULL AND times = 1;
END""",
        definer=True,
    ),
    "snagc_take": Function(
        "bigint, text, text",
        "void",
        f"""
    INSERT INTO public.quarantine_acts (entry, act, at, text) VALUES ($1, '{TAKEN}', $3, $2);
    UPDATE public.quarantine SET resolved = $2 WHERE number = $1""",
        "sql",
        definer=True,
    ),
    "snagc_erase": Function(
        "bigint, text, text, text",
        "void",
        f"""
    INSERT INTO public.quarantine_acts (entry, act, at, text) VALUES ($1, '{ERASED}', $2, $3);
    UPDATE public.quarantine SET bytes = '', errors = $4, resolved = coalesce(resolved, '{ERASED}')
    WHERE number = $1""",
        "sql",
    ),
    "snagc_sign": Function(
        "text, bytea",
        "void",
        """
    INSERT INTO public.beside_checkpoints VALUES ($1, $2)
    ON CONFLICT (name) DO UPDATE SET data = excluded.data""",
        "sql",
        definer=True,
    ),
}
SERVICE_CALLS = ("snagc_next(text)", *(f"{name}({FUNCTIONS[name].arguments})" for name in (
    "snagc_refuse", "snagc_take", "snagc_sign")))  # fmt: skip
"""What the service's role may call."""


def triggers() -> dict[str, str]:
    """Every trigger by name, as PostgreSQL prints it."""
    found = {}

    def add(table: str, name: str, moment: str, each: str, call: str) -> None:
        found[f"{table}_{name}"] = f"CREATE TRIGGER {table}_{name} {moment} ON {table} {each} EXECUTE FUNCTION {call}"

    statement, row = "FOR EACH STATEMENT", "FOR EACH ROW"
    for table in (*APPEND_ONLY, *KEPT):
        for verb in ("UPDATE", "DELETE", "TRUNCATE")[table in KEPT :]:
            add(table, f"no_{verb.lower()}", f"BEFORE {verb}", statement, "snagc_append_only()")
    for table, (column, how) in NUMBERED.items():
        added = f"REFERENCING NEW TABLE AS added {statement}"
        add(table, "given", "AFTER INSERT", added, f"snagc_give('{column}', '{how}')")
    add("marks", "no_insert", "BEFORE INSERT", statement, "snagc_append_only()")
    add("given", "rising", "BEFORE INSERT OR UPDATE", row, "snagc_rising()")
    add("beside_checkpoints", "growing", "BEFORE UPDATE", row, "snagc_growing()")
    add("quarantine", "guarded", "BEFORE UPDATE", row, "snagc_guard()")
    add("quarantine_senders", "of_an_entry", "BEFORE INSERT", row, "snagc_sender()")
    add("quarantine_acts", "on_an_entry", "BEFORE INSERT", row, "snagc_act()")
    return found


def statements() -> Iterator[str]:
    """What makes an empty database a log."""
    yield _table_statement("given", TABLES["given"])
    yield _function_statement("snagc_next", NEXT)
    yield from (_table_statement(name, table) for name, table in TABLES.items() if name != "given")
    yield from INDEXES.values()
    for table, column in (("quarantine", "bytes"), ("quarantine", "errors"), ("beside_received", "data")):
        yield f"ALTER TABLE {table} ALTER COLUMN {column} SET STATISTICS 0"  # statistics would keep what is erased
    yield from (_function_statement(name, function) for name, function in FUNCTIONS.items())
    yield f"INSERT INTO marks VALUES ({APPLICATION_ID}, {DATABASE_VERSION})"
    yield from (f"INSERT INTO given VALUES ('{table}', 0)" for table in NUMBERED)
    for name, trigger in triggers().items():
        yield trigger
        yield f"ALTER TABLE {trigger.partition(' ON ')[2].split()[0]} ENABLE ALWAYS TRIGGER {name}"


def constraint_name(table: str, name: str) -> str:
    """The name of a table's constraint."""
    return f"{table}_{name}"


def _table_statement(name: str, table: Table) -> str:
    columns = [f'"{column}" {kind}' for column, kind in table.columns.items()]
    constraints = [f"CONSTRAINT {constraint_name(name, each)} {what}" for each, what in table.constraints.items()]
    return f"CREATE {'UNLOGGED ' * table.unlogged}TABLE {name} ({', '.join(columns + constraints)})"


def _function_statement(name: str, function: Function) -> str:
    rights = f"SECURITY DEFINER SET search_path = {SCHEMA}, pg_temp " if function.definer else ""
    return (
        f"CREATE FUNCTION {name}({function.arguments}) RETURNS {function.returns} LANGUAGE {function.language} "
        f"{rights}AS $body${function.body}$body$"
    )
