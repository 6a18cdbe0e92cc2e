"""Whoever waits for the next event hears of it, whoever wrote it; of a log that is cut, and of the service's end."""

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from engine.log.eventlog import EventLog
from replay.service.answers import Answer, Problem
from replay.service.following import Follower, Places
from replay.service.memory import Held
from tests.intake.support import opened, take
from tests.log.test_copying import lab
from tests.stores import changed_past_the_guards

LONG = 60
PROMPT = 20
"""Seconds: less than what is waited for, and more than a busy machine takes."""


@pytest.fixture
def log(place: str) -> str:
    """A log of two events in either store."""
    with opened(place) as log:
        take(log, lab(1), lab(2))
    return place


def asked_of(place: str, ask: Callable[[Follower], Awaitable[Any]]) -> Any:
    """What is asked of a follower of a log."""

    async def asking() -> Any:
        follower = Follower(lambda: Held(place, ()), Places(3, 2))
        try:
            return await asyncio.wait_for(ask(follower), PROMPT)
        finally:
            await follower.close()
            follower.let_go()

    return asyncio.run(asking())


def positions(answer: Answer) -> list[int]:
    return [each["position"] for each in orjson.loads(answer.body)["events"]]


async def until_one_waits(follower: Follower) -> None:
    while not follower.waiting:
        await asyncio.sleep(0.01)


def written(place: str, number: int) -> None:
    """As another process does."""
    with opened(place, create=False) as log:
        take(log, lab(number))


def test_what_is_there_is_answered_at_once_and_where_nothing_comes_an_empty_page_once_the_wait_is_over(
    log: str,
) -> None:
    async def ask(follower: Follower) -> list[list[int]]:
        there = [await follower.page(after, 1000, LONG, "A") for after in (0, 1)]
        few = await follower.page(0, 1, LONG, "A")
        begun = time.monotonic()
        none = await follower.page(2, 1000, 0, "A")
        later = await follower.page(2, 1000, 1, "A")
        assert 0.9 < time.monotonic() - begun < 10
        return [positions(each) for each in (*there, few, none, later)]

    assert asked_of(log, ask) == [[1, 2], [2], [1], [], []]


def test_who_waits_hears_of_what_another_process_wrote(log: str) -> None:
    async def ask(follower: Follower) -> list[int]:
        waiting = asyncio.ensure_future(follower.page(2, 1000, LONG, "A"))
        await until_one_waits(follower)
        await asyncio.to_thread(written, log, 3)
        found = positions(await waiting)
        assert (follower.head, follower.waiting) == (3, 0)
        return found

    assert asked_of(log, ask) == [3]


def test_who_waits_hears_of_what_the_writer_here_wrote_and_not_of_what_was_there(log: str) -> None:
    async def ask(follower: Follower) -> list[int]:
        follower._watch.cancel()  # nobody looks by himself
        waiting = asyncio.ensure_future(follower.page(2, 1000, LONG, "A"))
        await until_one_waits(follower)
        for head in (1, 2):
            follower.written(head)
        await asyncio.sleep(0.3)
        assert not waiting.done()
        assert follower.head == 2, "it never goes back by what the writer says"
        await asyncio.to_thread(written, log, 3)
        follower.written(3)
        return positions(await waiting)

    assert asked_of(log, ask) == [3]


def test_who_waits_at_the_end_of_a_log_that_is_cut_is_told_so_and_so_is_who_comes_later(log: str) -> None:
    async def ask(follower: Follower) -> list[int]:
        waiting = asyncio.ensure_future(follower.page(2, 1000, LONG, "A"))
        await until_one_waits(follower)
        await asyncio.to_thread(
            changed_past_the_guards, log,
            "DELETE FROM identities WHERE position = 2", "DELETE FROM stored_events WHERE rowid = 2",
        )  # fmt: skip
        found = await asyncio.gather(waiting, follower.page(2, 1000, LONG, "A"), return_exceptions=True)
        assert all(isinstance(each, Problem) for each in found), found
        return [each.status for each in found if isinstance(each, Problem)]

    assert asked_of(log, ask) == [409, 409]


def test_whoever_waits_is_let_go_where_the_service_ends(log: str) -> None:
    async def ask(follower: Follower) -> list[int]:
        waiting = asyncio.ensure_future(follower.page(2, 1000, LONG, "A"))
        await until_one_waits(follower)
        await follower.close()
        return positions(await waiting)

    assert asked_of(log, ask) == []


def test_a_place_is_free_again_once_whoever_waited_has_gone(log: str) -> None:
    async def ask(follower: Follower) -> list[int]:
        waiting = [asyncio.ensure_future(follower.page(2, 1000, LONG, "A")) for _ in range(2)]
        while follower.waiting < 2:
            await asyncio.sleep(0.01)
        with pytest.raises(Problem, match="requests of yours wait"):
            await follower.page(2, 1000, LONG, "A")
        waiting[0].cancel()
        while follower.waiting > 1:
            await asyncio.sleep(0.01)
        again = asyncio.ensure_future(follower.page(2, 1000, LONG, "A"))
        while follower.waiting < 2:
            await asyncio.sleep(0.01)
        await asyncio.to_thread(written, log, 3)
        return [position for each in (waiting[1], again) for position in positions(await each)]

    assert asked_of(log, ask) == [3, 3]


def test_a_follower_goes_on_once_a_log_that_could_not_be_read_can_be_again(log: str) -> None:
    async def ask(follower: Follower) -> list[int]:
        head, failed = EventLog.head, list[int]()

        def unreadable(self: EventLog) -> int:
            failed.append(1)
            raise OSError("no medium")

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(EventLog, "head", unreadable)
            while len(failed) < 2:
                await asyncio.sleep(0.01)
        assert EventLog.head is head
        return positions(await follower.page(0, 1000, LONG, "A"))

    assert asked_of(log, ask) == [1, 2]


def test_who_does_not_wait_takes_no_place_though_all_are_taken(log: str) -> None:
    async def ask(follower: Follower) -> list[list[int]]:
        waiting = [asyncio.ensure_future(follower.page(2, 1000, LONG, sub)) for sub in ("A", "A", "B")]
        while follower.waiting < 3:
            await asyncio.sleep(0.01)
        found = [await follower.page(after, 1000, wait_s, "A") for after, wait_s in ((2, 0), (1, LONG), (0, 0))]
        for each in waiting:
            each.cancel()
        return [positions(each) for each in found]

    assert asked_of(log, ask) == [[], [2], [1, 2]]


def test_the_log_is_opened_anew_where_its_store_failed_and_not_for_a_question_that_cannot_be_answered(
    tmp_path: Path,
) -> None:
    with opened(tmp_path / "log.db") as log:
        take(log, lab(1))

    async def ask(follower: Follower) -> list[int]:
        def failing(log: EventLog) -> None:
            raise sqlite3.OperationalError("disk I/O error")

        assert positions(await follower.page(0, 1, 0, "A")) == [1]
        openings = [follower._held.openings]
        with pytest.raises(Problem):
            await follower.page(9, 1000, 0, "A")
        openings.append(follower._held.openings)
        with pytest.raises(sqlite3.OperationalError):
            await follower._read(failing)
        assert positions(await follower.page(0, 1, 0, "A")) == [1]
        return [*openings, follower._held.openings]

    first, second, third = asked_of(str(tmp_path / "log.db"), ask)
    assert first == second < third
