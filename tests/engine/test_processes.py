"""Work done in a second process: the same results in the same order, whatever becomes of that process."""

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from engine.processes import processors, second_process


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


def said_and_waited(numbers: list[int]) -> None:
    print("at work", flush=True)
    time.sleep(60)


def parts(number: int) -> Iterable[list[int]]:
    return ([each, each + 1] for each in range(number))


@pytest.mark.parametrize("worth_it", [False, True])
@pytest.mark.parametrize("number", [0, 1, 3, 12])
def test_every_part_comes_with_its_result_in_order(worth_it: bool, number: int) -> None:
    with second_process(doubled, worth_it=worth_it) as over:
        assert list(over(parts(number))) == [(part, doubled(part)) for part in parts(number)]


def test_what_is_long_is_done_by_another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def processes() -> set[int]:
        with second_process(doubled_elsewhere, worth_it=True) as over:
            return {process for _, (process, _) in over(parts(3))}

    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 1})
    assert processes() - {os.getpid()}
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0})
    assert processes() == {os.getpid()}


def test_instead_of_waiting_for_the_other_process_this_one_works_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 1})
    with second_process(doubled_elsewhere, worth_it=True) as over:
        found = list(over(parts(12)))  # the other one takes a while to start
    assert [result for _, (_, result) in found] == [doubled(part) for part in parts(12)]
    assert {process == os.getpid() for _, (process, _) in found} == {False, True}


def test_where_the_other_process_is_killed_the_work_goes_on_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKED_BY", str(os.getpid()))
    with second_process(doubled_until_killed, worth_it=True) as over:
        assert list(over(parts(12))) == [(part, doubled(part)) for part in parts(12)]


@pytest.mark.parametrize("worth_it", [False, True])
def test_what_the_work_raises_is_raised_here(worth_it: bool) -> None:
    with second_process(refusing, worth_it=worth_it) as over, pytest.raises(ValueError, match="0 is refused"):
        list(over(parts(3)))


def test_whoever_stops_early_leaves_no_process_behind() -> None:
    def first() -> Iterator[int]:
        with second_process(doubled_elsewhere, worth_it=True) as over:
            for _, (process, _) in over(parts(1000)):
                yield process

    process = next(first())
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


ENDLESS = """
from engine.processes import processors, second_process
from tests.engine.test_processes import parts, said_and_waited
if __name__ == "__main__":
    with second_process(said_and_waited, worth_it=True) as over:
        list(over(parts(1)))
"""


@pytest.mark.skipif(processors() < 2, reason="there is no second process")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_process_that_is_killed_takes_the_second_one_along(tmp_path: Path, how: signal.Signals) -> None:
    script = tmp_path / "endless.py"
    script.write_text(ENDLESS)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"at work\n"
        process.send_signal(how)
        rest, _ = process.communicate(timeout=30)  # which ends once no process holds the pipe any more
        assert rest == b""


def test_where_no_process_can_be_started_the_work_is_done_here() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))  # no pipe to it can be opened
    try:
        with second_process(doubled, worth_it=True) as over:
            found = list(over(parts(3)))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert found == [(part, doubled(part)) for part in parts(3)]
