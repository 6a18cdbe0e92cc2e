"""What all tests share: the long form of those that run short by default, and what costs much, made once."""

import os
import sys
from functools import cache

import pytest
import typer.main
import typer.testing

from tests import long


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run whole what runs short by default")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--long") and not long.ASKED:
        long.ASKED.append(True)
    vars(typer.testing)["_get_command"] = cache(typer.main.get_command)  # built once, not for each of 5,000 calls
    keep_compiled_code(str(config.rootpath / ".pytest_cache" / "bytecode"))


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
