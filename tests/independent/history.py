"""From the log to facts, and from facts to a candidate, a donor, the travel times and the counter.

As naive as can be: everything is folded afresh from the whole log at every question.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from .clock import age_years, instant

Event = dict[str, Any]
AMENDMENTS = ("event.corrected", "event.retracted")
SHORT_TERM = ("ecmo", "iv_inotropes")
MG_PER_DL = {"total_bilirubin": Fraction("17.1"), "creatinine": Fraction("88.4")}


@dataclass(frozen=True)
class Fact:
    """An event as it is known at the cut: corrections applied, retracted ones left out."""

    position: int
    time: datetime
    kind: str
    subject: str
    data: dict[str, Any]


def kind_of(event: Event) -> str:
    """snagc.<name>.v1 without its ends."""
    return str(event["type"]).removeprefix("snagc.").removesuffix(".v1")


def known_facts(events: list[Event], known_at: int) -> list[Fact]:
    """The facts at positions 1..known_at in effective order (time as an instant, then position)."""
    known = events[:known_at]
    amendments = [event for event in known if kind_of(event) in AMENDMENTS]
    facts = []
    for position, event in enumerate(known, 1):
        if kind_of(event) in AMENDMENTS:
            continue
        mine = [change for change in amendments if targets(change, event)]
        if any(kind_of(change) == "event.retracted" for change in mine):
            continue
        facts.append(as_corrected(position, event, mine))
    return sorted(facts, key=lambda fact: (fact.time, fact.position))


def targets(change: Event, event: Event) -> bool:
    """Whether the correction or retraction names that event."""
    named = change["data"]["event"]
    return bool(named["source"] == event["source"] and named["id"] == event["id"])


def as_corrected(position: int, event: Event, corrections: list[Event]) -> Fact:
    """The event with its corrections, the latest position winning field by field."""
    data, time = dict(event["data"]), event["time"]
    for correction in corrections:
        time = correction["data"].get("time", time)
        for name, value in correction["data"].get("data", {}).items():
            if value is None:
                data.pop(name, None)
            else:
                data[name] = value
    return Fact(position, instant(time), kind_of(event), event["subject"], data)


@dataclass
class Period:
    """A treatment from its start to its stop; no stop while it runs."""

    start: datetime
    order: int
    complicated: bool
    stop: datetime | None = None


@dataclass(frozen=True)
class Sample:
    """A lab result: sampling instant and value in SI units."""

    time: datetime
    value: Fraction


@dataclass(frozen=True)
class Grant:
    """URGENCE with KXPC, XPC, the agreement's instant and the one by reading priority_clock=request."""

    component: str
    points: Fraction
    delay_months: int
    agreed: datetime
    requested: datetime


@dataclass
class Candidate:
    """A candidate as the facts up to an instant leave it."""

    ident: str
    registration: dict[str, Any]
    registered: datetime
    listed: bool = True
    suspended: bool = False
    urgence: Grant | None = None
    requests: list[tuple[str, datetime]] = field(default_factory=list)
    periods: dict[str, list[Period]] = field(default_factory=dict)
    labs: dict[tuple[str, str], list[Sample]] = field(default_factory=dict)
    folded: int = 0

    @property
    def active(self) -> bool:
        """On the list and not suspended."""
        return self.listed and not self.suspended

    @property
    def birth_date(self) -> date:
        """The birth date of the listing."""
        return date.fromisoformat(self.registration["birth_date"])

    def running(self, treatment: str) -> Period | None:
        """The running period of a treatment, if it runs."""
        for period in self.periods.get(treatment, []):
            if period.stop is None:
                return period
        return None

    def runs(self, treatment: str) -> bool:
        """CEC2, DRG2, CAT2, DIA2 = 'O'."""
        return self.running(treatment) is not None

    def siav2(self) -> str | None:
        """SIAV2: of the running lvad (G) and bivad (B), the one started last."""
        lvad, bivad = self.running("lvad"), self.running("bivad")
        if lvad is None or bivad is None:
            return "G" if lvad else "B" if bivad else None
        return "G" if lvad.order > bivad.order else "B"

    def short_term_start(self) -> datetime | None:
        """S: the earliest start among the running ECMO and inotrope periods."""
        starts = [period.start for name in SHORT_TERM if (period := self.running(name))]
        return min(starts) if starts else None

    def samples(self, analyte: str, context: str) -> list[Sample]:
        """The results of an analyte in a context, in effective order."""
        return self.labs.get((analyte, context), [])


def facts_of(facts: list[Fact], subject: str, moment: datetime, ignored_offer: str | None = None) -> list[Fact]:
    """A subject's facts at or before the instant, but not a transplantation by the offer replayed."""
    return [
        fact
        for fact in facts
        if fact.subject == subject
        and fact.time <= moment
        and not (
            fact.kind == "candidate.transplanted"
            and ignored_offer is not None
            and fact.data.get("offer") == ignored_offer
        )
    ]


def fold_candidate(ident: str, facts: list[Fact]) -> Candidate | None:
    """The candidate from its facts in effective order, the first registration before all others."""
    registrations = [fact for fact in facts if fact.kind == "candidate.registered"]
    if not registrations:
        return None
    first = registrations[0]
    candidate = Candidate(ident, dict(first.data), first.time)
    for fact in facts:
        if fact is not first and fact.kind in FOLDS:
            candidate.folded += 1
            FOLDS[fact.kind](candidate, fact)
    return candidate


def registered_again(candidate: Candidate, fact: Fact) -> None:
    """A new listing after delisting or transplantation; while listed, nothing."""
    if candidate.listed:
        return
    candidate.registration = dict(fact.data)
    candidate.registered = fact.time
    candidate.listed = True
    candidate.suspended = False
    candidate.urgence = None
    candidate.requests = []


def updated(candidate: Candidate, fact: Fact) -> None:
    """Each field given replaces the old value whole."""
    candidate.registration.update(fact.data)


def suspended(candidate: Candidate, _fact: Fact) -> None:
    """Off the list for a time."""
    candidate.suspended = True


def reinstated(candidate: Candidate, _fact: Fact) -> None:
    """Lifts a suspension only."""
    candidate.suspended = False


def delisted(candidate: Candidate, _fact: Fact) -> None:
    """Off the list."""
    candidate.listed = False


def transplanted(candidate: Candidate, fact: Fact) -> None:
    """Off the list; every running treatment but chronic dialysis ends."""
    candidate.listed = False
    for treatment, periods in candidate.periods.items():
        for period in periods:
            if period.stop is None and treatment != "chronic_dialysis":
                period.stop = fact.time


def lab_recorded(candidate: Candidate, fact: Fact) -> None:
    """A result, in umol/L or ng/L; a bound counts as its value."""
    value = Fraction(fact.data["value"])
    if fact.data["unit"] == "mg/dL":
        value *= MG_PER_DL[fact.data["analyte"]]
    key = (fact.data["analyte"], fact.data.get("context", "current"))
    candidate.labs.setdefault(key, []).append(Sample(fact.time, value))


def treatment_started(candidate: Candidate, fact: Fact) -> None:
    """A new period, unless that treatment runs."""
    treatment = fact.data["treatment"]
    if candidate.running(treatment) is None:
        period = Period(fact.time, candidate.folded, fact.data.get("complicated", False))
        candidate.periods.setdefault(treatment, []).append(period)


def treatment_stopped(candidate: Candidate, fact: Fact) -> None:
    """Ends the running period, if any."""
    period = candidate.running(fact.data["treatment"])
    if period is not None:
        period.stop = fact.time


def priority_requested(candidate: Candidate, fact: Fact) -> None:
    """Kept until a grant of any component, or a new listing."""
    candidate.requests.append((fact.data["component"], fact.time))


def priority_granted(candidate: Candidate, fact: Fact) -> None:
    """URGENCE becomes this grant; an XPCP from the 18th birthday on is no grant at all."""
    component = fact.data["component"]
    if component in ("XPCP1", "XPCP2") and age_years(candidate.birth_date, fact.time) >= 18:
        return
    same = [time for asked, time in candidate.requests if asked == component]
    candidate.urgence = Grant(
        component,
        Fraction(fact.data.get("points", "900")),
        fact.data.get("delay_months", 0),
        fact.time,
        same[-1] if same else fact.time,
    )
    candidate.requests = []


def priority_ended(candidate: Candidate, fact: Fact) -> None:
    """Ends the grant in force only if it names its component."""
    if candidate.urgence is not None and candidate.urgence.component == fact.data["component"]:
        candidate.urgence = None


FOLDS: dict[str, Callable[[Candidate, Fact], None]] = {
    "candidate.registered": registered_again,
    "candidate.updated": updated,
    "candidate.suspended": suspended,
    "candidate.reinstated": reinstated,
    "candidate.delisted": delisted,
    "candidate.transplanted": transplanted,
    "lab-result.recorded": lab_recorded,
    "treatment.started": treatment_started,
    "treatment.stopped": treatment_stopped,
    "expert-priority.requested": priority_requested,
    "expert-priority.granted": priority_granted,
    "expert-priority.ended": priority_ended,
}


def fold_donor(ident: str, facts: list[Fact]) -> dict[str, Any]:
    """Registration, then updates in effective order; birth_date and age replace each other."""
    registration = [fact for fact in facts if fact.kind == "donor.registered"]
    if not registration:
        raise ValueError(f"donor {ident} is not known")
    fields = dict(registration[0].data)
    for fact in facts:
        if fact.kind != "donor.updated":
            continue
        if "age" in fact.data:
            fields.pop("birth_date", None)
        if "birth_date" in fact.data:
            fields.pop("age", None)
        fields.update(fact.data)
    return fields


def travel_minutes(facts: list[Fact], moment: datetime, site: str, centre: str) -> int:
    """TTLGP from the latest version at or before the instant; no row: its default; no version: 150."""
    versions = [fact for fact in facts if fact.kind == "travel-times.published" and fact.time <= moment]
    if not versions:
        return 150
    latest = versions[-1].data
    for row_site, row_centre, minutes in latest["rows"]:
        if (row_site, row_centre) == (site, centre):
            return int(minutes)
    return int(latest.get("default_minutes", 150))


def counter_at(events: list[Event], position: int) -> int:
    """Grafts offered nationally up to that position: those before this log, then one per graft.offered."""
    total = 0
    for event in events[:position]:
        if kind_of(event) == "offer-counter.initialised":
            total += event["data"]["count"]
        if kind_of(event) == "graft.offered":
            total += 1
    return total
