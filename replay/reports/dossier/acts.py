"""The human acts of an offer: proposals, answers and closing, as they took effect, laid beside the ranking.

A ranking allocates nothing. The ranking they are held against is the one recorded at the time, else the one computed
here; what is found about them is found by the rules of ``audit --acts``.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from engine.intake.acts.codes import ACTS, RECORDED, ActFinding
from engine.intake.acts.held import about, recorded_ranking
from engine.log.history import Fact, History, SubjectHistory
from replay.audit.acts import findings_at

OFF_RUN = ("not_on_run", "candidate_delisted", "candidate_unknown")


def acts(
    name: str, replayed: Sequence[str], now: History, offers_of: Callable[[str], Sequence[Fact]]
) -> dict[str, Any]:
    """Every act as it took effect, with the ranks it passes over, and all that is found about them.

    ``replayed`` are the candidates by rank as computed here, ``offers_of`` gives the offers of a donor.
    """
    offer = now.of(f"offer/{name}")
    recorded = recorded_ranking(offer)
    ranked = list(replayed) if recorded is None else recorded
    found = findings_at(now, name, ranked, offers_of)
    places = {candidate: rank for rank, candidate in enumerate(ranked, 1)}
    facts = offer.of_kind(*ACTS)
    return {
        "acts": [_act(fact, places, [each for each in found if each.position == fact.position]) for fact in facts],
        "findings": [{**each.as_json(), "against": each.against, "details": dict(each.details)} for each in found],
    }


def _act(fact: Fact, places: dict[str, int], found: Sequence[ActFinding]) -> dict[str, Any]:
    candidate = about(fact)
    asked_past = [name for each in found for name in each.details.get("passed", ())]
    skipped = [each.candidate for each in found if each.code == "skipped"]
    passed = sorted({(places[name], name) for name in (*asked_past, *skipped) if name})
    return {
        "position": fact.position,
        "what": fact.kind,
        "time": fact.time,
        "actor": fact.actor,
        "candidate": candidate,
        "rank": places.get(candidate) if candidate else None,
        "outcome": fact.data.get("outcome"),
        "reason": fact.data.get("reason"),
        "passed_over": [{"rank": rank, "candidate": name} for rank, name in passed],
        "deviation": bool(passed) or any(each.code in OFF_RUN for each in found),
        "corrected_at": list(fact.corrected_at),
    }


def withdrawn(offer: SubjectHistory) -> list[dict[str, int]]:
    """Facts about the offer that were retracted since, and where."""
    return [{"position": at, "retracted_at": by} for at, by in sorted(offer.retracted.items())]


def recorded_runs(ours: Mapping[str, tuple[int, str]], digest: str, offer: SubjectHistory) -> list[dict[str, Any]]:
    """Rankings recorded at the time, each compared with the one computed again here, rank by rank.

    ``ours`` gives rank and score of a candidate in it, ``digest`` is that of the decision.
    """
    found = []
    for fact in offer.of_kind(RECORDED):
        theirs = {each["candidate"]: (each["rank"], each["snagc"]) for each in fact.data["ranking"]}
        differing = [each for each in _by_place(ours, theirs) if not _same(ours.get(each), theirs.get(each))]
        theirs_digest = fact.data.get("digest")
        found.append({
            "position": fact.position,
            "engine": fact.data.get("engine"),
            "source": fact.source,
            "digest": theirs_digest,
            "same_digest": None if theirs_digest is None else theirs_digest == digest,
            "differing": differing,
            "differences": [_difference(each, ours.get(each), theirs.get(each)) for each in differing],
        })  # fmt: skip
    return found


def _difference(candidate: str, ours: tuple[int, str] | None, theirs: tuple[int, str] | None) -> dict[str, Any]:
    """Rank and score of a candidate as recorded and as calculated again; null where not ranked."""
    (rank, snagc), (rank_recorded, snagc_recorded) = ours or (None, None), theirs or (None, None)
    recorded = {"rank_recorded": rank_recorded, "snagc_recorded": snagc_recorded}
    return {"candidate": candidate, **recorded, "rank": rank, "snagc": snagc}


def _by_place(ours: Mapping[str, tuple[int, str]], theirs: Mapping[str, tuple[int, str]]) -> list[str]:
    return sorted({*ours, *theirs}, key=lambda each: (ours.get(each) or theirs[each], each))


def _same(a: tuple[int, str] | None, b: tuple[int, str] | None) -> bool:
    """Whether both have the same place and the same score, however many zeros it is written with."""
    if a is None or b is None:
        return a is b
    return a[0] == b[0] and Decimal(a[1]) == Decimal(b[1])
