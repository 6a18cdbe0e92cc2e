"""What stands behind a candidate's course: every fact of some days, treatments as they ran, results and how long each
counts.

The course tells when the points moved; this tells what was going on, whether it moved them or not.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from engine.errors import UnknownError
from engine.log.history import Fact, SubjectHistory
from engine.quantities import exact_arithmetic, paris_text, published
from engine.rules.annex_3_2_icar import fresh, validity_days
from engine.rules.arithmetic import EXACT_ARITHMETIC
from engine.rules.readings import Readings
from engine.rules.ruleset import RuleSet
from projections.candidate import LAB, Candidate, Period, candidate_at
from projections.panel import event_of
from projections.recipient import LAB_VARIABLES, RecipientView, lab_si, recipient_at
from projections.results import needed_results, used_today
from replay.reports.turns import stops, turns
from replay.run.asked import Asked, Span
from replay.run.moments import rules_for

TOLD = (
    "analyte", "context", "value", "unit", "comparator", "treatment", "complicated", "device", "component", "points",
    "delay_months", "situation", "reason", "reason_code", "offer", "centre", "agatston",
)  # fmt: skip
"""What of a fact's data is told beside it; never a birth date."""


def spans_document(asked: Asked, candidate: str) -> dict[str, Any]:
    """Facts and treatments of the span asked for, and the results of the day at the instant asked for."""
    at, span, last = asked.instant(), asked.span(), asked.position()
    known_at = asked.log.position_at(at) if last is None else last
    history, _ = asked.log.recalled(known_at, lambda _: [f"candidate/{candidate}"])
    known = history.of(f"candidate/{candidate}")
    now = candidate_at(known, at)
    if now is None:
        raise UnknownError(
            f"candidate {candidate!r} is not registered at {paris_text(at)} as known at position {known_at}",
            "candidate", candidate=candidate, at=paris_text(at), position=known_at,
        )  # fmt: skip
    return {
        "candidate": candidate,
        "at": paris_text(at),
        "known_at": known_at,
        **span.as_json(),
        "validity": _results_at(now, at, asked),
        "counted": list(_counted(known, at, span, asked)),
        "treatments": [_period(each) for each in _periods(known, at, span)],
        "facts": [_fact(fact) for fact in known.in_effective_order() if span.holds(fact.instant)],
    }


def _results_at(candidate: Candidate, at: int, asked: Asked) -> list[dict[str, Any]]:
    """The results known at an instant."""
    rules, readings = rules_for(at, asked.ruleset), asked.chosen_readings()
    with exact_arithmetic():
        return list(_validity(recipient_at(candidate, at, rules, readings), rules, readings))


def _counted(known: SubjectHistory, at: int, span: Span, asked: Asked) -> Iterator[dict[str, Any]]:
    """From when until when each result counted, within the span: as the rules say of each stretch between two turns."""
    first, last = (at if each is None else each for each in (span.first, span.last))
    rules, readings = rules_for(at, asked.ruleset), asked.chosen_readings()
    inner = (turn for turn in turns(known.in_effective_order(), rules, readings) if first < turn < last)
    running: dict[str, tuple[Fact, int]] = {}
    for begin, end in pairwise(sorted({first, last, *inner})):
        asked.tick()
        with exact_arithmetic():
            candidate = candidate_at(known, begin + 1)
            view = recipient_at(candidate, begin + 1, rules, readings) if candidate else None
            counts = used_today(view, rules, readings) if view else {}
        for name in [name for name, (fact, _) in running.items() if counts.get(name) is not fact]:
            yield _stretch(LAB_VARIABLES[name], *running.pop(name), begin)
        running |= {name: (fact, begin) for name, fact in counts.items() if name not in running}
        if end == last:
            yield from (_stretch(LAB_VARIABLES[name], fact, since, last) for name, (fact, since) in running.items())


def _stretch(analyte: str, fact: Fact, begin: int, end: int) -> dict[str, Any]:
    return {"analyte": analyte, "from": paris_text(begin), "to": paris_text(end), **event_of(fact)}


def _validity(view: RecipientView, p: RuleSet, r: Readings) -> Iterator[dict[str, Any]]:
    """Each variable that the index takes from a laboratory: its latest result, when that is too old, days left."""
    validity, needed = validity_days(EXACT_ARITHMETIC, view.variables, p), needed_results(view, p, r)
    for name, analyte in LAB_VARIABLES.items():
        sample, fact = getattr(view.variables, name), view.origins.get(name)
        row = {"analyte": analyte, "needed": name in needed.values(), "validity_days": f"{validity:f}"}
        if fact is None:
            yield {**row, "result": None}
            continue
        counts = bool(fresh(sample, validity))
        yield {
            **row,
            "result": _result(fact),
            "fresh": counts,
            "until": paris_text(_until(stops(fact.instant, validity, r.elapsed_days), view.at, counts=counts)),
            "days_left": published(validity - sample.age_days),
        }


def _until(stops: Sequence[int], at: int, *, counts: bool) -> int:
    """The next instant at which a result that counts stops to, or the last one at which it did."""
    return min(each for each in stops if each >= at) if counts else max(each for each in stops if each <= at)


def _result(fact: Fact) -> dict[str, Any]:
    told: dict[str, Any] = {name: fact.data[name] for name in ("value", "unit", "comparator") if name in fact.data}
    return {**told, "si": f"{lab_si(fact):f}", "sampled": paris_text(fact.instant), **event_of(fact)}


def _periods(known: SubjectHistory, at: int, span: Span) -> list[Period]:
    """The treatments that ran at some time in the span, by their beginning."""
    folded: Candidate | None = candidate_at(known, at if span.last is None else max(at, span.last))
    periods = folded.periods if folded else []
    return [
        each
        for each in periods
        if (span.last is None or each.start.instant <= span.last)
        and (span.first is None or each.end is None or each.end >= span.first)
    ]


def _period(period: Period) -> dict[str, Any]:
    return {
        "treatment": period.treatment,
        "from": paris_text(period.start.instant),
        "to": None if period.end is None else paris_text(period.end),
        **event_of(period.start),
        "ended_by": event_of(period.ended_by)["event"] if period.ended_by else None,
    }


def _fact(fact: Fact) -> dict[str, Any]:
    told = {name: fact.data[name] for name in TOLD if name in fact.data}
    si = {"si": f"{lab_si(fact):f}"} if fact.kind == LAB else {}
    return {
        **event_of(fact),
        "type": fact.kind,
        "at": paris_text(fact.instant),
        "time": fact.time,
        "data": {**told, **si},
        "corrected_at": list(fact.corrected_at),
    }
