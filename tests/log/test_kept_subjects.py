"""What an open log keeps of its subjects between transactions: never more than the log says, never too much."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from engine.log import subjects
from engine.log.eventlog import EventLog
from engine.log.history import Fact, SubjectHistory
from engine.log.sqlite import FileRecorder
from engine.log.subjects import KeptSubjects
from tests.faults.hostile_support import DONOR, LAB, OFFERED, REGISTERED, STARTED, event
from tests.intake.support import opened, take


def statuses(log: EventLog, *lines: bytes) -> list[str]:
    return [verdict.status for verdict in take(log, *lines)]


def warned(log: EventLog, line: bytes) -> list[str]:
    (verdict,) = take(log, line)
    return [notice.code for notice in verdict.warnings]


def test_what_somebody_else_appended_meanwhile_is_known(place: str) -> None:
    with opened(place) as ours, opened(place) as theirs:
        assert statuses(ours, event(OFFERED)) == ["refused"]
        assert warned(ours, event(STARTED)) == ["candidate_unknown"]
        assert statuses(theirs, event(DONOR), event(REGISTERED)) == ["accepted", "accepted"]
        assert statuses(ours, event(OFFERED)) == ["accepted"]
        assert statuses(theirs, event(OFFERED, {"id": "again"})) == ["refused"]
        assert warned(theirs, event(STARTED, {"id": "again"})) == ["start_while_running"]


def learn_and_fail(log: EventLog) -> None:
    with log.writing() as session:
        session.subject("donor/D1").kinds.add("donor.registered")
        raise RuntimeError("the transaction ends here")


def test_what_was_not_committed_is_not_known(place: str) -> None:
    with opened(place) as log:
        with pytest.raises(RuntimeError):
            learn_and_fail(log)
        assert statuses(log, event(DONOR)) == ["accepted"]


@pytest.mark.parametrize("most", [0, 1, 3, 1000])
def test_few_or_many_kept_the_answers_are_the_same(place: str, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(subjects, "MOST_FACTS", most)
    monkeypatch.setattr(subjects, "MOST_PASSING", most)
    with opened(place) as log:
        for number in range(4):
            who = {"subject": f"candidate/C{number}", "id": f"r{number}"}
            assert statuses(log, event(REGISTERED, who)) == ["accepted"]
        for number in (3, 0, 1, 2):
            for lab in range(2):
                who = {"subject": f"candidate/C{number}", "id": f"l{number}.{lab}"}
                codes = warned(log, event(LAB, who, value=str(20 + lab)))
                assert codes == ["other_value_same_sampling"] * lab


def test_however_many_are_asked_for_at_once_the_log_is_not_read_whole(tmp_path: Path) -> None:
    asked: list[str] = []
    with opened(tmp_path / "log.db") as log:
        assert isinstance(log.recorder, FileRecorder)
        with log.recorder.writing() as cursor:
            connection = cursor.sqlite_cursor.connection
            connection.set_trace_callback(asked.append)
            for many in range(1, 801, 9):
                names = [str(number) for number in range(many)]
                list(log.recorder.rows_of_streams(names))
                log.recorder.identities([("lab", name) for name in names])
            connection.set_trace_callback(None)
            plans = [row[3] for query in asked for row in connection.execute(f"EXPLAIN QUERY PLAN {query}")]
    looked = {plan for plan in plans if "stored_events" in plan or "identities" in plan}
    assert looked == {
        "SEARCH stored_events USING INDEX sqlite_autoindex_stored_events_1 (originator_id=?)",
        "SEARCH identities USING PRIMARY KEY (source=? AND id=?)",
    }


def test_candidates_on_the_list_stay_at_hand_longest_asked_for_first_to_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subjects, "MOST_FACTS", 6)
    monkeypatch.setattr(subjects, "MOST_PASSING", 2)
    read: list[str] = []

    def read_some(names: Sequence[str]) -> dict[str, SubjectHistory]:
        read.extend(names)
        return {name: SubjectHistory() for name in names}

    kept = KeptSubjects(read_some)

    def said(position: int, kind: str, subject: str, **data: Any) -> None:
        kept.learn(Fact(position, kind, subject, "s", str(position), position, data, "", ""))
        kept.leave(position)

    def read_anew(*names: str) -> list[str]:
        read.clear()
        kept.ask(names)
        return list(read)

    for number in range(1, 4):
        said(number, "candidate.registered", f"candidate/C{number}")
    said(4, "match-run.recorded", "offer/O1", ranking=[{}] * 6)
    said(5, "donor.registered", "donor/D1")
    assert read_anew("offer/O1", "donor/D1") == ["offer/O1"]
    assert read_anew("candidate/C1", "candidate/C2", "candidate/C3") == []
    said(6, "candidate.delisted", "candidate/C2")
    assert read_anew("candidate/C1", "candidate/C3") == []
    assert read_anew("candidate/C2") == ["candidate/C2"]
    said(7, "candidate.registered", "candidate/C4")
    said(8, "candidate.updated", "candidate/C4")
    assert read_anew("candidate/C1", "candidate/C3", "candidate/C4") == ["candidate/C1"]
