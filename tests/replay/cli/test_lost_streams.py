"""Streams that are closed, full or left by their reader: never a traceback, never an answer lost with exit code 0."""

import os
import shutil
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest

from tests.faults import tampering as t
from tests.long import examples
from tests.replay.command import ROOT, RUN, snagc

WORDS = (["--version"], ["--help"], ["rank", "--help"], ["list", "--at", "2024-07-02"], ["rank", "O1", "--json"],
         ["verify"], ["dossier", "O1"], ["audit", "--acts", "--json"])  # fmt: skip

STREAMS = [">&-", *([">/dev/full"] if Path("/dev/full").exists() else [])]
"""Closed; and full, where there is such a device."""


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The worked example, signed."""
    return t.write_log(tmp_path_factory.mktemp("streams") / "log.db", t.sound_lines())


def run(log: Path, streams: str, *words: str) -> tuple[int, str]:
    """Exit code and standard error of a command whose streams a shell has bent."""
    done = subprocess.run(
        ["/bin/sh", "-c", f'exec "$@" {streams}', "sh", sys.executable, "-c", RUN, *words],
        env={**os.environ, "PYTHONPATH": str(ROOT), "SNAGC_LOG": str(log)},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert "Traceback" not in done.stderr + done.stdout
    return done.returncode, done.stderr


@pytest.mark.parametrize(("words", "streams"), [*product(WORDS, STREAMS)][:: examples(3, 1)], ids=str)
def test_an_answer_that_cannot_be_written_is_said_once_and_is_no_success(
    log: Path, words: list[str], streams: str
) -> None:
    code, told = run(log, streams, *words)
    assert (code, told.count("\n")) == (1, 1), told
    assert told.startswith("snagc: [Errno ")


def test_words_for_a_closed_standard_error_are_no_part_of_the_answer(log: Path, tmp_path: Path) -> None:
    answer = tmp_path / "answer"
    assert run(log, f"2>&- >{answer}", "rank", "O404", "--json")[0] == 2
    assert answer.read_bytes() == b""
    assert run(log, f"2>&- >{answer}", "quality", "--json")[0] == 0
    assert answer.read_bytes().startswith(b"{")


def test_closed_input_is_not_taken_for_an_empty_one(log: Path) -> None:
    code, told = run(log, "<&-", "ingest", "-")
    assert (code, "Bad file descriptor" in told) == (1, True)


@pytest.mark.parametrize("words", [["verify", "--json"], ["offers"]], ids=" ".join)
def test_a_reader_who_leaves_does_not_make_a_broken_log_a_good_one(log: Path, tmp_path: Path, words: list[str]) -> None:
    broken = tmp_path / "log.db"
    shutil.copy(log, broken)
    shutil.copytree(f"{log}.checkpoints", f"{broken}.checkpoints")
    with t.unguarded(broken) as rows:
        t.change_bytes(rows, 9, b'"specversion":"1.0"', b'"specversion":"1.1"')
    reading, writing = os.pipe()
    os.close(reading)
    try:
        for path, code in ((log, 0), (broken, 4)):
            process = subprocess.Popen(
                [sys.executable, "-c", RUN, *words, "--log", str(path)], stdout=writing, stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )  # fmt: skip
            assert process.wait(60) == code
    finally:
        os.close(writing)


def test_a_dash_is_no_file_to_write(log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = snagc("export", "events", "--format", "csv", "--out", "-", "--log", log)
    assert (result.exit_code, list(tmp_path.iterdir())) == (2, [])
    assert "- names no file" in result.stderr
