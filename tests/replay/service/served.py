"""A service as it runs: a process of its own on a free port of loopback, and a client to it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from select import select
from tempfile import TemporaryFile
from typing import IO, Any

import httpx

from tests.replay.command import ROOT, RUN

EVENT, BATCH, NDJSON = "application/cloudevents+json", "application/cloudevents-batch+json", "application/x-ndjson"
PATIENCE_S = 120
"""How long a service may take to say that it is ready."""
NO_TLS = False
"""Services here speak plain HTTP; a client that reads the certificates of the world takes 20 ms for it."""
WORKED = ROOT / "fixtures" / "worked_example" / "events.ndjson"


@dataclass(frozen=True)
class Served:
    """A running service: its process, its log, where it is, and a client of its API."""

    process: "subprocess.Popen[str]"
    told: IO[str]
    """What it says on standard error: a file, for a pipe that nobody reads would stop it."""
    log: Path
    """Where it is, where it is a file."""
    address: str
    client: httpx.Client

    def get(self, path: str, **query: Any) -> httpx.Response:
        """Ask."""
        return self.client.get(path, params=query or None)

    def send(self, event: Mapping[str, Any] | bytes, media: str = EVENT) -> httpx.Response:
        """Send one event, or bytes of any kind."""
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        return self.client.post("/events", content=body, headers={"Content-Type": media})

    def end(self) -> tuple[int, str, str]:
        """Tell it to end: its exit code and what it had to say."""
        self.process.send_signal(signal.SIGTERM)
        said, _ = self.process.communicate(timeout=60)
        return self.process.returncode, said, self.errors()

    def errors(self) -> str:
        """What it has said on standard error so far."""
        self.told.seek(0)
        return self.told.read()


@contextmanager
def serving(log: Path | str, *words: str, env: Mapping[str, str] | None = None) -> Iterator[Served]:
    """An open service over a log, unless other words say how it is to be started."""
    command = [sys.executable, "-c", RUN, "serve", "--log", str(log), "--port", "0", *(words or ("--open",))]
    with started(command, log, env) as served:
        yield served


@contextmanager
def bounded(log: Path, **limits: int) -> Iterator[Served]:
    """An open service that takes little, and has little patience."""
    run = (
        "import sys; from replay.service import config, server, service; from engine.log.eventlog import EventLog; "
        "EventLog.open(sys.argv[1], create=True).close(); server.HEADER_SECONDS = 1; "
        f"limits = config.LimitsSection.model_construct(**(config.LimitsSection().model_dump() | {limits!r})); "
        "setting = service.Setting(sys.argv[1], bounds=limits); "
        "server.serve(setting, '127.0.0.1', 0, lambda at: print('snagc: serving on', at, flush=True))"
    )
    with started([sys.executable, "-c", run, str(log)], log) as served:
        yield served


@contextmanager
def started(command: list[str], log: Path | str, env: Mapping[str, str] | None = None) -> Iterator[Served]:
    """A service by a command of one's own."""
    with TemporaryFile("w+", encoding="utf-8") as told:
        process = _process(command, log, env or {}, told)
        try:
            assert process.stdout is not None
            assert select([process.stdout], [], [], PATIENCE_S)[0], "it does not say that it is ready"
            ready = process.stdout.readline()
            assert ready.startswith("snagc: serving "), (ready, told.seek(0), told.read())
            address = ready.split()[-1]
            with httpx.Client(base_url=f"{address}/api/v1", timeout=60, verify=NO_TLS) as client:
                yield Served(process, told, Path(log), address, client)
        finally:
            if process.poll() is None:
                process.terminate()
            process.communicate(timeout=60)


def _process(command: list[str], log: Path | str, env: Mapping[str, str], told: IO[str]) -> "subprocess.Popen[str]":
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SNAGC_")}
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=told, text=True, encoding="utf-8",
        env={**kept, "PYTHONPATH": str(ROOT), "XDG_CONFIG_HOME": str(Path(log).parent), **env},
    )  # fmt: skip


def worked_events(*, live: bool = True) -> list[dict[str, Any]]:
    """The events of the worked example; ``live``: as their senders sent them."""
    events = [json.loads(line) for line in WORKED.read_text(encoding="utf-8").splitlines()]
    sent = [event for event in events if not live or event["type"] != "snagc.match-run.recorded.v1"]
    return [{name: value for name, value in event.items() if not live or name != "recordedtime"} for event in sent]


def lines(events: Sequence[Mapping[str, Any]]) -> bytes:
    """Events as NDJSON."""
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)
