"""Those who use the service. Each keeps its own history, and asks again for whatever had no answer, under the same id.

An answer of 500 or 503 says that the fate of a request is not known: it counts as none.
"""

import json
import random
import socket
import threading
import time
from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

import httpx

from tests.faults.histories.history import Document, History, Page, Row, Run, Seen, Span, Trouble, Verdict
from tests.faults.hostile_support import DONOR, LAB, REGISTERED, event
from tests.replay.service.served import BATCH, EVENT, NDJSON, lines

CANDIDATES = 5
PAUSE_S = 0.02
PATIENCE_S = 20
Addresses = Callable[[], Sequence[str]]


def registrations() -> list[Document]:
    """The candidates of all results, and a donor."""
    names = [f"C{number}" for number in range(1, CANDIDATES + 1)]
    found = [event(REGISTERED, {"id": f"registered-{name}", "subject": f"candidate/{name}"}) for name in names]
    return [json.loads(each) for each in [*found, event(DONOR)]]


def result(source: str, number: int, value: str) -> Document:
    """A laboratory result, each at an instant of its own."""
    minutes, seconds = divmod(number, 60)
    hours, minutes = divmod(minutes, 60)
    place = {
        "source": source, "id": f"r{number}", "subject": f"candidate/C{1 + number % CANDIDATES}",
        "time": f"2024-02-{1 + hours // 24:02}T{hours % 24:02}:{minutes:02}:{seconds:02}+01:00",
    }  # fmt: skip
    found: Document = json.loads(event(LAB, place, value=value))
    return found


class Client(threading.Thread):
    """One of them: turns until it is told to stop, and the last one to its end."""

    def __init__(self, name: str, addresses: Addresses) -> None:
        super().__init__(name=name)
        self.history = History(name)
        self.dice = random.Random(name)
        self.stopping = threading.Event()
        self.failed: Exception | None = None
        self._addresses = addresses
        self._http = httpx.Client(timeout=PATIENCE_S, verify=False, trust_env=False)

    def run(self) -> None:
        try:
            with self._http:
                while not self.stopping.is_set():
                    self.turn()
                    time.sleep(self.dice.uniform(0, 2 * PAUSE_S))
                self.finish()
        except Exception as error:
            self.failed = error

    @abstractmethod
    def turn(self) -> None:
        """Something to do."""

    def finish(self) -> None:
        """What is left to do once all is quiet."""

    def asked(self, method: str, path: str, body: bytes = b"", media: str = "") -> tuple[Span, Any]:
        """The answer of any service, asked again and again until there is one."""
        while True:
            began = time.monotonic()
            answer = self._once(method, path, body, media)
            span, told = Span(began, time.monotonic()), {} if answer is None else answer.json()
            if answer is None:
                self.history.unanswered += 1
            elif "detail" not in told:
                return span, told
            else:
                self.history.troubles.append(Trouble(answer.status_code, told["detail"]))
                if answer.status_code < 500:
                    raise ValueError(told["detail"])
            time.sleep(PAUSE_S)

    def _once(self, method: str, path: str, body: bytes, media: str) -> httpx.Response | None:
        addresses = self._addresses()
        if not addresses:
            return None
        headers = {"Content-Type": media} if media else {}
        address = f"{self.dice.choice(addresses)}/api/v1{path}"
        try:
            return self._http.request(method, address, content=body, headers=headers)
        except httpx.HTTPError:
            return None

    def send(self, events: Sequence[Document], kind: str) -> None:
        """Send events until they are answered."""
        self.history.sent += events
        if kind == EVENT:
            body = json.dumps(events[0]).encode()
        else:
            body = json.dumps(events).encode() if kind == BATCH else lines(events)
        span, told = self.asked("POST", "/events", body, kind)
        verdicts = [told] if kind == EVENT else told["verdicts"]
        for each, verdict in zip(events, verdicts, strict=True):
            self.history.verdicts.append(Verdict(span, each, verdict["status"], verdict["position"]))


class Producer(Client):
    """Sends results one by one, as batches and as lines; some of it a rival sends too, or contradicts."""

    number = 0

    def turn(self) -> None:
        kind = self.dice.choice((EVENT, EVENT, BATCH, NDJSON))
        self.send([self._next() for _ in range(1 if kind == EVENT else self.dice.randint(1, 20))], kind)

    def _next(self) -> Document:
        self.number += 1
        if self.number % 4 == 0:
            value = f"{10 + self.dice.randint(0, 1)}" if self.number % 8 == 0 else "17.1"
            return result("/histories/shared", self.number, value)
        return result(f"/histories/{self.name}", self.number, f"{10 + self.number % 90}.5")


class Coordinator(Client):
    """Offers grafts, some twice."""

    def turn(self) -> None:
        name = f"{self.name}-{len(self.history.offered)}"
        self.history.offered.append(name)
        for _ in range(self.dice.randint(1, 2)):
            span, run = self.asked(
                "POST", "/offers", json.dumps({"offer": name, "donor": "D1"}).encode(), "application/json"
            )
            self.history.runs.append(run_of(span, run))
        time.sleep(0.2)


class Follower(Client):
    """Follows the log from its beginning, and at the end to its end."""

    position = 0

    def turn(self) -> None:
        """Wait for the next events."""
        self._page(wait=self.dice.randint(0, 1))

    def finish(self) -> None:
        while self._page(wait=0):
            pass

    def _page(self, wait: int) -> bool:
        """Whether there was anything more."""
        path = f"/events?after={self.position}&limit={self.dice.choice((3, 100, 1000))}&wait={wait}"
        span, told = self.asked("GET", path)
        rows = tuple(Row(each["position"], each["event"]) for each in told["events"])
        self.history.pages.append(Page(span, self.position, rows, told["head"]))
        self.position = rows[-1].position if rows else self.position
        return bool(rows)


class Reader(Client):
    """Reads the national list, and runs of offers that it finds."""

    def turn(self) -> None:
        span, told = self.asked("GET", "/list?at=2024-07-01&known_at=now")
        self.history.seen.append(Seen(span, told["known_at"]))
        if told["counter"] > 1:
            _, offers = self.asked("GET", "/offers")
            name = self.dice.choice(offers["offers"])["offer"]
            self.history.runs.append(run_of(*self.asked("GET", f"/offers/{name}/match-run")))
        time.sleep(0.1)


class Vanishing(Client):
    """Goes away in the middle of a body, whole lines of it sent."""

    number = 0

    def turn(self) -> None:
        some = [result(f"/histories/{self.name}", self.number + each, "12") for each in range(3)]
        self.number += len(some)
        self.history.half += some
        self._leave(lines(some) + b'{"specversion":')
        time.sleep(0.2)

    def _leave(self, body: bytes) -> None:
        addresses = self._addresses()
        if not addresses:
            return
        at = urlsplit(self.dice.choice(addresses))
        head = f"POST /api/v1/events HTTP/1.1\r\nHost: {at.netloc}\r\nContent-Type: {NDJSON}\r\n"
        try:
            with socket.create_connection((at.hostname, at.port), timeout=5) as connection:
                connection.sendall(f"{head}Content-Length: {len(body) + 100}\r\n\r\n".encode() + body)
        except OSError:
            self.history.unanswered += 1


def run_of(span: Span, run: Document) -> Run:
    """What is kept of a run that was told."""
    return Run(span, run["offer"], run["digest"], run["counter"], run["known_at"])


KINDS: tuple[type[Client], ...] = (
    Producer, Producer, Producer, Producer, Coordinator, Coordinator, Follower, Follower, Reader, Reader, Vanishing,
)  # fmt: skip
