"""What the tests of faults share."""

from pathlib import Path

import pytest

from tests.faults.tampering import sound_lines, write_log


@pytest.fixture(scope="session")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sound log that is tampered with, signed at 20 and 30."""
    return write_log(tmp_path_factory.mktemp("sound") / "log.db", sound_lines())
