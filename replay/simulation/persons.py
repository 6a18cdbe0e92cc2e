"""A candidate of a real log as the generator needs one, for a course to go on from what is known."""

from datetime import date

from engine.log.history import Fact, SubjectHistory
from fixtures.national import calibration as c
from fixtures.national.dice import Dice, read_curve
from fixtures.national.paris import DAYS_A_YEAR, eighteenth_birthday
from fixtures.national.people import ADULT_YEARS, Candidate, Limits, Priority
from projections.candidate import Candidate as State
from projections.candidate import candidate_at
from projections.recipient import birth_date, lab_si, priority_of
from replay.simulation.lives import MICROSECONDS, READINGS, Life

_ANALYTES = {"total_bilirubin": ("total_bilirubin",), "creatinine": ("creatinine",), "peptide": ("nt_probnp", "bnp")}


def person_of(known: SubjectHistory, life: Life) -> Candidate | None:
    """The candidate as of the life's present; None of who is not registered by then."""
    state = candidate_at(known, life.now * MICROSECONDS)
    if state is None:
        return None
    birth, sex = birth_date(state), str(state.value("sex"))
    latest = {fact.data["analyte"]: fact for fact in _latest(state)}
    return Candidate(
        identity=life.name,
        birth=birth,
        adult_on=eighteenth_birthday(birth),
        sex=sex,
        blood_group=str(state.value("blood_group")),
        height_cm=round(float(str(state.value("height_cm")))),
        weight_kg=float(str(state.value("weight_kg"))),
        diseases=_texts(state.value("diseases")),
        centre=str(state.value("centre")),
        team=_text(state.value("team")),
        compatible=state.value("abo_matching") == "compatible",
        limits=_limits(state.value("donor_limits")),
        levels={name: _level(name, latest, birth, sex, life) for name in _ANALYTES},
        running={name: period.start.instant // MICROSECONDS for name, period in state.running.items()},
        latest={analyte: (fact.data["value"], fact.data["unit"]) for analyte, fact in latest.items()},
        listed=True,
        suspended=state.suspended,
        registered=state.registration.instant // MICROSECONDS,
        sampled=max((fact.instant // MICROSECONDS for fact in latest.values()), default=0),
        priority=_priority(state, life),
    )


def _latest(state: State) -> list[Fact]:
    return [facts[-1] for (_, context), facts in state.labs.items() if context == "current"]


def _level(name: str, latest: dict[str, Fact], birth: date, sex: str, life: Life) -> float:
    """Where the person stands among all, by the last result; somewhere where there is none."""
    for analyte in _ANALYTES[name]:
        if analyte in latest:
            years = (life.today - birth).days / DAYS_A_YEAR
            usual = _usual_creatinine(years, sex) if analyte == "creatinine" else 1.0
            shares = tuple((value, share) for share, value in c.QUANTILES[analyte])
            return min(0.995, max(0.005, read_curve(shares, float(lab_si(latest[analyte])) / usual)))
    dice: Dice = life.dice
    return dice.unit()


def _usual_creatinine(years: float, sex: str) -> float:
    return c.CREATININE_OF[sex] if years >= ADULT_YEARS else read_curve(c.CHILD_CREATININE, years)


def _priority(state: State, life: Life) -> Priority | None:
    found = priority_of(state, life.in_force, READINGS)
    if found is None:
        return None
    grant = found.grant
    return Priority(found.component, grant.instant // MICROSECONDS, int(grant.data.get("delay_months", 0)))


def _limits(value: object) -> Limits:
    found = value if isinstance(value, dict) else {}
    return {name: (int(float(low)), int(float(high))) for name, (low, high) in found.items()}


def _texts(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list | tuple) else []


def _text(value: object) -> str | None:
    return None if value is None else str(value)
