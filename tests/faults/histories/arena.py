"""Services on one log, each a process of `snagc serve`, and the clients at them."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile

from tests.faults.histories.checker import RUN, judge
from tests.faults.histories.clients import KINDS, Client, registrations
from tests.faults.histories.history import History, Row, Span, Verdict
from tests.intake.support import documents, is_undamaged, opened, positions
from tests.replay.command import ROOT, asked, snagc
from tests.replay.service.served import lines

CLOCKED = """
import sys
from pathlib import Path
from replay.service import service
real, by = service.now, Path(sys.argv.pop(1))
service.now = lambda: real() + int(by.read_text()) * 1_000_000
from replay.cli.app import app
app()
"""
"""`snagc serve` whose clock goes wrong by the seconds in a file."""
READY_S = 60


class Service:
    """One of the services, started again after each end."""

    def __init__(self, log: str, folder: Path) -> None:
        clocked = [sys.executable, "-c", CLOCKED, str(folder / "clock")]
        self._command = [*clocked, "serve", "--open", "--log", log, "--port", "0"]
        self._folder, self._told = folder, TemporaryFile("w+")  # noqa: SIM115  (it lives as long as the service)
        self.address = ""
        self.start()

    def start(self) -> None:
        """Start it; it is ready later."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SNAGC_")}
        environment = {**kept, "PYTHONPATH": str(ROOT), "XDG_CONFIG_HOME": str(self._folder)}
        self._process = subprocess.Popen(
            self._command, stdout=subprocess.PIPE, stderr=self._told, text=True, env=environment,
        )  # fmt: skip

    def wait(self) -> bool:
        """Until it is ready, started again where it could not be."""
        until = time.monotonic() + READY_S
        while time.monotonic() < until:
            assert self._process.stdout is not None
            if (ready := self._process.stdout.readline()).startswith("snagc: serving "):
                self.address = ready.split()[-1]
                return True
            self.kill()
            time.sleep(0.2)
            self.start()
        return False

    def kill(self) -> None:
        """Kill -9."""
        self.address = ""
        self._end(signal.SIGKILL)

    def close(self) -> None:
        """End it in good order; whatever was done to it, nothing went wrong inside."""
        self._end(signal.SIGTERM)
        said = self.errors()
        self._told.close()
        for line in said.splitlines():
            if '"internal error"' in line and '"LogError"' not in line:
                print(line)
        assert "Traceback" not in said, said[said.index("Traceback") :][:2000]

    def _end(self, number: int) -> None:
        self._process.send_signal(number)
        self._process.communicate(timeout=60)

    def errors(self) -> str:
        """What it has said, of each of its lives."""
        self._told.seek(0)
        return self._told.read()


class Arena:
    """A log with services and clients."""

    def __init__(self, log: str, folder: Path, size: int) -> None:
        self.log, self.folder = log, folder
        (folder / "clock").write_text("0")
        self.services = [Service(log, folder) for _ in range(size)]
        for service in self.services:
            assert service.wait(), service.errors()
        self.clients: list[Client] = [kind(f"{kind.__name__}{n}", self.addresses) for n, kind in enumerate(KINDS)]

    def addresses(self) -> Sequence[str]:
        """Where somebody answers."""
        return [service.address for service in self.services if service.address]

    def run(self) -> None:
        """Let the clients begin."""
        for client in self.clients:
            client.start()

    def stop(self) -> None:
        """Tell the clients to end, those who follow last."""
        writers = [client for client in self.clients if client.name[:8] != "Follower"]
        for some in (writers, [client for client in self.clients if client not in writers]):
            for client in some:
                client.stopping.set()
            for client in some:
                client.join(120)

    def close(self) -> None:
        """End all."""
        for client in self.clients:
            client.stopping.set()
        for service in self.services:
            service.close()


@contextmanager
def arena(log: str, folder: Path, size: int = 2) -> Iterator[Arena]:
    """Services and clients at work on a log, and once the block has ended the judgement over them."""
    begun = taken_before(log)
    found = Arena(log, folder, size)
    try:
        found.run()
        yield found
        found.stop()
        assert [(client.name, client.failed) for client in found.clients if client.failed or client.is_alive()] == []
    finally:
        found.close()
    check(log, [begun, *(client.history for client in found.clients)])


def taken_before(log: str) -> History:
    """The candidates and a donor, taken in by command line."""
    begun = History("before", sent=registrations())
    told = snagc("ingest", "-", "--json", "--log", log, given=lines(begun.sent)).stdout.splitlines()
    for event, verdict in zip(begun.sent, map(json.loads, told), strict=True):
        begun.verdicts.append(Verdict(Span(0, 0), event, verdict["status"], verdict["position"]))
    return begun


def check(log: str, histories: Sequence[History]) -> None:
    """The histories are those of one log that lost nothing, and that log is whole."""
    with opened(log, create=False) as stored:
        rows = [Row(*row) for row in zip(positions(log), documents(stored), strict=True)]
    print("", *counts(histories, rows), sep="\n")
    found = judge(histories, rows)
    assert not found, "\n".join(f"{rule}: {each}" for rule, some in found.items() for each in some[:5])
    assert asked("verify", "--log", log)["whole"]
    assert is_undamaged(log)
    audit = asked("audit", "--log", log)
    assert audit["identical"] == sum(row.event["type"] == RUN for row in rows)


def counts(histories: Sequence[History], rows: Sequence[Row]) -> Iterator[str]:
    """What happened, in figures."""
    statuses = Counter(verdict.status for history in histories for verdict in history.verdicts)
    yield f"{len(rows)} events, {sum(row.event['type'] == RUN for row in rows)} offers; answers {dict(statuses)}"
    yield (
        f"{sum(history.unanswered for history in histories)} requests without an answer, "
        f"{sum(len(history.pages) for history in histories)} pages, {sum(len(h.seen) for h in histories)} lists read"
    )
    for trouble, times in Counter(each for history in histories for each in history.troubles).most_common(12):
        yield f"{times} x {trouble.status} {trouble.detail}"
