"""The trace: the same values as the exact arithmetic, every step that was chosen, and figures put in."""

import re
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.rules.arithmetic import EXACT_ARITHMETIC
from engine.rules.readings import Readings, all_readings, choose_readings
from engine.rules.ruleset import RuleSet, rule_history
from engine.rules.score import PairScore, RawScore, matching, pair_score, raw_score
from engine.rules.trace import (
    Step,
    Term,
    TracedRuleSet,
    TracingArithmetic,
    shown,
    traced_number,
    traced_variables,
)
from engine.rules.variables import Donor, Recipient
from tests.annex.support import DEFAULTS, START, UNRECORDED, V6, D, donor, examined, reading, recipient, sample
from tests.long import examples

RAW = ("component", "adult", "on_support", "icar", "icar_today", "icar_before", "ccb")
PAIR = ("f1_age", "f2_abo", "f3_bsa", "f4_survival", "survival_1y", "ccp", "mg", "snagc")


class Traced:
    """A pair's score on the tracing arithmetic."""

    def __init__(
        self,
        who: Recipient,
        whose: Donor | None = None,
        *,
        earlier: tuple[Recipient, ...] = (),
        counter: int = 1,
        minutes: int = 60,
        rules: RuleSet = V6,
        readings: Readings = DEFAULTS,
        origins: dict[str, Any] | None = None,
    ) -> None:
        self.x = TracingArithmetic()
        p: Any = TracedRuleSet(rules)
        terms = traced_variables(who, origins or {})
        past = [(f"day {number}", traced_variables(then, {})) for number, then in enumerate(earlier)]
        count = traced_number(D(counter), "Cpteur", "offers", "the offer")
        self.raw = raw_score(self.x, terms, past, count, p, readings)
        travel = traced_number(D(minutes), "TTLGP", "minutes", "the matrix")
        other = traced_variables(whose or donor(), {})
        matched = matching(self.x, terms, other, p, readings)
        self.pair = pair_score(self.x, terms, other, matched, travel, self.raw.ccb, p)

    def steps(self) -> dict[str, Step]:
        """The steps behind the national score, by the guide's symbol."""
        return {step.rule.symbol: step for step in self.x.steps_behind(self.pair.snagc)}


def exact(
    who: Recipient,
    whose: Donor,
    earlier: tuple[Recipient, ...] = (),
    counter: int = 1,
    minutes: int = 60,
    rules: RuleSet = V6,
    readings: Readings = DEFAULTS,
) -> tuple[RawScore, PairScore]:
    """The same pair on the exact arithmetic."""
    raw = raw_score(EXACT_ARITHMETIC, who, [("then", then) for then in earlier], D(counter), rules, readings)
    matched = matching(EXACT_ARITHMETIC, who, whose, rules, readings)
    return raw, pair_score(EXACT_ARITHMETIC, who, whose, matched, D(minutes), raw.ccb, rules)


def assert_agreement(who: Recipient, whose: Donor, **circumstances: Any) -> None:
    """Both arithmetics give the same values, to the last digit."""
    traced = Traced(who, whose, **circumstances)
    raw, pair = exact(who, whose, **circumstances)
    for name in RAW:
        term = getattr(traced.raw, name)
        assert (term.value if isinstance(term, Term) else term) == getattr(raw, name), name
    for name in PAIR:
        assert getattr(traced.pair, name).value == getattr(pair, name), name


# -------------------------------------------------------------------------------------- the same values


def decimals(low: str, high: str, places: int = 2) -> st.SearchStrategy[Decimal]:
    """Decimals between two bounds."""
    return st.decimals(low, high, places=places, allow_nan=False, allow_infinity=False)


ages = st.one_of(decimals("0", "90", 4), st.sampled_from([D(text) for text in ("0", "17.999999", "18", "50", "55")]))
samples = st.one_of(
    st.just(UNRECORDED),
    st.builds(
        lambda value, days: sample(str(value), days),
        st.one_of(decimals("5", "3000"), st.sampled_from([D(5), D(189), D(230), D(928), D(1702)])),
        st.one_of(decimals("0", "130", 3), st.sampled_from([D(4), D(105)])),
    ),
)
flags = st.booleans()
months = st.one_of(decimals("-2", "30", 3), st.sampled_from([D(0), D(1), D(3), D(24)]))
recipients = st.builds(
    Recipient,
    age_years=ages,
    sex=st.sampled_from("FM"),
    blood_group=st.sampled_from(["A", "B", "AB", "O"]),
    height_cm=decimals("30", "250"),
    weight_kg=decimals("1", "300"),
    diseases=st.lists(st.sampled_from(["151", "162", "163", "811", "815"]), min_size=1, max_size=3).map(tuple),
    abo_matching=st.sampled_from(["IDE", "COM"]),
    waiting_months=months,
    ecmo=flags,
    ecmo_days=st.one_of(decimals("0", "20", 3), st.sampled_from([D(12), D(16)])),
    inotropes=flags,
    total_artificial_heart=flags,
    long_term_support=st.sampled_from(["", "G", "B"]),
    lvad_days=decimals("0", "2500", 3),
    lvad_complicated=flags,
    dialysis=flags,
    sacubitril_valsartan=flags,
    bilirubin=samples,
    creatinine=samples,
    bnp=samples,
    nt_probnp=samples,
    bilirubin_before=samples,
    creatinine_before=samples,
    bnp_before=samples,
    nt_probnp_before=samples,
    dialysis_before=flags,
    urgency=st.sampled_from(["", "XPCA", "XPCP1", "XPCP2", "DGN"]),
    expert_points=decimals("0.5", "900", 1),
    expert_delay_months=st.sampled_from([D(0), D(1), D(2), D(3)]),
    expert_months=months,
)
donors = st.builds(
    Donor,
    age_years=ages,
    sex=st.sampled_from("FM"),
    blood_group=st.sampled_from(["A", "B", "AB", "O"]),
    height_cm=decimals("50", "220"),
    weight_kg=st.one_of(decimals("3", "150"), st.just(D(70))),
)
some_readings = st.fixed_dictionaries(
    {name: st.sampled_from(entry.options) for name, entry in all_readings().items()}
).map(choose_readings)


@settings(max_examples=examples(30, 100), deadline=None, derandomize=True, database=None)
@given(
    who=recipients,
    whose=donors,
    earlier=st.lists(recipients, max_size=2).map(tuple),
    counter=st.integers(1, 10**6),
    minutes=st.integers(0, 1440),
    rules=st.sampled_from(rule_history()),
    readings=some_readings,
)
def test_the_trace_gives_exactly_the_values_that_score(
    who: Recipient, whose: Donor, earlier: Any, counter: int, minutes: int, rules: RuleSet, readings: Readings
) -> None:
    assert_agreement(who, whose, earlier=earlier, counter=counter, minutes=minutes, rules=rules, readings=readings)


@pytest.mark.parametrize("rules", rule_history(), ids=lambda rules: rules.id)
@pytest.mark.parametrize(
    "who",
    [
        recipient(),
        examined(),
        examined(ecmo=True, ecmo_days="13.5", bilirubin_before=sample("60")),
        examined(long_term_support="G", lvad_days="1000"),
        examined(urgency="XPCA", expert_points="900", expert_delay_months="3", expert_months="1.5"),
        examined(age_years="8"),
        examined(age_years="0"),
        examined(age_years="8", urgency="XPCP1", expert_months="30"),
        examined(age_years="30", urgency="XPCP2", dialysis=True),
    ],
    ids=["blank", "examined", "ecmo", "lvad", "xpca", "child", "newborn", "xpcp1", "xpcp2"],
)
def test_each_kind_of_candidate_has_the_same_values_traced(who: Recipient, rules: RuleSet) -> None:
    assert_agreement(who, donor(), counter=5, rules=rules)


# ------------------------------------------------------------------------------- steps left out and kept

ALWAYS = {
    *("Comp_Ad_Std", "Comp_Ad_XPCA", "Comp_Ped_Std", "Comp_Ped_XPCP", "Score CCB"),
    *("F1_DifAge", "F2_ABO", "F3_SC", "F4_SurvPostGRF", "Score CCP", "MG", "ScoreNACG"),
}


@pytest.mark.parametrize(
    ("changes", "counter", "kept", "left_out"),
    [
        ({}, 5, {"ICARj", "F_DFGj", "F0_DifAge", "F_ICAR"}, {"ICARi", "F_Comp_ASCD", "Bras ASSIST", "F_DFGi"}),
        ({"ecmo": True}, 5, {"ICARj", "ICARi", "F_Comp_ASCD"}, {"Bras ASSIST"}),
        ({"inotropes": True}, 5, {"ICARj", "ICARi"}, {"F_Comp_ASCD", "Bras ASSIST"}),
        ({"long_term_support": "G"}, 5, {"Bras ASSIST"}, {"ICARi", "F_ICAR", "ICAR", "ICARj"}),
        ({"long_term_support": "G"}, 4, {"F_ICAR", "ICARj"}, {"Bras ASSIST"}),
        ({"dialysis": True}, 1, {"F_Ln_DFG_LAj", "F_Ln_DFG_GRF"}, {"F_DFGj"}),
        ({"creatinine": UNRECORDED}, 1, {"F_Ln_DFG_LAj", "F_Ln_DFG_GRF"}, {"F_DFGj"}),
        ({"creatinine": sample("90", "106")}, 1, {"F_Ln_DFG_LAj"}, {"F_DFGj"}),
        ({"age_years": "8"}, 1, {"F_DFGj", "F_SurvPostGRF"}, {"F0_DifAge", "F_ICAR", "ICAR", "ICARj", "ICARi"}),
        ({"urgency": "XPCP1"}, 5, {"F0_DifAge"}, {"F_ICAR", "ICARj", "Bras ASSIST", "F_Comp_ASCD"}),
        ({"urgency": "XPCA", "expert_points": "900"}, 5, {"F_ICAR", "ICARj"}, {"Bras ASSIST", "F_Comp_ASCD"}),
    ],
)
def test_only_steps_that_the_score_rests_on_are_told(
    changes: dict[str, Any], counter: int, kept: set[str], left_out: set[str]
) -> None:
    told = set(Traced(examined(**changes), counter=counter).steps())
    assert kept | ALWAYS <= told
    assert not left_out & told


def test_each_step_stands_after_those_it_rests_on_and_once() -> None:
    traced = Traced(examined(ecmo=True, ecmo_days="13"))
    steps = traced.x.steps_behind(traced.pair.snagc)
    symbols = [step.rule.symbol for step in steps]
    assert len(symbols) == len(set(symbols))
    assert symbols[-1] == "ScoreNACG"
    assert symbols.index("F_DFGj") < symbols.index("F_Ln_DFG_LAj") < symbols.index("F_RisquePreGRFj")
    assert symbols.index("ICARj") < symbols.index("ICAR") < symbols.index("F_ICAR") < symbols.index("Score CCB")
    for place, step in enumerate(traced.x.steps):
        assert all(used < place for used in step.uses)


def test_the_first_rules_have_no_taper_and_no_turn_to_tell() -> None:
    told = set(Traced(examined(ecmo=True, long_term_support="G"), counter=5, rules=START).steps())
    assert not {"F_Comp_ASCD", "Bras ASSIST", "F_Choix_Bras_Deter = 'ASSIST'"} & told


def test_past_indices_are_told_each_under_its_own_name() -> None:
    past = (examined(bilirubin=sample("60"), inotropes=True), examined(bilirubin=sample("230"), inotropes=True))
    traced = Traced(examined(inotropes=True), earlier=past, readings=reading(icar_maximum="running"))
    steps = [step for step in traced.x.steps_behind(traced.raw.ccb) if step.rule.symbol == "ICARj"]
    assert {(step.name, step.value) for step in steps} == {
        ("ICARj", D(12)),  # 1.58 + 2.94 + 6.15711 x ln(17/5) = 12.05
        ("ICARj(day 0)", D(20)),  # 1.58 + 2.94 + 15.30 = 19.82
        ("ICARj(day 1)", D(28)),  # 1.58 + 2.94 + 23.57 = 28.09
    }


def test_a_rule_refuses_to_run_on_fewer_digits() -> None:
    with localcontext(prec=28), pytest.raises((RuntimeError, AssertionError), match="exact_arithmetic"):
        exact(examined(), donor())


# ------------------------------------------------------------------------------------------ figures put in


@pytest.mark.parametrize(
    ("symbol", "changes", "formula", "figures", "value"),
    [
        ("F_ICAR", {"icar": 12}, "1000 x ICAR / 40", "1000 x 12 / 40", "300"),
        ("F0_DifAge", {}, "1 - (AGER - AGED - 15) / 25", "1 - (45 - 45 - 15) / 25", "1.6"),
        ("F0_DifAge", {"age_years": "30"}, "(AGER - AGED + 65) / 25", "(30 - 45 + 65) / 25", "2"),
        (
            "F_DFGj",
            {"creatinine": sample("88.4"), "age_years": "1", "sex": "F"},
            "186.3 x (CREAT2 / 88.4)^(-1.154) x AGER^(-0.203) x 0.742",
            "186.3 x (88.4 / 88.4)^(-1.154) x 1^(-0.203) x 0.742",
            "138.2346",
        ),
        ("F_Ln_BILI_GRF", {}, "ln(min(230, max(5, BILI2)))", "ln(min(230, max(5, 17)))", None),
        ("F_Comp_ASCD", {"ecmo": True, "ecmo_days": "13"}, None, "1 - 0.1 x (13 - (12 - 1))", "0.8"),
        (
            "Bras ASSIST",
            {"long_term_support": "G", "lvad_days": "730.5"},
            "750 + 5 x min(5, (Date_Courante-DAV2) / 365.25)",
            "750 + 5 x min(5, 730.5 / 365.25)",
            "760",
        ),
        (
            "Comp_Ped_Std",
            {"age_years": "8", "waiting_months": "6"},
            "775 + 50 x min(1, max(0, DA / 24))",
            "775 + 50 x min(1, max(0, 6 / 24))",
            "787.5",
        ),
        (
            "Comp_Ped_XPCP",
            {"urgency": "XPCP1", "expert_months": "12"},
            "KXPC + 50 x min(1, max(0, DAURG / 24))",
            "1101 + 50 x min(1, max(0, 12 / 24))",
            "1126",
        ),
        ("MG", {}, "1 / exp(0.0000002 x TTLGP^(2.9))", "1 / exp(0.0000002 x 60^(2.9))", None),
    ],
)
def test_a_step_shows_its_formula_with_symbols_and_with_figures(
    symbol: str, changes: dict[str, Any], formula: str | None, figures: str, value: str | None
) -> None:
    if "icar" in changes:  # 11.7445 points: 12
        changes = {"dialysis": True, "nt_probnp": UNRECORDED, "bilirubin": UNRECORDED}
    step = Traced(examined(**changes), counter=5).steps()[symbol]
    assert formula is None or step.formula == formula
    assert step.figures == figures
    assert value is None or step.value == D(value)


def test_a_step_names_its_annex_its_unit_and_the_annexs_line() -> None:
    step = Traced(examined()).steps()["F_DFGj"]
    assert (step.rule.annex, step.rule.unit) == ("3.2.3.4", "mL/min/1.73 m2")
    assert step.rule.text.startswith("F_DFGj = 186.3 x (CREAT2/88.4)^(-1.154) x AGER^(-0.203)")


def test_a_step_says_what_was_decided_and_on_which_figures() -> None:
    decided = Traced(examined(ecmo=True, ecmo_days="16"), counter=5).steps()["F_Comp_ASCD"].decided
    assert [note.rpartition(": ")[2] for note in decided] == ["false", "false"]
    assert all("16" in note for note in decided)


def test_a_single_code_is_compared_and_several_are_listed() -> None:
    steps = Traced(examined(urgency="DGN")).steps()
    assert steps["Comp_Ad_XPCA"].decided == ("AGER >= 18 ET URGENCE = 'XPCA' (45 >= 18 ET 'DGN' = 'XPCA'): false",)
    assert steps["Comp_Ped_XPCP"].decided == ("URGENCE IN ('XPCP1', 'XPCP2') ('DGN' IN ('XPCP1', 'XPCP2')): false",)


def test_a_step_names_the_event_each_input_came_from() -> None:
    origins = {"creatinine": "event 7", "age_years": "event 1"}
    step = Traced(examined(), origins=origins).steps()["F_DFGj"]
    came_from = {each.symbol: (each.shown, each.unit, each.origin) for each in step.inputs}
    assert came_from["CREAT2"] == ("90", "umol/L", "event 7")
    assert came_from["AGER"] == ("45", "years", "event 1")
    assert came_from["gfr_factor"] == ("186.3", "mL/min/1.73 m2", "V6, annex 3.2.3.4")


def test_what_is_not_recorded_is_told_as_null() -> None:
    step = Traced(recipient()).steps()["F_Ln_BILI_GRF"]
    assert [(each.symbol, each.shown) for each in step.inputs if each.symbol == "BILI2"] == [("BILI2", "NULL")]
    assert step.figures == "ln(230)"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (D("0.6666666666"), "0.666667"),
        (D("0.0000005"), "5.000000e-7"),
        (D("0.0000015"), "0.000002"),
        (D("100"), "100"),
        (D("750.50"), "750.5"),
        (D(0), "0"),
        (D("-0"), "0"),
        (D("-0.0000001"), "-1.000000e-7"),
        (True, "true"),
        (False, "false"),
        ("XPCA", "XPCA"),
    ],
)
def test_values_are_shown_with_up_to_six_decimals(value: object, text: str) -> None:
    assert shown(value) == text


# -------------------------------------------------------------------- the figures read back give the value


def whole(value: int) -> Term:
    """A leaf with an exact value."""
    return Term(Fraction(value), f"v{value}", str(value))


formulas = st.recursive(
    st.integers(1, 9).map(whole),
    lambda inner: st.builds(
        lambda sign, a, b: {"+": a + b, "-": a - b, "x": a * b}[sign] if sign != "/" else _divided(a, b),
        st.sampled_from("+-x/"),
        inner,
        inner,
    ),
    max_leaves=8,
)


def _divided(a: Term, b: Term) -> Term:
    return a / b if b.value else a


@settings(max_examples=examples(30, 100), deadline=None, derandomize=True, database=None)
@given(term=formulas)
def test_brackets_stand_where_they_must(term: Term) -> None:
    read_back = eval(re.sub(r"\d+", r"Fraction(\g<0>)", term.figures).replace("x", "*"))
    assert read_back == term.value
    assert re.sub(r"v(\d)", r"\1", term.text) == term.figures
