"""Every single byte of a small log's stored rows, flipped in turn: verification catches each of them."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from engine.intake import quarantine
from engine.intake.feeds.erasing import erase_person
from engine.intake.intake import Intake, Submission
from engine.log.checkpoint import checkpoints_of, sign_head
from engine.log.evidence import StoredEntry, StoredIdentity, StoredRow, evidence_of
from engine.log.schema import SCHEMA_VERSION
from replay.audit.verification.heads import Trust
from replay.audit.verification.verify import verify
from replay.service.sending import Rights
from replay.service.viewer import Viewer
from tests.faults.hostile_support import CORRECTED, COUNTER, DONOR, LAB, OFFERED, REGISTERED, event
from tests.faults.tampering import KEY
from tests.intake.feeds.support import PATIENTS, Feed, hl7, obx
from tests.intake.support import NOW, opened, take
from tests.long import examples

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Rows:
    """A log's rows in memory: evidence like a file's."""

    events: tuple[Row, ...]
    named: tuple[Row, ...]
    imported: tuple[Row, ...]
    quarantined: tuple[Row, ...]
    acted: tuple[Row, ...]
    sent: tuple[Row, ...]
    messages: tuple[Row, ...] = ()

    def shape_faults(self) -> list[str]:
        return []

    def rows(self) -> Iterator[StoredRow]:
        return iter(sorted(map(StoredRow._make, self.events)))

    def identities(self) -> Iterator[StoredIdentity]:
        return iter(sorted(map(StoredIdentity._make, self.named)))

    def import_rows(self) -> list[Row]:
        return list(self.imported)

    def quarantine(self) -> Iterator[StoredEntry]:
        return map(StoredEntry._make, self.quarantined)

    def quarantine_received(self) -> list[Row]:
        return [(row.number, row.digest, row.imported, row.first_received) for row in self.quarantine()]

    def quarantine_acts(self) -> list[Row]:
        return list(self.acted)

    def quarantine_senders(self) -> list[Row]:
        return list(self.sent)

    def received_rows(self) -> list[Row]:
        return list(self.messages)

    def version(self) -> int:
        return SCHEMA_VERSION

    def has(self, table: str) -> bool:
        return True

    def row(self, position: int) -> StoredRow | None:
        return next((row for row in self.rows() if row.position == position), None)

    def position_of(self, source: str, id_: str) -> Any:
        return next((each.position for each in self.identities() if (each.source, each.id) == (source, id_)), None)

    def numbers(self, table: str) -> list[Any]:
        return [row[0] for row in self.acted] if table == "quarantine_acts" else list(range(1, 1 + len(self.imported)))

    def given(self, table: str) -> list[Any]:
        tables = {"stored_events": self.events, "imports": self.imported, "quarantine": self.quarantined}
        tables["received"] = self.messages
        return [len(tables.get(table, self.acted))]


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Rows, Trust, list[bytes]]:
    """A log of eight events, half of them imported, with its checkpoint and leaf hashes."""
    path = tmp_path_factory.mktemp("small") / "log.db"
    with opened(path) as log:
        take(log, event(COUNTER), event(REGISTERED), event(LAB), imported=True)
        take(log, event(DONOR), event(OFFERED), event(CORRECTED), now=NOW + 1)
        take(log, b"noise", b"more noise", event(LAB, {"id": "late"}, value="NaN"))
        gate = Rights(Viewer("lab-7", ("producer",), ("urn:lab",)))
        Intake(log, now=lambda: NOW).take([Submission(1, b"noises", gate=gate)])
        quarantine.erase(log, 2, "named somebody", now=NOW)
        Feed(log).take(hl7())
        Feed(log).take(hl7(obx(sub="2")))
        erase_person(log, "C1", PATIENTS.of("C1"), "a patient", now=NOW)
        sign_head(log, checkpoints_of(str(path)), KEY)
    folder = checkpoints_of(str(path))
    with evidence_of(str(path)) as file:
        kept = (
            tuple(file.import_rows()),
            tuple(file.quarantine()),
            tuple(file.quarantine_acts()),
            tuple(file.quarantine_senders()),
            tuple(file.received_rows()),
        )
        rows = Rows(tuple(file.rows()), tuple(file.identities()), *kept)
    return rows, Trust([KEY.verifier], folder.notes()), list(folder.leaf_hashes())


def flips(value: Any) -> Iterator[Any]:
    """A stored value with each of its bytes flipped in one bit: the first byte's lowest, the next one's next."""
    if value is None:
        return
    if isinstance(value, int):
        data = value.to_bytes((value.bit_length() + 7) // 8 or 1)
        for number in range(len(data)):
            yield int.from_bytes(_flipped(data, number))
    elif isinstance(value, str):
        data = value.encode()
        for number in range(len(data)):
            yield _flipped(data, number).decode("utf-8", "surrogateescape")
    else:
        for number in range(len(value)):
            yield _flipped(value, number)


def _flipped(data: bytes, number: int) -> bytes:
    return data[:number] + bytes([data[number] ^ 1 << number % 8]) + data[number + 1 :]


def damaged(rows: Sequence[Row]) -> Iterator[tuple[int, int, tuple[Row, ...]]]:
    """The rows with each byte flipped in turn: which row (from 0), which column, and all rows."""
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            for other in flips(value):
                changed = (*row[:column], other, *row[column + 1 :])
                yield number, column, (*rows[:number], changed, *rows[number + 1 :])


def test_the_log_under_test_is_whole(signed: tuple[Rows, Trust, list[bytes]]) -> None:
    rows, trust, leaves = signed
    found = verify(rows, trust, leaves)
    assert found.first is None
    assert (found.size, len(rows.named), found.imported) == (8, 8, (range(1, 4),))


def test_every_byte_of_the_stored_events_flipped_is_caught(signed: tuple[Rows, Trust, list[bytes]]) -> None:
    rows, trust, leaves = signed
    caught = 0
    for number, column, events in damaged(rows.events):
        first = verify(replace(rows, events=events), trust, leaves).first
        assert first is not None, (number, column)
        if StoredRow._fields[column] != "position":
            assert (first.position, first.until) == (number + 1, None)
        caught += 1
    assert caught == sum(len(value) if not isinstance(value, int) else 1 for row in rows.events for value in row)
    print(f"{caught} flipped bytes of stored events, {caught} caught")
    assert caught > 2_000


def test_every_byte_of_the_identities_and_import_records_flipped_is_caught(
    signed: tuple[Rows, Trust, list[bytes]],
) -> None:
    rows, trust, leaves = signed
    caught = 0
    for _, _, named in damaged(rows.named):
        assert verify(replace(rows, named=named), trust, leaves).first is not None
        caught += 1
    for _, column, imported in damaged(rows.imported):
        assert verify(replace(rows, imported=imported), trust, leaves).first is not None, column
        caught += 1
    print(f"{caught} flipped bytes of identities and import records, {caught} caught")
    assert caught > 500


def test_every_byte_of_who_sent_a_quarantine_entry_flipped_is_caught(
    signed: tuple[Rows, Trust, list[bytes]],
) -> None:
    rows, trust, leaves = signed
    changed = [sent for _, _, sent in damaged(rows.sent)]
    assert len(changed) == 60
    assert all(verify(replace(rows, sent=sent), trust, leaves).first is not None for sent in (*changed, ()))


def test_every_byte_of_the_acts_on_messages_received_flipped_is_caught(signed: tuple[Rows, Trust, list[bytes]]) -> None:
    rows, trust, leaves = signed
    assert [row[3] for row in rows.messages] == ["stated", "kept", "stated", "kept", "erased", "erased"]
    for _, column, messages in damaged(rows.messages):
        assert verify(replace(rows, messages=messages), trust, leaves).first is not None, (column, messages)
    for fewer in ((), rows.messages[:5]):
        assert verify(replace(rows, messages=fewer), trust, leaves).first is not None


def test_without_a_checkpoint_nothing_but_a_recorded_time_can_change_unseen(
    signed: tuple[Rows, Trust, list[bytes]],
) -> None:
    rows, _, _ = signed
    unseen = 0
    for number, column, events in islice(damaged(rows.events), None, None, examples(3, 1)):
        if verify(replace(rows, events=events), Trust()).first is not None:
            continue
        assert StoredRow._fields[column] == "state"
        was, now = rows.events[number][column], events[number][column]
        (at,) = [place for place in range(len(was)) if was[place] != now[place]]
        start = was.index(b'"recordedtime":"') + len(b'"recordedtime":"')
        assert start <= at < start + len("2025-02-19T21:20:00.000000Z")
        unseen += 1
    assert unseen > 0


def test_the_verification_says_what_it_cannot_show_without_a_checkpoint(
    signed: tuple[Rows, Trust, list[bytes]],
) -> None:
    rows, _, _ = signed
    said, *_ = verify(rows, Trust()).limits
    for word in ("no checkpoint", "rewritten", "tail", "recorded time", "snagc checkpoint"):
        assert word in said


def test_text_that_is_no_utf_8_and_bytes_that_are_text_are_read_as_they_are_and_caught(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    with opened(path) as log:
        take(log, event(COUNTER))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TRIGGER stored_events_no_UPDATE")
        connection.execute("UPDATE stored_events SET topic = CAST(x'FF00FE' AS TEXT), state = 'text'")
        connection.commit()
    with evidence_of(str(path)) as file:
        (row,) = file.rows()
        first = verify(Rows((row,), tuple(file.identities()), (), (), (), ()), Trust()).first
    assert (row.topic, row.state) == ("\udcff\x00\udcfe", "text")
    assert first is not None
    assert (first.step, first.position) == (3, 1)


def test_every_byte_of_quarantine_entries_and_acts_that_is_proven_flipped_is_caught(
    signed: tuple[Rows, Trust, list[bytes]],
) -> None:
    rows, trust, leaves = signed
    proven = ("number", "imported", "bytes", "digest", "first_received")
    caught = 0
    for _, column, entries in damaged(rows.quarantined):
        if StoredEntry._fields[column] in proven:
            assert verify(replace(rows, quarantined=entries), trust, leaves).first is not None, (column, entries)
            caught += 1
    for _, column, acts in damaged(rows.acted):
        assert verify(replace(rows, acted=acts), trust, leaves).first is not None, (column, acts)
        caught += 1
    print(f"{caught} flipped bytes of the quarantine, {caught} caught")
    assert caught > 300
