"""What the tests of faults share."""

from pathlib import Path

import pytest

from tests.faults.hostile_support import LAB, event
from tests.faults.tampering import sound_lines, write_log
from tests.replay.command import snagc, told
from tests.replay.reports.sheet_pairs import PAIRS, USUAL
from tests.replay.reports.test_sheet import csv_of


@pytest.fixture(scope="session")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sound log that is tampered with, signed at 20 and 30."""
    return write_log(tmp_path_factory.mktemp("sound") / "log.db", sound_lines())


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a log signed once, its key elsewhere, and lines to take in."""
    folder = tmp_path_factory.mktemp("sound")
    (folder / "log").mkdir()
    log = told().kept_at(folder / "log" / "heart.db")
    csv_of(folder, [USUAL | next(iter(PAIRS.values()))])
    (folder / "lines").write_bytes(event(LAB) + b"\n")
    assert snagc("keys", "--out", folder / "keys").exit_code == 0
    assert snagc("checkpoint", "--key", folder / "keys" / "snagc-log.key", "--log", log).exit_code == 0
    return folder
