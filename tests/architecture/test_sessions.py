"""Sessions of tests follow each other, whatever became of the one before."""

import tempfile
from pathlib import Path

import pytest

from tests import postgres


def test_a_session_killed_before_it_had_a_server_does_not_stop_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv(postgres.FOLDER, "")
    left = tmp_path / "snagc-postgres-999999999"
    left.mkdir()
    end = postgres.name_folder()
    end()
    assert not left.exists()
