"""Rules about human acts, asked about one act: the same as in ``audit --acts``, which asks about whole offers.

The run an act is held against is the one recorded with its offer, else its replay; where neither is to be had, only
what acts say of each other is looked at. Of those passed over the one ranked best is named: ``audit --acts`` names
them all.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from engine.events.subjects import bare_id
from engine.intake.acts.codes import ACTS, CODES, RECORDED, TRANSPLANTED, ActFinding
from engine.intake.acts.held import Held, Offer, about, findings, recorded_ranking, transplants_from
from engine.intake.plausibility.rule import Find, Found, Known, Rule
from engine.log.course import Course
from engine.log.history import OFFERED, Fact, SubjectHistory

_ASKED = "the act asked about last"
_ELSEWHERE = ("offer_unknown", "candidate_unknown")
"""Codes that are rules about any fact."""
_PATHS = {
    "donor_offered_twice": "data.donor", "act_before_offer": "time", "act_after_closing": "time",
    "answer_before_proposal": "time",
}  # fmt: skip


@dataclass(slots=True)
class _Kept:
    """An offer's acts as far as they were looked at, and what was found where that was all of it."""

    state: tuple[int, bool, bool]
    """How many amendments there were, and whether offer and run were known."""
    count: int
    held: Held
    found: list[ActFinding] | None


def _asking(code: str) -> Find:
    """The rule of a code, about one act."""

    def find(fact: Fact, course: Course, known: Known) -> Found | None:
        for found in _about(fact, known):
            if found.code == code and found.told_at == fact.position:
                path = "subject" if fact.kind == TRANSPLANTED else "data.candidate"
                return _PATHS.get(code, path), found.message
        return None

    find.__name__, find.__doc__ = code, CODES[code].meaning
    return find


def _is_found(fact: Fact, course: Course, known: Known) -> bool:
    """Whether anything at all is found about an act: of nearly all, nothing is."""
    return bool(_about(fact, known))


RULES = [Rule(code, each.kinds, _asking(code), _is_found) for code, each in CODES.items() if code not in _ELSEWHERE]


def named_by(fact: Fact, code: str, known: Known) -> Iterator[str]:
    """The candidates whom the words of a code about an act name."""
    if code in CODES and code not in _ELSEWHERE:
        for found in _about(fact, known):
            if found.code == code and found.candidate is not None:
                yield from (found.details[name] for name in ("candidate", "other") if found.details.get(name))


def _about(fact: Fact, known: Known) -> list[ActFinding]:
    """What is found about an act; kept until the next, since every rule asks the same."""
    asked: tuple[Fact, list[ActFinding]] | None = known.kept.get(_ASKED)
    if asked is None or asked[0] is not fact:
        known.kept[_ASKED] = asked = fact, _found_about(fact, known)
    return asked[1]


def _found_about(fact: Fact, known: Known) -> list[ActFinding]:
    if fact.kind == OFFERED:
        first = next(iter(known.offers_of(fact.data["donor"])), fact)
        history = SubjectHistory(facts={fact.position: fact})
        earlier = None if first.position == fact.position else first
        return findings(Offer(bare_id(fact.subject), history, _nobody, None, earlier=earlier))
    if fact.kind == TRANSPLANTED:
        if "offer" not in fact.data:
            return []
        offer = _offer(fact.data["offer"], fact, known)
        known.kept.pop(offer.id, None)
        return findings(offer)
    return _of_act(bare_id(fact.subject), fact, known)


def _of_act(name: str, fact: Fact, known: Known) -> list[ActFinding]:
    """What is found about a proposal, an answer or a closing.

    As acts come in, each is taken after those before it; over a history that stands still, all are looked at once.
    """
    history = known.subject(fact.subject)
    state = len(history.amendments), OFFERED in history.kinds, RECORDED in history.kinds
    kept: _Kept | None = known.kept.get(name)
    if kept is not None and kept.state == state:
        if kept.count == len(history.facts) and kept.found is not None:
            return kept.found
        if kept.count + 1 == len(history.facts) and fact.effective > kept.held.last and kept.held.grafted is None:
            kept.count, kept.found = kept.count + 1, None
            return kept.held.take_next(fact)
    held = Held(_offer(name, fact, known))
    found = held.take_all()
    known.kept[name] = _Kept(state, len(history.facts), held, found)
    return found


def _offer(name: str, fact: Fact, known: Known) -> Offer:
    offer = known.subject(f"offer/{name}")
    concerned = {who: None for act in (*offer.of_kind(*ACTS), fact) if (who := about(act))}
    grafts = [graft for who in concerned for graft in transplants_from(name, known.subject(f"candidate/{who}"))]
    kept: _Kept | None = known.kept.get(name)
    ranked = kept.held.offer.ranked if kept is not None and kept.state[-1] else recorded_ranking(offer)
    if ranked is None and (offered := offer.of_kind(OFFERED)):
        ranked = known.ranking(offered[0])
    return Offer(name, offer, lambda who: known.subject(f"candidate/{who}"), ranked, grafts, every=False)


def _nobody(who: str) -> SubjectHistory:
    """No candidate is asked about where an offer alone is looked at."""
    return SubjectHistory()
