"""Rules about a candidate's course: what cannot follow what, and dates that lie outside of a life."""

from datetime import UTC, date
from functools import lru_cache

from engine.events.subjects import bare_id
from engine.events.vocabulary import SITUATION_DELAYS
from engine.events.vocabulary import delay_not_in_table as is_unusual_delay
from engine.intake.acts.codes import CODES, RECORDED
from engine.intake.plausibility.rule import Found, Known, Rule, rule
from engine.log.course import REGISTRATION, STANDING, SUSPENSION, Course
from engine.log.history import Fact
from engine.quantities import MICROSECONDS_A_DAY, InstantText, instant_of, midnight, paris_clock, sound_instant

RULES: list[Rule] = []
REGISTERED, DELISTED, TRANSPLANTED = "candidate.registered", "candidate.delisted", "candidate.transplanted"
LABS, STARTED, STOPPED = "lab-result.recorded", "treatment.started", "treatment.stopped"
SUSPENDED, REINSTATED = "candidate.suspended", "candidate.reinstated"
PRIORITIES = tuple(f"expert-priority.{what}" for what in ("requested", "granted", "refused", "ended"))
OF_COURSE = ("candidate.updated", SUSPENDED, REINSTATED, DELISTED, TRANSPLANTED, LABS, STARTED, STOPPED, *PRIORITIES)
CALCIUM = "coronary-calcium.recorded"
PROPOSALS = ("proposal.made", "proposal.accepted", "proposal.declined", "offer.closed")
DATED = (*OF_COURSE, REGISTERED, CALCIUM, "donor.registered", "donor.updated", "graft.offered", *PROPOSALS)

CLOCKS_APART = 600_000_000
"""Ten minutes in microseconds: so far two well-kept clocks may differ."""
LATE_DAYS = 180
"""Longer than any laboratory value is used (guide 3.2.1: 105 days at most)."""
_LATE = LATE_DAYS * MICROSECONDS_A_DAY


# ------------------------------------------------------------------------------------------- who is spoken of


def _is_unregistered(course: Course) -> bool:
    """Whether the subject has no registration; an offer never has one."""
    return not course.thread(REGISTRATION)


@rule(RULES, *OF_COURSE, CALCIUM, *PROPOSALS, ever=_is_unregistered)
def candidate_unknown(fact: Fact, course: Course, known: Known) -> Found | None:
    """A fact about, or a proposal to, a candidate that no registration is known of: it counts once there is one."""
    if fact.subject.startswith("candidate/"):
        return "subject", f"candidate {bare_id(fact.subject)} is unknown so far: the fact counts once it is registered"
    candidate = fact.data.get("candidate")
    if candidate is None or known.subject(f"candidate/{candidate}").knows(REGISTERED):
        return None
    return "data.candidate", CODES["candidate_unknown"].sentence.format(candidate=candidate)


@rule(RULES, "donor.updated", CALCIUM, ever=_is_unregistered)
def donor_unknown(fact: Fact, course: Course, known: Known) -> Found | None:
    """An update or a calcium score of a donor that no registration is known of: it counts once there is one."""
    if not fact.subject.startswith("donor/"):
        return None
    return "subject", f"donor {bare_id(fact.subject)} is unknown so far: the fact counts once it is registered"


@rule(RULES, *PROPOSALS, RECORDED, TRANSPLANTED)
def offer_unknown(fact: Fact, course: Course, known: Known) -> Found | None:
    """A proposal, an answer, a closing, a recorded run or a transplantation that names an offer not made so far."""
    subject, path = fact.subject, "subject"
    if fact.kind == TRANSPLANTED:
        if "offer" not in fact.data:
            return None
        subject, path = f"offer/{fact.data['offer']}", "data.offer"
    if known.subject(subject).knows("graft.offered"):
        return None
    return path, CODES["offer_unknown"].sentence.format(offer=bare_id(subject))


# ------------------------------------------------------------------------------------------- what follows what


@rule(RULES, REGISTERED)
def registered_while_listed(fact: Fact, course: Course, known: Known) -> Found | None:
    """A registration of a candidate who is on the list already: it changes nothing."""
    last = course.before(fact, STANDING)
    if last is None or last.kind != REGISTERED:
        return None
    return "subject", f"candidate {bare_id(fact.subject)} is already listed: this registration changes nothing"


@rule(RULES, STARTED)
def start_while_running(fact: Fact, course: Course, known: Known) -> Found | None:
    """A start of a treatment that runs already: it changes nothing (a wrong date is corrected)."""
    treatment = fact.data["treatment"]
    if running(treatment, fact, course) is None:
        return None
    return "data.treatment", f"{treatment} is already running: this start changes nothing (correct a wrong date)"


@rule(RULES, STOPPED)
def stop_without_start(fact: Fact, course: Course, known: Known) -> Found | None:
    """A stop of a treatment that does not run at that time."""
    if running(fact.data["treatment"], fact, course):
        return None
    return "data.treatment", f"{fact.data['treatment']} is not running at {fact.time}: a stop without a start"


@rule(RULES, SUSPENDED)
def suspended_while_suspended(fact: Fact, course: Course, known: Known) -> Found | None:
    """A suspension of a candidate who is suspended already."""
    if not _suspended(fact, course):
        return None
    return "subject", f"candidate {bare_id(fact.subject)} is already suspended: was a reinstatement not sent?"


@rule(RULES, REINSTATED)
def reinstated_while_active(fact: Fact, course: Course, known: Known) -> Found | None:
    """A reinstatement of a candidate who is not suspended: it changes nothing."""
    if _suspended(fact, course):
        return None
    return "subject", f"candidate {bare_id(fact.subject)} is not suspended: was the suspension not sent?"


@rule(RULES, "expert-priority.ended")
def priority_ended_without_grant(fact: Fact, course: Course, known: Known) -> Found | None:
    """The end of an expert priority whose component was not granted before, or has ended already."""
    component = fact.data["component"]
    turns = [
        turn
        for turn in course.all_before(fact, f"priority/{component}")
        if turn.kind in ("expert-priority.granted", "expert-priority.ended")
    ]
    if turns and turns[-1].kind == "expert-priority.granted":
        return None
    return "data.component", f"{component} is not in force at {fact.time}: an end without a grant"


_OPPOSITES: dict[str, tuple[str, ...]] = {
    STARTED: (STOPPED,),
    STOPPED: (STARTED,),
    SUSPENDED: (REINSTATED,),
    REINSTATED: (SUSPENDED,),
    "expert-priority.granted": ("expert-priority.refused", "expert-priority.ended"),
    "expert-priority.refused": ("expert-priority.granted",),
    "expert-priority.ended": ("expert-priority.granted",),
    REGISTERED: (DELISTED, TRANSPLANTED),
    DELISTED: (REGISTERED, TRANSPLANTED),
    TRANSPLANTED: (REGISTERED, DELISTED),
}


@rule(RULES, *_OPPOSITES)
def opposite_facts(fact: Fact, course: Course, known: Known) -> Found | None:
    """Two opposite facts at one instant: which came first, nobody can tell; the one recorded later acts last."""
    for other in course.at_instant(fact, _own_thread(fact)):
        if other.kind in _OPPOSITES[fact.kind]:
            words = f"{other.kind} (position {other.position}) takes effect at the same instant: give their order"
            return "time", words
    return None


# -------------------------------------------------------------------------------------------- dates and lives


def _may_reach_before_birth(course: Course) -> bool:
    """Whether a fact of the subject may be dated before the day of birth; a day to spare for the clock of Paris."""
    births = course.thread("birth_date")
    return bool(births) and course.earliest < _begin_of(births[-1].data["birth_date"]) + MICROSECONDS_A_DAY


@lru_cache(maxsize=1024)
def _begin_of(day: str) -> int:
    return instant_of(midnight(date.fromisoformat(day)).replace(tzinfo=UTC))


@rule(RULES, *OF_COURSE, CALCIUM, "donor.updated", ever=_may_reach_before_birth)
def before_birth(fact: Fact, course: Course, known: Known) -> Found | None:
    """A fact dated before the day of birth (OHDSI: plausibleAfterBirth)."""
    birth = course.thread("birth_date")[-1].data["birth_date"]
    if paris_clock(fact.instant) >= midnight(date.fromisoformat(birth)):
        return None
    return "time", f"{fact.time} lies before the birth: check time and birth date"


def _has_left(course: Course) -> bool:
    """Whether the candidate was ever taken off the list: else nothing comes after it."""
    return bool(course.thread(DELISTED) or course.thread(TRANSPLANTED))


@rule(RULES, *OF_COURSE, REGISTERED, CALCIUM, ever=_has_left)
def after_death(fact: Fact, course: Course, known: Known) -> Found | None:
    """A fact dated after the candidate's death; a death known by its day counts from the day's end (OHDSI)."""
    for death in course.thread(DELISTED):
        if death.data["reason_code"] == "died" and _after(fact, death):
            return "time", f"{fact.time} lies after the death on {death.time} (position {death.position})"
    return None


@rule(RULES, *OF_COURSE, CALCIUM, ever=_has_left)
def after_delisting(fact: Fact, course: Course, known: Known) -> Found | None:
    """A fact dated after a delisting other than by death, where no later registration makes it count."""
    left = _left_by(fact, course)
    if left is None or left.kind != DELISTED or left.data["reason_code"] == "died":
        return None
    return "time", f"{fact.time} lies after the delisting on {left.time} (position {left.position})"


@rule(RULES, *OF_COURSE, CALCIUM, ever=_has_left)
def after_transplantation(fact: Fact, course: Course, known: Known) -> Found | None:
    """A fact dated after the transplantation, where no later registration makes it count; dialysis may go on."""
    left = _left_by(fact, course)
    if left is None or left.kind != TRANSPLANTED or fact.data.get("treatment") == "chronic_dialysis":
        return None
    return "time", f"{fact.time} lies after the transplantation on {left.time} (position {left.position})"


def _is_far_from_its_recording(fact: Fact, course: Course, known: Known) -> bool:
    """Whether a fact was recorded some time before it is dated, or long after: most are neither."""
    return not 0 <= _recorded(fact.recorded) - fact.instant < _LATE


@rule(RULES, *DATED, where=_is_far_from_its_recording)
def dated_ahead(fact: Fact, course: Course, known: Known) -> Found | None:
    """A fact dated over ten minutes after it was recorded: it had not happened yet."""
    if fact.instant <= _recorded(fact.recorded) + CLOCKS_APART:
        return None
    return "time", f"time {fact.time} lies after its recording ({fact.recorded}): a fact in the future, check the date"


@rule(RULES, LABS, where=_is_far_from_its_recording)
def recorded_late(fact: Fact, course: Course, known: Known) -> Found | None:
    """A result of the day recorded over 180 days after sampling, though the candidate was in the log by then."""
    registrations = course.thread(REGISTRATION)
    if not registrations or fact.data.get("context") == "pre_treatment":
        return None
    late = _recorded(fact.recorded) - _LATE
    if fact.instant >= late or _recorded(registrations[0].recorded) >= late:
        return None
    return "time", f"sampled {fact.time}, recorded {fact.recorded}: over {LATE_DAYS} days later, check the date"


# ------------------------------------------------------------------------------------------ facts by themselves


@rule(RULES, "expert-priority.granted")
def delay_not_in_table(fact: Fact, course: Course, known: Known) -> Found | None:
    """A delay other than the one the guide's table (1.2.2) gives for the situation."""
    if not is_unusual_delay(fact.data):
        return None
    recommended = SITUATION_DELAYS[fact.data["component"]][fact.data["situation"]]
    given = f"delay of {fact.data.get('delay_months', 0)} months for {fact.data['situation']}"
    return "data.delay_months", f"{given}: the guide's table gives {' or '.join(map(str, recommended))}"


@rule(RULES, "candidate.updated", "donor.updated")
def empty_update(fact: Fact, course: Course, known: Known) -> Found | None:
    """An update that gives no field: it changes nothing."""
    return None if fact.data else ("data", "no field given: the update changes nothing")


def _recorded(text: str) -> int:
    return text.instant if type(text) is InstantText else _recorded_instant(text)


@lru_cache(maxsize=1024)  # two rules ask, and a registration's is asked again and again
def _recorded_instant(text: str) -> int:
    return sound_instant(text)


def running(treatment: str, fact: Fact, course: Course) -> Fact | None:
    """The start of a treatment that runs when a fact comes; a transplantation ends all but chronic dialysis."""
    turn = course.before(fact, f"treatment/{treatment}")
    if turn is None or turn.kind != STARTED:
        return None
    ended = course.before(fact, TRANSPLANTED)
    runs = ended is None or treatment == "chronic_dialysis" or ended.effective < turn.effective
    return turn if runs else None


def _suspended(fact: Fact, course: Course) -> bool:
    """Whether a suspension is in force when the fact comes: a new listing clears it."""
    turn = course.before(fact, SUSPENSION)
    if turn is None or turn.kind != SUSPENDED:
        return False
    later = [each for each in course.all_before(fact, REGISTRATION) if each.effective > turn.effective]
    return not any(_opens_listing(each, course) for each in later)


def _opens_listing(registration: Fact, course: Course) -> bool:
    left = course.before(registration, STANDING)
    return left is not None and left.kind != REGISTERED


def _own_thread(fact: Fact) -> str:
    if fact.kind.startswith("treatment."):
        return f"treatment/{fact.data['treatment']}"
    if fact.kind.startswith("expert-priority."):
        return f"priority/{fact.data['component']}"
    return SUSPENSION if fact.kind in (SUSPENDED, REINSTATED) else STANDING


def _left_by(fact: Fact, course: Course) -> Fact | None:
    """The departure from the list that a fact comes after; None where a registration follows it."""
    left = course.before(fact, STANDING)
    if left is None or left.kind == REGISTERED or not _after(fact, left) or course.follows(fact, REGISTRATION):
        return None
    return left


def _after(fact: Fact, earlier: Fact) -> bool:
    """Whether a fact surely comes after another: one known by its day (local midnight) may have been at its end."""
    if fact.instant <= earlier.instant:
        return False
    if fact.instant > earlier.instant + 2 * MICROSECONDS_A_DAY:
        return True
    clock = paris_clock(earlier.instant)
    return clock != midnight(clock.date()) or paris_clock(fact.instant).date() > clock.date()
