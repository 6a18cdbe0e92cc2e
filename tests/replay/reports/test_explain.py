"""The explanation: it says what the match run says, and where every figure of it came from."""

import re
from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from engine.errors import RequestError
from replay.reports.explain import EXCLUSIONS, explain
from tests.annex.support import printed
from tests.projections.support import CENTRE, SITE, SOURCE, Log
from tests.replay.support import NOW, adult, expert, offered, one_town
from tests.support import moment_of

FIELDS = {
    "ICAR": "icar", "ICARj": "icar_j", "ICARi": "icar_i", "Score CCB": "ccb", "F1_DifAge": "f1_age",
    "F2_ABO": "f2_abo", "F3_SC": "f3_bsa", "F4_SurvPostGRF": "f4_survival", "F_SurvPostGRF": "survival_1y",
    "Score CCP": "ccp", "MG": "mg", "ScoreNACG": "snagc",
}  # fmt: skip
ALWAYS = {
    "Score CCB", "F1_DifAge", "F2_ABO", "F3_SC", "F4_SurvPostGRF", "F_SurvPostGRF", "F_RiskPostGRF", "F_Ln_BILI_GRF",
    "F_Ln_DFG_GRF", "Score CCP", "MG", "ScoreNACG",
}  # fmt: skip
INDEX = {"C_ICAR", "F_RisquePreGRFj", "F_Decile_PNj", "F_Ln_DFG_LAj", "F_Ln_BILI_LAj", "ICARj", "ICAR", "F_ICAR"}
BEFORE = {"F_RisquePreGRFi", "F_Decile_PNi", "F_Ln_DFG_LAi", "F_Ln_BILI_LAi", "ICARi"}
ASSIST = {"F_Choix_Bras_Deter='ASSIST'", "Bras ASSIST"}
CASES: dict[str, tuple[set[str], set[str]]] = {
    "adult": (INDEX | {"Comp_Ad_Std", "F0_DifAge"}, BEFORE | {"F_Comp_ASCD", "Bras ASSIST"}),
    "expert": (INDEX | {"Comp_Ad_XPCA"}, BEFORE | {"Comp_Ad_Std (points)", "F_Comp_ASCD", "Bras ASSIST"}),
    "child": ({"Comp_Ped_Std"}, INDEX | BEFORE | ASSIST | {"F_Comp_ASCD", "F0_DifAge", "Comp_Ad_Std (points)"}),
    "ecmo": (INDEX | BEFORE | {"F_Comp_ASCD"}, ASSIST),
    "lvad": (ASSIST, INDEX | BEFORE | {"F_Comp_ASCD"}),
}
"""Which steps each case shows, beside those of every case, and which it must not."""
DEFAULTS = {("KXPC", "900"), ("XPC", "0")}
"""What stands where a grant says nothing (contract, section 2)."""


@cache
def cases() -> Log:
    """A fifth offer with an adult, an expert component, a child, one on ECMO, one on an LVAD, an hour away."""
    log = Log()
    log.counter(4)
    log.travel("V1", "2024-01-01", [[SITE, CENTRE, 60]])
    adult(log, "adult")
    expert(log, "expert", points="850")
    adult(log, "child", birth_date="2012-05-17")
    log.lab("ecmo", "total_bilirubin", "40", "2024-05-01 10:00")
    adult(log, "ecmo")
    log.started("ecmo", "ecmo", "2024-05-03 12:00")
    adult(log, "lvad")
    log.started("lvad", "lvad", "2020-05-17")
    log.corrected(len(log.events), time="2021-05-17")
    return offered(log)


def explained(log: Log, candidate: str = "C1", offer: str = "O1", **options: Any) -> dict[str, Any]:
    """The explanation's document."""
    return explain(moment_of(log.events, offer, **options), candidate).as_json()


def steps(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Steps by symbol."""
    return {step["symbol"]: step for step in document["steps"]}


def inputs(document: dict[str, Any], symbol: str) -> dict[str, dict[str, Any]]:
    """Inputs of a step, by their own symbols."""
    return {given["symbol"]: given for given in steps(document)[symbol]["inputs"]}


# ------------------------------------------------------------------------------ it agrees with the match run


@pytest.mark.parametrize("candidate", CASES)
def test_every_figure_explained_is_the_one_of_the_match_run_to_the_last_digit(candidate: str) -> None:
    log = cases()
    document, entry = explained(log, candidate), log.entry("O1", candidate)
    assert document["rank"] == entry.pop("rank")
    assert document["score"] == entry
    assert document["steps"][-1]["symbol"] == "ScoreNACG"
    for step in document["steps"]:
        if (field := FIELDS.get(step["symbol"])) and isinstance(entry[field], str):
            assert printed(Decimal(step["exact"])) == entry[field], field
        elif field:
            assert Decimal(step["exact"]) == entry[field], field


@pytest.mark.parametrize("candidate", CASES)
def test_the_steps_that_made_the_score_are_shown_and_those_not_chosen_are_not(candidate: str) -> None:
    shown, hidden = CASES[candidate]
    found = set(steps(explained(cases(), candidate)))
    assert shown | ALWAYS <= found
    assert not hidden & found


@pytest.mark.parametrize("candidate", CASES)
def test_every_step_has_its_annex_symbol_formula_figures_and_the_annex_s_own_line(candidate: str) -> None:
    for step in explained(cases(), candidate)["steps"]:
        assert re.match(r"3\.[2-5](\.|$| )", step["annex"])
        assert all(step[name] for name in ("symbol", "text", "formula", "figures", "value", "exact")), step


def test_the_header_and_the_digest_are_those_of_the_match_run() -> None:
    run, document = cases().run("O1"), explained(cases(), "adult")
    header = ("offer", "donor", "at", "known_at", "counter", "ruleset", "readings", "log", "digest")
    assert [document[name] for name in header] == [run[name] for name in header]


# ----------------------------------------------------------------------------- where every figure came from


def check_origin(given: dict[str, Any], log: Log, known_at: int) -> None:
    """An input names an event that stands in the log as it says, or the rules, a reading or the guide's own default."""
    if "event" not in given:
        by_rule = re.match(r"V6, annex 3\.[2-5]|reading [a-z0-9_]+$|guide 1\.2\.4", given["source"])
        assert by_rule or (given["symbol"], given["value"]) in DEFAULTS or given["value"] in ("N", "NULL"), given
        return
    position = given["event"]["position"]
    event = log.events[position - 1]
    assert given["event"] == {"source": SOURCE, "id": event["id"], "position": position}
    assert f"snagc.{given['type']}.v1" == event["type"]
    assert position <= known_at or given["symbol"] == "Cpteur"
    assert given["time"] == event["time"] or given["corrected_at"]


@pytest.mark.parametrize("candidate", CASES)
def test_every_input_names_its_event_or_the_rule_or_reading_that_sets_it(candidate: str) -> None:
    document = explained(cases(), candidate)
    for step in document["steps"]:
        for given in step["inputs"]:
            check_origin(given, cases(), document["known_at"])


def test_by_the_reading_running_the_inputs_of_earlier_days_name_their_events_too() -> None:
    log = one_town()
    adult(log, labs=None)
    log.started("C1", "iv_inotropes", "2024-05-14")
    worst = log.lab("C1", "total_bilirubin", "50", "2024-05-15")
    log.labs("C1", "2024-05-16", bilirubin="10")
    document = explained(offered(log), readings={"icar_maximum": "running"})
    for step in document["steps"]:
        for given in step["inputs"]:
            check_origin(given, log, document["known_at"])
    behind = [given for step in document["steps"] for given in step["inputs"] if given["symbol"] == "BILI2"]
    assert worst in [given["event"]["position"] for given in behind if "event" in given]


def test_a_value_from_before_ecmo_names_the_result_that_stands_in() -> None:
    given = inputs(explained(cases(), "ecmo"), "F_Ln_BILI_LAi")["BILI_AVI"]
    event = cases().events[given["event"]["position"] - 1]
    assert (given["value"], given["unit"], event["data"]["value"]) == ("40", "umol/L", "40")


def test_a_value_is_shown_in_the_annex_s_unit() -> None:
    log = one_town()
    adult(log, labs=None)
    lab = log.lab("C1", "total_bilirubin", "1.5", "2024-05-16", unit="mg/dL")
    given = inputs(explained(offered(log)), "F_Ln_BILI_LAj")["BILI2"]
    assert (given["value"], given["unit"], given["event"]["position"]) == ("25.65", "umol/L", lab)


def test_a_corrected_event_says_where_it_was_corrected_and_its_time_as_corrected() -> None:
    given = inputs(explained(cases(), "lvad"), "Bras ASSIST")["Date_Courante-DAV2"]
    assert (given["value"], given["time"]) == ("1096", "2021-05-17T00:00:00+02:00")
    assert given["corrected_at"] == [given["event"]["position"] + 1]


def test_the_counter_comes_from_the_offer_and_the_minutes_from_the_matrix_or_the_guide() -> None:
    log = cases()
    counter = inputs(explained(log, "lvad"), "F_Choix_Bras_Deter='ASSIST'")["Cpteur"]
    minutes = inputs(explained(log, "adult"), "MG")["TTLGP"]
    assert (counter["value"], counter["event"]["position"]) == ("5", len(log.events))
    assert (minutes["value"], minutes["event"]["position"]) == ("60", 2)
    bare = Log()
    adult(bare)
    without = inputs(explained(offered(bare)), "MG")["TTLGP"]
    assert without["value"] == "150"
    assert "guide 1.2.4" in without["source"]


def test_a_figure_set_by_a_reading_names_the_reading() -> None:
    document = explained(cases(), "child", readings={"paediatric_base": "776"})
    given = inputs(document, "Comp_Ped_Std")["paediatric_base"]
    assert (given["value"], given["source"]) == ("776", "reading paediatric_base")


# ---------------------------------------------------------------------------------------------- the formulas


def test_the_months_of_a_priority_stand_in_its_step_only_where_it_has_a_delay() -> None:
    log = one_town()
    expert(log, "C1")
    adult(log, "C2")
    grant = log.granted("C2", "XPCA", "2024-04-17", delay_months=2)
    offered(log)
    assert "DAURG" not in inputs(explained(log), "Comp_Ad_XPCA")
    ramp = inputs(explained(log, "C2"), "Comp_Ad_XPCA")
    assert {name: ramp[name]["value"] for name in ("KXPC", "XPC", "DAURG")} == {"KXPC": "900", "XPC": "2", "DAURG": "1"}
    assert {ramp[name]["event"]["position"] for name in ("XPC", "DAURG")} == {grant}


@pytest.mark.parametrize(
    ("candidate", "symbol", "formula"),
    [
        ("adult", "F_ICAR", "1000 x ICAR / 40"),
        ("ecmo", "Comp_Ad_Std (points)", "F_ICAR x F_Comp_ASCD"),
        ("lvad", "Bras ASSIST", "750 + 5 x min(5, (Date_Courante-DAV2) / 365.25)"),
        ("child", "Comp_Ped_Std", "775 + 50 x min(1, max(0, DA / 24))"),
        ("adult", "Score CCB", "Comp_Ad_Std + Comp_Ad_XPCA + Comp_Ped_Std + Comp_Ped_XPCP"),
        ("adult", "Score CCP", "Score CCB x F1_DifAge x F2_ABO x F3_SC x F4_SurvPostGRF"),
        ("adult", "MG", "1 / exp(0.0000002 x TTLGP^(2.9))"),
        ("adult", "ScoreNACG", "Score CCP x MG"),
    ],
)
def test_a_formula_reads_as_the_annex_has_it(candidate: str, symbol: str, formula: str) -> None:
    assert steps(explained(cases(), candidate))[symbol]["formula"] == formula


@pytest.mark.parametrize(
    ("time", "said"),
    [("2023-06-14 23:59", "figures assumed from V6"), ("2023-06-15", "figures attested by V6")],
)
def test_before_15_june_2023_it_says_that_the_figures_are_assumed(time: str, said: str) -> None:
    log = Log()
    log.registered("C1", "2023-01-01")
    log.donor("D1", "2023-05-01")
    log.offered("O1", time)
    assert explained(log)["figures"] == said


# --------------------------------------------------------------------------------- who is excluded, or absent


def test_an_excluded_candidate_gets_its_reasons_first_each_with_its_meaning() -> None:
    log = one_town()
    adult(log, labs=None, blood_group="O", donor_limits={"age": ["18", "44"]})
    document = explained(offered(log))
    assert document["rank"] is None
    assert [each["reason"] for each in document["reasons"]] == ["abo", "labs_missing", "donor_limits"]
    assert all(each["meaning"].startswith(EXCLUSIONS[each["reason"]]) for each in document["reasons"])
    names = list(document)
    assert names.index("reasons") < min(names.index("score"), names.index("steps"))
    assert steps(document)["F2_ABO"]["value"] == "0"


def test_every_reason_of_the_contract_has_a_meaning() -> None:
    assert list(EXCLUSIONS) == [
        "age_gap", "abo", "body_size", "labs_missing", "labs_expired", "survival", "ecmo_taper", "donor_limits",
        "score_zero",
    ]  # fmt: skip
    assert all(EXCLUSIONS.values())


@pytest.mark.parametrize(
    ("what", "state"),
    [("suspended", "suspended"), ("delisted", "delisted"), ("transplanted", "transplanted")],
)
def test_a_candidate_off_the_list_is_a_clear_error_that_says_where_it_stands(what: str, state: str) -> None:
    log = one_town()
    adult(log)
    if what == "delisted":
        log.delisted("C1", "2024-05-01")
    else:
        log.happened(what, "C1", "2024-05-01")
    offered(log)
    with pytest.raises(RequestError, match=f"candidate 'C1' is {state} at the offer"):
        explained(log)


def test_a_candidate_not_registered_at_the_offer_or_never_heard_of_is_a_clear_error() -> None:
    log = one_town()
    log.registered("C1", "2024-05-18")
    offered(log)
    for candidate in ("C1", "C2"):
        with pytest.raises(RequestError, match=f"candidate '{candidate}' is not registered at the offer.*position 3"):
            explained(log, candidate)


def test_who_was_transplanted_with_this_very_graft_is_explained_as_before_it() -> None:
    log = one_town()
    adult(log)
    offered(log)
    log.happened("transplanted", "C1", NOW, offer="O1")
    assert explained(log, known_at=len(log.events))["rank"] == 1


def test_alerts_about_the_candidate_stand_beside_the_explanation() -> None:
    log = one_town()
    adult(log)
    stray = log.stopped("C1", "impella", "2024-05-01")
    (alert,) = explained(offered(log))["alerts"]
    assert (alert["code"], alert["positions"]) == ("stop_without_start", [stray])
