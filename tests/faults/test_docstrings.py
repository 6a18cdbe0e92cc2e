"""The guide's lines stand in docstrings, which Python can be told to drop: then nothing starts."""

import os
import subprocess
import sys

import pytest

from tests.replay.command import RUN

WHY = "Python runs with -OO or PYTHONOPTIMIZE=2, which drops the guide's own lines"


def run(code: str, optimize: str, *words: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONOPTIMIZE": optimize, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run([sys.executable, "-c", code, *words], env=env, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("words", [("--help",), ("explain", "O1", "A1"), ("serve",)])
def test_where_python_drops_docstrings_no_command_starts_and_why_is_said_in_a_line(words: tuple[str, ...]) -> None:
    done = run(RUN, "2", *words)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"snagc: {WHY}")
    assert done.stderr.count("\n") == 1


def test_nor_can_it_be_used_from_python() -> None:
    done = run("import projections.score", "2")
    assert f"ImportError: {WHY}" in done.stderr


def test_assertions_are_not_needed() -> None:
    done = run(RUN, "1", "--help")
    assert (done.returncode, done.stderr) == (0, "")
