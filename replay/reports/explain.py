"""The explanation: one candidate's score for an offer, every step from event to score.

It runs the very rules that score, on an arithmetic that writes down what happens, and checks that both say
the same. Steps that were computed but not chosen (a branch of a Si not taken) are left out.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from engine.errors import UnknownError
from engine.events.subjects import bare_id
from engine.events.vocabulary import si_unit
from engine.log.history import Fact
from engine.quantities import exact_arithmetic, fifteen_places, millionths, paris_clock, paris_text, published
from engine.rules.score import PairScore, RawScore, matching, pair_score, raw_score
from engine.rules.trace import Input, Step, TracedRuleSet, TracingArithmetic, shown, traced_number, traced_variables
from projections.candidate import candidate_at
from projections.data_quality import Alert, alerts_of
from projections.donor import DonorView
from projections.panel import calcium_told, event_of
from projections.ties import Tie, ties_of
from projections.travel import TravelTimes, travel_from
from replay.run.matchrun import Entry, MatchRun, Moment, match_run

EXCLUSIONS = {
    "age_gap": "the ages of candidate and donor are too far apart (annex 3.4.1: F1_DifAge = 0)",
    "abo": "the blood groups do not match (annex 3.4.2: F2_ABO = 0)",
    "body_size": "the donor's body surface does not fit (annex 3.4.3: F3_SC = 0)",
    "labs_missing": "a current bilirubin or creatinine is missing: survival takes the worst value for what is missing "
    "(annexes 3.4.4.5 and 3.4.4.6)",
    "labs_expired": "bilirubin or creatinine is too old: survival takes the worst value for what is too old "
    "(annexes 3.4.4.5 and 3.4.4.6)",
    "survival": "predicted one-year survival does not pass the filter with this donor (annex 3.4.4)",
    "ecmo_taper": "ECMO has run to the end of its points (annex 3.3.2: F_Comp_ASCD = 0)",
    "donor_limits": "the donor lies outside the limits the team set (guide 2.1.2)",
    "score_zero": "the published score is 0",
}
"""What each reason of exclusion means."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """A candidate's entry in a run with its rank (None where excluded), and every step behind it."""

    run: MatchRun
    entry: Entry
    rank: int | None
    steps: tuple[Step, ...]
    alerts: tuple[Alert, ...]

    def meanings(self) -> list[tuple[str, str]]:
        """Each reason of exclusion with what it means here."""
        found = []
        for reason in self.entry.reasons:
            detail = f": {_limits_text(self.entry, self.run.donor)}" if reason == "donor_limits" else ""
            found.append((reason, EXCLUSIONS[reason] + detail))
        return found

    def ties(self) -> list[Tie]:
        """What decided against the neighbours above and below that have the same score."""
        return ties_of(self.entry.standing.id, self.run.scored())

    def coronary_calcium(self) -> dict[str, Any]:
        """The latest coronary calcium of candidate and donor at the offer, None where not recorded: never scored."""
        facts = {"candidate": self.entry.standing.view.candidate.calcium, "donor": self.run.donor.calcium}
        return {who: calcium_told(fact) for who, fact in facts.items()}

    def as_json(self) -> dict[str, Any]:
        """The explanation's JSON document."""
        outcome: dict[str, Any] = {"rank": self.rank}
        if self.entry.reasons:
            outcome = {
                "rank": None,
                "reasons": [{"reason": reason, "meaning": meaning} for reason, meaning in self.meanings()],
            }
        return {
            **self.run.header(),
            "figures": assumption(self.run.moment),
            **outcome,
            "ties": [each.as_json() for each in self.ties()],
            "score": self.entry.as_json(),
            "steps": [_step_json(step) for step in self.steps],
            "alerts": [alert.as_json() for alert in self.alerts],
            "coronary_calcium": self.coronary_calcium(),
            "digest": self.run.digest(),
        }


def assumption(moment: Moment) -> str:
    """Whether the figures are attested on the offer's day or assumed from V6."""
    day = paris_clock(moment.offer.instant).date()
    return "figures assumed from V6" if moment.rules.assumed_on(day) else "figures attested by V6"


def explain(moment: Moment, candidate: str) -> Explanation:
    """Explain a candidate's rank or exclusion at an offer."""
    run = match_run(moment)
    ranks: dict[str, int | None] = {entry.standing.id: rank for rank, entry in enumerate(run.ranking, 1)}
    for entry in (*run.ranking, *run.excluded):
        if entry.standing.id == candidate:
            with exact_arithmetic():
                steps = _traced(moment, entry, run.donor)
                alerts = tuple(alerts_of(entry.standing.listed, moment.rules, moment.readings, moment.history))
            return Explanation(run, entry, ranks.get(candidate), tuple(steps), alerts)
    raise _absent(moment, candidate)


def _limits_text(entry: Entry, donor: DonorView) -> str:
    limits = entry.standing.view.candidate.value("donor_limits")
    values = donor.limited
    given = [f"{name} {values[name]} against {low} to {high}" for name, (low, high) in dict(limits or {}).items()]  # type: ignore[call-overload]
    return ", ".join(given)


def _absent(moment: Moment, candidate: str) -> UnknownError:
    """Why a candidate is neither ranked nor excluded."""
    known = moment.history.of(f"candidate/{candidate}")
    state = candidate_at(known, moment.offer.instant, ignoring_offer=bare_id(moment.offer.subject))
    if state is None:
        message = f"candidate {candidate!r} is not registered at the offer, as known at position {moment.known_at}"
        return UnknownError(message, "candidate_at_offer", candidate=candidate, position=moment.known_at)
    status = "suspended" if state.status == "listed" else state.status
    message = f"candidate {candidate!r} is {status} at the offer: neither ranked nor excluded, off the list"
    return UnknownError(message, f"{status}_at_offer", candidate=candidate)


def _traced(moment: Moment, entry: Entry, donor: DonorView) -> list[Step]:
    """The steps of the entry's score, after checking that the traced run gives the same figures."""
    x, p = TracingArithmetic(), _traced_rules(moment)
    view = entry.standing.view
    recipient = traced_variables(view.variables, view.origins)
    earlier = [past.view for past in entry.standing.listed.earlier]
    then = [(paris_text(past.at), traced_variables(past.variables, past.origins)) for past in earlier]
    counter = traced_number(Decimal(moment.counter), "Cpteur", "offers", moment.offer)
    travel = travel_from(
        moment.history, donor.procurement_site, moment.offer.instant, moment.rules.default_travel_minutes
    )
    minutes = traced_number(Decimal(entry.travel_minutes), "TTLGP", "minutes", _minutes_origin(travel, entry))
    raw = raw_score(x, recipient, then, counter, p, moment.readings)
    donor_terms = traced_variables(donor.variables, donor.origins)
    matched = matching(x, recipient, donor_terms, p, moment.readings)
    pair = pair_score(x, recipient, donor_terms, matched, minutes, raw.ccb, p)
    _check_agreement(entry, raw, pair)
    return x.steps_behind(pair.snagc)


def _traced_rules(moment: Moment) -> Any:
    """The rule set as rules see it, its figures remembering where they stand in the guide."""
    return TracedRuleSet(moment.rules)


def _minutes_origin(travel: TravelTimes, entry: Entry) -> Fact | str:
    if travel.version is None:
        return "guide 1.2.4: no matrix published, the default"
    if str(entry.standing.view.candidate.value("centre")) not in travel.minutes:
        return f"no row in the matrix of position {travel.version.position}: its default"
    return travel.version


def _check_agreement(entry: Entry, raw: RawScore, pair: PairScore) -> None:
    """Every figure of the traced run is the match run's own."""
    standing = entry.standing
    both: list[tuple[Any, Any]] = [(millionths(raw.ccb.value), standing.ccb)]
    both += [(published(getattr(pair, name).value), figure) for name, figure in entry.figures.items()]
    if standing.icar is not None:
        both += [(raw.icar.value, standing.icar), (raw.icar_today.value, standing.icar_j)]
    if standing.icar_i is not None:
        both.append((raw.icar_before.value, standing.icar_i))
    if any(traced != told for traced, told in both):
        raise AssertionError("the explanation and the match run disagree: please report this log")


def _step_json(step: Step) -> dict[str, Any]:
    return {
        "annex": step.rule.annex,
        "symbol": step.name,
        "unit": step.rule.unit,
        "text": step.rule.text,
        "formula": step.formula,
        "figures": step.figures,
        "value": shown(step.value),
        "exact": _exact(step.value),
        "because": list(step.decided),
        "inputs": [input_json(each) for each in step.inputs],
    }


def _exact(value: Any) -> str:
    """A step's value to 15 decimals; what has no value (F_DFG at age 0) is Infinity."""
    if isinstance(value, Decimal) and value.is_finite():
        return f"{fifteen_places(value):f}"
    return shown(value)


def as_sent(fact: Fact) -> str:
    """A laboratory value as it was sent, where that is another text than the annex's unit and no comparator."""
    data = fact.data
    if "analyte" not in data or (data["unit"] == si_unit(data["analyte"]) and "comparator" not in data):
        return ""
    return f"{data.get('comparator', '')}{data['value']} {data['unit']}"


def input_json(given: Input) -> dict[str, Any]:
    """An input with the event it came from, or the rule or reading that sets it."""
    shown_input: dict[str, Any] = {"symbol": given.symbol, "value": given.shown, "unit": given.unit}
    if isinstance(given.origin, Fact):
        fact = given.origin
        corrected = {"corrected_at": list(fact.corrected_at)} if fact.corrected_at else {}
        sent = {"sent": as_sent(fact)} if as_sent(fact) else {}
        return {**shown_input, **sent, **event_of(fact), "type": fact.kind, "time": fact.time, **corrected}
    return {**shown_input, "source": given.origin or "no fact: the guide's default"}
