"""What all tests share: ``pytest --long`` runs whole what is short by default."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option ``--long``."""
    parser.addoption("--long", action="store_true", help="run whole what is short by default")


@pytest.fixture(scope="session")
def long_run(request: pytest.FixtureRequest) -> bool:
    """Whether the tests run at their full length."""
    return bool(request.config.getoption("--long"))
