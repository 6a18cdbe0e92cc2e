"""What of a warning its sender may be told: the words that come of the event alone, and of what the sender may read.

They are found by looking again with less: what the rules say of a log without the others' facts tells nothing of them.
So a rule need not say what it quotes, and one that comes later cannot forget to.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace

from engine.intake.plausibility.acts import named_by
from engine.intake.plausibility.rule import Known
from engine.intake.verdicts import Notice
from engine.log.history import CORRECTED, Fact, SubjectHistory

MayRead = Callable[[Fact], bool]
"""Whether a sender may read a stored event."""
Look = Callable[[Fact, SubjectHistory, Known], Iterable[Notice]]
"""What looks wrong about a fact of a subject, as known."""


def with_less(notices: list[Notice], look: Look, fact: Fact, known: Known, may_read: MayRead) -> list[Notice]:
    """The warnings about a fact, each with what is said of it by less, and whose facts it tells of.

    A correction is never looked at alone: its sender may read its target, for none is sent by anybody else.
    """
    if not notices:
        return notices
    spoken_of = _spoken_of(fact, known)
    stated = {fact.position, spoken_of.position, *spoken_of.corrected_at}
    alone = _words(look, fact, known, stated, lambda _: False) if spoken_of is fact else {}
    own = _words(look, fact, known, stated, may_read)
    return [
        replace(
            each,
            alone=alone.get((each.code, each.path)),
            own=own.get((each.code, each.path)),
            about=_about(spoken_of, each.code, known),
        )
        for each in notices
    ]


def _spoken_of(fact: Fact, known: Known) -> Fact:
    """The fact itself, or the one that it corrects."""
    if fact.kind != CORRECTED:
        return fact
    subject, event = known.subject(fact.subject), fact.data["event"]
    return subject.facts[subject.positions[event["source"], event["id"]]]


def _words(
    look: Look, fact: Fact, known: Known, stated: Collection[int], may_read: MayRead
) -> dict[tuple[str, str], str]:
    """What is said of a fact, by code and path, where no other than those that may be read are known."""

    def keeps(other: Fact) -> bool:
        return other.position in stated or may_read(other)

    narrowed = Known(
        lambda name: known.subject(name).only(keeps), {}, lambda donor: [*filter(keeps, known.offers_of(donor))]
    )
    found = look(fact, narrowed.subject(fact.subject), narrowed)
    return {(notice.code, notice.path): notice.message for notice in found}


def _about(fact: Fact, code: str, known: Known) -> tuple[str, ...]:
    """The subjects whose facts words about a fact may tell of, its own first."""
    named = [f"{kind}/{fact.data[kind]}" for kind in ("candidate", "donor") if kind in fact.data]
    others = (f"candidate/{each}" for each in named_by(fact, code, known))
    return tuple(dict.fromkeys((fact.subject, *named, *others)))
