"""A log in a file and a log in a database are one: the same positions, bytes, roots and answers, copied either way."""

from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest

from engine.events.subjects import stream_id, stream_text
from engine.events.vocabulary import GRAFT_OFFERED
from engine.intake import quarantine
from engine.log import sqlite as file
from engine.log.checkpoint import checkpoints_of, sign_head
from engine.log.eventlog import EventLog
from engine.log.kept import kept_of
from engine.log.postgres import recorder as database
from engine.log.recorder import FETCHED
from engine.rules.readings import choose_readings
from fixtures.national import generate
from replay.run.matchrun import match_run
from replay.run.moments import recalled_moment
from tests.independent.worlds import random_world
from tests.intake.support import NOW, opened, query, states, take
from tests.log.test_copying import KEY, lab
from tests.postgres import Server
from tests.projections.support import stored_bytes
from tests.replay.command import asked, refused, snagc

TABLES = {
    "stored_events": "rowid, originator_version, topic, state",
    "identities": "position, source, id, content",
    "imports": "number, file_sha256, imported_at, actor, first_position, last_position",
    "quarantine": "number, received, imported, bytes, status, errors, times, resolved, digest, first_received",
    "quarantine_acts": "number, entry, act, at, text",
}


def rows_of(place: str) -> dict[str, list[tuple[Any, ...]]]:
    """All that a log holds, read past the engine."""
    return {table: query(place, f"SELECT {columns} FROM {table} ORDER BY 1") for table, columns in TABLES.items()}


def fill(place: str, lines: list[bytes]) -> None:
    """A history with refused lines, one of them sent again and taken, one erased, signed twice."""
    with opened(place) as log:
        half = len(lines) // 2
        take(log, *lines[:half], imported=True)
        take(log, b"one", b"two", b"one")
        sign_head(log, checkpoints_of(place), KEY)
        take(log, *lines[half:], imported=True, now=NOW + 1)
        take(log, lab(1), b"three", lab(2), lab(1), now=NOW + 2)
        quarantine.erase(log, 2, "a name", now=NOW + 3)
        sign_head(log, checkpoints_of(place), KEY)


@pytest.fixture
def history() -> list[bytes]:
    """Late facts, corrections and retractions, and offers."""
    return [stored_bytes(event) for event in random_world(Random(7), 6)]


def test_a_history_is_the_same_in_both_and_goes_there_and_back(
    history: list[bytes], server: Server, tmp_path: Path
) -> None:
    file, back, database = str(tmp_path / "a.db"), str(tmp_path / "b.db"), server.new_log()
    for place in (file, database):
        fill(place, history)
    assert rows_of(database) == rows_of(file)
    copies = (server.address(server.new_database()), server.new_log(), back)
    for source, copy in zip((file, database, copies[0]), copies, strict=True):
        document = asked("copy-log", source, copy)
        assert (document["before"], document["checkpoints"]) == (0, asked("copy-log", file, copy)["checkpoints"])
        assert rows_of(copy) == rows_of(file)
    answers = {place: answers_of(place) for place in (file, database, *copies)}
    assert len({str(answer) for answer in answers.values()}) == 1
    assert answers[file]["verify"]["whole"]


def answers_of(place: str) -> dict[str, Any]:
    """What commands answer, but for the log's own name and what a server without fsync cannot promise."""
    env = {"SNAGC_LOG": place}
    offers = [each["offer"] for each in asked("offers", env=env)["offers"]]
    verified = asked("verify", env=env) | {"log": "", "cannot_show": []}
    runs = [asked("rank", offer, env=env) for offer in offers]
    with opened(place, create=False) as log:
        lists = {name: (count, root.hex()) for name, (count, root) in kept_of(log.recorder).signed_lists().items()}
    listed = asked("list", "--at", "2024-01-01", env=env)
    kept = asked("quarantine", "list", "--all", env=env)
    return {"verify": verified, "runs": runs, "kept": lists, "quarantine": kept, "list": listed}


def test_a_history_has_the_same_root_and_digests_whichever_store_takes_it_in_and_after_each_copy(
    server: Server, tmp_path: Path, long_run: bool
) -> None:
    """With --long the demonstration's year."""
    year = date(2025, 1, 1), date(2025, 12, 31)
    events = generate(2025, *year) if long_run else random_world(Random(11), 12)
    (file := tmp_path / "events").write_bytes(b"".join(stored_bytes(event) + b"\n" for event in events))
    places = [str(tmp_path / "a.db"), server.new_log()]
    for place in places:
        assert snagc("ingest", file, "--import", "--log", place).exit_code == 0
    for copy in (str(tmp_path / "b.db"), server.new_log()):
        asked("copy-log", places[-1], copy)
        places.append(copy)
    found = []
    for place in places:
        audited = snagc("audit", "--json", "--log", place)
        with closing(EventLog.open(place)) as log:
            history = log.history()
            offers = [fact.subject.removeprefix("offer/") for fact in history.offers][-20:]
            digests = [match_run(recalled_moment(log, offer, choose_readings())).digest() for offer in offers]
        found.append(
            (asked("verify", "--log", place)["root"], history.size, digests, audited.exit_code, audited.stdout)
        )
    assert found == [found[0]] * len(places)
    assert len(found[0][2]) >= 1


def questions(log: EventLog) -> dict[str, Any]:
    """What a recorder answers of one log, whatever it is asked."""
    asked, end = log.recorder, log.head()
    subjects = [*log.history().subjects, "candidate/nobody"]
    known = [(fact.source, fact.id) for fact in map(log.fact, range(1, end + 1))]
    streams = [stream_text(subject) for subject in subjects]
    found: dict[str, Any] = {
        "rows": [
            list(asked.rows(first, last)) for first, last in ((1, None), (3, 5), (end, None), (5, 4), (2, end + 9))
        ],
        "row": [asked.row(position) for position in (0, 1, end, end + 1)],
        "states": [state for piece in asked.states() for state in piece],
        "streams": [list(asked.streams(subjects, last)) for last in (0, end // 2, end)],
        "some": {subject: list(asked.streams([subject], end)) for subject in subjects},
        "rows of streams": sorted(map(tuple, asked.rows_of_streams(streams))),
        "stream": [asked.stream_rows(stream_id(subject).hex, end // 2) for subject in subjects],
        "identities": asked.identities([*known, ("nobody", "x"), ("", "")]),
        "one identity": [asked.identities([each]) for each in (known[0], known[-1], ("x", known[0][1]))],
        "none": (asked.identities([]), list(asked.streams([], end)), list(asked.rows_of_streams([]))),
        "under": [asked.identities_under(source, stem) for source, id_ in known[:20] for stem in (id_, id_[:2], "")],
        "offers": [asked.positions_of(GRAFT_OFFERED, last) for last in (0, end)],
        "count": [asked.count_of(GRAFT_OFFERED, last) for last in (0, end // 2, end)],
        "of": [asked.rows_of(GRAFT_OFFERED, after, end) for after in (0, end - 10, end)],
        "entries": [asked.quarantine_row(number) for number in range(6)],
        "open": [asked.quarantine_numbers(include_resolved=which) for which in (False, True)],
        "waiting": [asked.quarantine_open_with(words) for words in ("JSON", "nothing", "")],
    }
    for name in ("import_rows", "received_rows", "quarantine_received", "quarantine_senders", "quarantine_acts"):
        found[name] = [tuple(row) for row in getattr(asked, name)()]
    return found


def test_each_question_of_what_is_in_a_log_is_answered_alike_whichever_store_it_is_in(
    history: list[bytes], server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = str(tmp_path / "a.db"), server.new_log()
    for place in places:
        fill(place, history)
    answers = []
    for place in places:
        with opened(place, create=False) as log:
            answers.append(questions(log))
            monkeypatch.setattr(database, "_ASKED", 3)
            monkeypatch.setattr(file, "_ASKED", 3)
            answers.append(questions(log))
            monkeypatch.undo()
            with log.recorder.writing():
                answers.append(questions(log))
    for name, answer in answers[0].items():
        for other in answers[1:]:
            assert other[name] == answer, name
    empty = [name for name, answer in answers[0].items() if not answer]
    assert empty == ["received_rows", "quarantine_senders"], "nobody sent messages, or with a token"


def test_what_went_on_by_itself_is_no_beginning_on_either_store(
    history: list[bytes], new_place: Callable[[], str]
) -> None:
    log, copy = new_place(), new_place()
    fill(log, history)
    asked("copy-log", log, copy)
    with opened(log) as first:
        take(first, lab(3), b"four", now=NOW + 4)
    assert asked("copy-log", log, copy)["before"] == len(history) + 2
    with opened(copy) as other:
        take(other, lab(4), now=NOW + 5)
    was = rows_of(copy)
    assert "no beginning" in refused("copy-log", log, copy)
    assert rows_of(copy) == was
    assert "itself" in refused("copy-log", log, log)


def test_what_is_refused_or_known_is_the_same_whatever_the_store(place: str) -> None:
    with opened(place) as log:
        first = take(log, lab(1), lab(2), b"noise")
        again = take(log, lab(2), lab(1), b"noise", now=NOW + 1)
        assert [verdict.status for verdict in first] == ["accepted", "accepted", "refused"]
        assert [(verdict.status, verdict.position) for verdict in again] == [
            ("duplicate", 2), ("duplicate", 1), ("refused", None),
        ]  # fmt: skip
        assert len(states(log)) == 2
        (entry,) = quarantine.entries(log)
        assert (entry.number, entry.times) == (1, 2)
    assert snagc("verify", "--log", place).exit_code == 0


def test_a_writer_reads_a_long_log_piece_by_piece_and_its_own_events_with_it(place: str) -> None:
    own = stream_id("candidate/own").hex, 1, "snagc.lab-result.recorded.v1", b"{}"
    with opened(place) as log:
        recorder, many = log.recorder, 2 * FETCHED
        take(log, *map(lab, range(many)))
        stored = list(recorder.rows())
        with recorder.writing():
            assert [len(piece) for piece in recorder.states()] == [FETCHED, FETCHED]
            recorder.insert_events([own], identities=[("own", "own", bytes(32), many + 1)])
            assert [len(piece) for piece in recorder.states()] == [FETCHED, FETCHED, 1]
            read = []
            for row in recorder.rows(2):
                assert recorder.row(row[0]) == row, "what is asked in between does not break off the reading"
                read.append(row)
            assert read == [*stored[1:], (many + 1, own[2], own[3])]
            assert [position for position, *_ in recorder.rows(FETCHED, FETCHED + 1)] == [FETCHED, FETCHED + 1]
