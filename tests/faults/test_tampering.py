"""Every way of tampering that the log promises to show is shown: at its position, by its step, with exit code 4."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from engine.events.subjects import stream_id
from replay.cli.app import app
from tests.faults import tampering as t
from tests.faults.tampering import first_fault, verify

BILIRUBIN = 6
"""Position of a laboratory result (value 10) of candidate A3, in the first signed part."""
LATE = 35
"""The last event, after the last checkpoint: a laboratory result of candidate A7."""
NEXT = t.SIZE + 1


@dataclass(frozen=True)
class Defect:
    """A damage, and what verification must say first: the step, the position (or the span it lies in)."""

    name: str
    damage: Callable[[sqlite3.Connection], None]
    step: int
    position: int | None
    until: int | None = None


def changed_value(rows: sqlite3.Connection) -> None:
    t.change_bytes(rows, BILIRUBIN, b'"value":"10"', b'"value":"11"')


def changed_value_and_identity(rows: sqlite3.Connection) -> None:
    changed_value(rows)
    t.fit_identity(rows, BILIRUBIN)


def changed_recorded_time(rows: sqlite3.Connection) -> None:
    t.change_bytes(rows, BILIRUBIN, b"08:05:00.000000Z", b"08:05:00.000001Z")


def other_spelling(rows: sqlite3.Connection) -> None:
    t.change_bytes(rows, BILIRUBIN, b'"value":"10"', b'"value": "10"')


def no_json(rows: sqlite3.Connection) -> None:
    t.change_bytes(rows, BILIRUBIN, b'"value":"10"', b'"value":"10')


def no_event(rows: sqlite3.Connection) -> None:
    t.change_bytes(rows, BILIRUBIN, b'"value":"10"', b'"worth":"10"')


def swapped_rows(rows: sqlite3.Connection) -> None:
    t.swap(rows, BILIRUBIN, 10, identities=False)


def swapped_rows_and_identities(rows: sqlite3.Connection) -> None:
    t.swap(rows, BILIRUBIN, 10, identities=True)


def dropped_row(rows: sqlite3.Connection) -> None:
    t.drop_row(rows, 9, identity=True)


def dropped_signed_tail(rows: sqlite3.Connection) -> None:
    t.drop_tail(rows, 27)
    t.count_given(rows)


def dropped_unsigned_tail(rows: sqlite3.Connection) -> None:
    t.drop_tail(rows, 32)


def _inserted() -> dict[str, Any]:
    recorded = {"time": "2024-06-01T10:00:00+02:00", "recordedtime": "2024-06-01T08:08:00.000000Z"}
    return t.new_event("donor.updated", "donor/D9", {"weight_kg": "70"}, **recorded)


def inserted_row(rows: sqlite3.Connection) -> None:
    t.shift(rows, 10, +1, identities=False)
    t.put_event(rows, 10, _inserted(), identity=False)


def inserted_row_and_identity(rows: sqlite3.Connection) -> None:
    t.shift(rows, 10, +1, identities=True)
    t.put_event(rows, 10, _inserted())
    t.count_given(rows)


def renumbered(rows: sqlite3.Connection) -> None:
    t.drop_row(rows, 9, identity=True)
    t.shift(rows, 10, -1, identities=True)


def renumbered_with_versions(rows: sqlite3.Connection) -> None:
    (stream,) = rows.execute("SELECT originator_id FROM stored_events WHERE rowid = 9").fetchone()
    renumbered(rows)
    for version in (3, 4):
        rows.execute(
            "UPDATE stored_events SET originator_version = ? WHERE originator_id = ? AND originator_version = ?",
            (version - 1, stream, version),
        )
    rows.execute("UPDATE imports SET last_position = 34 WHERE last_position = 35")
    t.count_given(rows)


def changed_topic(rows: sqlite3.Connection) -> None:
    rows.execute("UPDATE stored_events SET topic = 'snagc.treatment.started.v1' WHERE rowid = ?", (BILIRUBIN,))


def moved_between_streams(rows: sqlite3.Connection) -> None:
    stream = stream_id("candidate/A8").hex
    rows.execute("UPDATE stored_events SET originator_id = ?, originator_version = 4 WHERE rowid = ?", (stream, LATE))


def broken_contiguity(rows: sqlite3.Connection) -> None:
    rows.execute("UPDATE stored_events SET originator_version = originator_version + 1 WHERE rowid = ?", (LATE,))


def identity_dropped(rows: sqlite3.Connection) -> None:
    rows.execute("DELETE FROM identities WHERE position = ?", (BILIRUBIN,))


def identity_of_no_row(rows: sqlite3.Connection) -> None:
    rows.execute("INSERT INTO identities VALUES ('/forged', 'x', x'00', ?)", (NEXT,))


def identity_renamed(rows: sqlite3.Connection) -> None:
    rows.execute("UPDATE identities SET id = 'other' WHERE position = ?", (BILIRUBIN,))


def recorded_in_the_past(rows: sqlite3.Connection) -> None:
    event = t.new_event("donor.updated", t.DONOR, {"weight_kg": "70"}, recordedtime="2024-06-01T09:00:00.000000Z")
    t.put_event(rows, NEXT, event)


def offer_twice(rows: sqlite3.Connection) -> None:
    t.put_event(rows, NEXT, t.new_event("graft.offered", t.OFFER, {"donor": "D1"}))


def offer_without_donor(rows: sqlite3.Connection) -> None:
    t.put_event(rows, NEXT, t.new_event("graft.offered", "offer/O2", {"donor": "D2"}))


def donor_twice(rows: sqlite3.Connection) -> None:
    donor = {"age": "40", "sex": "F", "blood_group": "O", "height_cm": "170", "weight_kg": "60"}
    t.put_event(rows, NEXT, t.new_event("donor.registered", t.DONOR, {**donor, "procurement_site": "990000010"}))


def counter_twice(rows: sqlite3.Connection) -> None:
    t.put_event(rows, NEXT, t.new_event("offer-counter.initialised", "offer-counter", {"count": 7}))


def retraction_of_nothing(rows: sqlite3.Connection) -> None:
    data = {"event": {"source": "/forged", "id": "nothing"}, "reason": "none"}
    t.put_event(rows, NEXT, t.new_event("event.retracted", "candidate/A3", data))


def retraction_of_an_offer(rows: sqlite3.Connection) -> None:
    data = {"event": {"source": "/worked-example", "id": "O1-offered"}, "reason": "none"}
    t.put_event(rows, NEXT, t.new_event("event.retracted", t.OFFER, data))


def import_record_changed(rows: sqlite3.Connection) -> None:
    rows.execute("UPDATE imports SET actor = 'archivist:A2' WHERE number = 1")


def import_record_dropped(rows: sqlite3.Connection) -> None:
    rows.execute("DELETE FROM imports WHERE number = 2")


def import_record_beyond_the_log(rows: sqlite3.Connection) -> None:
    rows.execute("UPDATE imports SET last_position = 36 WHERE number = 3")


def trigger_weakened(rows: sqlite3.Connection) -> None:
    rows.execute("CREATE TRIGGER later AFTER INSERT ON identities BEGIN SELECT 1; END")


def other_application(rows: sqlite3.Connection) -> None:
    rows.execute("PRAGMA application_id = 7")


DEFECTS = [
    Defect("a changed byte", changed_value, 6, BILIRUBIN),
    Defect("a changed byte, its identity made to fit", changed_value_and_identity, 8, BILIRUBIN),
    Defect("a changed recorded time", changed_recorded_time, 8, BILIRUBIN),
    Defect("another spelling of the same event", other_spelling, 3, BILIRUBIN),
    Defect("bytes that are no JSON", no_json, 3, BILIRUBIN),
    Defect("bytes that are no event", no_event, 3, BILIRUBIN),
    Defect("swapped rows", swapped_rows, 4, BILIRUBIN),
    Defect("swapped rows with their identities", swapped_rows_and_identities, 4, BILIRUBIN),
    Defect("a dropped row", dropped_row, 2, 9),
    Defect("a dropped tail against a checkpoint", dropped_signed_tail, 8, 28),
    Defect("a dropped tail that no checkpoint covers", dropped_unsigned_tail, 2, 33),
    Defect("an inserted row", inserted_row, 6, 10),
    Defect("an inserted row with an identity", inserted_row_and_identity, 8, 10),
    Defect("renumbered", renumbered, 4, 9),
    Defect("renumbered, versions too", renumbered_with_versions, 8, 9),
    Defect("a changed topic", changed_topic, 4, BILIRUBIN),
    Defect("moved between streams", moved_between_streams, 4, LATE),
    Defect("broken stream contiguity", broken_contiguity, 4, LATE),
    Defect("an identity dropped", identity_dropped, 6, BILIRUBIN),
    Defect("an identity of no row", identity_of_no_row, 6, NEXT),
    Defect("an identity renamed", identity_renamed, 6, BILIRUBIN),
    Defect("recorded before the event before it", recorded_in_the_past, 5, NEXT),
    Defect("an offer id used twice", offer_twice, 7, NEXT),
    Defect("an offer without its donor", offer_without_donor, 7, NEXT),
    Defect("a donor id used twice", donor_twice, 7, NEXT),
    Defect("a counter set after an offer", counter_twice, 7, NEXT),
    Defect("a retraction of nothing", retraction_of_nothing, 7, NEXT),
    Defect("a retraction of an offer", retraction_of_an_offer, 7, NEXT),
    Defect("an import record changed", import_record_changed, 9, None),
    Defect("an import record dropped", import_record_dropped, 9, None),
    Defect("an import record beyond the log", import_record_beyond_the_log, 9, 31),
    Defect("a foreign trigger", trigger_weakened, 1, None),
    Defect("the mark of another application", other_application, 1, None),
]


def test_the_sound_log_is_whole(log: Path, tmp_path: Path) -> None:
    for path in (log, t.copied(log, tmp_path)):
        code, document = verify(path)
        assert (code, document["whole"], document["size"]) == (0, True, t.SIZE)
        assert [(head["size"], head["signed_by"]) for head in document["checkpoints"]] == [
            (size, [t.KEY.name]) for size in t.SIGNED
        ]


def test_taking_the_triggers_out_and_back_in_leaves_the_log_whole(log: Path, tmp_path: Path) -> None:
    copy = t.copied(log, tmp_path)
    with t.unguarded(copy):
        pass
    assert verify(copy)[0] == 0


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_a_damage_is_caught_at_its_position(defect: Defect, log: Path, tmp_path: Path) -> None:
    copy = t.copied(log, tmp_path)
    with t.unguarded(copy) as rows:
        defect.damage(rows)
    assert first_fault(copy) == (defect.step, defect.position, defect.until)


@pytest.mark.parametrize(
    ("statement", "step"),
    [
        ("DELETE FROM stored_events WHERE rowid = 9", 6),
        ("DELETE FROM identities WHERE position = 9", 6),
        ("UPDATE identities SET content = x'00' WHERE position = 9", 6),
        ("UPDATE stored_events SET topic = 'x' WHERE rowid = 9", 4),
        ("UPDATE sqlite_sequence SET seq = 'many' WHERE name = 'stored_events'", 2),
        ("UPDATE sqlite_sequence SET seq = 'many' WHERE name = 'imports'", 9),
    ],
)
def test_one_damage_is_one_fault_of_its_step_whatever_follows(
    log: Path, tmp_path: Path, statement: str, step: int
) -> None:
    copy = t.copied(log, tmp_path)
    with t.unguarded(copy) as rows:
        assert rows.execute(statement).rowcount == 1
    _, document = verify(copy)
    assert document["steps"][step - 1]["faults"] == 1


def test_a_counter_that_is_set_after_the_first_offer_is_caught_though_none_was_set_before(tmp_path: Path) -> None:
    lines = [line for line in t.sound_lines() if b"offer-counter.initialised" not in line]
    assert len(lines) == t.SIZE - 1
    path = t.write_log(tmp_path / "log.db", lines, key=None)
    with t.unguarded(path) as rows:
        t.put_event(rows, t.SIZE, t.new_event("offer-counter.initialised", "offer-counter", {"count": 7}))
    assert first_fault(path)[:2] == (7, t.SIZE)


def test_a_row_that_was_moved_to_another_stream_counts_for_its_subject(log: Path, tmp_path: Path) -> None:
    copy = t.copied(log, tmp_path)
    with t.unguarded(copy) as rows:
        moved = rows.execute("UPDATE stored_events SET originator_id = 'x' WHERE topic = 'snagc.donor.registered.v1'")
        assert moved.rowcount == 1
    document = verify(copy)[1]
    assert (document["steps"][3]["faults"] > 0, document["steps"][6]["faults"]) == (True, 0)


def test_a_damage_is_named_in_words(log: Path, tmp_path: Path) -> None:
    copy = t.copied(log, tmp_path)
    with t.unguarded(copy) as rows:
        changed_value(rows)
    result = CliRunner().invoke(app, ["verify", "--log", str(copy), "--vkey", t.KEY.verifier.text])
    assert result.exit_code == 4
    assert f"snagc: the log is broken at position {BILIRUBIN}, step 6: " in result.stderr
    assert "6. BROKEN" in result.output
