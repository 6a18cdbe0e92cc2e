"""The match run: one pure function of (log prefix, offer, rule set, readings).

Every figure and every reason of one offer. Where many offers are put in order along a log (replay.run.following), the
rules are the same text, and what is recorded there is held against this.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any

from engine.events.canonical import canonical_json, sha256_hex
from engine.events.subjects import bare_id
from engine.log.history import Fact, History
from engine.quantities import PUBLISHED, paris_text, published_text
from engine.rules.readings import Readings
from engine.rules.ruleset import RuleSet
from projections.column_scores import score_in_columns
from projections.donor import DonorView
from projections.folds import Folds
from projections.gather import Gathered, gather
from projections.rank import rank
from projections.score import ExactScore, Score, Scoring
from projections.standing import Standing


@dataclass(frozen=True, slots=True)
class Moment:
    """What a run looks at: the prefix of the log up to ``known_at`` and its root, the offer, rules and readings.

    The history must not learn more while the moment is in use.
    """

    history: History
    known_at: int
    root: str
    offer: Fact
    counter: int
    rules: RuleSet
    readings: Readings


@dataclass(frozen=True, slots=True)
class Entry:
    """One candidate in a run: ranked where ``reasons`` is empty, else excluded for them."""

    standing: Standing
    figures: dict[str, str]
    """The published figures with the donor, in the order of the contract."""
    travel_minutes: int
    reasons: tuple[str, ...]

    @property
    def snagc(self) -> str:
        """The published national score."""
        return self.figures["snagc"]

    def as_json(self) -> dict[str, Any]:
        """The entry's fields in the order of the contract, without rank and reasons."""
        *matching, mg, snagc = self.figures
        return {
            "candidate": self.standing.id,
            **self.standing.raw_fields(),
            **{name: self.figures[name] for name in matching},
            "travel_minutes": self.travel_minutes,
            **{name: self.figures[name] for name in (mg, snagc)},
        }


@dataclass(frozen=True, slots=True)
class MatchRun:
    """The outcome: who is ranked, in order, and who is excluded, and why."""

    moment: Moment
    donor: DonorView
    ranking: tuple[Entry, ...]
    excluded: tuple[Entry, ...]

    def header(self) -> dict[str, Any]:
        """What the run is about: everything but the candidates."""
        return header_of(self.moment, self.donor.id)

    def scored(self) -> list[tuple[str, Standing]]:
        """The ranking as published scores and standings."""
        return [(entry.snagc, entry.standing) for entry in self.ranking]

    def decision(self) -> dict[str, Any]:
        """The decision alone, which the digest covers."""
        ranking = [(entry.standing.id, entry.snagc) for entry in self.ranking]
        return decision_of(self.header(), ranking, [entry.standing.id for entry in self.excluded])

    def digest(self) -> str:
        """SHA-256 of the canonical JSON of the decision."""
        return digest_of(self.decision())

    def exactly(self, entry: Entry) -> ExactScore:
        """An entry's score with every digit."""
        moment, listed = self.moment, entry.standing.listed
        return ExactScore(listed, Gathered((listed,), self.donor, moment.counter, moment.rules, moment.readings))

    def as_json(self) -> dict[str, Any]:
        """The document of the contract."""
        return {
            **self.header(),
            "ranking": [{"rank": rank, **entry.as_json()} for rank, entry in enumerate(self.ranking, 1)],
            "excluded": [_with_reasons(entry) for entry in self.excluded],
            "digest": self.digest(),
        }


def header_of(moment: Moment, donor: str) -> dict[str, Any]:
    """What a run at a moment is about."""
    return header(moment.offer, donor, moment.known_at, moment.root, moment.counter, moment.rules, moment.readings)


def header(
    offer: Fact, donor: str, known_at: int, root: str, counter: int, rules: RuleSet, readings: Readings
) -> dict[str, Any]:
    """What a run is about."""
    return {
        "offer": bare_id(offer.subject),
        "donor": donor,
        "at": paris_text(offer.instant),
        "known_at": known_at,
        "counter": counter,
        "ruleset": rules.id,
        "readings": readings.as_json(),
        "log": {"size": known_at, "root": root},
    }


def decision_of(header: dict[str, Any], ranking: Sequence[tuple[str, str]], excluded: Sequence[str]) -> dict[str, Any]:
    """The decision: candidates with their scores in order, and the ids of those excluded."""
    return {**header, "ranking": ranking_of(ranking), "excluded": list(excluded)}


def ranking_of(ranking: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
    """Candidates with their scores in order, as a decision and its record have them."""
    return [{"rank": n, "candidate": candidate, "snagc": snagc} for n, (candidate, snagc) in enumerate(ranking, 1)]


def ranking_json(places: Sequence[tuple[str, int]]) -> bytes:
    """The canonical JSON of ``ranking_of``, from points in millionths; ids hold nothing that JSON escapes."""
    said: list[Any] = list(chain.from_iterable(places))
    said[1::2] = [points / 1_000_000 for points in said[1::2]]
    form = ",".join(_lines(1 << len(places).bit_length())[: len(places)])
    return f"[{form % tuple(said)}]".encode()


@lru_cache
def _lines(count: int) -> list[str]:
    """The entries of a ranking, to be filled in."""
    return [f'{{"candidate":"%s","rank":{n},"snagc":"{PUBLISHED}"}}' for n in range(1, count + 1)]


def digest_of(decision: dict[str, Any]) -> str:
    """SHA-256 of the canonical JSON of a decision."""
    return sha256_hex(canonical_json(decision))


def _with_reasons(entry: Entry) -> dict[str, Any]:
    fields = entry.as_json()
    return {"candidate": fields.pop("candidate"), "reasons": list(entry.reasons), **fields}


def match_run(moment: Moment, score: Scoring = score_in_columns, folds: Folds | None = None) -> MatchRun:
    """Rank every active candidate for the offered graft; ``folds`` are kept between runs over one history."""
    gathered = _gathered(moment, folds)
    scores = score(gathered)
    ranked, excluded = rank(scores)
    return MatchRun(moment, _donor(gathered), _entries(ranked), _entries(scores[index] for index in excluded))


def decide(moment: Moment, score: Scoring = score_in_columns, folds: Folds | None = None) -> dict[str, Any]:
    """The decision of ``match_run`` alone: no more is asked of the scores than it takes."""
    gathered = _gathered(moment, folds)
    ranked, excluded = rank(score(gathered))
    ranking = [(each.listed.id, published_text(each.points)) for each in ranked]
    return decision_of(
        header_of(moment, _donor(gathered).id), ranking, [gathered.people[index].id for index in excluded]
    )


def _gathered(moment: Moment, folds: Folds | None) -> Gathered:
    return gather(
        moment.history, moment.offer, moment.counter, moment.rules, moment.readings, Folds() if folds is None else folds
    )


def _donor(gathered: Gathered) -> DonorView:
    assert gathered.donor is not None, "an offer has a donor"
    return gathered.donor


def _entries(scores: Iterable[Score]) -> tuple[Entry, ...]:
    return tuple(
        Entry(
            each.standing,
            {name: published_text(figure) for name, figure in each.figures.items()},
            each.listed.minutes or 0,
            each.reasons,
        )
        for each in scores
    )
