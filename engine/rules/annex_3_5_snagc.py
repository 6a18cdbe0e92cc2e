"""Annex 3.5: the national score (SNAGC): the weighted score and the gravity model of travel time."""

from engine.rules.arithmetic import Arithmetic, Number
from engine.rules.rule import rule
from engine.rules.ruleset import RuleSet


@rule("3.5", symbol="MG")
def gravity(x: Arithmetic, travel_minutes: Number, p: RuleSet) -> Number:
    """MG = 1/exp(0.0000002 x TTLGP^2.9)."""
    return x.number(1) / x.exp(p.travel_factor * x.power(travel_minutes, p.travel_exponent))


@rule("3.5", symbol="ScoreNACG", unit="points")
def snagc(x: Arithmetic, ccp: Number, mg: Number) -> Number:
    """ScoreNACG = Score CCP x MG."""
    return ccp * mg
