"""What all tests share: the long form of those that run short by default, and what costs much, made once."""

import os
import shutil
import sys
import tempfile
from functools import cache
from pathlib import Path

import pytest
import typer.main
import typer.testing

from tests import long

MEMORY, ROOM = Path("/dev/shm"), 2 << 30


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run whole what runs short by default")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--long") and not long.ASKED:
        long.ASKED.append(True)
    if not long.ASKED:
        keep_files_in_memory()
    vars(typer.testing)["_get_command"] = cache(typer.main.get_command)  # built once, not for each of 5,000 calls
    keep_compiled_code(str(config.rootpath / ".pytest_cache" / "bytecode"))


def keep_files_in_memory() -> None:
    """Short tests write files in memory, where there is much: a disk is waited for at each of 20,000 transactions."""
    if "TMPDIR" not in os.environ and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM:
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)


def keep_compiled_code(folder: str) -> None:
    """Where Python was told to keep none, each of the hundreds of processes started would compile all sources anew."""
    if sys.dont_write_bytecode:
        sys.dont_write_bytecode, sys.pycache_prefix = False, folder
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = folder


@pytest.fixture(scope="session")
def long_run(request: pytest.FixtureRequest) -> bool:
    """Whether the tests that run short by default shall run whole."""
    return bool(request.config.getoption("--long"))
