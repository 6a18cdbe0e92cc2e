"""A log told in words: one method for each kind of event, and the questions the tests ask of it.

Times are clocks on a wall in Paris (``2024-03-01 08:00``, or ``2024-03-01`` for its midnight); a full RFC 3339
time is taken as it is. Every event goes through the intake's own check, so no test can tell of an event that
no log could hold. A method answers the position of what it added.
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from engine.intake.check import check
from engine.intake.intake import Intake, Submission
from engine.log.history import History, history_of
from engine.quantities import exact_arithmetic
from engine.rules.readings import choose_readings
from engine.rules.ruleset import RuleSet, rules_named
from projections.candidate import Candidate, candidate_at
from projections.data_quality import Alert
from projections.donor import DonorView, donor_at
from projections.recipient import RecipientView, recipient_at
from projections.waiting_list import Place, waiting_list
from tests.stores import new_log
from tests.support import rows_of, run_of

PARIS = ZoneInfo("Europe/Paris")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CLOCK = 4_000_000_000_000_000
"""An intake's clock long after everything that a test tells."""
SOURCE = "urn:test:words"
CENTRE, ELSEWHERE, SITE = "750000010", "690000020", "130000030"
V6 = "2023-06-15"


def when(text: str) -> str:
    """RFC 3339 of a clock on a wall in Paris; a full RFC 3339 time as it is."""
    return text if "T" in text else datetime.fromisoformat(text).replace(tzinfo=PARIS).isoformat()


def instant(text: str) -> int:
    """Microseconds since 1970 of a time as ``when`` takes it."""
    return (datetime.fromisoformat(when(text)) - EPOCH) // timedelta(microseconds=1)


def stored_bytes(event: dict[str, Any]) -> bytes:
    """The bytes a log keeps of an event: its keys are ASCII, so sorting them by code point is RFC 8785's order."""
    return json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def rules(named: str = V6) -> RuleSet:
    """A rule set; the guide's V6 unless asked otherwise."""
    return rules_named(named)


class Log:
    """Stored events in the order of their positions."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.recorded: str | None = None

    # ------------------------------------------------------------------------------------------ any event

    def add(self, kind: str, subject: str, time: str, data: dict[str, Any]) -> int:
        """An event; it is recorded when it happens, or at ``self.recorded`` (UTC, stored form)."""
        position = len(self.events) + 1
        event = {
            "specversion": "1.0",
            "source": SOURCE,
            "id": f"e{position}",
            "type": f"snagc.{kind}.v1",
            "subject": subject,
            "time": when(time),
            "recordedtime": self.recorded or self._recorded(when(time)),
            "data": {name: value for name, value in data.items() if value is not None},
        }
        checked = check(stored_bytes(event), imported=True)
        assert checked.sound is not None, checked.faults
        assert checked.sound.stored_bytes(str(event["recordedtime"])) == stored_bytes(event)
        self.events.append(event)
        return position

    def _recorded(self, time: str) -> str:
        """The instant of a time, or the last recorded one where that is later."""
        moment = datetime.fromisoformat(time).astimezone(UTC).replace(tzinfo=None)
        last = self.events[-1]["recordedtime"] if self.events else ""
        return max(f"{moment.isoformat(timespec='microseconds')}Z", last)

    def corrected(self, position: int, *, time: str | None = None, **fields: Any) -> int:
        """A correction of the event at a position: its time, or fields of its data."""
        target = self.events[position - 1]
        data = {"event": {"source": target["source"], "id": target["id"]}, "reason": "entered wrongly"}
        changes = ({"data": fields} if fields else {}) | ({"time": when(time)} if time else {})
        return self.add("event.corrected", target["subject"], target["time"], data | changes)

    def retracted(self, position: int) -> int:
        """A retraction of the event at a position."""
        target = self.events[position - 1]
        data = {"event": {"source": target["source"], "id": target["id"]}, "reason": "another patient's"}
        return self.add("event.retracted", target["subject"], target["time"], data)

    # ----------------------------------------------------------------------------------------- candidates

    def registered(self, candidate: str, time: str, **fields: Any) -> int:
        """A registration: a man of group A born on 1 June 1979, unless told otherwise."""
        data = {
            "birth_date": "1979-06-01", "sex": "M", "blood_group": "A", "height_cm": "178", "weight_kg": "75",
            "diseases": ["151"], "centre": CENTRE, "abo_matching": "identical",
        }  # fmt: skip
        return self.add("candidate.registered", f"candidate/{candidate}", time, data | fields)

    def happened(self, what: str, candidate: str, time: str, **data: Any) -> int:
        """``candidate.<what>``: updated, suspended, reinstated, delisted, transplanted."""
        return self.add(f"candidate.{what}", f"candidate/{candidate}", time, data)

    def delisted(self, candidate: str, time: str, reason_code: str = "improved") -> int:
        """Off the list without a graft."""
        return self.happened("delisted", candidate, time, reason_code=reason_code)

    def lab(self, candidate: str, analyte: str, value: str, time: str, **more: Any) -> int:
        """A result, in the annex's unit unless told otherwise."""
        unit = "ng/L" if "bnp" in analyte else "umol/L"
        data = {"analyte": analyte, "value": value, "unit": unit} | more
        return self.add("lab-result.recorded", f"candidate/{candidate}", time, data)

    def labs(
        self,
        candidate: str,
        time: str,
        *,
        bilirubin: str | None = "5",
        creatinine: str | None = "30",
        nt_probnp: str | None = "500",
        **more: Any,
    ) -> None:
        """The three results of a day. As they stand each is at the annex's best value, so ICARj is 0 for an adult."""
        given = {"total_bilirubin": bilirubin, "creatinine": creatinine, "nt_probnp": nt_probnp}
        for analyte, value in given.items():
            if value is not None:
                self.lab(candidate, analyte, value, time, **more)

    def started(self, candidate: str, treatment: str, time: str, **more: Any) -> int:
        """A treatment starts."""
        return self.add("treatment.started", f"candidate/{candidate}", time, {"treatment": treatment} | more)

    def stopped(self, candidate: str, treatment: str, time: str) -> int:
        """A treatment stops."""
        return self.add("treatment.stopped", f"candidate/{candidate}", time, {"treatment": treatment})

    def priority(self, what: str, candidate: str, component: str, time: str, **more: Any) -> int:
        """``expert-priority.<what>``: requested, granted, refused, ended."""
        return self.add(f"expert-priority.{what}", f"candidate/{candidate}", time, {"component": component} | more)

    def granted(self, candidate: str, component: str, time: str, **more: Any) -> int:
        """An expert priority is granted."""
        return self.priority("granted", candidate, component, time, **more)

    # ------------------------------------------------------------------------------- donors, offers, reference

    def donor(self, donor: str, time: str, **fields: Any) -> int:
        """A donor: a man of 45, group A, 180 cm and 80 kg, unless told otherwise."""
        data = {"sex": "M", "blood_group": "A", "height_cm": "180", "weight_kg": "80", "procurement_site": SITE}
        age = {} if "birth_date" in fields else {"age": "45"}
        return self.add("donor.registered", f"donor/{donor}", time, data | age | fields)

    def donor_updated(self, donor: str, time: str, **fields: Any) -> int:
        """Something about a donor is known better."""
        return self.add("donor.updated", f"donor/{donor}", time, fields)

    def offered(self, offer: str, time: str, donor: str = "D1") -> int:
        """A graft is offered."""
        return self.add("graft.offered", f"offer/{offer}", time, {"donor": donor})

    def travel(self, version: str, time: str, rows: list[list[Any]], default_minutes: int | None = None) -> int:
        """A version of the travel times."""
        data = {"version": version, "rows": rows, "default_minutes": default_minutes}
        return self.add("travel-times.published", f"travel-times/{version}", time, data)

    def counter(self, count: int, time: str = "2018-01-01") -> int:
        """So many offers before this log began."""
        return self.add("offer-counter.initialised", "offer-counter", time, {"count": count})

    # ------------------------------------------------------------------------------------------- questions

    def history(self, known_at: int | None = None) -> History:
        """What is known at a position."""
        return history_of(rows_of(self.events[:known_at]))

    def candidate_or_none(
        self, candidate: str, at: str, known_at: int | None = None, offer: str | None = None
    ) -> Candidate | None:
        """The candidate at a time; ``offer`` is the one being replayed."""
        known = self.history(known_at).of(f"candidate/{candidate}")
        return candidate_at(known, instant(at), ignoring_offer=offer)

    def candidate(self, candidate: str, at: str, known_at: int | None = None, offer: str | None = None) -> Candidate:
        """The candidate at a time, who must be registered by then."""
        found = self.candidate_or_none(candidate, at, known_at, offer)
        assert found is not None
        return found

    def view(self, candidate: str, at: str, known_at: int | None = None, **readings: Any) -> RecipientView:
        """The annex's variables of a candidate."""
        with exact_arithmetic():
            found = self.candidate(candidate, at, known_at)
            return recipient_at(found, instant(at), rules(), choose_readings(readings))

    def donor_view(self, donor: str, at: str, known_at: int | None = None, **readings: Any) -> DonorView:
        """The annex's variables of a donor."""
        subject = f"donor/{donor}"
        with exact_arithmetic():
            return donor_at(self.history(known_at).of(subject), subject, instant(at), choose_readings(readings))

    def places(
        self, at: str, counter: int = 1, known_at: int | None = None, ruleset: str = V6, **readings: Any
    ) -> list[Place]:
        """The national list."""
        return waiting_list(self.history(known_at), instant(at), counter, rules(ruleset), choose_readings(readings))

    def place(self, candidate: str, at: str, counter: int = 1, **readings: Any) -> Place:
        """A candidate's place on the national list."""
        return next(place for place in self.places(at, counter, **readings) if place.standing.id == candidate)

    def listed(self, at: str, **options: Any) -> list[str]:
        """The candidates of the national list, in order."""
        return [place.standing.id for place in self.places(at, **options)]

    def alerts(self, candidate: str, at: str) -> dict[str, Alert]:
        """A candidate's alerts by code."""
        return {alert.code: alert for alert in self.place(candidate, at).alerts}

    def run(self, offer: str, **options: Any) -> dict[str, Any]:
        """The match run of an offer."""
        return run_of(self.events, offer, **options)

    def entry(self, offer: str, candidate: str, **options: Any) -> dict[str, Any]:
        """A candidate's entry in a match run, ranked or excluded."""
        run = self.run(offer, **options)
        found: dict[str, Any] = next(
            each for each in (*run["ranking"], *run["excluded"]) if each["candidate"] == candidate
        )
        return found

    def kept_at(self, path: Path) -> str:
        """The path of a log file that holds these events."""
        log = new_log(path)
        lines = [Submission(number, stored_bytes(event)) for number, event in enumerate(self.events, 1)]
        try:
            verdicts = Intake(log, now=lambda: CLOCK, imported=True).take(lines)
        finally:
            log.close()
        assert {verdict.status for verdict in verdicts} <= {"accepted"}, verdicts
        return str(path)
