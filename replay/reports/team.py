"""What a team's desk shows beside the work lists: what expires soon, and what has changed since a moment."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from typing import Any

from engine.log.eventlog import EventLog
from engine.log.history import SubjectHistory, subject_of
from engine.quantities import exact_arithmetic, paris_text
from engine.rules.annex_3_2_icar import validity_days
from engine.rules.arithmetic import EXACT_ARITHMETIC
from projections.candidate import candidate_at, centre_at
from projections.gather import Gathered, gather_one
from projections.panel import event_of
from projections.results import needed_results
from projections.score import ExactScores
from projections.waiting_list import Place
from replay.reports.between import Moment, between_document
from replay.reports.lists import DatedList
from replay.reports.turns import stops

FIGURES = ("component", "icar", "ccb")
MOST_ROWS = 20_000
"""Events looked through for a centre's candidates; a longer span is cut there, and said to be."""


def expiring_document(found: DatedList, centre: str, until: int) -> dict[str, Any]:
    """The results of a centre's candidates that stop counting after the list's instant and up to another one."""
    with exact_arithmetic():
        rows = [row for place in found.places if place.centre == centre for row in _expiring(place, found, until)]
    return {
        **found.header(),
        "centre": centre,
        "until": paris_text(until),
        "expiring": sorted(rows, key=lambda row: (row["expires"], row["candidate"], row["variable"])),
    }


def _expiring(place: Place, found: DatedList, until: int) -> Iterator[dict[str, Any]]:
    view = place.standing.view
    validity = validity_days(EXACT_ARITHMETIC, view.variables, found.rules)
    for name, variable in needed_results(view, found.rules, found.readings).items():
        fact = view.origins.get(variable)
        if fact is None:
            continue
        ahead = (
            each for each in stops(fact.instant, Decimal(validity), found.readings.elapsed_days) if each > found.at
        )
        expires = next(ahead, None)
        if expires is not None and expires <= until:
            yield {
                "candidate": place.standing.id,
                "team": view.candidate.value("team"),
                "variable": name,
                "sampled": paris_text(fact.instant),
                "expires": paris_text(expires),
                **event_of(fact),
            }


def changes_document(log: EventLog, found: DatedList, centre: str, since: Moment) -> dict[str, Any]:
    """Each candidate of a centre about whom something was learnt or whose figures moved: then, now, by which events."""
    now = Moment(found.at, found.history.size)
    rows = list(islice(log.recorder.rows(since.known_at + 1, now.known_at), MOST_ROWS))
    heard = [subject for _, _, state in rows if (subject := subject_of(state)) is not None]
    names = {subject.partition("/")[2] for subject in heard if subject.startswith("candidate/")}
    names |= {place.standing.id for place in found.places if place.centre == centre}
    own = [name for name in sorted(names) if centre_at(found.history.of(f"candidate/{name}"), now.at) == centre]
    subjects = [f"candidate/{name}" for name in own]
    earlier, _ = log.recalled(since.known_at, lambda _: subjects)
    events = between_document(log, since, now, subjects)["events"]
    told = [
        {
            "candidate": name,
            "then": _figures(earlier.of(f"candidate/{name}"), since.at, found),
            "now": _figures(found.history.of(f"candidate/{name}"), now.at, found),
            "events": [each for each in events if each["subject"] == f"candidate/{name}"],
        }
        for name in own
    ]
    return {
        "centre": centre,
        "since": {"at": paris_text(since.at), "known_at": since.known_at},
        "whole": len(rows) < MOST_ROWS,
        "candidates": [each for each in told if each["events"] or each["then"] != each["now"]],
    }


def _figures(known: SubjectHistory, at: int, found: DatedList) -> dict[str, Any]:
    """Status, component, ICAR and points at an instant; none where the candidate is not active then."""
    candidate, listed = candidate_at(known, at), gather_one(known, at, found.rules, found.readings)
    figures: dict[str, Any] = dict.fromkeys(FIGURES)
    if listed is not None:
        gathered = Gathered((listed,), None, found.counter, found.rules, found.readings)
        figures = ExactScores(gathered)[0].standing.raw_fields()
    return {"status": candidate.list_status if candidate else None, **{name: figures[name] for name in FIGURES}}
