"""A simulation whose workers are killed, or that is ended itself and asked for again: the same bytes."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import pytest

from tests.replay.command import ROOT, RUN
from tests.replay.simulation.small import small_rates
from tests.replay.spread.certificates import make_certificates
from tests.replay.spread.works import workplace

REPLICATES = 8
NEARER = ROOT / "replay" / "simulation" / "policies" / "shorter_travel.toml"

pytestmark = pytest.mark.long_only


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> list[object]:
    """What is asked for."""
    rates = tmp_path_factory.mktemp("rates") / "small.toml"
    rates.write_text(small_rates().text)
    return ["simulate", "--policy", "2023-06-15", "--policy", NEARER, "--from", "2024-01-01", "--replicates",
            REPLICATES, "--seed", 7, "--rates", rates, "--json"]  # fmt: skip


@pytest.fixture(scope="module")
def alone(words: list[object], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that one process makes, undisturbed."""
    out = tmp_path_factory.mktemp("alone") / "out"
    finish(words, out)
    return out


def test_a_worker_killed_in_the_middle_changes_no_byte(words: list[object], alone: Path, tmp_path: Path) -> None:
    out, certificates = tmp_path / "out", make_certificates(tmp_path / "certificates")
    with (
        workplace(tmp_path, 2, certificates) as place,
        under_way([*words, "--scheduler", place.address], out, certificates.environment) as asking,
    ):
        place.workers[0].kill()
        assert place.workers[0].wait() == -signal.SIGKILL
        assert finished(out) < REPLICATES, "killed in the middle"
        assert asking.wait(120) == 0
    assert files(out) == files(alone)


@pytest.mark.parametrize("workers", [2, 4])
def test_however_many_work_the_bytes_are_the_same(
    words: list[object], alone: Path, tmp_path: Path, workers: int
) -> None:
    finish([*words, "--workers", workers], tmp_path / "out")
    assert files(tmp_path / "out") == files(alone)


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(("end", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -9), (signal.SIGTERM, -15)])
def test_who_is_ended_in_the_middle_goes_on_in_the_folder(
    words: list[object], alone: Path, tmp_path: Path, workers: int, end: signal.Signals, code: int
) -> None:
    out, again = tmp_path / "out", [*words, "--workers", workers]
    with under_way(again, out) as asking:
        os.kill(asking.pid, end)
        assert asking.wait(30) == code
    kept = files(out / "replicates")
    assert 2 <= len(kept) < REPLICATES
    assert not (out / "results.json").exists(), "nothing unfinished looks finished"
    finish(again, out)
    assert files(out) == files(alone)
    assert kept.items() <= files(out / "replicates").items()


def finish(words: list[object], out: Path) -> None:
    """Ask, and wait for the whole."""
    subprocess.run(command(words, out), check=True, stdout=subprocess.DEVNULL, timeout=300, env=environment({}))


@contextmanager
def under_way(words: list[object], out: Path, given: dict[str, str] | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """The command once it has finished two replicates."""
    with subprocess.Popen(command(words, out), stdout=subprocess.DEVNULL, env=environment(given or {})) as asking:
        try:
            deadline = monotonic() + 120
            while finished(out) < 2:
                assert monotonic() < deadline
                assert asking.poll() is None, "it has not ended yet"
                sleep(0.02)
            yield asking
        finally:
            asking.kill()


def command(words: list[object], out: Path) -> list[str]:
    return [sys.executable, "-c", RUN, *map(str, words), "--out", str(out)]


def environment(given: dict[str, str]) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), **given}


def finished(out: Path) -> int:
    return len(list(out.glob("replicates/*.parquet")))


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
