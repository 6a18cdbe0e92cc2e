"""Work for other processes, and a real scheduler with workers of its own to do it."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

from engine.errors import RequestError
from tests.replay.spread.certificates import Certificates

ROOT = Path(__file__).parents[3]


def doubled(number: int) -> int:
    return 2 * number


def killed_once(share: tuple[int, str]) -> int:
    """The double; whoever first works on 3 is killed over it."""
    number, flag = share
    if number == 3 and not Path(flag).exists():
        Path(flag).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return doubled(number)


def killed(number: int) -> int:
    """Whoever works on 2 is killed."""
    if number == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def refusing(number: int) -> int:
    if number == 2:
        raise RequestError("2 is refused")
    return number


@dataclass(frozen=True)
class Workplace:
    """A real scheduler on loopback, and the processes of its workers."""

    address: str
    scheduler: subprocess.Popen[bytes]
    workers: list[subprocess.Popen[bytes]]


@contextmanager
def workplace(folder: Path, workers: int = 2, certificates: Certificates | None = None) -> Iterator[Workplace]:
    """A scheduler with workers in processes of their own; with certificates it speaks TLS alone."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"{'tls' if certificates else 'tcp'}://127.0.0.1:{port}"
    words = certificates.words if certificates else []
    with ExitStack() as stack:
        program = "distributed.cli.dask_scheduler"
        its = stack.enter_context(running(program, "--host", address, "--no-dashboard", *words))
        deadline = monotonic() + 30
        while not _answers(port):
            assert monotonic() < deadline
            sleep(0.1)
        started = []
        for number in range(workers):
            where = ("--local-directory", folder / str(number), "--no-dashboard", "--nthreads", 1, "--no-nanny")
            started.append(stack.enter_context(running("distributed.cli.dask_worker", address, *where, *words)))
        yield Workplace(address, its, started)


@contextmanager
def scheduler(folder: Path) -> Iterator[str]:
    """The address of a scheduler with two workers."""
    with workplace(folder) as place:
        yield place.address


@contextmanager
def running(*words: object) -> Iterator[subprocess.Popen[bytes]]:
    """A program beside the test."""
    with subprocess.Popen(
        [sys.executable, "-m", *map(str, words)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def _answers(port: int) -> bool:
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0
