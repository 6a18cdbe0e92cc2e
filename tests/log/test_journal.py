"""Records that are only ever added: numbered, a file a day, durable, and torn ends that nobody was told of."""

import json
import multiprocessing
import shutil
from pathlib import Path

import pytest

from engine.errors import LogError
from engine.log.journal import FileJournal
from tests.intake.support import is_dense


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "log.db.access"


def numbers(folder: Path) -> list[int]:
    """The numbers of all records, in order."""
    return [json.loads(line)["number"] for line in FileJournal(folder).lines()]


def test_records_are_numbered_lines_of_canonical_json_in_a_file_of_their_day(folder: Path) -> None:
    journal = FileJournal(folder)
    journal.append("2026-11-27", [{"sub": "a"}, {"at": "x"}])
    FileJournal(folder).append("2026-11-28", [{"sub": "é"}])
    assert (folder / "2026-11-27.ndjson").read_text() == '{"number":1,"sub":"a"}\n{"at":"x","number":2}\n'
    assert list(journal.lines()) == [
        b'{"number":1,"sub":"a"}',
        b'{"at":"x","number":2}',
        '{"number":3,"sub":"é"}'.encode(),
    ]


def test_where_the_clock_steps_back_records_go_on_behind_the_last_one(folder: Path) -> None:
    FileJournal(folder).append("2026-11-28", [{}])
    FileJournal(folder).append("2026-11-27", [{}])
    assert [path.name for path in folder.iterdir()] == ["2026-11-28.ndjson"]
    assert numbers(folder) == [1, 2]


@pytest.mark.parametrize("torn", [b"", b"{", b'{"number":2,"sub":"x"}', b"x" * 200_000])
@pytest.mark.parametrize("day", ["2026-11-27", "2026-11-28"])
def test_what_a_crash_cut_off_is_no_record_and_gives_way_to_the_next(folder: Path, torn: bytes, day: str) -> None:
    FileJournal(folder).append("2026-11-27", [{"long": "x" * 100_000}])
    with (folder / "2026-11-27.ndjson").open("ab") as file:
        file.write(torn)
    assert numbers(folder) == [1]
    FileJournal(folder).append(day, [{}, {}])
    assert numbers(folder) == [1, 2, 3]


def test_a_first_file_of_a_day_that_was_cut_off_whole_is_written_anew(folder: Path) -> None:
    FileJournal(folder).append("2026-11-27", [{}])
    (folder / "2026-11-28.ndjson").write_bytes(b'{"num')
    FileJournal(folder).append("2026-11-28", [{}])
    assert numbers(folder) == [1, 2]


def test_where_the_records_were_taken_away_nothing_more_is_recorded(folder: Path) -> None:
    journal = FileJournal(folder)
    journal.append("2026-11-27", [{}])
    (folder / "2026-11-27.ndjson").unlink()
    with pytest.raises(LogError, match="taken away"):
        journal.append("2026-11-27", [{}])
    shutil.rmtree(folder)
    with pytest.raises(LogError, match="No such file"):
        journal.append("2026-11-27", [{}])
    folder.mkdir()
    (folder / "2026-11-27.ndjson").write_bytes(b"noise\n")
    with pytest.raises(LogError, match="no record"):
        FileJournal(folder).append("2026-11-27", [{}])


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "log.db.access").write_bytes(b"")
    with pytest.raises(LogError, match="check room and rights there"):
        FileJournal(tmp_path / "log.db.access").append("2026-11-27", [{}])


def add(folder: Path, times: int) -> None:
    """What one of several processes adds."""
    journal = FileJournal(folder)
    for number in range(times):
        journal.append(f"2026-11-{10 + number // 10}", [{"a": number}, {"b": number}])


def test_several_processes_add_without_a_gap(folder: Path) -> None:
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=add, args=(folder, 30)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert len(numbers(folder)) == 180
    assert is_dense(numbers(folder))
