"""Processes that work on shares, by ``dask.distributed``. Imported where work is spread, and only there.

A cluster of this machine listens on loopback alone, behind a certificate made for it, has no pages and keeps its
files in a folder that goes with it. Dask's own configuration counts for what it is about (certificates, timeouts).
"""

import asyncio
import logging
import signal
import ssl
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager
from multiprocessing import resource_tracker
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self, TypeVar

import dask
from distributed import Client, KilledWorker, LocalCluster, Security
from distributed.comm.core import FatalCommClosedError, connect

from engine.errors import RequestError, WorkersError
from replay.run.version import engine_version

Part = TypeVar("Part")
Result = TypeVar("Result")

LOOPBACK = "127.0.0.1"
AHEAD = 2
"""Shares sent for each thread of a worker: one is worked on and one waits, so that nobody waits for the next."""
ANSWER_S, WORKER_S = 10, 30
"""How long a scheduler, and then the first of its workers, is waited for."""
_QUIET = {
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": False,
}
"""No pages, nothing written to disk and nobody killed for the memory of others."""
_TALKERS = "distributed", "asyncio", "tornado"
_CERTIFICATES = {
    "tls_ca_file": "DASK_DISTRIBUTED__COMM__TLS__CA_FILE",
    "tls_client_cert": "DASK_DISTRIBUTED__COMM__TLS__CLIENT__CERT",
    "tls_client_key": "DASK_DISTRIBUTED__COMM__TLS__CLIENT__KEY",
}
_CERTIFIED = (
    f"give this command and the scheduler certificates of one authority, here by {', '.join(_CERTIFICATES.values())}"
)
_STARTED = "start dask scheduler there, with certificates for tls://, without for tcp://"


class Cluster:
    """The workers that are there; use it as a context."""

    def __init__(self, workers: int | None, scheduler: str | None) -> None:
        self._workers, self._scheduler = workers or 1, scheduler
        self._open = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            opening.enter_context(_quietly())
            self._client = opening.enter_context(_connected(self._scheduler or self._local(opening)))
            self._open = opening.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    def results(self, work: Callable[[Part], Result], shares: Iterable[Part]) -> Generator[Result, None, None]:
        """The result of each share, in order."""
        waiting = deque[tuple[Part, Any]]()
        ahead = AHEAD * self.threads
        for share in shares:
            waiting.append((share, self._client.submit(_done, work, share, engine_version(), pure=False)))
            if len(waiting) >= ahead:
                yield self._result(*waiting.popleft())
        while waiting:
            yield self._result(*waiting.popleft())

    @property
    def threads(self) -> int:
        """How many shares are worked on at once."""
        by_worker: dict[str, int] = self._client.nthreads()  # type: ignore[no-untyped-call]
        return max(sum(by_worker.values()), 1)

    def _result(self, share: Any, future: Any) -> Any:
        try:
            return self._awaited(future)
        except KilledWorker as error:
            raise WorkersError(
                f"workers were lost again and again while they had {share!r}: look at their memory"
            ) from error
        except CancelledError as error:
            raise WorkersError("the scheduler was lost: start it again, and ask again") from error
        except RuntimeError as error:
            if "deserialization" not in str(error):
                raise
            raise WorkersError("a worker cannot read what it is sent: give all the same snagc and packages") from error
        finally:
            future.release()

    def _awaited(self, future: Any) -> Any:
        """A result, for which is waited as long as there is a worker, or one comes back soon."""
        while not future.done():
            try:
                return future.result(timeout=WORKER_S)
            except TimeoutError:
                _wait_for_a_worker(self._client, self._scheduler or LOOPBACK)
        return future.result()

    def _local(self, opening: ExitStack) -> LocalCluster:
        folder = opening.enter_context(TemporaryDirectory(prefix="snagc-workers-"))
        with _ctrl_c_held_back():  # the workers inherit it: they are ended by this process, without a word
            cluster = LocalCluster(  # type: ignore[no-untyped-call]
                n_workers=self._workers, threads_per_worker=1, processes=True, memory_limit=0, host=LOOPBACK,
                protocol="tls://", security=_security(), dashboard_address=f"{LOOPBACK}:0",
                worker_dashboard_address=None, local_directory=folder, silence_logs=logging.CRITICAL,
            )  # fmt: skip
        opening.callback(cluster.close)
        return cluster


def threads_of(scheduler: str) -> int:
    """How many shares a scheduler's workers take at once."""
    with Cluster(None, scheduler) as cluster:
        return cluster.threads


def _done(work: Callable[[Part], Result], share: Part, version: str) -> Result:
    """A share's result, worked out where this is called: by a worker, which must have the very same program."""
    if engine_version() != version:
        raise WorkersError(f"a worker has snagc {engine_version()}, this is {version}: give all the same version")
    return work(share)


@contextmanager
def _connected(to: Any) -> Iterator[Client]:
    """A client of a local cluster or of the scheduler at an address."""
    named = to if isinstance(to, str) else None
    security = _certificates() if named and named.startswith("tls://") else None
    try:
        if named:
            asyncio.run(asyncio.wait_for(_greeted(named, security), ANSWER_S))
        client = Client(to, security=security, timeout=ANSWER_S, set_as_default=False)  # type: ignore[no-untyped-call]
    except (ssl.SSLError, FatalCommClosedError) as error:
        raise RequestError(f"--scheduler {named}: certificates do not agree ({error}): {_CERTIFIED}") from None
    except OSError as error:
        raise RequestError(
            f"--scheduler {named}: nobody answers there so ({str(error) or 'no word of it'}): {_STARTED}"
        ) from None
    try:
        if named:
            _wait_for_a_worker(client, named)
        yield client
    finally:
        client.close()  # type: ignore[no-untyped-call]


async def _greeted(address: str, security: Security | None) -> None:
    """Have an answer from the scheduler: a client of dask would wait for one for ever."""
    how = {} if security is None else security.get_connection_args("client")  # type: ignore[no-untyped-call]
    comm = await connect(address, timeout=ANSWER_S, **how)  # type: ignore[no-untyped-call]
    await comm.close()


def _wait_for_a_worker(client: Client, address: str) -> None:
    try:
        client.wait_for_workers(1, timeout=WORKER_S)
    except TimeoutError:
        raise RequestError(f"--scheduler {address} has no worker: start dask worker {address}") from None


def _security() -> Security:
    """A certificate for a cluster of this machine, which lives as long as it does."""
    made: Security = Security.temporary()  # type: ignore[no-untyped-call]
    return made


def _certificates() -> Security:
    """The certificates that dask's configuration names."""
    found = Security(require_encryption=True)  # type: ignore[no-untyped-call]
    files = {variable: getattr(found, name) for name, variable in _CERTIFICATES.items()}
    missing = [variable for variable, file in files.items() if not file]
    if missing:
        raise RequestError(f"a scheduler under tls:// asks for a certificate: set {', '.join(missing)}")
    for variable, file in files.items():
        if not Path(file).is_file():
            raise RequestError(f"{variable} {file}: no such file; name one in PEM")
    return found


@contextmanager
def _quietly() -> Iterator[None]:
    """Without pages, and without what dask's parts say to each other: what is wrong is said by an error."""
    loggers = [logging.getLogger(name) for name in sorted({*_TALKERS, *logging.root.manager.loggerDict})
               if name.partition(".")[0] in _TALKERS]  # fmt: skip
    levels = [each.level for each in loggers]
    with dask.config.set(_QUIET):
        try:
            for each in loggers:
                each.setLevel(logging.CRITICAL)
            yield
        finally:
            for each, level in zip(loggers, levels, strict=True):
                each.setLevel(level)


@contextmanager
def _ctrl_c_held_back() -> Iterator[None]:
    """Threads and processes that are started in here never hear Ctrl-C; this one does, at the end."""
    resource_tracker.ensure_running()  # which would let it through when it starts
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
