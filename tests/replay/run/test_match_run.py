"""The match run of section 5: the cut, the figures, the header, the digest, the rules and readings used.

In most of these logs the heart is in the candidates' own town (0 minutes: MG = 1), the donor matches, and an
adult expert component gives a round score: what a test changes is then all that shows.
"""

import hashlib
import json
from typing import Any

import pytest

from engine.errors import NoRulesError, RequestError
from tests.projections.support import CENTRE, SITE, Log, stored_bytes

NOW = "2024-05-17"
READINGS = {
    "icar_rounding": ("nearest", "tens"), "elapsed_days": ("fractional", "whole", "dates"),
    "xpcp1_base": ("1101", "1102"),
    "paediatric_base": ("775", "776"), "priority_clock": ("agreement", "request"), "months": ("calendar", "mean"),
    "xpca_floor": ("annex", "adult-standard"), "abo_guard": ("compatible", "annex"),
    "bsa_bounds": ("strict", "inclusive"), "lvad_assist": ("annex", "max"),
    "lvad_complicated": ("annex", "uncomplicated"), "age": ("fractional", "completed"),
    "bnp_under_sacubitril": ("annex", "ignored"), "pre_treatment_values": ("derived", "explicit"),
    "incomplete_update": ("per_variable", "lowest"), "icar_maximum": ("annex", "running"),
}  # fmt: skip


def expert(log: Log, candidate: str, points: str | None = None, **fields: Any) -> None:
    """An adult of 45 in good health with an expert component."""
    log.registered(candidate, "2024-01-01", **({"birth_date": "1979-05-17"} | fields))
    log.labs(candidate, "2024-05-16")
    log.granted(candidate, "XPCA", "2024-05-01", points=points)


@pytest.fixture
def log() -> Log:
    """A log with a matrix in which the procurement site and the centre are one town."""
    log = Log()
    log.travel("V1", "2024-01-01", [[SITE, CENTRE, 0]])
    return log


def offered(log: Log, **donor: Any) -> Log:
    """The log with a donor and the offer O1 at its end."""
    log.donor("D1", "2024-05-16", **donor)
    log.offered("O1", NOW)
    return log


def scores(log: Log, offer: str = "O1", **options: Any) -> dict[str, str]:
    """The published score of every ranked candidate, in order."""
    return {entry["candidate"]: entry["snagc"] for entry in log.run(offer, **options)["ranking"]}


def root_of(leaves: list[bytes]) -> bytes:
    """The tree hash of RFC 6962, as its text defines it."""
    if len(leaves) < 2:
        return hashlib.sha256(b"\0" + leaves[0] if leaves else b"").digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\1" + root_of(leaves[:split]) + root_of(leaves[split:])).digest()


# ------------------------------------------------------------------------------------------------- the document


def test_the_document_states_what_it_is_about_then_the_candidates_then_the_digest(log: Log) -> None:
    expert(log, "C1")
    expert(log, "C2", blood_group="O")
    run = offered(log).run("O1")
    assert list(run) == [
        "offer", "donor", "at", "known_at", "counter", "ruleset", "readings", "log", "ranking", "excluded", "digest",
    ]  # fmt: skip
    assert (run["offer"], run["donor"], run["ruleset"]) == ("O1", "D1", "2023-06-15")
    assert run["known_at"] == run["log"]["size"] == len(log.events) - 1


def test_an_entry_has_its_fields_in_the_order_of_the_contract(log: Log) -> None:
    expert(log, "C1")
    expert(log, "C2", blood_group="O")
    run = offered(log).run("O1")
    fields = [
        "candidate", "component", "icar", "icar_j", "icar_i", "ccb", "f1_age", "f2_abo", "f3_bsa", "f4_survival",
        "survival_1y", "ccp", "travel_minutes", "mg", "snagc",
    ]  # fmt: skip
    (ranked,), (excluded,) = run["ranking"], run["excluded"]
    assert list(ranked) == ["rank", *fields]
    assert [name for name in excluded if name != "reasons"] == fields
    assert isinstance(excluded["reasons"], list)


def test_an_entry_has_scores_and_factors_as_text_of_six_decimals_and_the_others_as_whole_numbers(log: Log) -> None:
    expert(log, "C1")
    entry = offered(log).entry("O1", "C1")
    assert entry == {
        "rank": 1, "candidate": "C1", "component": "XPCA", "icar": 0, "icar_j": 0, "icar_i": None,
        "ccb": "900.000000", "f1_age": "1.000000", "f2_abo": "1.000000", "f3_bsa": "1.000000",
        "f4_survival": "1.000000", "survival_1y": "0.952705", "ccp": "900.000000", "travel_minutes": 0,
        "mg": "1.000000", "snagc": "900.000000",
    }  # fmt: skip
    assert type(entry["icar"]) is type(entry["travel_minutes"]) is int


def test_all_icars_are_null_under_18_and_icar_i_without_ecmo_and_inotropes(log: Log) -> None:
    for candidate, birth, treatment in (
        ("child", "2010-01-01", "ecmo"), ("stable", "1979-05-17", "lvad"), ("ecmo", "1979-05-17", "ecmo"),
    ):  # fmt: skip
        expert(log, candidate, birth_date=birth)
        log.started(candidate, treatment, "2024-05-16")
    offered(log)
    found = {each: [log.entry("O1", each)[name] for name in ("icar", "icar_j", "icar_i")] for each in ("child", "ecmo")}
    assert found == {"child": [None, None, None], "ecmo": [27, 27, 27]}
    assert [log.entry("O1", "stable")[name] for name in ("icar", "icar_j", "icar_i")] == [0, 0, None]


@pytest.mark.parametrize(
    ("time", "at"),
    [
        ("2024-05-17", "2024-05-17T00:00:00+02:00"),
        ("2024-05-16T22:00:00.000Z", "2024-05-17T00:00:00+02:00"),
        ("2024-12-31T23:59:59.5-01:00", "2025-01-01T01:59:59.500000+01:00"),
        ("2024-10-27T00:30:00Z", "2024-10-27T02:30:00+02:00"),
        ("2024-10-27T01:30:00Z", "2024-10-27T02:30:00+01:00"),
    ],
)
def test_the_offer_s_instant_is_told_in_paris_with_its_offset_and_a_fraction_only_if_there_is_one(
    log: Log, time: str, at: str
) -> None:
    log.donor("D1", "2024-05-16")
    log.offered("O1", time)
    assert log.run("O1")["at"] == at


def test_an_offer_without_candidates_has_an_empty_ranking(log: Log) -> None:
    run = offered(log).run("O1")
    assert (run["ranking"], run["excluded"]) == ([], [])


# ------------------------------------------------------------------------------------------- root and digest


@pytest.mark.parametrize("known_at", [2, 3, 4, 5, 6, 7, 8])
def test_the_root_is_the_rfc_6962_hash_of_the_stored_bytes_known(log: Log, known_at: int) -> None:
    log.donor("D1", "2024-05-16")
    expert(log, "C1")
    log.offered("O1", NOW)
    leaves = [stored_bytes(event) for event in log.events[:known_at]]
    assert log.run("O1", known_at=known_at)["log"] == {"size": known_at, "root": root_of(leaves).hex()}


def test_the_digest_covers_the_decision_alone_in_canonical_json(log: Log) -> None:
    expert(log, "C1")
    expert(log, "C2", blood_group="O")
    run = offered(log).run("O1")
    decision = {name: value for name, value in run.items() if name != "digest"}
    decision["ranking"] = [{name: entry[name] for name in ("rank", "candidate", "snagc")} for entry in run["ranking"]]
    decision["excluded"] = [entry["candidate"] for entry in run["excluded"]]
    canonical = json.dumps(decision, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert run["digest"] == hashlib.sha256(canonical).hexdigest()


# -------------------------------------------------------------------------------------------------- the cut


def test_a_run_sees_the_positions_before_its_offer_or_up_to_the_one_asked_for(log: Log) -> None:
    expert(log, "C1", points="500")
    offer = len(offered(log).events)
    late = log.granted("C1", "XPCA", "2024-05-02", points="600")
    assert scores(log) == {"C1": "500.000000"}
    assert log.run("O1")["known_at"] == offer - 1
    assert scores(log, known_at=late) == {"C1": "600.000000"}
    assert scores(log, known_at=late - 1) == {"C1": "500.000000"}


def test_a_run_never_sees_a_fact_that_takes_effect_after_the_offer(log: Log) -> None:
    expert(log, "C1", points="500")
    log.granted("C1", "XPCA", "2024-05-17 00:00:00.000001", points="600")
    log.registered("C2", "2024-05-17 00:00:00.000001")
    offered(log)
    assert scores(log) == scores(log, known_at=len(log.events)) == {"C1": "500.000000"}


def test_a_fact_at_the_very_instant_of_the_offer_counts(log: Log) -> None:
    expert(log, "C1", points="500")
    log.granted("C1", "XPCA", NOW, points="600")
    assert scores(offered(log)) == {"C1": "600.000000"}


def test_a_correction_learnt_after_the_offer_counts_only_for_who_asks_what_was_known_later(log: Log) -> None:
    expert(log, "C1", points="500")
    grant = len(log.events)
    offered(log)
    correction = log.corrected(grant, points="700")
    assert scores(log) == {"C1": "500.000000"}
    assert scores(log, known_at=correction) == {"C1": "700.000000"}


def test_the_replay_of_an_offer_still_ranks_who_was_transplanted_with_its_own_graft_and_no_other(log: Log) -> None:
    expert(log, "C1")
    expert(log, "C2")
    offered(log)
    log.happened("transplanted", "C1", NOW, offer="O1")
    log.happened("transplanted", "C2", NOW, offer="O0")
    assert list(scores(log, known_at=len(log.events))) == ["C1"]


def test_a_donor_update_counts_even_if_it_is_dated_before_the_registration_of_the_donor(log: Log) -> None:
    expert(log, "C1", blood_group="O")
    log.donor("D1", "2024-05-16")
    log.donor_updated("D1", "2024-05-15", blood_group="O")
    log.offered("O1", NOW)
    assert scores(log) == {"C1": "900.000000"}


def test_a_donor_that_is_not_known_at_the_position_asked_for_is_a_clear_error(log: Log) -> None:
    offered(log)
    with pytest.raises(RequestError, match="donor/D1 is not registered"):
        log.run("O1", known_at=1)


# ------------------------------------------------------------------------------------------------ the counter


def test_the_counter_counts_offers_by_position_for_ever_whatever_their_times_and_what_became_of_them(log: Log) -> None:
    log.counter(3)
    log.donor("D1", "2024-05-16")
    log.offered("O1", "2024-05-18")
    log.add("offer.closed", "offer/O1", "2024-05-18 01:00", {"outcome": "withdrawn"})
    log.offered("O2", NOW)
    log.add("proposal.made", "offer/O2", "2024-05-17 01:00", {"candidate": "C1"})
    log.offered("O3", "2024-05-19")
    assert [log.run(offer)["counter"] for offer in ("O1", "O2", "O3")] == [4, 5, 6]
    assert log.run("O1", known_at=len(log.events))["counter"] == 4


def test_without_a_start_the_first_offer_of_the_log_is_the_first_of_all(log: Log) -> None:
    assert offered(log).run("O1")["counter"] == 1


def test_every_fifth_offer_is_the_turn_of_the_lvads(log: Log) -> None:
    log.registered("C1", "2024-01-01", birth_date="1979-05-17")
    log.labs("C1", "2024-05-16", nt_probnp="11332")
    log.started("C1", "lvad", NOW)
    log.donor("D1", "2024-05-16")
    for number in range(1, 7):
        log.offered(f"O{number}", NOW)
    found = [log.entry(f"O{number}", "C1")["ccb"] for number in range(1, 7)]
    assert found == ["350.000000"] * 4 + ["750.000000"] + ["350.000000"]


# ------------------------------------------------------------------------------------------------ rules in force


@pytest.mark.parametrize(
    ("time", "ruleset"),
    [
        ("2018-01-01", "2018-01-01"),
        ("2017-12-31T23:00:00Z", "2018-01-01"),
        ("2019-04-08 23:59:59.999999", "2018-01-01"),
        ("2019-04-09", "2019-04-09"),
        ("2020-01-06 23:59:59.999999", "2019-04-09"),
        ("2020-01-07", "2020-01-07"),
        ("2023-06-14 23:59:59.999999", "2020-01-07"),
        ("2023-06-14T22:00:00Z", "2023-06-15"),
        ("2030-01-01", "2023-06-15"),
    ],
)
def test_a_run_uses_the_rules_in_force_on_the_offer_s_day_in_paris(log: Log, time: str, ruleset: str) -> None:
    log.donor("D1", "2017-06-01")
    log.offered("O1", time)
    assert log.run("O1")["ruleset"] == ruleset


def test_before_2018_no_rules_are_in_force(log: Log) -> None:
    log.donor("D1", "2017-06-01")
    log.offered("O1", "2017-12-31 23:59:59.999999")
    with pytest.raises(NoRulesError, match=r"2017-12-31.*2018-01-01"):
        log.run("O1")


@pytest.mark.parametrize(
    ("ruleset", "ccb"),
    [("2018-01-01", "675.000000"), ("2019-04-09", "472.500000"), ("2023-06-15", "472.500000")],
)
def test_another_rule_set_may_be_asked_for_and_is_stated(log: Log, ruleset: str, ccb: str) -> None:
    log.registered("C1", "2024-01-01")
    log.started("C1", "ecmo", "2024-05-03")  # 14 days: 70 % of 675
    run = offered(log).run("O1", ruleset=ruleset)
    assert (run["ruleset"], run["excluded"][0]["ccb"]) == (ruleset, ccb)


def test_a_rule_set_nobody_knows_is_a_clear_error(log: Log) -> None:
    offered(log)
    with pytest.raises(NoRulesError, match="no rule set '2021-01-01': there are 2018-01-01, 2019-04-09"):
        log.run("O1", ruleset="2021-01-01")


# ------------------------------------------------------------------------------------------------------- readings


def test_a_run_states_every_reading_with_its_default_in_the_published_order(log: Log) -> None:
    found = offered(log).run("O1")["readings"]
    assert list(found.items()) == [(name, options[0]) for name, options in READINGS.items()]


@pytest.mark.parametrize("name", READINGS)
def test_each_reading_has_its_alternatives_which_the_run_then_states_and_no_other(log: Log, name: str) -> None:
    offered(log)
    default, *alternatives = READINGS[name]
    for alternative in alternatives:
        run = log.run("O1", readings={name: alternative})
        assert run["readings"] == {each: options[0] for each, options in READINGS.items()} | {name: alternative}
        assert run["digest"] != log.run("O1", readings={name: default})["digest"]
    with pytest.raises(RequestError, match=rf"{name}='other'.*{', '.join(READINGS[name])}"):
        log.run("O1", readings={name: "other"})


def test_a_reading_changes_the_score_it_is_about(log: Log) -> None:
    log.registered("C1", NOW, birth_date="2015-01-01")
    offered(log)
    assert scores(log) == {"C1": "775.000000"}
    assert scores(log, readings={"paediatric_base": "776"}) == {"C1": "776.000000"}


def test_a_reading_nobody_knows_is_a_clear_error(log: Log) -> None:
    offered(log)
    with pytest.raises(RequestError, match="no reading 'rounding': the readings are icar_rounding, elapsed_days"):
        log.run("O1", readings={"rounding": "up"})
