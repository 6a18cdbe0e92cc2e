"""The match run: one pure function of (log prefix, offer, rule set, readings).

A live allocation is a replay whose moment is now; the auditor's date and the what-if call the same function.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from engine.events.canonical import canonical_json, sha256_hex
from engine.events.subjects import bare_id
from engine.log.history import Fact, History
from engine.quantities import exact_arithmetic, paris_text, published
from engine.rules.annex_3_3_ccb import ADULT_STANDARD, ecmo_taper
from engine.rules.annex_3_4_ccp import abo_match, age_match, size_match
from engine.rules.arithmetic import EXACT_ARITHMETIC, Arithmetic
from engine.rules.readings import Readings
from engine.rules.ruleset import RuleSet
from engine.rules.score import PairScore, pair_score
from projections.candidate import Candidate
from projections.donor import DonorView, donor_at
from projections.folds import Folds
from projections.recipient import matching_variables, recipient_at
from projections.standing import Standing, standing_of
from projections.survival import survival_reasons
from projections.travel import TravelTimes, travel_from

LIMIT_FIELDS = ("age", "weight_kg", "height_cm")


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
    pair: PairScore
    travel_minutes: int
    snagc: str
    reasons: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """The entry's fields in the order of the contract, without rank and reasons."""
        pair = self.pair
        return {
            "candidate": self.standing.id,
            **self.standing.raw_fields(),
            "f1_age": published(pair.f1_age),
            "f2_abo": published(pair.f2_abo),
            "f3_bsa": published(pair.f3_bsa),
            "f4_survival": published(pair.f4_survival),
            "survival_1y": published(pair.survival_1y),
            "ccp": published(pair.ccp),
            "travel_minutes": self.travel_minutes,
            "mg": published(pair.mg),
            "snagc": self.snagc,
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

    def decision(self) -> dict[str, Any]:
        """The decision alone, which the digest covers."""
        ranking = [(entry.standing.id, entry.snagc) for entry in self.ranking]
        return decision_of(self.header(), ranking, [entry.standing.id for entry in self.excluded])

    def digest(self) -> str:
        """SHA-256 of the canonical JSON of the decision."""
        return digest_of(self.decision())

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
    return {
        "offer": bare_id(moment.offer.subject),
        "donor": donor,
        "at": paris_text(moment.offer.instant),
        "known_at": moment.known_at,
        "counter": moment.counter,
        "ruleset": moment.rules.id,
        "readings": moment.readings.as_json(),
        "log": {"size": moment.known_at, "root": moment.root},
    }


def decision_of(header: dict[str, Any], ranking: Sequence[tuple[str, str]], excluded: Sequence[str]) -> dict[str, Any]:
    """The decision: candidates with their scores in order, and the ids of those excluded."""
    ranked = [{"rank": n, "candidate": candidate, "snagc": snagc} for n, (candidate, snagc) in enumerate(ranking, 1)]
    return {**header, "ranking": ranked, "excluded": list(excluded)}


def digest_of(decision: dict[str, Any]) -> str:
    """SHA-256 of the canonical JSON of a decision."""
    return sha256_hex(canonical_json(decision))


def _with_reasons(entry: Entry) -> dict[str, Any]:
    fields = entry.as_json()
    return {"candidate": fields.pop("candidate"), "reasons": list(entry.reasons), **fields}


def match_run(moment: Moment, x: Arithmetic = EXACT_ARITHMETIC, folds: Folds | None = None) -> MatchRun:
    """Rank every active candidate for the offered graft; ``folds`` are kept between runs over one history."""
    donor, ranked, excluded, _ = _entries(moment, x, folds or Folds(), screen=False)
    return MatchRun(moment, donor, tuple(ranked), tuple(sorted(excluded, key=lambda entry: entry.standing.id)))


def decide(moment: Moment, x: Arithmetic = EXACT_ARITHMETIC, folds: Folds | None = None) -> dict[str, Any]:
    """The decision of ``match_run`` alone, three times as fast: who cannot match the donor is not scored."""
    donor, ranked, excluded, unfit = _entries(moment, x, folds or Folds(), screen=True)
    ranking = [(entry.standing.id, entry.snagc) for entry in ranked]
    return decision_of(header_of(moment, donor.id), ranking, sorted([*unfit, *(e.standing.id for e in excluded)]))


def _entries(
    moment: Moment, x: Arithmetic, folds: Folds, *, screen: bool
) -> tuple[DonorView, list[Entry], list[Entry], list[str]]:
    """Donor, ranked and excluded entries, and (``screen``) ids excluded before they are scored."""
    offer, p, r = moment.offer, moment.rules, moment.readings
    offer_id = bare_id(offer.subject)
    entries, unfit = [], []
    with exact_arithmetic():
        donor = donor_of(moment)
        travel = travel_from(moment.history, donor.procurement_site, offer.instant, p.default_travel_minutes)
        for subject, known in moment.history.of_kind("candidate"):
            candidate = folds.candidate(subject, known, offer.instant, offer_id)
            if candidate is None or not candidate.active:
                continue
            if screen and not _can_match(candidate, moment, donor, x):
                unfit.append(candidate.id)
                continue
            view = recipient_at(candidate, offer.instant, p, r)
            standing = standing_of(view, known, moment.counter, x, p, r, offer_id)
            entries.append(entry_of(standing, donor, travel, x, p, r))
        ranked = [entry for entry in entries if not entry.reasons]
        ranked.sort(key=lambda entry: (-Decimal(entry.snagc), entry.standing.tie_break))
    return donor, ranked, [entry for entry in entries if entry.reasons], unfit


def _can_match(candidate: Candidate, moment: Moment, donor: DonorView, x: Arithmetic) -> bool:
    """Whether blood group, age, the team's limits and body size leave a score above zero possible."""
    p, r = moment.rules, moment.readings
    recipient = matching_variables(candidate, moment.offer.instant, p, r)
    return bool(
        abo_match(x, recipient, donor.variables, p, r) != 0
        and age_match(x, recipient, donor.variables, p) != 0
        and limits_admit(candidate, donor)
        and size_match(x, recipient, donor.variables, p, r) != 0
    )


def donor_of(moment: Moment) -> DonorView:
    """The donor of the offer at its instant."""
    subject = f"donor/{moment.offer.data['donor']}"
    return donor_at(moment.history.of(subject), subject, moment.offer.instant, moment.readings)


def entry_of(
    standing: Standing, donor: DonorView, travel: TravelTimes, x: Arithmetic, p: RuleSet, r: Readings
) -> Entry:
    """One candidate's score for the donor, and the reasons that exclude it."""
    recipient = standing.view.variables
    minutes = travel.to(str(standing.view.candidate.value("centre")))
    pair = pair_score(x, recipient, donor.variables, Decimal(minutes), standing.raw.ccb, p, r)
    snagc = published(pair.snagc)
    return Entry(standing, pair, minutes, snagc, tuple(_reasons(standing, donor, pair, snagc, x, p)))


def _reasons(standing: Standing, donor: DonorView, pair: PairScore, snagc: str, x: Arithmetic, p: RuleSet) -> list[str]:
    """Why a candidate is not ranked, all that apply, in the order of the contract; empty if it is."""
    factors = {"age_gap": pair.f1_age, "abo": pair.f2_abo, "body_size": pair.f3_bsa}
    reasons = [name for name, factor in factors.items() if factor == 0]
    if pair.f4_survival == 0:
        reasons += survival_reasons(standing.view.variables, x, p)
    if tapered_out(standing, x, p):
        reasons.append("ecmo_taper")
    if not limits_admit(standing.view.candidate, donor):
        reasons.append("donor_limits")
    return reasons or (["score_zero"] if Decimal(snagc) <= 0 else [])


def tapered_out(standing: Standing, x: Arithmetic, p: RuleSet) -> bool:
    """Whether the adult standard component is zero because ECMO has run too long."""
    recipient = standing.view.variables
    tapers = "ecmo_zero_days" in p.figures
    in_use = tapers and bool(recipient.ecmo) and standing.raw.component == ADULT_STANDARD
    return in_use and bool(ecmo_taper(x, recipient, p) == 0)


def limits_admit(candidate: Candidate, donor: DonorView) -> bool:
    """Whether the team's bounds on donors (guide 2.1.2) admit this one; age in completed years."""
    limits = candidate.value("donor_limits")
    if not isinstance(limits, Mapping):
        return True
    of_donor = donor_values(donor)
    return all(
        Decimal(limits[name][0]) <= of_donor[name] <= Decimal(limits[name][1])
        for name in LIMIT_FIELDS
        if name in limits
    )


def donor_values(donor: DonorView) -> dict[str, Decimal]:
    """The donor's values that team limits are compared with; age in completed years."""
    return {
        "age": Decimal(donor.completed_age),
        "weight_kg": donor.variables.weight_kg,
        "height_cm": donor.variables.height_cm,
    }
