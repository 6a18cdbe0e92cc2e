"""What all tests share: the long form of those that run short by default, and code compiled once for all processes."""

import os
import sys

import pytest

from tests import long


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run whole what runs short by default")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--long") and not long.ASKED:
        long.ASKED.append(True)
    keep_compiled_code(str(config.rootpath / ".pytest_cache" / "compiled"))


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
