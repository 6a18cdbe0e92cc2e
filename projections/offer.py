"""An offer at a position: what became of it, by the human acts known there, in the order in which they took effect."""

from dataclasses import dataclass, field
from typing import Any

from engine.log.history import SubjectHistory

OFFERED, PROPOSED, ACCEPTED = "offered", "proposed", "accepted"
_ANSWERS = {"proposal.accepted": "accepted", "proposal.declined": "declined"}


@dataclass(slots=True)
class OfferState:
    """Whom the graft was proposed to with each latest answer (None while there is none), and how the offer ended."""

    proposals: dict[str, str | None] = field(default_factory=dict)
    outcome: str | None = None
    candidate: str | None = None
    """Whom the closing names."""
    recorded_runs: list[int] = field(default_factory=list)
    """Positions of the recorded match runs."""

    @property
    def accepted(self) -> list[str]:
        """Who accepted, in the order of the proposals."""
        return [name for name, answer in self.proposals.items() if answer == "accepted"]

    @property
    def state(self) -> str:
        """offered, proposed, accepted, or the outcome: transplanted, discarded, withdrawn."""
        if self.outcome is not None:
            return self.outcome
        if self.accepted:
            return ACCEPTED
        return PROPOSED if None in self.proposals.values() else OFFERED

    def as_json(self) -> dict[str, Any]:
        """The state and what it was read from."""
        return {
            "state": self.state,
            "proposals": [{"candidate": name, "answer": answer} for name, answer in self.proposals.items()],
            "accepted": self.accepted,
            "outcome": self.outcome,
            "candidate": self.candidate,
            "recorded_runs": self.recorded_runs,
        }


def offer_state(known: SubjectHistory) -> OfferState:
    """What the facts about an offer tell, acts by their time, then position."""
    found = OfferState()
    for fact in known.in_effective_order():
        candidate = fact.data.get("candidate")
        if fact.kind == "proposal.made":
            found.proposals[fact.data["candidate"]] = None
        elif fact.kind in _ANSWERS:
            found.proposals[fact.data["candidate"]] = _ANSWERS[fact.kind]
        elif fact.kind == "offer.closed":
            found.outcome, found.candidate = fact.data["outcome"], candidate
        elif fact.kind == "match-run.recorded":
            found.recorded_runs.append(fact.position)
    return found
