"""Access records as they are written: many together, in the order of days, and what is said where they cannot be."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from engine.errors import LogError
from replay.service.access import AccessRecords
from replay.service.refusals import UnavailableError


class Kept:
    """A journal in memory, which may fail."""

    def __init__(self, failing: Exception | None = None) -> None:
        self.days: list[tuple[str, list[str]]] = []
        self.failing = failing

    def append(self, day: str, records: Sequence[Any]) -> None:
        """Add records to a day."""
        if self.failing is not None:
            raise self.failing
        self.days.append((day, [record["sub"] for record in records]))


async def kept(journal: Kept, *records: dict[str, str]) -> list[BaseException | None]:
    """What whoever waits for a record is told, all at once."""
    found = AccessRecords(journal)  # type: ignore[arg-type]
    try:
        return list(await asyncio.gather(*(found.keep(dict(each)) for each in records), return_exceptions=True))
    finally:
        found.close()


def test_records_that_come_together_are_written_together_to_the_day_of_the_last() -> None:
    journal = Kept()
    records = [
        {"at": f"2026-11-{day}.000000Z", "sub": sub}
        for day, sub in (("26T23:59:59", "A"), ("27T00:00:01", "B"), ("26T23:59:58", "C"))
    ]
    assert asyncio.run(kept(journal, *records)) == [None, None, None]
    assert [sub for _, subs in journal.days for sub in subs] == ["A", "B", "C"]
    assert journal.days[-1][0] == "2026-11-27"


@pytest.mark.parametrize(
    ("failing", "said"),
    [
        (LogError("the disk is full: make room"), "so it is not answered: the disk is full: make room"),
        (ValueError("C7, born 1961-03-09"), "so it is not answered: ValueError"),
    ],
)
def test_where_a_record_cannot_be_written_all_who_wait_are_told_why_and_nothing_of_anybody(
    failing: Exception, said: str
) -> None:
    records = [{"at": "2026-11-27T08:00:00.000000Z", "sub": sub} for sub in ("A", "B")]
    for error in asyncio.run(kept(Kept(failing), *records)):
        assert isinstance(error, UnavailableError)
        assert (error.status, error.detail.endswith(said)) == (503, True), error.detail
