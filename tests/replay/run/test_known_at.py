"""What was known: the forms that --known-at takes, and those it refuses."""

from pathlib import Path

import pytest

from tests.replay.command import AT, READING, asked, refused, told


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The path of a log of 22 events, the last recorded at ten in Paris, the others (but the first) at eight."""
    path: Path = tmp_path_factory.mktemp("log") / "snagc.db"
    return told().kept_at(path)


@pytest.mark.parametrize("command", ["rank", "list"])
@pytest.mark.parametrize(
    ("known_at", "position"),
    [
        ("20", 20),
        ("22", 22),
        ("now", 22),
        ("2024-05-17T08:00:00Z", 22),
        ("2024-05-17T10:00:00+02:00", 22),
        ("2024-05-17T07:59:59.999999Z", 21),
        ("2024-05-17T06:00:00.000000Z", 21),
        ("2024-05-17T09:59", 21),
        ("2024-05-17", 22),
    ],
)
def test_known_at_takes_a_position_now_a_time_or_a_day_up_to_its_end(
    log: str, command: str, known_at: str, position: int
) -> None:
    assert asked(*READING[command], "--known-at", known_at, "--log", log)["known_at"] == position


@pytest.mark.parametrize("command", READING)
def test_every_command_that_reads_can_be_asked_what_was_known(log: str, command: str) -> None:
    assert asked(*READING[command], "--known-at", "21", "--log", log)["known_at"] == 21
    assert "ends at position 22" in refused(*READING[command], "--known-at", "23", "--log", log)


def test_the_answers_are_those_of_the_same_events_without_a_store(log: str) -> None:
    events = told()
    assert asked("rank", "O1", "--log", log) == events.run("O1")
    assert asked("rank", "O1", "--known-at", "now", "--log", log) == events.run("O1", known_at=22)
    assert asked("rank", "O1", "--log", log)["known_at"] == 20


def test_what_is_known_changes_the_answer_and_nothing_before_it(log: str) -> None:
    then, later = (
        [entry["candidate"] for entry in asked("rank", "O1", *words, "--log", log)["ranking"]]
        for words in ([], ["--known-at", "now"])
    )
    assert (then, later) == (["C1", "C2"], ["C1", "C2"])
    scores = [entry["snagc"] for entry in asked("rank", "O1", "--known-at", "now", "--log", log)["ranking"]]
    assert scores == ["900.000000", "900.000000"]
    assert asked("rank", "O1", "--log", log)["ranking"][1]["snagc"] == "350.000000"


@pytest.mark.parametrize("command", ["rank", "list"])
@pytest.mark.parametrize(
    ("known_at", "said"),
    [
        ("2024-03-31T02:30", "does not exist in Paris"),
        ("2024-10-27T02:30:00", "comes twice in Paris"),
        ("2024-05-17T24:00", "not a real time"),
        ("2024-05-32", "no day of the calendar"),
        ("yesterday", "offset"),
        ("-1", "offset"),
        ("1.0", "offset"),
        ("2024-02-30T08:00:00Z", "not a real time"),
        ("23", "ends at position 22"),
        ("99999999999999999999", "ends at position 22"),
    ],
)
def test_known_at_refuses_what_is_unreadable_unreal_or_beyond_the_end_and_says_so(
    log: str, command: str, known_at: str, said: str
) -> None:
    message = refused(*READING[command], f"--known-at={known_at}", "--log", log)
    assert "known-at" in message
    assert known_at in message
    assert said in message


def test_before_the_first_record_nothing_is_known(log: str) -> None:
    early = "2016-12-31T23:59:59Z"
    found = asked("list", "--at", AT, "--known-at", early, "--log", log)
    assert (found["known_at"], found["candidates"]) == (0, [])
    assert "donor/D1 is not registered" in refused("rank", "O1", "--known-at", early, "--log", log)
