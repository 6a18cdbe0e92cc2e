"""Live offers on a log already open: ``python -m tests.benchmarks.offers LOG NUMBER``.

Prints the median in seconds, on the wall and of the processor, the 99th percentile, and how many candidates were
ranked or excluded. Each offer is taken in, its run computed and both made durable before the clock stops; its donor is
registered beforehand.
"""

import itertools
import json
import sys
import time
from statistics import median, quantiles
from typing import Any

from engine.intake.intake import Intake, Submission
from engine.log.eventlog import EventLog
from engine.log.history import stored_instant
from engine.quantities import utc_text
from engine.rules.readings import choose_readings
from replay.run.live import LiveRuns
from replay.run.matchrun import match_run
from replay.run.moments import recalled_moment

HOUR = 3_600_000_000
DONOR = {
    "age": "45", "sex": "M", "blood_group": "O", "height_cm": "178", "weight_kg": "80", "procurement_site": "750100125",
}  # fmt: skip


def main(location: str, number: int) -> None:
    """Make the offers and print what they took; the first one, which reads the log, is left out."""
    log = EventLog.open(location)
    clock = itertools.count(stored_instant(log.fact(log.head()).recorded) + HOUR, HOUR)
    now = [next(clock)]
    intake = Intake(log, now=lambda: now[0], runs=LiveRuns(log))
    seconds, cpu = [], []
    for name in range(number + 1):
        now[0] = next(clock)
        _take(intake, event(f"donor/live-{name}", "donor.registered", now[0], DONOR))
        began, cpu_began = time.perf_counter(), time.process_time()
        _take(intake, event(f"offer/live-{name}", "graft.offered", now[0], {"donor": f"live-{name}"}))
        seconds.append(time.perf_counter() - began)
        cpu.append(time.process_time() - cpu_began)
    run = match_run(recalled_moment(log, "live-1", choose_readings()))
    active = len(run.ranking) + len(run.excluded)
    log.close()
    slowest = quantiles(seconds[1:], n=100)[-1] if number > 1 else seconds[-1]
    print(median(seconds[1:]), median(cpu[1:]), slowest, active)


def _take(intake: Intake, given: dict[str, Any]) -> None:
    (verdict,) = intake.take([Submission(1, json.dumps(given).encode())])
    assert verdict.status == "accepted", verdict


def event(subject: str, kind: str, instant: int, data: dict[str, Any], name: str | None = None) -> dict[str, Any]:
    """An event at an instant, whose id is its subject unless it has a name."""
    return {
        "specversion": "1.0", "source": "benchmarks", "id": name or subject, "type": f"snagc.{kind}.v1",
        "subject": subject, "time": utc_text(instant), "data": data,
    }  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
