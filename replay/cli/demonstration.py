"""snagc demo: a synthetic national year from nothing, taken in, listed, ranked, explained and replayed."""

import time
from collections.abc import Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from engine.events.subjects import bare_id
from engine.intake.intake import Intake, Submission
from engine.log.eventlog import EventLog
from engine.log.history import Fact, History
from engine.log.outputs import Output
from engine.log.tree import TreeBuilder
from engine.quantities import paris_text, parse_instant
from engine.rules.readings import choose_readings
from engine.rules.ruleset import rules_at
from fixtures.national import generate
from replay.audit.audit import audit
from replay.audit.compare import Change, changes
from replay.audit.learnt import learnt_since
from replay.cli.common import guarded, now
from replay.cli.explanation_text import show_explanation
from replay.cli.listing import list_table, show_header
from replay.cli.printing import bold, console, place_said
from replay.cli.ranking import show_run
from replay.reports.explain import explain
from replay.reports.lists import dated_list
from replay.run.asked import Asked, Span
from replay.run.matchrun import MatchRun, Moment, match_run
from replay.run.moments import moment_of_offer
from replay.run.prepared import prepared_runs, rank_feed

if TYPE_CHECKING:
    from replay.cli.terminal import Terminal

BATCH = 2000
FIRST_OFFER_TRIED = 0.6
OFFERS_TRIED = 40
"""The demonstration looks for a late fact that matters in so many offers, from that share of the year's on."""


@guarded
def demonstrate(folder: str, seed: int, year: int, force: bool) -> None:
    """Build, take in, list, rank, explain, and compare what was known then with what is known now."""
    out, started = console(), time.monotonic()
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    feed, path = place / f"national-{year}-{seed}.ndjson", place / f"national-{year}-{seed}.db"
    invented = "no real patient; proposals by a rough urgency, not by the score"
    _title(out, 1, f"A synthetic national year {year} (seed {seed}; {invented})")
    count = _write_year(Output(feed, str(path), force=force), seed, year)
    out.print(f"{count} events written to {feed}")
    log = EventLog.open(str(path), create=True)
    try:
        _title(out, 2, f"Taking it in: {'new log ' if log.is_new else ''}{path}")
        _take_in(log, feed, parse_instant(f"{year + 1}-02-01T00:00:00Z"), out)
        _title(out, 3, "The national list, without a donor")
        _show_list(log, f"{year}-06-30T12:00:00+02:00", out)
        _title(out, 4, "An offer: the match run as it was known then")
        offer = _find_late_fact(log)
        then = match_run(moment_of_offer(log, offer, choose_readings()))
        at_present = match_run(moment_of_offer(log, offer, choose_readings(), known_at="now"))
        show_run(then, 8, out)
        _title(out, 5, "Why the first is first, line by line against the guide")
        show_explanation(explain(then.moment, then.ranking[0].standing.id), out)
        _title(out, 6, "The same offer as known then and as known now")
        _show_changes(then, at_present, out)
        _title(out, 7, "Replayed and audited: the same bytes again")
        again = match_run(moment_of_offer(log, offer, choose_readings()))
        out.print(f"digest then   {then.digest()}")
        out.print(f"digest again  {again.digest()}")
        _audit(log, f"{year}-12-01T00:00:00+01:00", out)
    finally:
        log.close()
    out.print()
    out.print(f"{time.monotonic() - started:.0f} s in all. The log is {path}. Try:")
    _suggest(out, path, then, year)


def _suggest(out: "Terminal", path: Path, then: MatchRun, year: int) -> None:
    """Commands that show more of the log."""
    offer = then.header()["offer"]
    out.print(f"  export SNAGC_LOG={path}")
    first = then.ranking[1].standing.id if len(then.ranking) > 1 else then.ranking[0].standing.id
    for line in (
        f"rank {offer} --known-at now",
        f"explain {offer} {first}",
        f"candidate {first} --at {then.header()['at']}",
        f"worklist labs --centre 750100125 --at {year}-06-30T12:00:00+02:00",
        f"audit --from {year}-10-01T00:00:00+02:00",
        f"sensitivity {offer}",
    ):
        out.print(f"  snagc {line}", soft_wrap=True)


def _title(out: "Terminal", number: int, text: str) -> None:
    out.print()
    out.print(bold(f"{number}. {text}"))


def _write_year(feed: Output, seed: int, year: int) -> int:
    """Write the year's events; how many. A file of an earlier demonstration that holds just these is left as it is."""
    if (count := _held(Path(feed.path), seed, year)) is not None:
        return count
    with feed.writing() as file:
        return sum(1 for line in _lines(seed, year) if file.write(line))


def _lines(seed: int, year: int) -> Iterator[bytes]:
    for event in generate(seed, date(year, 1, 1), date(year, 12, 31)):
        yield orjson.dumps(event, option=orjson.OPT_APPEND_NEWLINE)


def _held(feed: Path, seed: int, year: int) -> int | None:
    """How many lines a file has that holds the year's events and nothing else; None where it does not."""
    if not feed.is_file():
        return None
    with feed.open("rb") as file:
        count = 0
        for line in _lines(seed, year):
            if file.readline() != line:
                return None
            count += 1
        return None if file.readline() else count


AGAINST_THE_RUN = ("proposed_out_of_order", "skipped", "not_on_run")


def _take_in(log: EventLog, feed: Path, end: int, out: "Terminal") -> None:
    """Import the year; the clock is not before its end, for a year that lies ahead may be shown as well."""
    began = time.monotonic()
    rankings = rank_feed(feed)
    out.print(f"{len(rankings)} match runs computed, each from what was known before its offer; {_seconds(began)}")
    began = time.monotonic()
    intake = Intake(
        log, now=lambda: max(now(), end), imported=True, actor="demo:snagc", runs=prepared_runs(log, rankings)
    )
    counts = {"accepted": 0, "duplicate": 0, "conflict": 0, "refused": 0}
    warned = by_teams = 0
    with feed.open("rb") as file:
        lines = (Submission(number, line.rstrip(b"\n")) for number, line in enumerate(file, 1))
        while batch := list(islice(lines, BATCH)):
            for verdict in intake.take(batch):
                counts[verdict.status] += 1
                warned += bool(verdict.warnings)
                by_teams += any(warning.code in AGAINST_THE_RUN for warning in verdict.warnings)
    said = ", ".join(f"{number} {status}" for status, number in counts.items())
    out.print(f"{said}; {warned} with a warning; {_seconds(began)}, every batch durable on disk")
    out.print(
        f"{by_teams} of the warnings are proposals against the run: the synthetic teams of this feed are asked in a "
        "rough order of their own (those of a history generated with --runs go by the runs)"
    )


def _seconds(began: float) -> str:
    return f"{time.monotonic() - began:.1f} s"


def _audit(log: EventLog, start: str, out: "Terminal") -> None:
    began = time.monotonic()
    verdicts = [finding.verdict for finding in audit(log, Span(parse_instant(start)))]
    counts = {name: verdicts.count(name) for name in ("identical", "differs", "not recorded")}
    said = ", ".join(f"{count} {name}" for name, count in counts.items())
    out.print(f"offers since {start[:10]} replayed and held against their recorded runs: {said}; {_seconds(began)}")


def _show_list(log: EventLog, at: str, out: "Terminal") -> None:
    found = dated_list(Asked(log, now(), at))
    show_header(found)
    out.print(list_table(found, 8))


def _find_late_fact(log: EventLog) -> str:
    """An offer whose ranking differs once later facts are known; the first one tried where there is none."""
    everything, tree = log.history_and_tree(log.head())
    wanted = int(len(everything.offers) * FIRST_OFFER_TRIED)
    history, growing = History(), TreeBuilder()
    fallback: str | None = None
    tried = {fact.position for fact in everything.offers[wanted : wanted + OFFERS_TRIED]}
    for position, _, state in log.recorder.rows():
        if position in tried:
            offer = everything.offers[len(history.offers)]
            counter = everything.counter_start + len(history.offers) + 1
            then = match_run(_moment(history, growing, offer, counter))
            at_present = match_run(_moment(everything, tree, offer, counter))
            if _rescored(then, at_present):
                return bare_id(offer.subject)
            fallback = fallback or (bare_id(offer.subject) if changes(then, at_present) else None)
        history.learn(position, state)
        growing.add(state)
    return fallback or bare_id(everything.offers[wanted].subject)


def _rescored(then: MatchRun, at_present: MatchRun) -> list[Change]:
    """Candidates among the first twenty whose own score is another one, now that more is known."""
    return [
        change
        for change in changes(then, at_present)
        if change.rank_a and change.rank_b and change.rank_a <= 20 and change.snagc_a != change.snagc_b
    ]


def _moment(history: History, tree: TreeBuilder, offer: Fact, counter: int) -> Moment:
    return Moment(history, history.size, tree.root().hex(), offer, counter, rules_at(offer.instant), choose_readings())


def _show_changes(then: MatchRun, at_present: MatchRun, out: "Terminal") -> None:
    found = sorted(changes(then, at_present), key=lambda change: change not in _rescored(then, at_present))
    known = f"position {then.moment.known_at} (then) against {at_present.moment.known_at} (now)"
    out.print(f"known at {known}: of those ranked, {len(found)} differ; a late fact never changes the earlier run")
    for change in found[:5]:
        out.print(
            f"  {change.candidate}: {place_said(change.rank_a, change.snagc_a)} then, "
            f"{place_said(change.rank_b, change.snagc_b)} now"
        )
        for learnt in learnt_since(then.moment, at_present.moment.history, f"candidate/{change.candidate}")[:3]:
            fact, how = learnt.fact, f", {learnt.how} at {learnt.by[-1].position}" if learnt.by else ""
            out.print(f"      {fact.kind} of {paris_text(fact.instant)}, stored at position {fact.position}{how}")
