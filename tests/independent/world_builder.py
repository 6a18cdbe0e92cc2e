"""Drafts of events, amended and put into position order in stored form."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from .clock import wall
from .world_values import CENTRES, GROUPS, NUDGES, lab_data, moment_text, near

SOURCE = "urn:independent:world"
# What a correction or a retraction may target here; a donor's registration keeps its time.
CORRECTABLE = (
    "candidate.registered",
    "candidate.updated",
    "candidate.suspended",
    "candidate.reinstated",
    "candidate.delisted",
    "candidate.transplanted",
    "lab-result.recorded",
    "treatment.started",
    "treatment.stopped",
    "expert-priority.requested",
    "expert-priority.granted",
    "expert-priority.ended",
    "donor.updated",
    "travel-times.published",
)


@dataclass
class Draft:
    """An event before it has its place: time and recordedtime as instants."""

    ident: str
    kind: str
    subject: str
    data: dict[str, Any]
    time: datetime
    text: str
    recorded: datetime
    current: dict[str, Any] = field(default_factory=dict)  # the data after the corrections so far

    def stored(self) -> dict[str, Any]:
        """The stored attributes."""
        event: dict[str, Any] = {
            "specversion": "1.0",
            "source": SOURCE,
            "id": self.ident,
            "type": f"snagc.{self.kind}.v1",
            "subject": self.subject,
            "time": self.text,
            "recordedtime": self.recorded.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        }
        if int(self.ident[1:]) % 7 == 0:
            event["actor"] = "clinician:p17"
        event["data"] = self.data
        return event


@dataclass
class World:
    """A log in the making: now is the instant the facts are aimed at, end the last offer's record."""

    rng: Random
    now: datetime
    end: datetime
    donor_birth: date
    donor_body: tuple[str, str]
    donor_group: str
    drafts: list[Draft] = field(default_factory=list)

    def add(
        self, kind: str, subject: str, data: dict[str, Any], time: datetime, recorded: datetime | None = None
    ) -> Draft:
        """A draft, learnt soon after by default, sometimes early, sometimes only after the last offer."""
        ident = f"e{len(self.drafts) + 1}"
        text = moment_text(self.rng, time)
        draft = Draft(ident, kind, subject, data, time, text, recorded or self.learnt(time))
        self.drafts.append(draft)
        return draft

    def learnt(self, time: datetime) -> datetime:
        """When the log learns a fact of that time."""
        luck = self.rng.random()
        if luck < 0.04:
            return self.end + timedelta(minutes=self.rng.randrange(1, 60))
        if luck < 0.12:
            return time - timedelta(days=self.rng.randrange(1, 12))
        return time + timedelta(seconds=self.rng.choice((0, 1, 90, 7200, 86400)))

    def clone(self, subject: str, copy: str) -> None:
        """The same story for another candidate, with a few instants a little off: fodder for ties."""
        for draft in [draft for draft in self.drafts if draft.subject == subject]:
            nudge = timedelta(microseconds=self.rng.choice((0, 0, 0, 0, *NUDGES)))
            if draft.kind == "candidate.registered":
                nudge = abs(nudge)
            self.add(draft.kind, copy, deepcopy(draft.data), draft.time + nudge, draft.recorded)

    def amend(self, share: float) -> None:
        """Corrections and retractions of a share of the facts, each after its target."""
        for target in [draft for draft in self.drafts if draft.kind in (*CORRECTABLE, "donor.registered")]:
            if self.rng.random() >= share:
                continue
            latest, target.current = target.recorded, dict(target.data)
            for _ in range(self.rng.choice((1, 1, 1, 2, 3))):
                latest = self.correct(target, latest) or latest
            if target.kind != "donor.registered" and self.rng.random() < 0.25:
                recorded = self.amended_at(latest)
                data = {"event": {"source": SOURCE, "id": target.ident}, "reason": "entered in error"}
                self.add("event.retracted", target.subject, data, recorded, recorded)

    def amended_at(self, latest: datetime) -> datetime:
        """A record instant not before that of the target and its earlier corrections."""
        after_end = self.end + timedelta(minutes=self.rng.randrange(60, 120))
        soon = latest + timedelta(seconds=self.rng.choice((0, 1, 3600)))
        return max(latest, self.rng.choice((soon, soon, after_end)))

    def correct(self, target: Draft, latest: datetime) -> datetime | None:
        """One correction of the target, if it leaves a valid event."""
        fields = corrected_fields(self.rng, target)
        time = None
        if target.kind != "donor.registered" and (not fields or self.rng.random() < 0.5):
            days = self.rng.choice((0, 0, 0, 1, -1, 5))
            time = target.time + timedelta(days=days, microseconds=self.rng.choice(NUDGES))
        if not still_valid(target, fields, time or target.time) or not (fields or time):
            return None
        data: dict[str, Any] = {"event": {"source": SOURCE, "id": target.ident}, "reason": "typing error"}
        if fields:
            data["data"] = fields
        if time:
            data["time"] = moment_text(self.rng, time)
        merged = {**target.current, **fields}
        target.current = {name: value for name, value in merged.items() if value is not None}
        recorded = self.amended_at(latest)
        own_time = recorded + timedelta(days=self.rng.choice((0, 0, 400)))
        self.add("event.corrected", target.subject, data, own_time, recorded)
        return recorded

    def log(self) -> list[dict[str, Any]]:
        """The events in position order, recordedtime never decreasing."""
        return [draft.stored() for draft in sorted(self.drafts, key=lambda draft: draft.recorded)]


def still_valid(target: Draft, fields: dict[str, Any], time: datetime) -> bool:
    """A candidate is not registered before birth, even where corrections meet."""
    if target.kind != "candidate.registered":
        return True
    margin = wall(time).date() - timedelta(days=40)
    return date.fromisoformat(fields.get("birth_date", target.current["birth_date"])) <= margin


def corrected_fields(rng: Random, target: Draft) -> dict[str, Any]:
    """Fields that a correction may replace, by the target's type; None removes an optional one."""
    kind, data = target.kind, target.current
    if kind == "lab-result.recorded":
        return lab_fields(rng, data)
    if kind == "treatment.started" and data["treatment"] == "lvad":
        return {"complicated": rng.choice((True, False))}
    if kind == "expert-priority.granted" and data["component"] == "XPCA":
        return rng.choice(({"delay_months": rng.randrange(4)}, {"points": rng.choice(("450", "899.5", "900"))}))
    if kind == "expert-priority.requested":
        return {"component": rng.choice(("XPCA", "XPCP1", "XPCP2", "DGN"))} if "situation" not in data else {}
    if kind in ("donor.registered", "donor.updated"):
        return rng.choice(({"weight_kg": rng.choice(("69.9", "70", "82"))}, {"sex": rng.choice("FM")}))
    if kind == "travel-times.published":
        return {"default_minutes": rng.choice((0, 45, 150, 151))}
    if kind == "candidate.registered":
        return registration_fields(rng, data)
    return {}


def lab_fields(rng: Random, data: dict[str, Any]) -> dict[str, Any]:
    """A result's value, unit, context and comparator to correct."""
    fields: dict[str, Any] = dict(lab_data(rng, data["analyte"], rng.choice(("current", "pre_treatment"))))
    fields.pop("analyte")
    if "comparator" in data:
        fields["comparator"] = None
    return fields


def registration_fields(rng: Random, data: dict[str, Any]) -> dict[str, Any]:
    """A registration's fields to correct."""
    options: list[dict[str, Any]] = [
        {"weight_kg": near(rng, 40, 100)},
        {"blood_group": rng.choice(GROUPS)},
        {"centre": rng.choice(CENTRES)},
        {"diseases": [rng.choice(("151", "162", "815"))]},
        {},
    ]
    options += [{name: None} for name in ("donor_limits", "team") if name in data]
    birth = date.fromisoformat(data["birth_date"])
    options.append({"birth_date": (birth - timedelta(days=rng.choice((1, 365)))).isoformat()})
    return rng.choice(options)
