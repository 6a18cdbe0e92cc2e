"""Which results a score rests on: exactly those of which another value moves an index or survival."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.quantities import exact_arithmetic
from engine.rules.annex_3_2_icar import icar_before, icar_today, risk_before, risk_today
from engine.rules.annex_3_4_ccp import ln_bilirubin_post, ln_gfr_post
from engine.rules.readings import Readings
from engine.rules.sources import SourcesArithmetic, results_used
from engine.rules.variables import Recipient, Sample
from tests.annex.support import DEFAULTS, V6, X, examined, reading, recipient, sample
from tests.long import examples

ENDS = {"bilirubin": ("5", "230"), "creatinine": ("60", "900"), "bnp": ("1", "90000"), "nt_probnp": ("1", "90000")}
"""Of each analyte a value that counts for nothing, or little, and one that counts for much."""
NAMES = [f"{name}{suffix}" for suffix in ("", "_before") for name in ENDS]
SAMPLES = st.sampled_from([sample(ENDS["bnp"][0], days) for days in ("0", "4", "4.1", "105", "105.1")]) | st.just(
    Sample(False, Decimal(1), Decimal(0))
)
FLAGS = ("ecmo", "inotropes", "total_artificial_heart", "dialysis", "dialysis_before", "sacubitril_valsartan")
WORLDS = st.fixed_dictionaries(
    dict.fromkeys(NAMES, SAMPLES)
    | {name: st.booleans() for name in FLAGS}
    | {"age_years": st.sampled_from(["18", "45"]), "long_term_support": st.sampled_from(["", "G", "B"])}
)
READINGS = [DEFAULTS, reading(incomplete_update="lowest"), reading(bnp_under_sacubitril="ignored")]


def moves(name: str, who: Recipient, r: Readings) -> bool:
    """Whether another value of a result gives another risk of the day, or of before, or another survival."""
    ends = ENDS[name.removesuffix("_before")]
    low, high = (figures(replace(who, **{name: replace(getattr(who, name), value=Decimal(end))}), r) for end in ends)
    return low != high


def figures(who: Recipient, r: Readings) -> list[Any]:
    """All that an adult's score makes of results, before anything is rounded or cut off."""
    before = risk_before(X, who, V6, r) if who.ecmo or who.inotropes else None
    return [risk_today(X, who, V6, r), before, ln_bilirubin_post(X, who, V6), ln_gfr_post(X, who, V6)]


@settings(max_examples=examples(40, 2000), deadline=None)
@given(WORLDS, st.sampled_from(READINGS))
def test_the_results_used_are_those_that_move_a_figure(world: dict[str, Any], r: Readings) -> None:
    who = recipient(**world)
    with exact_arithmetic():
        moving = tuple(name for name in NAMES if getattr(who, name).known and moves(name, who, r))
        assert sorted(results_used(who, V6, r)) == sorted(moving)


def test_a_minor_s_score_uses_no_result() -> None:
    assert results_used(examined(age_years="17.99"), V6, DEFAULTS) == ()
    assert results_used(examined(age_years="18"), V6, DEFAULTS) == ("bilirubin", "creatinine", "nt_probnp")


def test_no_number_is_worked_out_and_none_is_compared() -> None:
    x, who = SourcesArithmetic(), examined(inotropes=True)
    for made in (icar_today(x, who, V6, DEFAULTS), icar_before(x, who, V6, DEFAULTS)):
        assert made.names == frozenset()  # the values of this recipient have no names
        with pytest.raises(TypeError):
            bool(made < Decimal(1))
