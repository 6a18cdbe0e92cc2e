"""The same log ranks to the same bytes under another decimal library, hash seed, time zone and locale."""

import os
import random
import subprocess
import sys
from itertools import product

import orjson
import pytest

from engine.intake.intake import Intake, Submission
from engine.log.eventlog import EventLog
from tests.independent.worlds import random_world
from tests.long import examples
from tests.projections.support import CLOCK
from tests.replay.command import ROOT, RUN, snagc
from tests.support import offers_in

PURE_DECIMAL = "import sys, _pydecimal; sys.modules['decimal'] = _pydecimal; "


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
    return {command: snagc(*words_of(world, command)).stdout_bytes for command in ("rank", "list")}


def words_of(world: tuple[str, str], command: str) -> list[str]:
    """A whole command."""
    path, offer = world
    words = {"rank": [offer], "list": ["--at", "2026-01-01T12:00:00+01:00", "--known-at", "now"]}
    return [command, *words[command], "--log", path, "--json"]


def answer(world: tuple[str, str], command: str, prelude: str = "", **environment: str) -> bytes:
    """What a command prints in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", prelude + RUN, *words_of(world, command)],
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


ENVIRONMENTS = [
    {"PYTHONHASHSEED": "4242", "TZ": "America/Los_Angeles", "LC_ALL": "C"},
    {"PYTHONOPTIMIZE": "1", "PYTHONTZPATH": "/nonexistent"},
    {"PYTHONHASHSEED": "1", "TZ": "Asia/Kathmandu"},
]


@pytest.mark.parametrize(
    ("command", "environment"), [*product(("rank", "list"), ENVIRONMENTS)][: examples(5, 6) : examples(4, 1)]
)
def test_hash_seed_time_zone_and_locale_do_not_matter(
    world: tuple[str, str], plain: dict[str, bytes], command: str, environment: dict[str, str]
) -> None:
    assert answer(world, command, **environment) == plain[command]
