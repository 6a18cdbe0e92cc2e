"""What all tests share: the long form of those that run short by default."""

import pytest

from tests import long


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run whole what runs short by default")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--long") and not long.ASKED:
        long.ASKED.append(True)


@pytest.fixture(scope="session")
def long_run(request: pytest.FixtureRequest) -> bool:
    """Whether the tests that run short by default shall run whole."""
    return bool(request.config.getoption("--long"))
