"""Work done in a second process: the same results in the same order, whatever becomes of that process."""

import os
import signal
from collections.abc import Iterable, Iterator

import pytest

from engine.beside import beside


def doubled(numbers: list[int]) -> list[int]:
    return [2 * number for number in numbers]


def doubled_elsewhere(numbers: list[int]) -> tuple[int, list[int]]:
    return os.getpid(), doubled(numbers)


def doubled_until_killed(numbers: list[int]) -> list[int]:
    if numbers[0] == 3 and os.getpid() != int(os.environ["ASKED_BY"]):
        os.kill(os.getpid(), signal.SIGKILL)
    return doubled(numbers)


def refusing(numbers: list[int]) -> list[int]:
    raise ValueError(f"{numbers[0]} is refused")


def parts(number: int) -> Iterable[list[int]]:
    return ([each, each + 1] for each in range(number))


@pytest.mark.parametrize("worth_it", [False, True])
@pytest.mark.parametrize("number", [0, 1, 3, 12])
def test_every_part_comes_with_its_result_in_order(worth_it: bool, number: int) -> None:
    with beside(doubled, worth_it=worth_it) as over:
        assert list(over(parts(number))) == [(part, doubled(part)) for part in parts(number)]


def test_what_is_long_is_done_by_another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def processes() -> set[int]:
        with beside(doubled_elsewhere, worth_it=True) as over:
            return {process for _, (process, _) in over(parts(3))}

    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 1})
    assert os.getpid() not in processes()
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0})
    assert processes() == {os.getpid()}


def test_where_the_other_process_is_killed_the_work_goes_on_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKED_BY", str(os.getpid()))
    with beside(doubled_until_killed, worth_it=True) as over:
        assert list(over(parts(12))) == [(part, doubled(part)) for part in parts(12)]


@pytest.mark.parametrize("worth_it", [False, True])
def test_what_the_work_raises_is_raised_here(worth_it: bool) -> None:
    with beside(refusing, worth_it=worth_it) as over, pytest.raises(ValueError, match="0 is refused"):
        list(over(parts(3)))


def test_whoever_stops_early_leaves_no_process_behind() -> None:
    def first() -> Iterator[int]:
        with beside(doubled_elsewhere, worth_it=True) as over:
            for _, (process, _) in over(parts(1000)):
                yield process

    process = next(first())
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
