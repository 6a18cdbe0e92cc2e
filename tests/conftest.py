"""What all tests share: the long form of those that run short by default, and what costs much, made once."""

import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from functools import cache, partial
from itertools import count
from pathlib import Path

import pytest
import typer.main
import typer.testing
import xdist
from xdist.scheduler import LoadFileScheduling, WorkStealingScheduling

from tests import long, postgres

SERVICE = "tests/replay/service/"
MEMORY, ROOM = Path("/dev/shm"), 2 << 30
for name in ("PYTHONUNBUFFERED", "PYTHONIOENCODING", "PYTHONUTF8"):  # processes behave as where nobody has set them
    os.environ.pop(name, None)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run whole what runs short by default")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--long") and not long.ASKED:
        long.ASKED.append(True)
    if not long.ASKED:
        keep_files_in_memory()
    vars(typer.testing)["_get_command"] = cache(typer.main.get_command)  # built once, not for each of 5,000 calls
    if not hasattr(config, "workerinput"):
        config.add_cleanup(postgres.name_folder())
    keep_compiled_code()
    collect_from_both_ends(config, getattr(config, "workerinput", {"workerid": "gw0"})["workerid"])


def keep_files_in_memory() -> None:
    """Short tests write files in memory, where there is much: a disk is waited for at each of 20,000 transactions."""
    if "TMPDIR" not in os.environ and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM:
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)


def keep_compiled_code() -> None:
    """Where Python was told to keep none, each of the hundreds of processes started would compile all sources anew."""
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def collect_from_both_ends(config: pytest.Config, worker: str) -> None:
    """Every second worker reads the folders from the last to the first: a new checkout's files are compiled once."""
    if int(worker.removeprefix("gw")) % 2 and config.args == config.getini("testpaths"):
        folders = [path for top in config.args for path in Path(top).iterdir() if path.is_dir() and path.name.isalpha()]
        config.args = [str(path) for path in sorted(folders, reverse=True)]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = [] if long.ASKED else [item for item in items if item.get_closest_marker("long_only")]
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)
    if hasattr(config, "workerinput"):
        last_files_first(items)


def last_files_first(items: list[pytest.Item]) -> None:
    """The long tests (service, command line, faults) begin; many short ones (annexes) fill the end of all workers."""
    items.sort(key=lambda item: item.path.parts, reverse=True)


class WholeFiles(LoadFileScheduling):  # type: ignore[misc]
    """A file goes to one worker whole, and so do the files about the service: what their tests share is made once."""

    def _split_scope(self, nodeid: str) -> str:
        return SERVICE if nodeid.startswith(SERVICE) else str(super()._split_scope(nodeid))


def pytest_xdist_make_scheduler(
    config: pytest.Config, log: xdist.remote.Producer
) -> WholeFiles | WorkStealingScheduling:
    """How tests are given to workers; with --long, where one may take as long as many files, each for itself."""
    return WorkStealingScheduling(config, log) if long.ASKED else WholeFiles(config, log)


def pytest_collection_finish() -> None:
    """What was collected stays to the end: no look for garbage, of which some tests ask many, goes through it again."""
    gc.freeze()


@pytest.fixture(scope="session")
def server() -> postgres.Server:
    """The session's PostgreSQL server."""
    return postgres.session_server()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "new_place" in metafunc.fixturenames:
        short = metafunc.definition.get_closest_marker("on_files_unless_long") and not long.ASKED
        metafunc.parametrize("new_place", ["file"] if short else ["file", "database"], indirect=True)


@pytest.fixture
def new_place(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """What gives the location of a new log each time it is called, in either store: a test with it runs on both."""
    if request.param == "file":
        numbers = count(1)
        return lambda: str(tmp_path / f"heart{next(numbers)}.db")
    found: postgres.Server = request.getfixturevalue("server")

    def new_log() -> str:
        address = found.new_log()
        request.addfinalizer(partial(found.drop, address))
        return address

    return new_log


@pytest.fixture
def place(new_place: Callable[[], str]) -> str:
    """The location of one new log, in either store."""
    return new_place()


@pytest.fixture(scope="session")
def long_run(request: pytest.FixtureRequest) -> bool:
    """Whether the tests that run short by default shall run whole."""
    return bool(request.config.getoption("--long"))
