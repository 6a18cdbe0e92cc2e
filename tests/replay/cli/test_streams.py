"""What stands on which stream: tables that can be piped, no colour codes, progress, Ctrl-C, readers who leave."""

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from tests.long import examples
from tests.projections.support import Log
from tests.replay.command import AT, READING, ROOT, RUN, in_a_process, snagc, told
from tests.replay.support import adult, one_town

TERMINAL = {"TERM": "xterm-256color"}
ENDLESS = [
    ("audit", "--json"), ("audit",), ("audit", "--acts", "--json"), ("sensitivity", "--from", "2024-01-01", "--json")
]  # fmt: skip
OFFERS = 400
"""So many that an audit is still at it when Ctrl-C comes, a moment after the first."""


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The path of a log that holds it."""
    return told().kept_at(tmp_path_factory.mktemp("log") / "snagc.db")


@pytest.fixture(scope="module")
def long_log(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A log with offers enough for an audit to be watched: none has a recorded run."""
    events = one_town()
    events.recorded = "2024-05-17T06:00:00.000000Z"
    for number in range(40):
        adult(events, f"C{number}")
    for number in range(OFFERS):
        events.donor(f"D{number}", "2024-05-16")
        events.offered(f"O{number}", "2024-05-17", f"D{number}")
    return events.kept_at(tmp_path_factory.mktemp("log") / "long.db")


def started(*words: object, **streams: Any) -> "subprocess.Popen[bytes]":
    """A command under way."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), **streams.pop("env", {})}
    return subprocess.Popen([sys.executable, "-c", RUN, *map(str, words)], env=env, **streams)


@contextmanager
def terminal(width: int = 40) -> Iterator[tuple[int, int]]:
    """Both ends of a terminal of some width."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    try:
        yield leader, follower
    finally:
        os.close(leader)


def sent_to(leader: int) -> str:
    """All that a terminal was sent; reading it fails once nobody writes any more."""
    sent = b""
    with suppress(OSError):
        while chunk := os.read(leader, 65_536):
            sent += chunk
    return sent.decode()


def shown_at_a_terminal(*words: object, env: dict[str, str]) -> str:
    """What a command sends to a terminal that is its standard output."""
    with terminal() as (leader, follower):
        process = started(*words, stdout=follower, stderr=subprocess.PIPE, env=env)
        os.close(follower)
        shown = sent_to(leader)
        assert process.wait(30) == 0
        assert process.stderr is not None
        process.stderr.close()
    return shown


@pytest.mark.parametrize(
    ("command", "env"),
    [*product(("rank", "list", "explain"), ({"FORCE_COLOR": "1", "CLICOLOR_FORCE": "1"}, {"COLUMNS": "20"}))][
        :: examples(5, 1)
    ],
)
def test_a_table_in_a_pipe_has_no_control_code_and_no_line_cut(
    log: str, command: str, env: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (TERMINAL | env).items():
        monkeypatch.setenv(name, value)
    piped = in_a_process(*READING[command], "--log", log).stdout.decode()
    assert re.findall(r"[^\n -~\u00a0-\uffff]", piped) == []
    assert piped == snagc(*READING[command], "--log", log).stdout


def test_no_color_means_no_style_at_a_terminal_either(log: str) -> None:
    plain = shown_at_a_terminal("rank", "O1", "--log", log, env=TERMINAL | {"NO_COLOR": "1"})
    assert "\x1b" not in plain
    styled = shown_at_a_terminal("rank", "O1", "--log", log, env=TERMINAL | {"NO_COLOR": ""})
    assert "\x1b[1m" in styled
    assert re.sub(r"\x1b\[\d*m", "", styled) == plain


def test_a_row_is_not_cut_on_a_narrow_terminal(log: str) -> None:
    shown = shown_at_a_terminal("list", "--at", AT, "--log", log, env=TERMINAL | {"NO_COLOR": "1"})
    (row,) = [line.split() for line in shown.splitlines() if line.split()[2:3] == ["C1"]]
    assert "900.000000" in row
    assert row[-2:] == ["expert", "component"]


def test_a_table_wider_than_any_screen_keeps_every_column(tmp_path: Path) -> None:
    events = Log()
    events.registered("C" * 64, "2024-01-01", team="T" * 64)
    path = events.kept_at(tmp_path / "snagc.db")
    shown = snagc("list", "--at", AT, "--log", path).stdout
    assert "C" * 64 in shown
    assert "bilirubin_missing, creatinine_missing, peptides_missing" in shown


def test_a_reader_who_leaves_ends_a_command_without_a_word(long_log: str) -> None:
    process = started("offers", "--json", "--log", long_log, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert (process.stderr.read(), process.wait(30)) == (b"", 0)
    process.stderr.close()


def test_a_reader_who_leaves_a_table_ends_a_command_without_a_word(long_log: str) -> None:
    process = started("offers", "--log", long_log, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert (process.stderr.read(), process.wait(30)) == (b"", 0)
    process.stderr.close()


@pytest.mark.parametrize("unread", ["stdout", "stderr"])
def test_a_reader_who_leaves_an_ingest_does_not_make_a_success_of_refused_events(unread: str, tmp_path: Path) -> None:
    (tmp_path / "refused.ndjson").write_text("{}\n" * 3)
    streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, unread: subprocess.PIPE}
    process = started("ingest", str(tmp_path / "refused.ndjson"), "--log", str(tmp_path / "snagc.db"), **streams)
    getattr(process, unread).close()
    assert process.wait(30) == 3


def test_long_work_counts_on_standard_error_where_that_is_a_terminal_and_leaves_no_trace(long_log: str) -> None:
    with terminal() as (leader, follower):
        process = started("audit", "--log", long_log, stdout=subprocess.PIPE, stderr=follower, env=TERMINAL)
        os.close(follower)
        shown = sent_to(leader)
        assert process.stdout is not None
        answer = process.stdout.read().decode()
        process.stdout.close()
        assert process.wait(30) == 0
    assert answer.startswith(f"0 identical, 0 differs, {OFFERS} not recorded of {OFFERS} runs\n")
    assert "offers replayed: 1" in shown
    assert shown.endswith("\r\x1b[K")


def test_long_work_says_nothing_on_standard_error_where_nobody_watches(long_log: str) -> None:
    done = in_a_process("audit", "--log", long_log)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("words", ENDLESS[: examples(1, 4)])
def test_ctrl_c_ends_long_work_with_one_line_and_130_and_no_half_answer(long_log: str, words: tuple[str, ...]) -> None:
    with terminal(80) as (leader, follower):
        process = started(*words, "--log", long_log, stdout=subprocess.PIPE, stderr=follower, env=TERMINAL)
        os.close(follower)
        seen = b""
        while b"offers replayed" not in seen:
            seen += os.read(leader, 1024)
        process.send_signal(signal.SIGINT)
        shown = sent_to(leader)
        assert process.stdout is not None
        answer = process.stdout.read()
        process.stdout.close()
        assert process.wait(30) == 130
    assert answer == b""
    assert shown.rpartition("\r\x1b[K")[2] == "snagc: stopped\r\n"
