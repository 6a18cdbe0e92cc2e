"""The offers in the order of the log, each with its number and what became of it."""

from dataclasses import replace
from typing import Any

from engine.events.subjects import bare_id
from engine.quantities import paris_text
from projections.offer import offer_state
from replay.run.asked import Asked


def offers_document(asked: Asked) -> dict[str, Any]:
    """The document of ``offers``: those of the span asked, as known now or as asked."""
    span = asked.span()
    history = asked.log.history(replace(asked, known_at=asked.known_at or "now").position())
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
            for counter, fact in enumerate(history.offers, history.counter_start + 1)
            if span.holds(fact.instant)
        ],
    }
