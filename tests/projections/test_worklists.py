"""The four work lists of a team (guide 2.5)."""

from typing import Any

import pytest

from engine.errors import RequestError
from projections.worklists import worklist
from tests.projections.support import CENTRE, ELSEWHERE, Log, instant, rules

NOW = "2024-05-17 12:00"


def rows(log: Log, name: str, at: str = NOW, centre: str = CENTRE, **options: Any) -> list[dict[str, Any]]:
    """A work list of a centre."""
    return worklist(name, log.places(at, **options), centre, instant(at), rules())


def names(log: Log, name: str, at: str = NOW, **options: Any) -> list[str]:
    """The candidates of a work list, in order."""
    return [row["candidate"] for row in rows(log, name, at, **options)]


def one(log: Log, name: str, at: str = NOW) -> dict[str, Any]:
    """The only row of a work list."""
    (row,) = rows(log, name, at)
    return row


@pytest.fixture
def log() -> Log:
    """A log with one adult, registered on 1 January 2024."""
    log = Log()
    log.registered("C1", "2024-01-01", team="T1")
    return log


def test_there_are_four_work_lists_and_another_name_is_a_clear_error(log: Log) -> None:
    for name in ("score", "labs", "survival", "ineligible"):
        assert isinstance(rows(log, name), list)
    with pytest.raises(RequestError, match="no work list 'scores': there are score, labs, survival, ineligible"):
        rows(log, "scores")


# ------------------------------------------------------------------------------------------------ 2.5.1, score


def test_the_score_list_shows_the_team_s_candidates_by_descending_score_with_their_national_ranks() -> None:
    log = Log()
    log.registered("a", "2024-01-01")
    log.labs("a", "2024-05-16", nt_probnp="11332")
    log.registered("b", "2024-01-01", centre=ELSEWHERE)
    log.granted("b", "XPCA", "2024-05-16")
    log.registered("c", "2024-01-01")
    log.labs("c", "2024-05-16", bilirubin="230", nt_probnp=None)
    found = rows(log, "score")
    shown = [[row[key] for key in ("candidate", "rank", "team_rank", "ccb", "icar", "component")] for row in found]
    assert shown == [
        ["c", 2, 1, "600.000000", 24, "adult_standard"],
        ["a", 3, 2, "350.000000", 14, "adult_standard"],
    ]
    assert [row["alerts"] for row in found] == [["peptides_missing"], []]


def test_the_score_list_of_a_centre_without_candidates_is_empty(log: Log) -> None:
    assert rows(log, "score", centre=ELSEWHERE) == []


# ------------------------------------------------------------------------------------------------- 2.5.2, labs


@pytest.mark.parametrize(
    ("at", "left"),
    [
        ("2024-05-10 12:00", None),  # 16 days left: not yet pressing
        ("2024-05-11 12:00", "15.000000"),
        ("2024-05-25 12:00", "1.000000"),
        ("2024-05-26 00:00", "0.500000"),
        ("2024-05-26 12:00", "0.000000"),
        ("2024-05-28 12:00", "-2.000000"),
    ],
)
def test_the_labs_list_counts_105_days_down_for_who_is_stable(log: Log, at: str, left: str | None) -> None:
    log.labs("C1", "2024-02-11 12:00")
    found = [row["days_left"] for row in rows(log, "labs", at)]
    expected = dict.fromkeys(("bilirubin", "creatinine", "peptides"), left)
    assert found == ([] if left is None else [expected])


@pytest.mark.parametrize("treatment", ["ecmo", "iv_inotropes"])
@pytest.mark.parametrize(
    ("at", "left"),
    [("2024-05-16 12:00", "1.000000"), ("2024-05-17 12:00", "0.000000"), ("2024-05-17 18:00", "-0.250000")],
)
def test_the_labs_list_counts_4_days_down_under_ecmo_or_inotropes(log: Log, treatment: str, at: str, left: str) -> None:
    log.labs("C1", "2024-05-13 12:00")
    log.started("C1", treatment, "2024-05-13 12:00")
    row = one(log, "labs", at)
    assert row["validity_days"] == 4
    assert (row["days_left"]["bilirubin"], row["days_left"]["creatinine"]) == (left, left)
    assert ("peptides" in row["days_left"]) is (treatment == "iv_inotropes")


def test_the_labs_list_shows_what_is_missing_as_having_no_days_at_all(log: Log) -> None:
    log.labs("C1", "2024-05-16", creatinine=None)
    row = one(log, "labs")
    assert row["validity_days"] == 105
    assert row["days_left"]["creatinine"] is None
    assert row["days_left"]["bilirubin"] == "103.500000"


def test_who_has_everything_fresh_is_not_on_the_labs_list(log: Log) -> None:
    log.labs("C1", "2024-05-16")
    assert rows(log, "labs") == []


def test_the_labs_list_shows_what_is_missing_from_before_the_treatment(log: Log) -> None:
    log.started("C1", "iv_inotropes", "2024-05-16 12:00")
    log.labs("C1", "2024-05-17 10:00")
    row = one(log, "labs")
    (missing,) = row["pre_treatment"]
    assert all(name in missing for name in ("bilirubin", "creatinine", "peptides"))


@pytest.mark.parametrize(
    ("sampled", "at", "due_in"),
    [
        ("2024-02-16 12:00", "2024-05-16 12:00", "0.000000"),
        ("2024-02-16 12:00", "2024-05-18 12:00", "-2.000000"),
        ("2023-11-30 12:00", "2024-02-29 12:00", "0.000000"),  # a month's end clamps
    ],
)
def test_a_follow_up_is_due_three_months_after_the_last_sampling_of_who_is_stable(
    log: Log, sampled: str, at: str, due_in: str
) -> None:
    log.labs("C1", sampled)
    assert one(log, "labs", at)["follow_up"]["days_left"] == due_in


def test_a_follow_up_is_due_even_where_every_value_is_still_valid(log: Log) -> None:
    log.labs("C1", "2024-02-16 12:00", nt_probnp=None)
    log.lab("C1", "bnp", "100", "2024-02-16 12:00")
    row = one(log, "labs", "2024-05-16 12:00")
    assert (row["days_left"]["bilirubin"], row["follow_up"]["days_left"]) == ("15.000000", "0.000000")


@pytest.mark.parametrize("treatment", ["ecmo", "iv_inotropes"])
@pytest.mark.parametrize(
    ("at", "due_in"),
    [("2024-05-16 12:00", "0.000000"), ("2024-05-17 00:00", "-0.500000")],
)
def test_a_follow_up_is_due_three_days_after_the_last_sampling_under_ecmo_or_inotropes(
    log: Log, treatment: str, at: str, due_in: str
) -> None:
    log.started("C1", treatment, "2024-05-13 12:00")
    log.labs("C1", "2024-05-13 12:00")
    assert one(log, "labs", at)["follow_up"]["days_left"] == due_in


def test_who_was_never_sampled_is_on_the_labs_list_with_a_follow_up_and_no_date(log: Log) -> None:
    row = one(log, "labs")
    assert row["follow_up"]["days_left"] is None
    assert row["follow_up"]["last"] is None


# --------------------------------------------------------------------------------------------- 2.5.3, survival


def test_the_survival_list_shows_the_chance_with_each_type_of_donor() -> None:
    log = Log()
    log.registered("man", "2024-01-01")
    log.registered("woman", "2024-01-01", sex="F")
    for candidate in ("man", "woman"):
        log.labs(candidate, "2024-05-16", bilirubin="50")
        log.started(candidate, "chronic_dialysis", "2024-01-02")
    found = {
        row["candidate"]: {
            (each["donor_age"], each["donor_sex"]): (each["survival_1y"], each["eligible"]) for each in row["survival"]
        }
        for row in rows(log, "survival")
    }
    # 0.6785748856^exp(0.40268 ln 50 - 0.54443 ln 15 + 0.36262 for a woman's heart in a man + 0.41714 over 55)
    assert found["man"] == {
        ("<= 55", "F"): ("0.539864", True),
        ("<= 55", "M"): ("0.651193", True),
        ("> 55", "F"): ("0.392384", False),
        ("> 55", "M"): ("0.521535", True),
    }
    assert found["woman"] == {
        ("<= 55", "F"): ("0.651193", True),
        ("<= 55", "M"): ("0.651193", True),
        ("> 55", "F"): ("0.521535", True),
        ("> 55", "M"): ("0.521535", True),
    }


# ------------------------------------------------------------------------------------------- 2.5.4, ineligible


def test_who_has_one_type_of_donor_left_is_not_ineligible(log: Log) -> None:
    log.labs("C1", "2024-05-16", bilirubin="50")
    log.started("C1", "chronic_dialysis", "2024-01-02")
    assert rows(log, "ineligible") == []


def test_who_is_ineligible_whatever_the_donor_is_shown_with_the_guide_s_message_and_the_reason(log: Log) -> None:
    log.labs("C1", "2024-05-16", bilirubin="230", creatinine=None)
    log.started("C1", "chronic_dialysis", "2024-01-02")
    row = one(log, "ineligible")
    assert (row["message"], row["reasons"]) == ("Inéligible à la greffe", ["survival"])
    assert [each["survival_1y"] for each in row["survival"]] == ["0.319933", "0.452476", "0.177366", "0.300142"]


@pytest.mark.parametrize(
    ("sampled", "labs", "reasons"),
    [
        ("2024-05-16", {"bilirubin": None, "creatinine": None}, ["labs_missing"]),
        ("2024-05-16", {"creatinine": None}, ["labs_missing"]),
        ("2024-01-02", {}, ["labs_expired"]),
        ("2024-01-02", {"bilirubin": None}, ["labs_missing", "labs_expired"]),
    ],
)
def test_who_is_ineligible_for_want_of_results_is_told_apart_from_true_ineligibility(
    log: Log, sampled: str, labs: dict[str, Any], reasons: list[str]
) -> None:
    log.labs("C1", sampled, **labs)
    row = one(log, "ineligible")
    assert (row["message"], row["reasons"]) == ("Inéligible à la greffe", reasons)


def test_a_minor_is_never_ineligible() -> None:
    log = Log()
    log.registered("C1", "2024-01-01", birth_date="2010-01-01")
    assert rows(log, "ineligible") == []


def test_missing_bilirubin_alone_does_not_make_ineligible_who_survives_with_the_worst_of_it(log: Log) -> None:
    log.labs("C1", "2024-05-16", bilirubin=None)
    assert rows(log, "ineligible") == []


def test_a_work_list_shows_one_centre_only_and_in_the_order_of_the_national_list() -> None:
    log = Log()
    for candidate, centre in (("c", CENTRE), ("b", ELSEWHERE), ("a", CENTRE)):
        log.registered(candidate, f"2020-01-0{ord('d') - ord(candidate)}", centre=centre)
    for name in ("score", "labs", "survival", "ineligible"):
        assert names(log, name) == ["c", "a"]
        assert names(log, name, centre=ELSEWHERE) == ["b"]


def test_the_days_left_of_peptides_are_those_of_the_one_that_the_score_uses(log: Log) -> None:
    log.labs("C1", "2024-05-16", nt_probnp=None)
    log.lab("C1", "bnp", "100", "2024-05-16")
    log.lab("C1", "nt_probnp", "20000", "2024-02-11 12:00")
    assert one(log, "labs")["days_left"]["peptides"] == "9.000000"
    assert names(log, "labs", "2024-05-26 12:00:00.000001") == []  # BNP takes its place
