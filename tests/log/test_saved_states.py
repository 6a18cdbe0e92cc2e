"""Saved states change no answer: whatever is not as it was when one was made refuses it, and it is made anew."""

import hashlib
import shutil
import sqlite3
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path

import orjson
import pytest

from engine.errors import BrokenLogError
from engine.events.upcasts import read_stored
from engine.log import states
from engine.log.eventlog import EventLog
from engine.log.history import History, SubjectHistory, subject_of
from engine.log.index import Index
from engine.log.recollection import OtherRowsError
from engine.log.tree import TreeBuilder, tree_root
from tests.faults import tampering as t
from tests.faults.hostile_support import before, event
from tests.intake.support import opened, query, take
from tests.projections.support import Log, instant

APART = 8


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The worked example's log, unsigned."""
    log = t.write_log(tmp_path / "log.db", t.sound_lines())
    shutil.rmtree(f"{log}.checkpoints")
    return log


@pytest.fixture
def log(path: Path) -> Iterator[EventLog]:
    with opened(path, create=False) as log:
        log.states.apart = APART
        yield log


def folder(path: Path) -> Path:
    return Path(f"{path}.states")


def kept(path: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(folder(path).iterdir())}


def root(log: EventLog, last: int) -> str:
    return log.recalled(last, lambda index: list(index.chains))[1].hex()


def true_root(path: Path, last: int) -> str:
    return tree_root(
        row[0] for row in query(path, f"SELECT state FROM stored_events WHERE rowid <= {last} ORDER BY rowid")
    )


def facts(history: History, subject: str) -> list[tuple[object, ...]]:
    return told(history.of(subject))


def told(known: SubjectHistory) -> list[tuple[object, ...]]:
    return [tuple(fact) for fact in known.in_effective_order()]


def tampered(path: Path, statement: str) -> None:
    """What a change past the triggers looks like to those who do not look at the tables' shape."""
    with closing(sqlite3.connect(path)) as raw:
        cookie = raw.execute("PRAGMA schema_version").fetchone()[0]
        for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            raw.execute(f"DROP TRIGGER {name}")
        raw.execute(statement)
        raw.commit()
        raw.execute(f"PRAGMA schema_version = {cookie}")
        raw.commit()


def test_states_lie_at_every_so_many_events_of_what_was_read(log: EventLog, path: Path) -> None:
    head = log.head()
    root(log, 17)
    assert list(kept(path)) == ["000000000008.state", "000000000016.state"]
    root(log, head)
    assert list(kept(path)) == [f"{position:012}.state" for position in range(APART, head + 1, APART)]


@pytest.mark.parametrize("first", [0, 1, 7, 8, 9, 30])
def test_the_root_and_all_facts_are_those_of_the_whole_prefix(log: EventLog, path: Path, first: int) -> None:
    root(log, first)
    for last in range(log.head() + 1):
        assert root(log, last) == true_root(path, last)
        recalled, whole = log.recalled(last, lambda index: [])[0], log.history(last)
        assert recalled.size == whole.size
        for subject in log.history().subjects:
            assert facts(recalled, subject) == facts(whole, subject)
        assert [name for name, _ in recalled.of_kind("candidate")] == [name for name, _ in whole.of_kind("candidate")]


def test_one_subject_at_a_position_is_what_the_whole_prefix_knows_of_it(log: EventLog, path: Path) -> None:
    for last in range(0, log.head() + 1, 5):
        whole = log.history(last)
        assert all(told(log.subject_at(name, last)) == facts(whole, name) for name in log.history().subjects)
    log.close()
    (subject,) = query(path, "SELECT json_extract(state, '$.subject') FROM stored_events WHERE rowid = 5")[0]
    tampered(path, """UPDATE stored_events SET state = CAST(replace(state, '"20', '"19') AS BLOB) WHERE rowid = 5""")
    with opened(path, create=False) as again:
        assert told(again.subject_at(subject, 17)) == facts(again.history(17), subject)


def test_every_flipped_byte_of_a_state_is_noticed_and_the_state_made_anew(
    log: EventLog, path: Path, long_run: bool
) -> None:
    last, name = 2 * APART + 3, "000000000016.state"
    expected, sound = root(log, last), kept(path)
    for place in range(len(sound[name])):
        damaged = bytearray(sound[name])
        damaged[place] ^= 1 << place % 8
        (folder(path) / name).write_bytes(damaged)
        if place % 16 and not long_run:
            assert log.states._read(2 * APART, name, ()) is None
        else:
            assert root(log, last) == expected
            assert kept(path) == sound


@pytest.mark.parametrize("damage", [b"", b"\n", b"{}", b"0" * 64 + b"\n{}"])
def test_what_is_no_state_is_none(log: EventLog, path: Path, damage: bytes) -> None:
    expected, sound = root(log, 17), kept(path)
    (folder(path) / "000000000016.state").write_bytes(damage)
    assert root(log, 17) == expected
    assert kept(path) == sound


def test_a_state_under_the_name_of_another_is_refused(log: EventLog, path: Path) -> None:
    root(log, 17)
    shutil.copy(folder(path) / "000000000008.state", folder(path) / "000000000016.state")
    assert root(log, 17) == true_root(path, 17)


def test_a_state_made_by_other_code_is_refused(log: EventLog, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root(log, 17)
    before = kept(path)
    monkeypatch.setattr(states, "code_digest", lambda: "0" * 64)
    assert root(log, 17) == true_root(path, 17)
    assert all(kept(path)[name] != before[name] for name in before)


def test_states_of_another_log_are_refused(log: EventLog, path: Path, tmp_path: Path) -> None:
    root(log, log.head())
    other = t.write_log(tmp_path / "other.db", t.sound_lines()[:-4] + t.sound_lines()[-3:])
    shutil.rmtree(f"{other}.checkpoints")
    shutil.copytree(folder(path), folder(other))
    with opened(other, create=False) as another:
        another.states.apart = APART
        for last in range(another.head() + 1):
            assert root(another, last) == true_root(other, last)


def test_states_of_a_log_whose_import_was_mended_are_refused(tmp_path: Path) -> None:
    """Both logs end alike; the one that takes the other's place has another birth date near its beginning."""
    wrong = [
        line.replace(b'"1974-', b'"1973-', 1) if number < 4 else line for number, line in enumerate(t.sound_lines())
    ]
    assert wrong != t.sound_lines()
    place, mended = (t.write_log(tmp_path / name, lines, key=None)
                     for name, lines in (("log.db", wrong), ("mended.db", t.sound_lines())))  # fmt: skip
    with opened(place, create=False) as log:
        log.states.apart = APART
        root(log, log.head())
    mended.replace(place)
    with opened(place, create=False) as log:
        log.states.apart = APART
        for last in (log.head(), 4 * APART, 20):
            history, found = log.recalled(last, lambda index: [])
            assert found.hex() == true_root(place, last)
            assert all(facts(history, name) == facts(log.history(last), name) for name in log.history(last).subjects)


@pytest.mark.parametrize(
    "body",
    [b"hello", b"{}", b"[]", b"null", b'"x"', {"turns": None}, {"subjects": 3}, {"counter": None}, {"chains": None},
     {"roots": []}, {"subtrees": [1]}, {"subtrees": ["zz"]}, {"chains": "!"}, {"position": "16"}],
    ids=str,
)  # fmt: skip
def test_a_state_of_another_shape_with_a_right_checksum_is_none(
    log: EventLog, path: Path, body: bytes | dict[str, object]
) -> None:
    expected, sound = root(log, 17), kept(path)
    if isinstance(body, dict):
        body = orjson.dumps({**orjson.loads(sound["000000000016.state"].partition(b"\n")[2]), **body})
    checksum = hashlib.sha256(body).hexdigest().encode()
    (folder(path) / "000000000016.state").write_bytes(checksum + b"\n" + body)
    assert root(log, 17) == expected
    assert kept(path) == sound


def test_a_change_of_the_tables_shape_refuses_all_states(log: EventLog, path: Path) -> None:
    root(log, 17)
    log.close()
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("DROP TRIGGER stored_events_no_UPDATE")
        raw.execute("UPDATE stored_events SET state = CAST(replace(state, 'O1', 'O2') AS BLOB) WHERE rowid = 3")
        raw.commit()
    with opened(path, create=False) as again:
        again.states.apart = APART
        assert again.recalled(17, lambda index: [])[1].hex() == true_root(path, 17)


def test_a_changed_event_that_an_answer_reads_refuses_all_states(log: EventLog, path: Path) -> None:
    root(log, 17)
    log.close()
    (subject,) = query(path, "SELECT json_extract(state, '$.subject') FROM stored_events WHERE rowid = 5")[0]
    tampered(path, "UPDATE stored_events SET state = CAST(replace(state, 'lvad', 'bivad') AS BLOB) WHERE rowid = 5")
    with opened(path, create=False) as again:
        again.states.apart = APART
        history, found = again.recalled(17, lambda index: [subject])
        assert found.hex() == true_root(path, 17)
        assert facts(history, subject) == facts(again.history(17), subject)


def test_an_event_moved_to_another_stream_changes_no_answer(log: EventLog, path: Path) -> None:
    log.close()
    tampered(path, "UPDATE stored_events SET originator_id = 'elsewhere' WHERE rowid = 5")
    with opened(path, create=False) as again:
        again.states.apart = APART
        for _ in range(2):
            history, found = again.recalled(17, lambda index: list(index.chains))
            assert found.hex() == true_root(path, 17)
            assert {name: facts(history, name) for name in again.history(17).subjects} == {
                name: facts(again.history(17), name) for name in again.history(17).subjects
            }


def test_what_is_asked_for_later_is_held_against_the_state_too(log: EventLog, path: Path) -> None:
    history, _ = log.recalled(17, lambda index: [])
    (subject,) = query(path, "SELECT json_extract(state, '$.subject') FROM stored_events WHERE rowid = 5")[0]
    tampered(path, "UPDATE stored_events SET state = CAST(replace(state, 'lvad', 'bivad') AS BLOB) WHERE rowid = 5")
    with pytest.raises(OtherRowsError, match=r"run snagc verify; where it finds the log whole, ask again"):
        history.of(subject)
    assert kept(path) == {}
    assert facts(log.recalled(17, lambda index: [])[0], subject) == facts(log.history(17), subject)


def test_a_missing_event_in_the_tail_is_an_error(log: EventLog, path: Path) -> None:
    root(log, 17)
    log.close()
    tampered(path, "DELETE FROM stored_events WHERE rowid = 20")
    with opened(path, create=False) as again:
        again.states.apart = APART
        with pytest.raises(BrokenLogError, match="position 20 is missing"):
            root(again, 22)


def test_an_answer_reads_on_from_the_state_before_it(
    log: EventLog, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root(log, 17)
    begun, rows = list[int](), log.recorder.rows

    def noted(first: int = 1, last: int | None = None) -> Generator[tuple[int, str, bytes], None, None]:
        begun.append(first)
        return rows(first, last)

    monkeypatch.setattr(log.recorder, "rows", noted)
    assert log.states.index(19, ()).tree.root().hex() == true_root(path, 19)
    assert log.states.index(15, ()).tree.root().hex() == true_root(path, 15)
    assert begun == [17, 9]


def test_rows_that_are_not_committed_leave_no_state(log: EventLog, path: Path) -> None:
    log.states.index(17, (), committed=False)
    assert log.recollection(17).size == 17
    assert not folder(path).exists() or kept(path) == {}
    log.states.index(17, ())
    assert len(kept(path)) == 2


def test_a_file_of_another_name_among_the_states_is_left_alone(log: EventLog, path: Path) -> None:
    folder(path).mkdir(exist_ok=True)
    for name in ("x.state", "\u00b2.state", "notes.txt", ".state"):
        (folder(path) / name).write_bytes(b"somebody's")
    assert root(log, 17) == true_root(path, 17)
    assert root(log, 19) == true_root(path, 19)
    assert len(kept(path)) == 6


def test_the_code_that_a_state_rests_on_is_all_that_makes_one() -> None:
    names = ("log/states.py", "log/index.py", "log/recollection.py", "log/history.py", "log/tree.py",
             "events/upcasts.py", "events/subjects.py")  # fmt: skip
    made_by = b"".join((Path(states.__file__).parents[1] / name).read_bytes() for name in names)
    assert states.code_digest() == hashlib.sha256(made_by).hexdigest()


@pytest.mark.parametrize("amendment", ["retracted", "corrected"])
def test_who_is_back_on_the_list_by_an_amendment_before_a_state_is_found_behind_it(
    tmp_path: Path, amendment: str
) -> None:
    told = Log()
    told.registered("C1", "2024-01-01")
    position = told.delisted("C1", "2024-02-01")
    if amendment == "retracted":
        told.retracted(position)
    else:
        told.corrected(position, time="2024-09-01")
    told.lab("C1", "bnp", "100", "2024-02-02")
    with opened(told.kept_at(tmp_path / "log.db"), create=False) as log:
        log.states.apart = 4
        for _ in range(2):
            index = log.states.index(4, ())
            assert log.states.recollection(index).index.may_be_listed(instant("2024-05-01")) == ["candidate/C1"]


def test_where_no_state_can_be_written_the_answer_is_the_same(log: EventLog, path: Path) -> None:
    folder(path).write_bytes(b"in the way")
    assert root(log, 17) == true_root(path, 17)
    assert folder(path).read_bytes() == b"in the way"


def test_states_too_near_to_each_other_are_deleted(log: EventLog, path: Path) -> None:
    log.states.apart = 1
    root(log, log.head())
    assert len(kept(path)) == log.head()
    log.states.apart = APART
    for position in range(16, log.head() + 1):
        (folder(path) / f"{position:012}.state").unlink()
    root(log, 17)
    assert list(kept(path)) == ["000000000008.state", "000000000016.state"]


def test_a_log_has_no_more_states_than_a_fixed_number() -> None:
    assert [states.apart_for(head, 4096) for head in (0, 4096, 129 * 4096 - 1, 129 * 4096, 259 * 4096)] == [
        4096, 4096, 4096, 8192, 16384
    ]  # fmt: skip


def contradictions(path: Path, last: int) -> list[str]:
    """What the checkpoints say of an answer from a log that was opened just now."""
    with opened(path, create=False) as log:
        log.states.apart = APART
        log.witnesses.doubt = lambda contradiction: None
        root(log, last)
        return log.witnesses.contradictions


def test_an_answer_from_a_state_is_held_against_the_checkpoints_before_and_after_it(tmp_path: Path) -> None:
    sound = t.write_log(tmp_path / "log.db", t.sound_lines())
    (tmp_path / "forged").mkdir()
    forged = t.rewritten(sound, tmp_path / "forged", 6, b'"value": 10', b'"value": 11')
    for _ in range(2):
        for last in (35, 30, 27, 20, 17, 8, 3):
            assert contradictions(sound, last) == []
            told = [each[:22] for each in contradictions(forged, last) if "another root" in each]
            assert told == ["20.note signs another ", "30.note signs another "][: 1 + (last > 20)]


def test_a_checkpoint_of_more_events_than_there_are_is_told(tmp_path: Path) -> None:
    path = t.write_log(tmp_path / "log.db", t.sound_lines())
    contradictions(path, 35)
    tampered(path, "DELETE FROM stored_events WHERE rowid > 26")
    assert contradictions(path, 26) == ["30.note signs 30 events, the log has 26"]


def test_a_recorded_run_is_told_by_its_end_as_by_its_whole(tmp_path: Path) -> None:
    with opened(tmp_path / "runs.db") as log:
        take(log, *before("match-run.recorded"), event("match-run.recorded"), imported=True)
        *_, (_, topic, run) = log.recorder.rows()
    attributes = read_stored(run)
    assert (topic, subject_of(run)) == (attributes["type"], attributes["subject"])
    for state in (run, orjson.dumps(attributes, option=orjson.OPT_INDENT_2)):
        index = Index(TreeBuilder())
        index.learn([(1, topic, state)])
        assert (list(index.chains), index.turns, index.counter) == ([attributes["subject"]], {}, 0)
    with pytest.raises(BrokenLogError, match="no event"):
        Index(TreeBuilder()).learn([(1, topic, run[:-1])])
