"""snagc access: who read whose data, as the records beside the log tell it."""

from pathlib import Path
from typing import Any

import pytest

from engine.log.checkpoint import checkpoints_of, sign_head
from replay.service.access import access_record
from replay.service.persons import Persons, persons_in
from replay.service.viewer import OPEN, TEAM, Viewer
from tests.faults.hostile_support import LAB, event
from tests.faults.tampering import KEY
from tests.intake.support import NOW, SECOND, opened, take
from tests.replay.command import asked, snagc

DAY = 86_400 * SECOND


def record(viewer: Viewer, day: int, *candidates: str, donors: tuple[str, ...] = ()) -> dict[str, Any]:
    """The record of a read some days after the log was made."""
    persons = Persons(candidates, donors)
    return access_record(
        viewer, at=NOW + day * DAY, route="GET /list", asked={"at": "now"}, persons=persons, address="::1", request="r"
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A log, and three reads of it on three days."""
    path = tmp_path / "log.db"
    with opened(path) as log:
        take(log, event(LAB))
        journal = log.store.journal("access")
        journal.append("2025-02-19", [record(OPEN, 0, "C1", "C2", donors=("D1",))])
        journal.append("2025-02-20", [record(Viewer("T1", (TEAM,)), 1, "C2"), record(OPEN, 2)])
        sign_head(log, checkpoints_of(str(path)), KEY)
    return path


def numbers(*words: object) -> list[int]:
    """The numbers of the records that an answer holds."""
    return [record["number"] for record in asked("access", *words)["records"]]


def test_each_record_says_who_read_what_of_whom_when_and_from_where(path: Path) -> None:
    found = asked("access", "--log", path)
    assert (found["from"], found["to"], found["candidate"]) == (None, None, None)
    assert found["records"][1] == {
        "number": 2, "at": "2025-02-20T21:20:00.000000Z", "sub": "T1", "scopes": ["team"], "route": "GET /list",
        "asked": {"at": "now"}, "candidates": ["C2"], "donors": [], "address": "::1", "request": "r",
    }  # fmt: skip


def test_records_of_a_candidate_or_of_a_span_are_found(path: Path) -> None:
    assert numbers("--log", path) == [1, 2, 3]
    assert numbers("--log", path, "--candidate", "C2") == [1, 2]
    assert numbers("--log", path, "--candidate", "C9") == []
    assert numbers("--log", path, "--from", "2025-02-20", "--to", "2025-02-20") == [2]


def test_as_a_table_it_has_a_line_for_each_read(path: Path) -> None:
    lines = snagc("access", "--log", path).stdout.splitlines()
    assert len(lines) >= 4
    assert any("T1" in line and "C2" in line and "::1" in line for line in lines)


def test_a_log_that_was_never_served_has_none(tmp_path: Path) -> None:
    with opened(tmp_path / "log.db") as log:
        take(log, event(LAB))
    assert numbers("--log", tmp_path / "log.db") == []


def test_records_that_a_checkpoint_contradicts_are_no_answer(path: Path) -> None:
    (file, *_) = sorted(Path(f"{path}.access").iterdir())
    file.write_bytes(file.read_bytes().replace(b'"C2"', b'"C3"'))
    result = snagc("access", "--log", path, "--json")
    assert (result.exit_code, result.stdout) == (4, "")
    assert "signs other access records" in result.stderr
    file.write_bytes(b"noise\n")
    assert snagc("access", "--log", path).exit_code == 4


@pytest.mark.parametrize(
    ("old", "new"),
    [(b'"candidates":["C2"]', b'"candidates":7'), (b'"at":"2025-02-20T', b'"at":"2025-02-20 '),
     (b'"candidates":["C2"],', b""), (b'{"address"', b'["address"')],
)  # fmt: skip
def test_a_record_that_the_service_never_made_is_named_by_its_number(path: Path, old: bytes, new: bytes) -> None:
    file = path.with_name("log.db.access") / "2025-02-20.ndjson"
    assert file.read_bytes().count(old) >= 1
    file.write_bytes(file.read_bytes().replace(old, new, 1))
    for note in path.with_name("log.db.checkpoints").glob("*.note"):
        note.unlink()
    result = snagc("access", "--log", path)
    assert (result.exit_code, result.stdout) == (4, "")
    assert "access record 2 is not one that the service made: run snagc verify" in result.stderr


def test_whom_a_document_tells_of_is_found_however_deep() -> None:
    document = {
        "donor": "D1", "candidate": None, "ranking": [{"candidate": "C2"}, {"candidate": "C1"}],
        "ties": [{"first": "C1", "second": "C3"}], "offers": [{"accepted": ["C4"], "proposals": [{"candidate": "C5"}]}],
        "events": [{"position": 1, "event": {"subject": "candidate/C6", "data": {"candidate": "C7"}}},
                   {"event": {"subject": "donor/D2", "data": {}}}, {"event": {"subject": "offer/O1", "data": {}}}],
        "learnt": [{"subject": "candidate/"}], "recorded": [{"differing": ["C8"]}],
        "coronary_calcium": {"candidate": {"agatston": "1"}, "donor": None}, "alerts": ["height_for_age"],
    }  # fmt: skip
    assert persons_in(document) == Persons(tuple(f"C{number}" for number in range(1, 9)), ("D1", "D2"))
    assert persons_in([1, None, "C1"]) == Persons()
