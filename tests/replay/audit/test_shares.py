"""A span's offers shared out: what comes together is, to the byte, what one process finds."""

import json
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import pytest

from engine.errors import RequestError
from engine.log.eventlog import EventLog
from engine.rules.ruleset import rule_history
from replay.audit.shares import ALONE, Shared, over_parts, parted
from replay.reports.audits import VERDICTS, AuditReport, HindsightReport, sensitivity_table, what_if_report
from replay.run.asked import ALWAYS, Asked, Span
from replay.run.matchrun import match_run
from replay.spread.spread import Spread
from tests.independent.worlds import random_world
from tests.long import examples
from tests.replay.command import snagc
from tests.replay.run.stored import store
from tests.replay.spread.works import scheduler
from tests.support import moment_of, offers_in

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class InTurns(Spread):
    """So many parts, one after another in this process."""

    @property
    def elsewhere(self) -> bool:
        return True

    def results(self, work: Callable[[Any], Any], shares: Iterable[Any]) -> Iterator[Any]:
        return map(work, shares)


def world(seed: str) -> list[Event]:
    """A random world in which of three offers one has its run, one another run, and one none."""
    events: list[Event] = random_world(random.Random(seed), 8)
    records = []
    for number, offer in enumerate(offers_in(events)):
        run = match_run(moment_of(events, offer))
        decision, header = run.decision(), run.header()
        data = {
            "offer": offer, "counter": header["counter"] + number % 3, "ruleset": header["ruleset"],
            "readings": header["readings"], "log_size": header["known_at"], "ranking": decision["ranking"],
            "digest": run.digest(),
        }  # fmt: skip
        record = {
            **events[-1],
            "id": f"run-{offer}",
            "type": "snagc.match-run.recorded.v1",
            "subject": f"offer/{offer}",
        }
        records += [record | {"data": data}] if number % 3 < 2 else []
    return [*events, *records]


def answers(asked: Asked, shared: Shared) -> list[Any]:
    """All that can be shared out."""
    audit, hindsight = AuditReport(asked, shared), HindsightReport(asked, asked.log.head(), shared)
    found = len(list(audit.findings())), len(list(hindsight.findings()))
    spanned = replace(asked, start="2018-01-01")
    changed = what_if_report(asked, rule_history()[0], shared)
    table = [row.as_json() for row in sensitivity_table(spanned, None, shared)]
    return [*found, audit.as_json(), hindsight.as_json(), changed.as_json(), table]


def test_parts_of_a_span_add_up_to_the_whole(tmp_path: Path, long_run: bool) -> None:
    verdicts = set()
    for number in range(12 if long_run else 2):
        path = tmp_path / f"{number}.db"
        log = store(path, world(f"shares-{number}"))
        asked = Asked(log, 0)
        whole = answers(asked, ALONE)
        for parts in (2, 3, 50) if long_run else (3,):
            assert json.dumps(answers(asked, Shared.of(str(path), InTurns(parts)))) == json.dumps(whole)
        verdicts |= {name for name in VERDICTS if whole[2][name]}
        log.close()
    assert verdicts == set(VERDICTS)


def test_the_parts_of_a_span_cover_it_once_with_about_as_many_offers_each(tmp_path: Path) -> None:
    log = store(tmp_path / "log.db", world("parts"))
    offers = sorted(fact.instant for fact in log.history().offers)
    for span in (ALWAYS, Span(offers[1], offers[-2]), Span(offers[-1] + 1, None)):
        for number in (1, 2, 3, len(offers), 2 * len(offers)):
            parts = parted(log, span, log.head(), Spread(workers=number))
            held = [[instant for instant in offers if part.holds(instant)] for part in parts]
            assert list(chain.from_iterable(held)) == [instant for instant in offers if span.holds(instant)]
            assert (parts[0].first, parts[-1].last) == (span.first, span.last)
            assert all(a.last == (b.first or 0) - 1 for a, b in pairwise(parts))
            assert max(map(len, held)) - min(map(len, held)) <= max(2, len(offers) - len(set(offers)) + 1)
    log.close()


def nothing(log: EventLog, span: Span) -> int:
    return log.head()


def test_a_worker_that_finds_another_log_at_the_path_says_so(tmp_path: Path) -> None:
    log = store(tmp_path / "here.db", world("one"))
    store(tmp_path / "there.db", world("another")).close()
    with pytest.raises(RequestError, match=r"another log at .*there.db: give a path that all workers read"):
        over_parts(log, ALWAYS, Shared.of(str(tmp_path / "there.db"), InTurns(2)), nothing)
    log.close()


COMMANDS = (
    ["audit"], ["audit", "--known-at", "now"], ["sensitivity", "--from", "2018-01-01"], ["what-if", "changed.toml"],
)  # fmt: skip
CHANGED = 'extends = "2023-06-15"\nvalid_from = 2023-06-15\nlast_checked_on = 2025-01-01\ntitle = "Nearer"\n'
FIGURE = '[figures.travel_exponent]\nvalue = 3.0\nunit = ""\nsource = "test"\nattested_from = 2023-06-15\n'


@pytest.mark.parametrize("command", COMMANDS[:1], ids=" ".join)
def test_two_processes_answer_as_one_and_with_its_exit_code(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _same_with(["--workers", "2"], [command], tmp_path, monkeypatch)


@pytest.mark.long_only
def test_every_command_answers_alike_from_processes_and_from_a_scheduler(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _same_with(["--workers", "4"], COMMANDS, tmp_path, monkeypatch)
    with scheduler(tmp_path) as address:
        _same_with(["--scheduler", address], COMMANDS, tmp_path, monkeypatch)


def _same_with(options: list[str], commands: Iterable[list[str]], folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Each command with these options, with and without --json, says what it says without them."""
    patch.chdir(folder)
    (folder / "changed.toml").write_text(CHANGED + FIGURE)
    if not (folder / "log.db").exists():
        store(folder / "log.db", world("commands")).close()
    for command in commands:
        for shape in (["--json"], [])[: examples(1, 2)]:
            alone = snagc(*command, "--log", "log.db", *shape)
            shared = snagc(*command, "--log", "log.db", *shape, *options)
            assert (shared.exit_code, shared.stdout, shared.stderr) == (alone.exit_code, alone.stdout, alone.stderr)
            assert alone.exit_code == (3 if command[0] == "audit" else 0), alone.output
