"""The human acts of an offer: proposals, answers and closing, by position, laid beside the ranking.

A ranking allocates nothing. An act is a deviation where it passes over somebody ranked higher to whom the
graft had not been proposed before (a proposal), or who had not declined it (an acceptance, a closing), or
where it is about somebody whom the ranking does not hold.
"""

from decimal import Decimal
from typing import Any

from engine.log.history import Fact, SubjectHistory
from replay.run.matchrun import MatchRun

MADE, DECLINED, ACCEPTED, CLOSED = "proposal.made", "proposal.declined", "proposal.accepted", "offer.closed"
RECORDED = "match-run.recorded"


def acts(run: MatchRun, offer: SubjectHistory, known_at: int) -> list[dict[str, Any]]:
    """Every act by position, each with the ranks it passes over."""
    places = {entry.standing.id: rank for rank, entry in enumerate(run.ranking, 1)}
    proposed: set[str] = set()
    declined: set[str] = set()
    found = []
    for fact in sorted(offer.facts.values(), key=lambda each: each.position):
        if fact.kind not in (MADE, DECLINED, ACCEPTED, CLOSED) or fact.position > known_at:
            continue
        candidate = fact.data.get("candidate")
        free_to_pass = (proposed if fact.kind == MADE else set()) | declined
        found.append(_act(fact, candidate, places, free_to_pass))
        if candidate and fact.kind == MADE:
            proposed.add(candidate)
        if candidate and fact.kind == DECLINED:
            declined.add(candidate)
    return found


def _act(fact: Fact, candidate: str | None, places: dict[str, int], free_to_pass: set[str]) -> dict[str, Any]:
    rank = places.get(candidate) if candidate else None
    allocates = candidate is not None and fact.kind != DECLINED
    passed = [
        {"rank": place, "candidate": other}
        for other, place in places.items()
        if allocates and rank is not None and place < rank and other not in free_to_pass
    ]
    return {
        "position": fact.position,
        "what": fact.kind,
        "time": fact.time,
        "actor": fact.actor,
        "candidate": candidate,
        "rank": rank,
        "outcome": fact.data.get("outcome"),
        "reason": fact.data.get("reason"),
        "passed_over": passed,
        "deviation": bool(passed) or (allocates and rank is None),
        "corrected_at": list(fact.corrected_at),
    }


def withdrawn(offer: SubjectHistory) -> list[dict[str, int]]:
    """Facts about the offer that were retracted since, and where."""
    return [{"position": at, "retracted_at": by} for at, by in sorted(offer.retracted.items())]


def recorded_runs(run: MatchRun, offer: SubjectHistory) -> list[dict[str, Any]]:
    """Rankings recorded at the time, each compared with the one computed again here, rank by rank."""
    ours = {entry.standing.id: (rank, entry.snagc) for rank, entry in enumerate(run.ranking, 1)}
    found = []
    for fact in offer.of_kind(RECORDED):
        theirs = {each["candidate"]: (each["rank"], each["snagc"]) for each in fact.data["ranking"]}
        both = sorted({*ours, *theirs}, key=lambda each: (ours.get(each) or theirs[each], each))
        digest = fact.data.get("digest")
        found.append({
            "position": fact.position,
            "engine": fact.data.get("engine"),
            "source": fact.source,
            "digest": digest,
            "same_digest": None if digest is None else digest == run.digest(),
            "differing": [each for each in both if not _same(ours.get(each), theirs.get(each))],
        })  # fmt: skip
    return found


def _same(a: tuple[int, str] | None, b: tuple[int, str] | None) -> bool:
    """Whether both have the same place and the same score, however many zeros it is written with."""
    if a is None or b is None:
        return a is b
    return a[0] == b[0] and Decimal(a[1]) == Decimal(b[1])
