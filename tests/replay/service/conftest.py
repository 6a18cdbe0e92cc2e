"""Services over the worked example, each started once."""

from collections.abc import Iterator

import pytest

from tests.replay.command import snagc
from tests.replay.service.guarded import Guarded, guarded
from tests.replay.service.served import WORKED, Served, serving


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An open service over the worked example, with one refused input; those who use it add nothing."""
    folder = tmp_path_factory.mktemp("served")
    log = folder / "heart.db"
    assert snagc("ingest", "--import", WORKED, "--log", log).exit_code == 0
    assert snagc("ingest", "-", "--log", log, given=b'{"specversion":"1.0"}\n').exit_code == 3
    key = folder / "keys"
    assert snagc("keys", "--out", key, "--name", "example.org/heart").exit_code == 0
    assert snagc("checkpoint", "--log", log, "--key", key / "example.org_heart.key").exit_code == 0
    with serving(log) as running:
        yield running


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """One that takes tokens; those who use it may add what changes no answer about what was there."""
    with guarded(tmp_path_factory.mktemp("guarded")) as running:
        yield running
