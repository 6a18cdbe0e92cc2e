"""The offers at which a graft was proposed to a candidate, its rank then and what was answered.

No index leads from a candidate to its proposals. They are looked for among the offers made while it was on the list,
whose acts are looked through for its name; what names it is then read as any history is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from engine.events.canonical import canonical_json
from engine.events.subjects import bare_id
from engine.intake.acts.codes import ACCEPTED, DECLINED, DELISTED, MADE, RECORDED, REGISTERED, TRANSPLANTED
from engine.intake.acts.held import recorded_ranking
from engine.log.eventlog import EventLog
from engine.log.history import Fact, SubjectHistory, kind_of
from engine.quantities import paris_text
from projections.panel import event_of
from replay.run.asked import Asked


@dataclass(slots=True)
class Proposal:
    """What was proposed last and what was answered to it; None where there was none."""

    made: Fact | None = None
    answer: Fact | None = None

    @property
    def begun(self) -> tuple[int, int]:
        """When: as proposed, or as answered where no proposal is known; for the order."""
        first = self.made or self.answer
        assert first is not None, "there is one of both"
        return first.effective


def proposals_document(asked: Asked, candidate: str, most: int | None = None) -> dict[str, Any]:
    """The proposals to a candidate by the instant asked, as known then or as asked, the newest first.

    ``most``: no more than these; ``count`` says how many there are. The rank is that of the run first recorded with the
    offer, null where none is or the candidate is not on it.
    """
    log, at, known = asked.log, asked.instant(), asked.position()
    last = log.position_at(at) if known is None else known
    history, _ = log.recalled(last, lambda _: [f"candidate/{candidate}"])
    offers = _naming(log, last, _offers_meanwhile(log, last, history.of(f"candidate/{candidate}"), at), candidate)
    history, _ = log.recalled(last, lambda _: offers)
    found = [(subject, history.of(subject)) for subject in offers]
    told = [(proposal, subject, known) for subject, known in found if (proposal := _proposal(known, candidate, at))]
    told.sort(key=lambda each: each[0].begun, reverse=True)
    return {
        "candidate": candidate,
        "known_at": last,
        "count": len(told),
        "proposals": [_told(proposal, subject, known, candidate) for proposal, subject, known in told[:most]],
    }


def _offers_meanwhile(log: EventLog, last: int, known: SubjectHistory, at: int) -> list[str]:
    """The offers made from a candidate's registration until it left the list."""
    standing = [fact for fact in known.of_kind(REGISTERED, DELISTED, TRANSPLANTED) if fact.instant <= at]
    registered = [fact.instant for fact in standing if fact.kind == REGISTERED]
    if not registered:
        return []
    left = at if standing[-1].kind == REGISTERED else standing[-1].instant
    return [fact.subject for fact in log.offers(last) if registered[0] <= fact.instant <= left]


def _naming(log: EventLog, last: int, offers: Sequence[str], candidate: str) -> list[str]:
    """Those of some offers whose acts name a candidate: a recorded ranking names everybody."""
    name = canonical_json(candidate)
    return [
        subject
        for subject, rows in log.recorder.streams(offers, last)
        if any(kind_of(topic) != RECORDED and name in state for _, topic, state in rows)
    ]


def _proposal(known: SubjectHistory, candidate: str, at: int) -> Proposal | None:
    """What was proposed to a candidate at an offer by an instant; None where nothing was."""
    found = None
    for fact in _acts(known, candidate, at):
        found = found or Proposal()
        if fact.kind == MADE:
            found.made, found.answer = fact, None
        else:
            found.answer = fact
    return found


def _acts(known: SubjectHistory, candidate: str, at: int) -> Iterator[Fact]:
    for fact in known.of_kind(MADE, ACCEPTED, DECLINED):
        if fact.instant <= at and fact.data["candidate"] == candidate:
            yield fact


def _told(proposal: Proposal, subject: str, known: SubjectHistory, candidate: str) -> dict[str, Any]:
    ranks = {name: rank for rank, name in enumerate(recorded_ranking(known) or (), 1)}
    made, answer = proposal.made, proposal.answer
    return {
        "offer": bare_id(subject),
        "rank": ranks.get(candidate),
        "proposed": None if made is None else {"at": paris_text(made.instant), **event_of(made)},
        "answer": None
        if answer is None
        else {
            "what": answer.kind.rpartition(".")[2],
            "at": paris_text(answer.instant),
            "reason": answer.data.get("reason"),
            **event_of(answer),
        },
    }
