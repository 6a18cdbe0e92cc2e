"""The score put together: what a candidate has without a donor (CCB), and with one (CCP, SNAGC).

These functions are the only way to a score: the match run, the list, the explanation and the audit
call them with one arithmetic or another.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.rules import annex_3_2_icar as annex_3_2
from engine.rules import annex_3_3_ccb as annex_3_3
from engine.rules import annex_3_4_ccp as annex_3_4
from engine.rules import annex_3_5_snagc as annex_3_5
from engine.rules.arithmetic import Arithmetic, Code, Number, Truth
from engine.rules.readings import Readings
from engine.rules.ruleset import RuleSet
from engine.rules.variables import Donor, Recipient


@dataclass(frozen=True, slots=True)
class RawScore:
    """Steps 1 and 2 of the guide: index of cardiac risk and raw composite score."""

    component: Code
    adult: Truth
    on_support: Truth
    """On ECMO or inotropes: only then there is an ICARi."""
    icar: Number
    icar_today: Number
    icar_before: Number
    ccb: Number


@dataclass(frozen=True, slots=True)
class Matching:
    """The three factors that need no laboratory value: who gets a zero here is not ranked, whatever the score."""

    f1_age: Number
    f2_abo: Number
    f3_bsa: Number


@dataclass(frozen=True, slots=True)
class PairScore:
    """Steps 3 and 4 of the guide: matching with a donor, and travel."""

    f1_age: Number
    f2_abo: Number
    f3_bsa: Number
    f4_survival: Number
    survival_1y: Number
    ccp: Number
    mg: Number
    snagc: Number


def raw_score(
    x: Arithmetic,
    recipient: Recipient,
    earlier: Sequence[tuple[str, Recipient]],
    counter: Number,
    p: RuleSet,
    r: Readings,
    known_since: Sequence[Number] = (),
) -> RawScore:
    """ICAR and CCB of a recipient; ``earlier`` are its past states and their instants (icar_maximum=running).

    ``known_since`` are ICARs of past states that were worked out before.
    """
    on_support = recipient.ecmo | recipient.inotropes
    adult = annex_3_3.is_adult(recipient, p)
    zero = x.number(0)
    today = annex_3_2.icar_today(x, recipient, p, r) if x.needed(adult) else zero
    before = annex_3_2.icar_before(x, recipient, p, r) if x.needed(adult & on_support) else zero
    since = [x.named(annex_3_2.icar_today(x, then, p, r), f"ICARj({when})") for when, then in earlier]
    icar = annex_3_2.icar(x, recipient, today, before, [*known_since, *since]) if x.needed(adult) else zero
    ccb = annex_3_3.ccb(x, recipient, icar, counter, p, r)
    return RawScore(annex_3_3.component_of(x, recipient, p), adult, on_support, icar, today, before, ccb)


def matching(x: Arithmetic, recipient: Recipient, donor: Donor, p: RuleSet, r: Readings) -> Matching:
    """How recipient and donor match in age, blood group and size."""
    return Matching(
        annex_3_4.age_match(x, recipient, donor, p),
        annex_3_4.abo_match(x, recipient, donor, p, r),
        annex_3_4.size_match(x, recipient, donor, p, r),
    )


def pair_score(
    x: Arithmetic, recipient: Recipient, donor: Donor, matched: Matching, minutes: Number, ccb: Number, p: RuleSet
) -> PairScore:
    """CCP and SNAGC of a recipient for a donor, ``minutes`` apart."""
    f1, f2, f3 = matched.f1_age, matched.f2_abo, matched.f3_bsa
    survival = annex_3_4.survival_1y(x, recipient, donor, p)
    f4 = annex_3_4.survival_filter(x, recipient, survival, p)
    ccp = annex_3_4.ccp(x, ccb, f1, f2, f3, f4)
    mg = annex_3_5.gravity(x, minutes, p)
    return PairScore(f1, f2, f3, f4, survival, ccp, mg, annex_3_5.snagc(x, ccp, mg))
