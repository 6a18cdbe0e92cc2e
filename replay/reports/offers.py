"""The offers in the order of the log, each with its number and what became of it; or in brief, when each was made."""

from dataclasses import replace
from typing import Any

from engine.events.subjects import bare_id
from engine.log.eventlog import EventLog
from engine.quantities import paris_text
from projections.offer import offer_state
from replay.run.asked import Asked
from replay.run.moments import counter_at

MOST_ALONE = 1000
"""Offers that are read one by one; of more, the whole log is sooner read."""


def offers_in_brief(asked: Asked) -> dict[str, Any]:
    """Which offers were made when, those of the span asked, without what became of them: cheap however long the log."""
    span, log = asked.span(), asked.log
    last = log.head()
    log.hold_recalled(last)
    return {
        **span.as_json(),
        "known_at": last,
        "offers": [
            {"offer": bare_id(fact.subject), "at": paris_text(fact.instant), "position": fact.position}
            for fact in log.offers(last)
            if span.holds(fact.instant)
        ],
    }


def offers_document(asked: Asked) -> dict[str, Any]:
    """The document of ``offers``: those of the span asked, as known now or as asked."""
    span, log = asked.span(), asked.log
    last = replace(asked, known_at=asked.known_at or "now").position() or 0
    told = log.offers(last)
    first = counter_at(log, last) - len(told) + 1
    found = [(counter, fact) for counter, fact in enumerate(told, first) if span.holds(fact.instant)]
    many = len(found) > MOST_ALONE
    history = log.survey(last) if many else log.recalled(last, lambda _: [fact.subject for _, fact in found])[0]
    return {
        **span.as_json(),
        "known_at": history.size,
        "offers": [
            {
                "offer": bare_id(fact.subject),
                "donor": fact.data["donor"],
                "at": paris_text(fact.instant),
                "position": fact.position,
                "counter": counter,
                **offer_state(history.of(fact.subject)).as_json(),
            }
            for counter, fact in found
        ],
    }


def last_offer(log: EventLog, last: int, at: int) -> dict[str, Any] | None:
    """The last offer made by an instant, of those up to a position; None where there is none."""
    made = [fact for fact in log.offers(last) if fact.instant <= at]
    if not made:
        return None
    found = max(made, key=lambda fact: (fact.instant, fact.position))
    return {"offer": bare_id(found.subject), "at": paris_text(found.instant)}


def instants_of(log: EventLog, last: int, name: str) -> list[int]:
    """The instants of the offers up to a position that an id names: an offer's own, or its donor's."""
    wanted = name.lower()
    return sorted(
        fact.instant
        for fact in log.offers(last)
        if wanted in (bare_id(fact.subject).lower(), str(fact.data["donor"]).lower())
    )
