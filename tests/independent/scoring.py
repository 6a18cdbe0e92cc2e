"""A candidate's score at an instant, without a donor (CCB), then with one (SNAGC)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

from . import guide, matching
from .clock import age_years, completed, days_between, months_between
from .guide import Dosage, Rules
from .history import SHORT_TERM, Candidate, Fact, fold_candidate

EXPERT = ("XPCA", "XPCP1", "XPCP2")
WINDOW_DAYS = 30
NOBODY = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Setting:
    """The instant (Date_Courante = SYSTEM.DATE()), Cpteur, the rules and the readings."""

    moment: datetime
    cpteur: int
    rules: Rules
    readings: dict[str, str]

    def days_since(self, start: datetime, until: datetime | None = None) -> Fraction:
        """Elapsed days by reading elapsed_days."""
        return days_between(start, until or self.moment, self.readings["elapsed_days"])

    def months_since(self, start: datetime) -> Fraction:
        """Elapsed months by readings months and elapsed_days."""
        return months_between(start, self.moment, self.readings["months"], self.readings["elapsed_days"])

    def age(self, birth: date) -> Fraction:
        """AGER or AGED by reading age."""
        exact = age_years(birth, self.moment)
        return completed(exact) if self.readings["age"] == "completed" else exact

    def at(self, moment: datetime) -> Setting:
        """The same at another instant."""
        return Setting(moment, self.cpteur, self.rules, self.readings)


@dataclass(frozen=True)
class Brut:
    """What a candidate's score is before any donor: annexes 3.2 and 3.3."""

    component: str
    icar: int | None
    icar_j: int | None
    icar_i: int | None
    ccb: Fraction
    taper_zero: bool


def dosage(candidate: Candidate, analyte: str, setting: Setting) -> Dosage | None:
    """The latest current value of an analyte and its age in days; None is NULL."""
    samples = candidate.samples(analyte, "current")
    if not samples:
        return None
    return Dosage(samples[-1].value, setting.days_since(samples[-1].time))


def delai_var_bio(candidate: Candidate) -> int:
    """3.2.1 for this candidate."""
    return guide.delai_var_bio_grf(candidate.runs("ecmo"), candidate.runs("iv_inotropes"))


def bnp_ignored(candidate: Candidate, setting: Setting) -> bool:
    """Reading bnp_under_sacubitril=ignored while sacubitril/valsartan runs."""
    return setting.readings["bnp_under_sacubitril"] == "ignored" and candidate.runs("sacubitril_valsartan")


def no_peptide_needed(candidate: Candidate) -> bool:
    """CEC2='O' OR CAT2='O' OR SIAV2='B'."""
    return candidate.runs("ecmo") or candidate.runs("total_artificial_heart") or candidate.siav2() == "B"


def icar_j(candidate: Candidate, setting: Setting) -> int:
    """3.2.3 ICARj: today's values."""
    cec2, dia2, delai = candidate.runs("ecmo"), candidate.runs("chronic_dialysis"), delai_var_bio(candidate)
    probnp2 = dosage(candidate, "nt_probnp", setting)
    bnp2 = None if bnp_ignored(candidate, setting) else dosage(candidate, "bnp", setting)
    creat2 = dosage(candidate, "creatinine", setting)
    bili2 = dosage(candidate, "total_bilirubin", setting)
    if setting.readings["incomplete_update"] == "lowest":
        peptide = guide.utilisable(probnp2, delai) or guide.utilisable(bnp2, delai)
        complete = (
            (peptide or no_peptide_needed(candidate))
            and (guide.utilisable(creat2, delai) or dia2)
            and guide.utilisable(bili2, delai)
        )
        if not complete:
            probnp2 = bnp2 = creat2 = bili2 = None
    cat2, siav2 = candidate.runs("total_artificial_heart"), candidate.siav2()
    ager, sexr = setting.age(candidate.birth_date), candidate.registration["sex"]
    risque = guide.f_risque_pre_grf(
        guide.f_ascd(cec2),
        guide.f_decile_pn_j(cec2, cat2, siav2, probnp2, bnp2, delai),
        guide.f_ln_dfg_la_j(dia2, creat2, delai, ager, sexr),
        guide.f_ln_bili_la_j(bili2, delai),
    )
    return guide.icar_de(risque, setting.readings["icar_rounding"])


def avant(candidate: Candidate, analyte: str, start: datetime, setting: Setting) -> Fraction | None:
    """The _AVI value of an analyte: from before S, the start of the running ECMO or inotropes."""
    ends = [
        period.stop
        for name in SHORT_TERM
        for period in candidate.periods.get(name, [])
        if period.stop is not None and period.stop <= start
    ]
    entered = [sample for sample in candidate.samples(analyte, "pre_treatment") if not ends or sample.time > max(ends)]
    if entered:
        return entered[-1].value
    if setting.readings["pre_treatment_values"] == "explicit":
        return None
    within = [
        sample
        for sample in candidate.samples(analyte, "current")
        if sample.time <= start and setting.days_since(sample.time, start) <= WINDOW_DAYS
    ]
    return within[-1].value if within else None


def dialysed_at(candidate: Candidate, start: datetime) -> bool:
    """DIA_AVI: a chronic dialysis period covers S."""
    return any(
        period.start <= start and (period.stop is None or period.stop > start)
        for period in candidate.periods.get("chronic_dialysis", [])
    )


def icar_i(candidate: Candidate, start: datetime, setting: Setting) -> int:
    """3.2.1 ICARi: the values from before S, today's ECMO flag and age."""
    cec2 = candidate.runs("ecmo")
    bnp_avi = None if bnp_ignored(candidate, setting) else avant(candidate, "bnp", start, setting)
    decile = guide.f_decile_pn_i(
        cec2,
        candidate.runs("total_artificial_heart"),
        candidate.siav2(),
        avant(candidate, "nt_probnp", start, setting),
        bnp_avi,
    )
    ln_dfg = guide.f_ln_dfg_la_i(
        dialysed_at(candidate, start),
        avant(candidate, "creatinine", start, setting),
        setting.age(candidate.birth_date),
        candidate.registration["sex"],
    )
    ln_bili = guide.f_ln_bili_la_i(avant(candidate, "total_bilirubin", start, setting))
    risque = guide.f_risque_pre_grf(guide.f_ascd(cec2), decile, ln_dfg, ln_bili)
    return guide.icar_de(risque, setting.readings["icar_rounding"])


def running_icars(candidate: Candidate, facts: list[Fact], start: datetime, setting: Setting) -> list[int]:
    """Reading icar_maximum=running: ICARj as it stood at each current sampling instant since S.

    The first registration counts from the beginning, also at a sampling before it.
    """
    instants = sorted(
        {
            sample.time
            for (_, context), samples in candidate.labs.items()
            for sample in samples
            if context == "current" and sample.time >= start
        }
    )
    found = []
    first = next(fact for fact in facts if fact.kind == "candidate.registered")
    for moment in instants:
        then = fold_candidate(candidate.ident, [fact for fact in facts if fact.time <= moment or fact is first])
        if then is not None and setting.at(moment).age(then.birth_date) >= 18:
            found.append(icar_j(then, setting.at(moment)))
    return found


def icars(candidate: Candidate, facts: list[Fact], setting: Setting) -> tuple[int | None, int | None, int | None]:
    """ICAR, ICARj, ICARi; all None under 18, ICARi None without ECMO and inotropes."""
    if setting.age(candidate.birth_date) < 18:
        return None, None, None
    today = icar_j(candidate, setting)
    start = candidate.short_term_start()
    if start is None:
        return today, today, None
    initial = icar_i(candidate, start, setting)
    values = [today, initial]
    if setting.readings["icar_maximum"] == "running":
        values += running_icars(candidate, facts, start, setting)
    return max(values), today, initial


def assistance(candidate: Candidate, setting: Setting) -> guide.Assistance:
    """CEC2, DCEC2, SIAV2, DAV2 of annex 3.3.2."""
    ecmo, lvad = candidate.running("ecmo"), candidate.running("lvad")
    return guide.Assistance(
        delai_cec=setting.days_since(ecmo.start) if ecmo else None,
        siav2=candidate.siav2(),
        delai_av2=setting.days_since(lvad.start) if lvad else None,
        complicated=lvad.complicated if lvad else False,
    )


def priority_start(candidate: Candidate, setting: Setting) -> datetime:
    """The instant DAURG counts from, by reading priority_clock."""
    assert candidate.urgence is not None
    grant = candidate.urgence
    return grant.requested if setting.readings["priority_clock"] == "request" else grant.agreed


def brut(candidate: Candidate, facts: list[Fact], setting: Setting) -> Brut:
    """3.3 Score CCB: the component in force and its points."""
    grant, readings = candidate.urgence, setting.readings
    component = guide.composante(setting.age(candidate.birth_date), grant.component if grant else None)
    icar, today, initial = icars(candidate, facts, setting)
    if component == "paediatric_standard":
        ccb = guide.comp_ped_std(setting.months_since(candidate.registered), readings["paediatric_base"])
        return Brut(component, icar, today, initial, ccb, False)
    if component in ("XPCP1", "XPCP2"):
        daurg = setting.months_since(priority_start(candidate, setting))
        ccb = guide.comp_ped_xpcp(component, daurg, readings["xpcp1_base"])
        return Brut(component, icar, today, initial, ccb, False)
    assert icar is not None
    ficar, assist = guide.f_icar(icar), assistance(candidate, setting)
    standard = guide.points_adulte_standard(ficar, assist, setting.cpteur, setting.rules, readings)
    if component == "XPCA":
        assert grant is not None
        floor = standard if readings["xpca_floor"] == "adult-standard" else ficar
        daurg = setting.months_since(priority_start(candidate, setting))
        ccb = guide.comp_ad_xpca(floor, grant.points, grant.delay_months, daurg)
        return Brut(component, icar, today, initial, ccb, False)
    delai = assist.delai_cec
    taper_zero = delai is not None and guide.decote_ecmo(delai, setting.rules) == 0
    return Brut(component, icar, today, initial, standard, taper_zero)


def tie_key(candidate: Candidate, component: str, setting: Setting) -> tuple[Any, ...]:
    """Ties: expert start, LVAD implantation (SIAV2 = G), registration, id; those that have one first."""
    expert = priority_start(candidate, setting) if component in EXPERT else None
    lvad = candidate.running("lvad") if candidate.siav2() == "G" else None
    return (
        (0, expert) if expert else (1, NOBODY),
        (0, lvad.start) if lvad else (1, NOBODY),
        candidate.registered,
        candidate.ident,
    )


def survival(candidate: Candidate, donor: dict[str, Any], aged: Fraction, setting: Setting) -> Any:
    """3.4.4.1 F_SurvPostGRF from the follow-up values."""
    delai, ager = delai_var_bio(candidate), setting.age(candidate.birth_date)
    sexr = candidate.registration["sex"]
    creat = dosage(candidate, "creatinine", setting)
    risk = matching.f_risk_post_grf(
        ager,
        matching.f_mal(candidate.registration["diseases"]),
        matching.f_ln_bili_grf(dosage(candidate, "total_bilirubin", setting), delai),
        matching.f_ln_dfg_grf(candidate.runs("chronic_dialysis"), creat, delai, ager, sexr),
        (donor["sex"], sexr),
        aged,
    )
    return matching.f_surv_post_grf(risk)
