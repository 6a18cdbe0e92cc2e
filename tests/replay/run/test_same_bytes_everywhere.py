"""The same log ranks to the same bytes under another decimal library, hash seed, time zone and locale."""

import os
import random
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from engine.intake.intake import Intake, Submission
from engine.log.eventlog import EventLog
from tests.independent.worlds import random_world
from tests.long import examples
from tests.projections.support import CLOCK
from tests.support import offers_in

ROOT = Path(__file__).parents[3]
PURE_DECIMAL = "import sys, _pydecimal; sys.modules['decimal'] = _pydecimal; "
COMMAND = "from replay.cli.app import app; app()"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A log of a random world, and its first offer."""
    events = random_world(random.Random(20), 12)
    path = str(tmp_path_factory.mktemp("logs") / "world.db")
    log = EventLog.open(path, create=True)
    lines = [Submission(number, orjson.dumps(event)) for number, event in enumerate(events, 1)]
    verdicts = Intake(log, now=lambda: CLOCK, imported=True).take(lines)
    assert {verdict.status for verdict in verdicts} == {"accepted"}
    log.close()
    return path, offers_in(events)[0]


@pytest.fixture(scope="module")
def plain(world: tuple[str, str]) -> dict[str, bytes]:
    """What the commands print here."""
    return {command: answer(world, command) for command in ("rank", "list")}


def answer(world: tuple[str, str], command: str, prelude: str = "", **environment: str) -> bytes:
    """What a command prints in a process of its own."""
    path, offer = world
    words = {
        "rank": [offer],
        "explain": [offer, "C1"],
        "list": ["--at", "2026-01-01T12:00:00+01:00", "--known-at", "now"],
    }
    done = subprocess.run(
        [sys.executable, "-c", prelude + COMMAND, command, *words[command], "--log", path, "--json"],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


@pytest.mark.parametrize("command", ["rank", "list"])
def test_libmpdec_and_pure_python_decimals_give_the_same_bytes(
    world: tuple[str, str], plain: dict[str, bytes], command: str
) -> None:
    assert answer(world, command, PURE_DECIMAL) == plain[command]


def test_the_pure_python_prelude_really_replaces_the_decimal_module() -> None:
    check = (
        PURE_DECIMAL + "from engine.quantities import Decimal; print(Decimal.__module__, Decimal is _pydecimal.Decimal)"
    )
    done = subprocess.run([sys.executable, "-c", check], cwd=ROOT, capture_output=True, check=True)
    assert done.stdout.split()[1] == b"True"


@pytest.mark.parametrize("command", ["rank", "list"])
@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONHASHSEED": "4242", "TZ": "America/Los_Angeles", "LC_ALL": "C"},
        {"PYTHONOPTIMIZE": "1", "PYTHONTZPATH": "/nonexistent"},
        {"PYTHONHASHSEED": "1", "TZ": "Asia/Kathmandu"},
    ][: examples(2, 3)],
)
def test_hash_seed_time_zone_and_locale_do_not_matter(
    world: tuple[str, str], plain: dict[str, bytes], command: str, environment: dict[str, str]
) -> None:
    assert answer(world, command, **environment) == plain[command]
