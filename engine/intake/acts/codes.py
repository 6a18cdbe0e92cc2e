"""Every rule about human acts: its code, the facts it looks at, what it finds and what it says."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.log.history import OFFERED

MADE, ACCEPTED, DECLINED, CLOSED = "proposal.made", "proposal.accepted", "proposal.declined", "offer.closed"
TRANSPLANTED, DELISTED, REGISTERED = "candidate.transplanted", "candidate.delisted", "candidate.registered"
SUSPENDED, REINSTATED, RECORDED = "candidate.suspended", "candidate.reinstated", "match-run.recorded"
ACTS = (MADE, ACCEPTED, DECLINED, CLOSED)
WORDS = {
    MADE: "proposal", ACCEPTED: "acceptance", DECLINED: "refusal", CLOSED: "closing", TRANSPLANTED: "transplantation"
}  # fmt: skip

ALLOCATING = (MADE, ACCEPTED, CLOSED, TRANSPLANTED)


@dataclass(frozen=True, slots=True)
class Code:
    """A rule about acts: the kinds of facts it looks at, what it finds, and the sentence it says."""

    kinds: tuple[str, ...]
    meaning: str
    sentence: str


CODES: Mapping[str, Code] = {
    "offer_unknown": Code(
        (*ACTS, TRANSPLANTED),
        "An act about an offer that was not made so far.",
        "offer {offer} is unknown so far",
    ),
    "donor_offered_twice": Code(
        (OFFERED,),
        "A second offer of one donor: it advances the national counter again.",
        "donor {donor} was offered before, as {other} at position {against}",
    ),
    "act_before_offer": Code(
        (*ACTS, TRANSPLANTED),
        "An act dated before its offer; one known by its day alone, on an earlier day.",
        "the {act} is dated {time}, before the offer at {other_time}",
    ),
    "act_after_closing": Code(
        ACTS,
        "A proposal, an answer or a closing after the offer was closed.",
        "the {act} at {time} comes after the closing of the offer at {other_time}",
    ),
    "candidate_unknown": Code(
        ALLOCATING,
        "An act for a candidate that no registration is known of.",
        "candidate {candidate} is unknown so far",
    ),
    "candidate_delisted": Code(
        ALLOCATING,
        "An act for a candidate who was delisted, or transplanted otherwise, by then.",
        "candidate {candidate} was off the list before the {act} at {time}: {other_act} {other_time}",
    ),
    "not_on_run": Code(
        ALLOCATING,
        "An act for a candidate whom the offer's run does not rank: excluded, suspended or not listed.",
        "candidate {candidate} is not ranked by the run of this offer: excluded, or not on the list",
    ),
    "proposed_out_of_order": Code(
        (MADE,),
        "A proposal while somebody ranked better, and still on the list, had neither proposal nor refusal.",
        "proposed at rank {rank} before {other} at rank {other_rank} was asked",
    ),
    "skipped": Code(
        ALLOCATING,
        "Somebody ranked better, who had not declined when another was accepted or was passed over and never asked.",
        "at rank {rank}, had not declined at the {act} for {other} at rank {other_rank}",
    ),
    "answer_without_proposal": Code(
        (ACCEPTED, DECLINED),
        "An answer to no known proposal.",
        "the {act} at {time} answers no known proposal to {candidate}",
    ),
    "answer_before_proposal": Code(
        (ACCEPTED, DECLINED, MADE),
        "An answer that takes effect before its proposal.",
        "the {act} at {time} comes before the proposal to {candidate} at {other_time}",
    ),
    "answer_contradictory": Code(
        (ACCEPTED, DECLINED),
        "An acceptance and a refusal for one candidate without a new proposal in between.",
        "the {act} at {time} contradicts the {other_act} by {candidate} at {other_time}",
    ),
    "accepted_twice": Code(
        (ACCEPTED,),
        "A second acceptance from one offer, where the first was not taken back.",
        "accepted at {time}, after the acceptance for {other} at {other_time}",
    ),
    "transplanted_twice": Code(
        (TRANSPLANTED,),
        "A second transplantation from one offer.",
        "a second transplantation from one offer: {other} was transplanted at {other_time}",
    ),
    "transplanted_another": Code(
        (TRANSPLANTED,),
        "A transplantation of another candidate than the one accepted.",
        "transplanted, where the {other_act} is for {other}",
    ),
    "closed_for_another": Code(
        (CLOSED, TRANSPLANTED),
        "A closing that names another candidate than the one accepted, or transplanted.",
        "closed for {candidate}, where the {other_act} is for {other}",
    ),
    "outcome_contradicted": Code(
        (CLOSED, TRANSPLANTED),
        "A closing without transplantation of an offer that somebody was transplanted from.",
        "the closing says {outcome}, and {candidate} was transplanted from this offer",
    ),
}
"""Every rule about acts."""


@dataclass(frozen=True, slots=True)
class ActFinding:
    """What does not fit about an act: a code, whom and which position it is about, and what its sentence names.

    ``against`` is the position of the other fact it does not fit with, where there is one.
    """

    code: str
    candidate: str | None
    position: int
    details: Mapping[str, Any]
    against: int | None = None
    told_at: int = 0
    """Where a warning belongs: the later in the log of the two acts that do not fit together."""

    @property
    def message(self) -> str:
        """The sentence."""
        acts = {name: WORDS[self.details[name]] for name in ("act", "other_act") if self.details.get(name) in WORDS}
        return CODES[self.code].sentence.format(**{**self.details, **acts, "against": self.against})

    def as_json(self) -> dict[str, Any]:
        """Code, candidate, position and sentence."""
        found = {"code": self.code, "candidate": self.candidate, "position": self.position}
        return {**found, "message": self.message}
