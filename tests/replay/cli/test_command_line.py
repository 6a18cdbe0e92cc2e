"""The command line of section 6: exit codes, the two streams, which log, help, and errors that say what to do."""

import json
import os
import pty
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from replay.cli.app import app
from tests.projections.support import CENTRE, Log, stored_bytes
from tests.replay.command import AT, READING, asked, in_a_process, refused, snagc, told


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The path of a log that holds it."""
    return told().kept_at(tmp_path_factory.mktemp("log") / "snagc.db")


def file_of(folder: Path, *events: dict[str, Any]) -> Path:
    """An NDJSON file."""
    path = folder / "events.ndjson"
    path.write_bytes(b"".join(stored_bytes(event) + b"\n" for event in events))
    return path


# ------------------------------------------------------------------------------------------------ two streams


@pytest.mark.parametrize("command", READING)
def test_json_is_one_document_on_standard_output_and_nothing_else(log: str, command: str) -> None:
    assert isinstance(asked(*READING[command], "--log", log), dict)


@pytest.mark.parametrize("command", READING)
def test_a_table_goes_to_standard_output_also_where_that_is_no_terminal(log: str, command: str) -> None:
    result = snagc(*READING[command], "--log", log)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "C1" in result.stdout


def test_what_an_alert_rests_on_is_read_before_the_log_is_closed(tmp_path: Path) -> None:
    log = Log()
    log.registered("C1", "2024-01-01")
    log.happened("transplanted", "C1", "2023-12-20", offer="O9")
    log.registered("C1", "2024-03-01")
    path = log.kept_at(tmp_path / "heart.db")
    (entry,) = asked("list", "--at", AT, "--log", path)["candidates"]
    assert "offer_unknown" in entry["alerts"]
    assert "offer_unknown" in snagc("list", "--at", AT, "--log", path).stdout


def everything_written(leader: int) -> str:
    """What a terminal was sent; reading it fails once nobody writes any more."""
    sent = b""
    with suppress(OSError):
        while chunk := os.read(leader, 65_536):
            sent += chunk
    return sent.decode()


def test_a_table_goes_to_the_terminal_where_standard_output_is_one(log: str) -> None:
    leader, follower = pty.openpty()
    try:
        done = in_a_process("rank", "O1", "--log", log, stdout=follower)
        os.close(follower)
        shown = everything_written(leader)
    finally:
        os.close(leader)
    assert (done.returncode, done.stderr) == (0, b"")
    assert "C1" in shown
    assert "900.000000" in shown


def test_in_a_process_of_its_own_json_alone_stands_on_standard_output(log: str) -> None:
    done = in_a_process("rank", "O1", "--log", log, "--json")
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["ranking"][0]["candidate"] == "C1"


def test_a_table_shows_an_excluded_candidate_its_reasons_first(log: str) -> None:
    shown = snagc("explain", "O1", "C3", "--log", log).stdout
    assert "Not ranked" in shown
    assert shown.index("abo") < shown.index("3.4.2")


def test_json_keeps_accents_and_is_utf_8(tmp_path: Path) -> None:
    events = Log()
    events.registered("C1", "2024-01-01")
    path = events.kept_at(tmp_path / "snagc.db")
    words = ("worklist", "ineligible", "--centre", CENTRE, "--at", AT, "--log", path, "--json")
    assert "Inéligible à la greffe" in snagc(*words).stdout_bytes.decode("utf-8")


# ------------------------------------------------------------------------------------------------ exit codes


def test_taking_in_what_is_right_exits_0_and_a_verdict_stands_on_each_line(tmp_path: Path) -> None:
    events = told().events
    result = snagc("ingest", "--import", "--json", "--log", tmp_path / "a.db", file_of(tmp_path, *events))
    verdicts = [json.loads(line) for line in result.stdout.splitlines()]
    assert (result.exit_code, result.stderr) == (0, f"snagc: new log {tmp_path / 'a.db'}\n")
    assert [verdict["status"] for verdict in verdicts] == ["accepted"] * len(events)
    assert [(verdict["line"], verdict["position"]) for verdict in verdicts] == [
        (number, number) for number in range(1, len(events) + 1)
    ]
    assert list(verdicts[0]) == ["line", "source", "id", "status", "position", "warnings", "errors"]


def test_a_duplicate_exits_0_a_conflict_and_a_refusal_3_and_none_stops_the_others(tmp_path: Path) -> None:
    first, second = told().events[:2]
    path, words = tmp_path / "a.db", ("ingest", "--import", "--json", "--log")
    assert snagc(*words, path, file_of(tmp_path, first)).exit_code == 0
    assert snagc(*words, path, file_of(tmp_path, first)).exit_code == 0
    conflict = {**second, "id": first["id"]}
    wrong = {**second, "id": "wrong", "data": {**second["data"], "sex": "X"}}
    for bad, status in ((conflict, "conflict"), (wrong, "refused")):
        result = snagc(*words, path, file_of(tmp_path, bad, first, second))
        verdicts = [json.loads(line) for line in result.stdout.splitlines()]
        assert result.exit_code == 3
        assert [verdict["status"] for verdict in verdicts][:2] == [status, "duplicate"]
        assert verdicts[2]["status"] in ("accepted", "duplicate")


def test_a_refusal_is_told_with_its_line_and_path_and_kept_in_quarantine(tmp_path: Path) -> None:
    good = told().events[1]
    bad = {**good, "data": {**good["data"], "sex": "X"}}
    path = tmp_path / "a.db"
    result = snagc("ingest", "--import", "--log", path, file_of(tmp_path, good | {"id": "good"}, bad))
    assert (result.exit_code, result.stdout) == (3, "1 accepted, 1 refused; the log has 1 event\n")
    assert "events.ndjson:2: refused: data.sex" in result.stderr
    (kept,) = asked("quarantine", "list", "--log", path)
    assert [error["path"] for error in kept["errors"]] == ["data.sex"]


def test_sending_quarantined_input_again_answers_one_document_and_exits_3_while_it_is_refused(tmp_path: Path) -> None:
    good = told().events[1]
    bad = [{**good, "id": name, "data": {**good["data"], "sex": "X"}} for name in ("one", "two")]
    path = tmp_path / "a.db"
    snagc("ingest", "--import", "--log", path, file_of(tmp_path, *bad))
    result = snagc("quarantine", "resend", "--all", "--log", path, "--json")
    assert (result.exit_code, result.stderr) == (3, "")
    assert len(json.loads(result.stdout)) == 2


def test_a_live_feed_may_not_bring_its_own_recorded_time(tmp_path: Path) -> None:
    event = told().events[0]
    without = {name: value for name, value in event.items() if name != "recordedtime"} | {"id": "live"}
    result = snagc("ingest", "--json", "--log", tmp_path / "a.db", file_of(tmp_path, event, without))
    verdicts = [json.loads(line) for line in result.stdout.splitlines()]
    assert (result.exit_code, [verdict["status"] for verdict in verdicts]) == (3, ["refused", "accepted"])


def test_events_may_come_from_standard_input(tmp_path: Path) -> None:
    given = b"".join(stored_bytes(event) + b"\n" for event in told().events)
    result = snagc("ingest", "--import", "--json", "--log", tmp_path / "a.db", "-", given=given)
    assert (result.exit_code, len(result.stdout.splitlines())) == (0, len(told().events))


def test_processes_of_their_own_exit_0_2_and_3(log: str, tmp_path: Path) -> None:
    bad = file_of(tmp_path, {"specversion": "1.0"})
    codes = [
        in_a_process(*words).returncode
        for words in (
            ("list", "--at", AT, "--log", log, "--json"),
            ("rank", "O9", "--log", log, "--json"),
            ("ingest", "--log", tmp_path / "a.db", "--json", bad),
        )
    ]
    assert codes == [0, 2, 3]


@pytest.mark.parametrize(
    "words",
    [["rang", "O1"], ["rank"], ["rank", "O1", "--colour"], ["list", "--top", "many"], ["explain", "O1"], ["worklist"]],
)
def test_a_command_that_is_not_one_or_lacks_a_word_exits_2(log: str, words: list[str]) -> None:
    result = snagc(*words, env={"SNAGC_LOG": log})
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr


# --------------------------------------------------------------------------------------------- which log


@pytest.mark.parametrize("command", READING)
def test_the_log_may_be_named_by_the_environment(log: str, command: str) -> None:
    words = READING[command]
    assert asked(*words, env={"SNAGC_LOG": log}) == asked(*words, "--log", log)


def test_the_option_goes_before_the_environment(log: str, tmp_path: Path) -> None:
    assert asked("rank", "O1", "--log", log, env={"SNAGC_LOG": str(tmp_path / "none.db")})["offer"] == "O1"


@pytest.mark.parametrize("command", READING)
def test_without_a_log_the_message_says_how_to_name_one(command: str) -> None:
    message = refused(*READING[command])
    assert "--log" in message
    assert "SNAGC_LOG" in message


def test_a_log_that_is_not_there_is_not_made_by_who_reads(tmp_path: Path) -> None:
    path = tmp_path / "none.db"
    message = refused("rank", "O1", "--log", path)
    assert str(path) in message
    assert "snagc ingest" in message
    assert not path.exists()


# --------------------------------------------------------------------------- errors name field, value and remedy


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["rank", "O9"], ["offer", "O9", "graft.offered"]),
        (["rank", "offer/O1"], ["offer", "offer/O1", "without offer/"]),
        (["explain", "O9", "C1"], ["offer", "O9", "graft.offered"]),
        (["explain", "O1", "C9"], ["candidate", "C9", "not registered"]),
        (["explain", "O1", "C4"], ["candidate", "C4", "suspended"]),
        (["candidate", "C9", "--at", AT], ["candidate", "C9", "not registered"]),
        (["candidate", "C1", "--at", "2023-12-31T12:00:00Z"], ["candidate", "C1", "not registered"]),
        (["worklist", "scores", "--centre", CENTRE], ["work list", "scores", "score, labs, survival, ineligible"]),
        (["rank", "O1", "--readings", "rounding=up"], ["reading", "rounding", "icar_rounding, elapsed_days"]),
        (["rank", "O1", "--readings", "months=moon"], ["reading", "months", "moon", "calendar, mean"]),
        (["rank", "O1", "--readings", "months"], ["reading", "months", "name=value"]),
        (["rank", "O1", "--readings", "age=completed", "--readings", "age=fractional"], ["age", "twice", "once"]),
        (["explain", "O1", "C1", "--readings", "months=moon"], ["months", "moon", "calendar, mean"]),
        (["list", "--at", AT, "--readings", "months=moon"], ["months", "moon", "calendar, mean"]),
        (["rank", "O1", "--ruleset", "2021-01-01"], ["rule set", "2021-01-01", "2018-01-01, 2019-04-09, 2020-01-07"]),
        (["list", "--at", AT, "--ruleset", "V6"], ["rule set", "V6", "2023-06-15"]),
        (["list", "--at", "0"], ["--at", "'0'", "offset"]),
        (["candidate", "C1", "--at", "noon"], ["--at", "noon", "offset"]),
        (["list", "--at", "2017-12-31T12:00:00+01:00"], ["no rules in force", "2017-12-31", "2018-01-01"]),
    ],
)
def test_an_error_names_the_field_and_the_value_and_says_what_to_do(
    log: str, words: list[str], named: list[str]
) -> None:
    message = refused(*words, "--log", log)
    assert [each for each in named if each not in message] == []
    assert "\n" not in message


def test_an_offer_before_2018_cannot_be_ranked_but_under_a_rule_set_that_is_named(tmp_path: Path) -> None:
    events = Log()
    events.donor("D1", "2017-06-01")
    events.offered("O1", "2017-12-31")
    path = events.kept_at(tmp_path / "snagc.db")
    assert "no rules in force on 2017-12-31" in refused("rank", "O1", "--log", path)
    assert asked("rank", "O1", "--ruleset", "2018-01-01", "--log", path)["ruleset"] == "2018-01-01"


@pytest.mark.parametrize(("time", "said"), [("2023-06-14 23:59", True), ("2023-06-15", False)])
def test_a_run_before_15_june_2023_says_that_its_figures_are_assumed(tmp_path: Path, time: str, said: bool) -> None:
    events = Log()
    events.registered("C1", "2023-01-01")
    events.donor("D1", "2023-05-01")
    events.offered("O1", time)
    path = events.kept_at(tmp_path / "snagc.db")
    for words in (("rank", "O1"), ("explain", "O1", "C1")):
        assert ("figures assumed from V6" in snagc(*words, "--log", path).stdout) is said


# ----------------------------------------------------------------------------------------- other ways to ask


def test_another_rule_set_and_other_readings_are_stated_in_the_answer(log: str) -> None:
    words = ("--ruleset", "2018-01-01", "--readings", "months=mean", "--readings", "age=completed", "--log", log)
    for command in READING.values():
        found = asked(*command, *words)
        assert found["ruleset"] == "2018-01-01"
        assert (found["readings"]["months"], found["readings"]["age"]) == ("mean", "completed")
        assert found["readings"]["abo_guard"] == "compatible"


@pytest.mark.parametrize("words", [["--readings", "months=mean", "age=completed"], ["--readings=months=mean"]])
def test_readings_may_follow_each_other_after_one_option(log: str, words: list[str]) -> None:
    found = asked("rank", "O1", *words, "--log", log)["readings"]
    assert (found["months"], found["age"]) == ("mean", "completed" if len(words) == 3 else "fractional")


def test_the_same_question_has_the_same_bytes_for_an_answer(log: str) -> None:
    for command in READING.values():
        words = (*command, "--log", log, "--json")
        assert snagc(*words).stdout_bytes == snagc(*words).stdout_bytes


# ------------------------------------------------------------------------------------------------------ help


def commands() -> Iterator[tuple[str, Any]]:
    """Every command with the words that lead to it."""
    waiting: list[tuple[str, Any]] = [("", get_command(app))]
    while waiting:
        words, command = waiting.pop()
        inner = getattr(command, "commands", {})
        waiting += [(f"{words} {name}".strip(), each) for name, each in inner.items()]
        if not inner:
            yield words, command


def test_the_commands_are_those_of_the_contract() -> None:
    assert {"demo", "ingest", "rank", "explain", "list", "candidate", "worklist"} <= {words for words, _ in commands()}


@pytest.mark.parametrize("words", sorted(words for words, _ in commands()))
def test_every_command_has_a_help_with_an_example_that_names_it(words: str) -> None:
    result = snagc(*words.split(), "--help")
    assert result.exit_code == 0
    assert f"Example: snagc {words}" in " ".join(result.stdout.split())


def test_help_alone_lists_every_command() -> None:
    result = snagc("--help")
    assert result.exit_code == 0
    assert [words for words, _ in commands() if words.split()[0] not in result.stdout] == []
