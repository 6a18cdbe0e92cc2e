"""What lies beside a log is the same in a folder of files and in a table of rows: names, bytes, records."""

import hashlib
import threading
import time
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from engine.errors import BrokenLogError
from engine.log.beside import ACCESS, CHECKPOINTS, RECEIVED, STATES
from engine.log.store import is_database, store_of
from tests.intake.support import is_dense, opened
from tests.postgres import Server


@pytest.fixture
def log(place: str) -> str:
    """An empty log in either store."""
    with opened(place):
        return place


@pytest.mark.parametrize("name", [CHECKPOINTS, STATES, RECEIVED])
def test_bytes_are_kept_by_name_in_the_order_of_names_as_bytes(log: str, name: str) -> None:
    folder = store_of(log).folder(name)
    assert (folder.names(), folder.read("a"), b"".join(folder.pieces("a"))) == ([], None, b"")
    kept = {"b": b"2", "é": b"\x00\xff", "B": b"", "a": b"1" * 3_000_000, "ab": b"\\x41"}
    for each, data in kept.items():
        folder.keep(each, data, lasting=each != "b")
    again = store_of(log).folder(name)
    assert again.names() == ["B", "a", "ab", "b", "é"]
    for each, data in kept.items():
        assert (again.read(each), b"".join(again.pieces(each))) == (data, data)
        assert again.place(each).endswith(f"{name}/{each}")
        assert "told-to-nobody" not in again.place(each)
    assert again.read("c") is None


@pytest.mark.parametrize("name", [STATES, RECEIVED])
def test_what_is_removed_is_gone_and_what_is_not_there_can_be_removed(log: str, name: str) -> None:
    folder = store_of(log).folder(name)
    for each in ("a", "b"):
        folder.keep(each, b"1")
    folder.remove("a")
    folder.remove("c")
    assert (folder.names(), folder.read("a")) == (["b"], None)


def test_a_state_gives_way_to_another_and_the_mark_is_another_then(log: str) -> None:
    folder, marks = store_of(log).folder(STATES), list[object]()
    acts: list[Callable[[], None]] = [
        lambda: folder.keep("a", b"1"),
        lambda: folder.keep("a", b"2"),
        lambda: folder.keep("b", b"2"),
        lambda: folder.remove("a"),
    ]
    for act in acts:
        time.sleep(0.02)  # the clock of a file system goes by hundredths of a second
        act()
        assert folder.mark() == store_of(log).folder(STATES).mark()
        marks.append(folder.mark())
    assert len({str(mark) for mark in marks}) == len(acts)
    assert (folder.names(), folder.read("b")) == (["b"], b"2")


def test_in_a_database_bytes_as_received_stay_as_they_came_first_and_of_what_is_signed_only_more_is_kept(
    server: Server,
) -> None:
    store = store_of(server.new_log())
    received, checkpoints = store.folder(RECEIVED), store.folder(CHECKPOINTS)
    name = hashlib.sha256(b"one").hexdigest()
    for data in (b"one", b"two"):
        received.keep(name, data)
    assert received.read(name) == b"one"
    checkpoints.keep("8", b"signed\n")
    checkpoints.keep("8", b"signed\nby another too\n")
    for other in (b"signed\n", b"Signed\nby another too\n", b""):
        with pytest.raises(BrokenLogError, match="append only"):
            checkpoints.keep("8", other)
    with pytest.raises(BrokenLogError, match="append only"):
        checkpoints.remove("8")
    assert checkpoints.read("8") == b"signed\nby another too\n"


# -------------------------------------------------------------------------------------------------- records


def recorded(log: str) -> list[bytes]:
    journal = store_of(log).journal(ACCESS)
    assert list(journal.latest()) == list(journal.lines())[::-1]
    return list(journal.lines())


def test_records_are_numbered_and_where_the_clock_steps_back_go_on_behind_the_last_one(log: str) -> None:
    journal, folder = store_of(log).journal(ACCESS), store_of(log).folder(ACCESS)
    assert (recorded(log), folder.names(), folder.read("2026-11-27.ndjson")) == ([], [], None)
    journal.append("2026-11-27", [{"sub": "a"}, {"at": "x"}])
    journal.append("2026-11-28", [{"sub": "é"}])
    journal.append("2026-11-27", [{}])
    lines = [b'{"number":1,"sub":"a"}', b'{"at":"x","number":2}', '{"number":3,"sub":"é"}'.encode(), b'{"number":4}']
    assert recorded(log) == lines
    assert folder.names() == ["2026-11-27.ndjson", "2026-11-28.ndjson"]
    for name, of_day in zip(folder.names(), (lines[:2], lines[2:]), strict=True):
        data = b"".join(line + b"\n" for line in of_day)
        assert (folder.read(name), b"".join(folder.pieces(name))) == (data, data)
        assert folder.place(name).endswith(f"access/{name}")


def test_records_are_copied_from_store_to_store_and_only_what_a_day_lacks_is_added(
    server: Server, tmp_path: Path
) -> None:
    file, database = str(tmp_path / "log.db"), server.new_log()
    with opened(file):
        there, here = store_of(file), store_of(database).folder(ACCESS)
    marks = [here.mark()]
    for number in range(3):
        there.journal(ACCESS).append(f"2026-11-2{7 + number // 2}", [{"a": number}, {"b": number}])
        for name in there.folder(ACCESS).names():
            here.keep(name, there.folder(ACCESS).read(name) or b"")
            here.keep(name, there.folder(ACCESS).read(name) or b"")
        assert recorded(database) == recorded(file)
        marks.append(here.mark())
    assert len(set(map(str, marks))) == len(marks)
    for data in (b"", b'{"number":1}\n'):
        with pytest.raises(BrokenLogError, match="append only"):
            here.keep("2026-11-27.ndjson", data)
    with pytest.raises(BrokenLogError, match="append only"):
        here.remove("2026-11-27.ndjson")
    assert recorded(database) == recorded(file)


def test_several_who_record_at_once_leave_no_gap(log: str) -> None:
    def add(first: int) -> None:
        journal = store_of(log).journal(ACCESS)
        for number in range(10):
            journal.append("2026-11-27", [{"a": first + number}, {"b": 0}])

    threads = [threading.Thread(target=add, args=(100 * each,)) for each in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    numbers = [orjson.loads(line)["number"] for line in recorded(log)]
    assert len(numbers) == 60
    assert is_dense(numbers)


def test_a_long_record_is_read_piece_by_piece(log: str) -> None:
    store_of(log).journal(ACCESS).append("2026-11-27", [{"a": number} for number in range(2500)])
    assert [orjson.loads(line)["a"] for line in recorded(log)] == list(range(2500))


def test_a_store_is_known_by_its_address(place: str) -> None:
    assert is_database(place) is place.startswith("postgresql://")
    assert store_of(place).is_same_as(store_of(place))
