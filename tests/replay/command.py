"""The command line as the tests call it: inside this process, or in one of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from replay.cli.app import app
from tests.projections.support import CENTRE, Log
from tests.replay.support import adult, expert, offered, one_town

ROOT = Path(__file__).parents[2]
RUN = "from replay.cli.app import app; app()"
AT = "2024-05-17T12:00:00+02:00"
READING = {
    "rank": ["rank", "O1"],
    "explain": ["explain", "O1", "C1"],
    "list": ["list", "--at", AT],
    "candidate": ["candidate", "C1", "--at", AT],
    "worklist": ["worklist", "score", "--centre", CENTRE, "--at", AT],
}
"""The commands that read a log, with what they need."""


def told() -> Log:
    """Two candidates on the list, one excluded by blood group, an offer, and a candidate suspended."""
    log = one_town()
    log.recorded = "2024-05-17T06:00:00.000000Z"
    expert(log, "C1")
    adult(log, "C2")
    adult(log, "C3", blood_group="O")
    adult(log, "C4")
    log.happened("suspended", "C4", "2024-05-01")
    offered(log)
    log.recorded = "2024-05-17T08:00:00.000000Z"
    log.granted("C2", "XPCA", "2024-05-16")
    return log


def snagc(*words: object, env: dict[str, str] | None = None, given: bytes | None = None) -> Result:
    """What a command answers; ``given`` is its standard input."""
    return CliRunner(env={"SNAGC_LOG": ""} | (env or {})).invoke(app, [str(word) for word in words], input=given)


def asked(*words: object, env: dict[str, str] | None = None) -> Any:
    """The one JSON document that a command prints with --json, and nothing else on either stream."""
    result = snagc(*words, "--json", env=env)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.endswith("\n")
    return json.loads(result.stdout)


def refused(*words: object, env: dict[str, str] | None = None) -> str:
    """The message of a command that was asked for something that cannot be: exit 2 and nothing on stdout."""
    result = snagc(*words, env=env)
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    assert result.stderr.startswith("snagc: ")
    return result.stderr.removeprefix("snagc: ").strip()


def in_a_process(*words: object, stdout: int = subprocess.PIPE) -> "subprocess.CompletedProcess[bytes]":
    """A command in a process of its own, without a log in its environment."""
    environment = {name: value for name, value in os.environ.items() if name != "SNAGC_LOG"}
    return subprocess.run(
        [sys.executable, "-c", RUN, *map(str, words)],
        env={**environment, "PYTHONPATH": str(ROOT)},
        stdout=stdout,
        stderr=subprocess.PIPE,
        check=False,
        timeout=60,
    )
