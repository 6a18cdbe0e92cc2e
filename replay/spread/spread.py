"""How shares of a long work are done: here, by processes of this machine, or by the workers of a dask scheduler.

What is asked for is checked here and ``dask`` is loaded only where it is used: a command that spreads nothing starts
as fast as ever. A scheduler runs whatever it is sent and whoever reaches it may send: away from loopback it must be
one that knows its clients by certificate (``tls://``).
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TypeVar
from urllib.parse import urlsplit

from engine.errors import RequestError

Part = TypeVar("Part")
Result = TypeVar("Result")

_REMEDY = "name tls://HOST:PORT, or tcp:// on loopback as tcp://127.0.0.1:8786"


@dataclass(frozen=True, slots=True)
class Spread:
    """Who works: so many processes of this machine, or those that a scheduler has; by default this process alone."""

    workers: int | None = None
    scheduler: str | None = None

    @classmethod
    def asked(cls, workers: int | None, scheduler: str | None) -> "Spread":
        """What --workers and --scheduler ask for; RequestError where it is neither one nor the other, or not safe."""
        if workers is not None and scheduler is not None:
            raise RequestError("--workers starts processes here, --scheduler names others' workers: give one of them")
        if workers is not None and workers < 1:
            raise RequestError(f"--workers {workers}: give at least 1")
        if scheduler is not None:
            _check_address(scheduler)
        return cls(workers, scheduler)

    @property
    def elsewhere(self) -> bool:
        """Whether other processes do the work."""
        return self.scheduler is not None or (self.workers or 1) > 1

    @property
    def size(self) -> int:
        """How many processes work; those of a scheduler are asked for."""
        if self.scheduler is None:
            return self.workers or 1
        from replay.spread.cluster import threads_of

        return threads_of(self.scheduler)

    def results(self, work: Callable[[Part], Result], shares: Iterable[Part]) -> Iterator[Result]:
        """The result of each share, in order, as they are done; who stops early leaves nothing running.

        ``work`` is a pure function of a module that the workers have too: a share whose worker is lost is done again.
        """
        if not self.elsewhere:
            yield from map(work, shares)
            return
        from replay.spread.cluster import Cluster

        with Cluster(self.workers, self.scheduler) as cluster, closing(cluster.results(work, shares)) as found:
            yield from found


HERE = Spread()
"""Nobody else works."""


def _check_address(address: str) -> None:
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise RequestError(f"--scheduler {address}: {error}; {_REMEDY}") from None
    if parts.scheme not in ("tcp", "tls"):
        raise RequestError(f"--scheduler {address}: no scheme that is known; {_REMEDY}")
    if not host or not port or parts.path or parts.query or parts.username:
        raise RequestError(f"--scheduler {address}: a host and a port are needed, and no more; {_REMEDY}")
    if parts.scheme == "tcp" and not _is_loopback(host):
        raise RequestError(
            f"--scheduler {address}: {host} is not loopback, and a scheduler runs whatever it is sent; {_REMEDY}"
        )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
