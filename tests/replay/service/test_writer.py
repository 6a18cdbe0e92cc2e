"""The one writer: who waits has a turn between the parts of a batch, and what ails one request is no other's."""

import asyncio
import io
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from engine.errors import LostLogError, RequestError
from engine.intake.feeds.formats import FHIR
from engine.intake.feeds.patients import write_patients
from engine.intake.verdicts import Verdict
from engine.log.store import is_database
from replay.service import feeding, works, writer
from replay.service.answers import Problem
from replay.service.memory import Held
from replay.service.sending import Rights
from replay.service.viewer import OPEN
from replay.service.works import Room, Steps, Work
from replay.service.writer import Writer
from tests.intake.feeds.support import PATIENTS, fhir, observation
from tests.intake.support import NOW, identities, opened
from tests.log.test_copying import lab

GATE = Rights(OPEN)


class Noted:
    """What the writer tells of."""

    def __init__(self) -> None:
        self.verdicts: list[Verdict] = []
        self.heads: list[int] = []

    def verdict(self, verdict: Verdict) -> None:
        self.verdicts.append(verdict)

    def run(self, seconds: float) -> None:
        raise AssertionError("nothing is offered here")

    def head(self, head: int) -> None:
        self.heads.append(head)


@pytest.fixture
def parts_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch is taken two events, or messages, at a time."""
    monkeypatch.setattr(works, "PART", 2)
    monkeypatch.setattr(feeding, "TOGETHER", 2)


def batch(*numbers: int) -> Work:
    return works.batch(io.BytesIO(b"".join(lab(number) + b"\n" for number in numbers)), GATE, array=False)


def single(number: int) -> Work:
    return works.single(io.BytesIO(lab(number)), GATE)


def result(number: int) -> dict[str, Any]:
    return observation(identifier=[{"system": "urn:oid:1.2.250.1.99.9", "value": f"R{number}"}])


def once(act: Callable[[Room], object]) -> Work:
    """Work of one step."""

    def steps(room: Room) -> Steps:
        yield from ()
        return act(room)

    return Work(steps)


def broken(_: Room) -> None:
    raise OSError("no medium")


def asked_of(place: str, works_of: Callable[["Writer", Held], Sequence[Work]], told: Noted | None = None) -> list[Any]:
    """The answers to works that all wait before the writer begins with the first, or why there is none."""

    async def answers() -> list[Any]:
        held, begin = Held(place, ()), threading.Event()
        one = Writer(held, lambda: NOW, told or Noted())
        try:
            asking = [asyncio.ensure_future(one.do(once(lambda _: begin.wait(60))))]
            asking += [asyncio.ensure_future(one.do(work)) for work in works_of(one, held)]
            await asyncio.sleep(0)
            begin.set()
            return (await asyncio.gather(*asking, return_exceptions=True))[1:]
        finally:
            begin.set()
            one.close()

    return asyncio.run(answers())


def ids(place: str) -> list[str]:
    """Of all events, by position."""
    with opened(place, create=False) as log:
        return [id_ for _, id_ in identities(log)]


def statuses(verdicts: Sequence[Verdict]) -> list[tuple[str, int | None]]:
    return [(verdict.status, verdict.position) for verdict in verdicts]


@pytest.fixture
def log(place: str) -> str:
    """An empty log in either store."""
    with opened(place):
        return place


@pytest.mark.usefixtures("parts_of_two")
def test_who_waits_has_a_turn_between_two_parts_of_a_batch_and_hears_of_it_first(log: str) -> None:
    told = Noted()
    many, one = asked_of(log, lambda *_: [batch(1, 2, 3, 4, 5), single(9)], told)
    assert statuses(many) == [("accepted", position) for position in (1, 2, 4, 5, 6)]
    assert statuses([one]) == [("accepted", 3)]
    assert [verdict.position for verdict in told.verdicts] == [1, 2, 3, 4, 5, 6]
    assert [head for head in told.heads if head] == [2, 3, 5, 6, 6]


@pytest.mark.usefixtures("parts_of_two")
def test_a_batch_goes_on_though_the_log_is_opened_anew_after_anothers_failure(log: str) -> None:
    failed, many = asked_of(log, lambda *_: [once(broken), batch(1, 2)])
    assert isinstance(failed, OSError)
    assert statuses(many) == [("accepted", 1), ("accepted", 2)]
    many, failed, one = asked_of(log, lambda *_: [batch(2, 3, 4, 5, 6), once(broken), single(9)])
    assert isinstance(failed, OSError)
    assert statuses(many) == [("duplicate", 2), ("accepted", 3), *(("accepted", place) for place in (5, 6, 7))]
    assert statuses([one]) == [("accepted", 4)]
    assert len(ids(log)) == 7


@pytest.mark.usefixtures("parts_of_two")
def test_a_feed_goes_on_though_the_log_is_opened_anew_after_anothers_failure(log: str, tmp_path: Path) -> None:
    write_patients(tmp_path / "patients.csv", PATIENTS)
    mapping = feeding.Mapping(tmp_path / "patients.csv", ignore_unknown=False)
    body = b"\n".join(fhir(result(number)) for number in range(5))
    fed, failed = asked_of(log, lambda *_: [feeding.feed(body, FHIR, mapping, GATE), once(broken)])
    assert isinstance(failed, OSError)
    found = [verdict for answer in fed for verdict in answer.verdicts]
    assert statuses(found) == [("accepted", position) for position in range(1, 6)]
    assert [verdict.line for verdict in found] == [1, 2, 3, 4, 5]


def replaced(path: Path, other: Path) -> None:
    """Have another log, nothing of which waits beside it, stand at a log's name; what lies beside that goes with it."""
    for ending in ("", "-wal", "-shm"):
        if (each := Path(f"{path}{ending}")).exists():
            each.rename(f"{path.with_name('old.db')}{ending}")
    other.rename(path)


@pytest.mark.usefixtures("parts_of_two")
@pytest.mark.parametrize("before", [0, 3])
def test_a_batch_whose_log_was_replaced_under_way_is_not_acknowledged_and_is_taken_when_sent_again(
    tmp_path: Path, before: int
) -> None:
    path, other = tmp_path / "log.db", tmp_path / "other.db"
    with opened(path), opened(other):
        pass
    asked_of(str(other), lambda *_: [single(100 + number) for number in range(before)])
    many, _ = asked_of(str(path), lambda *_: [batch(1, 2, 3, 4), once(lambda _: replaced(path, other))])
    assert isinstance(many, LostLogError)
    assert "first 2 of these events" in str(many)
    (again,) = asked_of(str(path), lambda *_: [batch(1, 2, 3, 4)])
    assert statuses(again) == [("accepted", before + number) for number in range(1, 5)]


@pytest.mark.usefixtures("parts_of_two")
def test_a_batch_of_which_nothing_was_taken_yet_goes_on_in_a_log_that_was_replaced(tmp_path: Path) -> None:
    path, other = tmp_path / "log.db", tmp_path / "other.db"
    with opened(path), opened(other):
        pass
    body = io.BytesIO(b"\n".join([b"one", b"two", lab(1)]))
    many, _ = asked_of(
        str(path), lambda *_: [works.batch(body, GATE, array=False), once(lambda _: replaced(path, other))]
    )
    assert statuses(many) == [("refused", None), ("refused", None), ("accepted", 1)]


def test_what_the_writer_works_with_is_kept_from_one_work_to_the_next(log: str) -> None:
    first, _, second, failed, third = asked_of(log, lambda *_: [
        once(lambda room: room), single(1), once(lambda room: room), once(broken), once(lambda room: room),
    ])  # fmt: skip
    assert isinstance(failed, OSError)
    assert first is second
    assert third is not second


def test_a_request_that_asks_for_what_is_not_there_leaves_the_log_open(log: str) -> None:
    def openings(held: Held) -> Work:
        return once(lambda _: held.openings)

    def unknown(_: Room) -> None:
        raise RequestError("offer: nobody knows it")

    nobody = feeding.Mapping(None, ignore_unknown=True)
    first, wrong, unmapped, second, failed, third = asked_of(log, lambda _, held: [
        openings(held), once(unknown), feeding.feed(fhir(observation()), FHIR, nobody, GATE), openings(held),
        once(broken), openings(held),
    ])  # fmt: skip
    assert (type(wrong), type(unmapped), unmapped.status, type(failed)) == (RequestError, Problem, 503, OSError)
    assert second == first
    assert third > second


@pytest.mark.usefixtures("parts_of_two")
def test_what_nobody_waits_for_any_more_is_not_begun_and_not_gone_on_with(log: str) -> None:
    async def answers() -> list[Any]:
        held, begin = Held(log, ()), threading.Event()
        one = Writer(held, lambda: NOW, Noted())
        first = once(lambda _: begin.wait(60))
        works_ = [first, batch(1, 2, 3, 4), batch(5, 6), single(7), single(8)]
        asking = [asyncio.ensure_future(one.do(work)) for work in works_]
        stopped = asyncio.ensure_future(one.do(once(lambda _: works_[1].answer.cancel())))
        await asyncio.sleep(0)
        asking[2].cancel()
        asking[3].cancel()
        await asyncio.sleep(0)
        begin.set()
        found = await asyncio.gather(*asking[1:], stopped, return_exceptions=True)
        one.close()
        return found

    many, given_up, left, taken, _ = asyncio.run(answers())
    assert [type(each) for each in (many, given_up, left)] == [asyncio.CancelledError] * 3
    assert statuses([taken]) == [("accepted", 3)]
    assert ids(log) == ["e1", "e2", "e8"]


@contextmanager
def failing_once(monkeypatch: pytest.MonkeyPatch, many: int) -> Iterator[list[int]]:
    """The first transaction of so many events fails; how many events each one was of."""
    from engine.intake.intake import Intake

    takes, take = [], Intake.take

    def taken(self: Intake, submissions: Sequence[Any]) -> list[Verdict]:
        takes.append(len(submissions))
        if len(submissions) == many and takes.count(many) == 1:
            raise OSError("no medium")
        return take(self, submissions)

    with monkeypatch.context() as patched:
        patched.setattr(Intake, "take", taken)
        yield takes


def test_single_events_that_wait_are_taken_together_and_each_alone_where_that_fails(
    log: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with failing_once(monkeypatch, 0) as takes:
        found = asked_of(log, lambda *_: [single(number) for number in (1, 2, 1)])
    assert statuses(found) == [("accepted", 1), ("accepted", 2), ("duplicate", 1)]
    assert takes == [3]
    with failing_once(monkeypatch, 3) as takes:
        found = asked_of(log, lambda *_: [single(number) for number in (1, 3, 4)])
    assert statuses(found) == [("duplicate", 1), ("accepted", 3), ("accepted", 4)]
    assert takes == [3, 1, 1, 1]


def test_no_more_wait_than_the_writer_can_soon_take(log: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "MOST_WAITING", 2)
    monkeypatch.setattr(writer, "MOST_TOGETHER", 1)
    found = asked_of(log, lambda *_: [single(number) for number in range(4)])
    refused = [each for each in found if isinstance(each, Problem)]
    assert [(each.status, each.headers["Retry-After"]) for each in refused] == [(503, "5")] * len(refused)
    assert len(refused) in (2, 3), "the first may wait yet, or be under way"
    assert len(ids(log)) == 4 - len(refused)


def test_what_waits_is_done_before_the_writer_ends(log: str) -> None:
    async def closing() -> list[Any]:
        one = Writer(Held(log, ()), lambda: NOW, Noted())
        asking = [asyncio.ensure_future(one.do(work)) for work in (single(1), batch(2, 3, 4), single(5))]
        await asyncio.sleep(0)
        await asyncio.to_thread(one.close)
        return await asyncio.gather(*asking)

    one, many, last = asyncio.run(closing())
    assert sorted(position or 0 for _, position in statuses([one, *many, last])) == [1, 2, 3, 4, 5]
    assert is_database(log) or not Path(f"{log}-wal").exists(), "the log was let go of"
