"""The national list without a donor, one candidate's panel and a team's work lists: what each answers."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from engine.errors import UnknownError
from engine.log.history import History
from engine.log.imports import recorded_times_note
from engine.quantities import paris_text
from engine.rules.readings import Readings
from engine.rules.ruleset import RuleSet
from engine.text import counted
from projections.panel import panel, state
from projections.standing import Standing
from projections.ties import ties_of
from projections.waiting_list import Place, knows_centre, waiting_list
from projections.worklists import worklist
from replay.run.asked import Asked
from replay.run.moments import counter_at, rules_for


@dataclass(frozen=True, slots=True)
class DatedList:
    """The national list at an instant, with what it was made from."""

    history: History
    at: int
    counter: int
    rules: RuleSet
    readings: Readings
    places: list[Place]
    note: str | None
    """What to say of recorded times that an importer declared."""

    def header(self) -> dict[str, Any]:
        """at, known_at, counter, ruleset and readings."""
        return {
            "at": paris_text(self.at),
            "known_at": self.history.size,
            "counter": self.counter,
            "ruleset": self.rules.id,
            "readings": self.readings.as_json(),
        }

    def scored(self) -> list[tuple[str, Standing]]:
        """The list as published scores and standings."""
        return [(str(place.standing.raw_fields()["ccb"]), place.standing) for place in self.places]

    def as_json(self, *, alerts: bool = True) -> dict[str, Any]:
        """The document of ``list``; without ``alerts``, those are for ``fill_in``."""
        return {**self.header(), "candidates": [place.as_json(alerts=alerts) for place in self.places]}

    def fill_in(self, document: dict[str, Any], shown: Collection[str]) -> None:
        """Put the alerts of some candidates into a document made without: to find all of them takes half its time."""
        codes = {place.standing.id: place for place in self.places if place.standing.id in shown}
        for entry in document["candidates"]:
            if entry["candidate"] in codes:
                entry["alerts"] = codes[entry["candidate"]].codes


def dated_list(asked: Asked) -> DatedList:
    """The list at the instant asked, as known then or as asked, for the offer that would come next."""
    log, at, readings = asked.log, asked.instant(), asked.chosen_readings()
    rules, known = rules_for(at, asked.ruleset), asked.position()
    last = log.position_at(at) if known is None else known
    history, _ = log.recalled(last, lambda index: index.may_be_listed(at))
    counter = counter_at(log, last) + 1
    places, note = waiting_list(history, at, counter, rules, readings), recorded_times_note(log, last)
    return DatedList(history, at, counter, rules, readings, places, note)


def candidate_document(asked: Asked, candidate: str) -> dict[str, Any]:
    """The document of ``candidate``: the panel of guide 2.1.3 and the state behind it."""
    found = dated_list(asked)
    known = found.history.of(f"candidate/{candidate}")
    about = state(known, found.at)
    if about is None:
        facts = sum(fact.instant <= found.at for fact in known.facts.values())
        detail = f"; {counted(facts, 'fact')} {'is' if facts == 1 else 'are'} known about it" if facts else ""
        raise UnknownError(
            f"candidate {candidate!r} is not registered at {paris_text(found.at)} "
            f"as known at position {found.history.size}{detail}",
            "candidate", candidate=candidate, at=paris_text(found.at), position=found.history.size,
        )  # fmt: skip
    place = next((place for place in found.places if place.standing.id == candidate), None)
    return {
        "candidate": candidate,
        **found.header(),
        **about,
        "panel": panel(place, found.at, found.rules) if place else None,
        "ties": [each.as_json() for each in ties_of(candidate, found.scored())],
        "alerts": [alert.as_json() for alert in place.alerts] if place else [],
    }


def worklist_document(asked: Asked, name: str, centre: str) -> dict[str, Any]:
    """The document of ``worklist``: one of the four lists of guide 2.5, for a centre."""
    return worklist_of(dated_list(asked), name, centre)


def worklist_of(found: DatedList, name: str, centre: str) -> dict[str, Any]:
    """The same, of a list that is there already."""
    if not knows_centre(found.history, centre):
        message = f"centre {centre!r} is in no registration and no travel matrix of this log: check --centre"
        raise UnknownError(message, "centre", centre=centre)
    rows = worklist(name, found.places, centre, found.at, found.rules)
    return {"worklist": name, "centre": centre, **found.header(), "candidates": rows}
