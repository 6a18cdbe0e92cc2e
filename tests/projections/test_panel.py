"""The score panel of guide 2.1.3: its eight items, and the state behind them."""

from typing import Any

import pytest

from projections.panel import panel, state
from projections.survival import DONOR_TYPES
from tests.projections.support import CENTRE, SOURCE, Log, instant, rules

NOW = "2024-05-17 12:00"


def items(log: Log, candidate: str = "C1", at: str = NOW) -> dict[str, Any]:
    """The panel of a candidate."""
    return panel(log.place(candidate, at), instant(at), rules())


def known(log: Log, at: str = NOW, known_at: int | None = None) -> dict[str, Any]:
    """What is known of C1, who is registered."""
    found = state(log.history(known_at).of("candidate/C1"), instant(at))
    assert found is not None
    return found


@pytest.fixture
def log() -> Log:
    """A log with an adult with an ICAR of 14, behind another team's candidate and one of its own."""
    log = Log()
    log.registered("C1", "2024-01-01", team="T1")
    log.labs("C1", "2024-05-16", nt_probnp="11332")
    log.registered("C2", "2024-01-01", team="T2")
    log.granted("C2", "XPCA", "2024-05-01")
    log.registered("C3", "2024-01-01", team="T1")
    log.granted("C3", "XPCA", "2024-05-02")
    return log


def test_the_panel_has_the_eight_items_of_the_guide_in_its_order(log: Log) -> None:
    eight = (
        "updated_at", "team_rank", "rank", "ccb", "icar", "component", "survival_1y", "variables_missing_or_expired",
    )  # fmt: skip
    assert [name for name in items(log) if name in eight] == list(eight)


def test_items_1_to_6_are_the_instant_the_ranks_the_score_the_index_and_the_component(log: Log) -> None:
    found = items(log)
    assert (found["updated_at"], found["team_rank"], found["rank"]) == ("2024-05-17T12:00:00+02:00", 2, 3)
    assert (found["ccb"], found["icar"], found["component"]) == ("350.000000", 14, "adult_standard")


def test_item_7_is_the_survival_by_age_and_sex_of_the_donor(log: Log) -> None:
    found = [(each["donor_age"], each["donor_sex"], each["survival_1y"]) for each in items(log)["survival_1y"]]
    # 0.6785748856^exp(0.40268 ln 5 - 0.54443 ln 150 + 0.36262 for a woman's heart + 0.41714 over 55)
    assert found == [
        ("<= 55", "F", "0.932741"),
        ("<= 55", "M", "0.952705"),
        ("> 55", "F", "0.899724"),
        ("> 55", "M", "0.929109"),
    ]
    assert len(found) == DONOR_TYPES


def test_item_8_is_empty_where_every_variable_is_there_and_fresh(log: Log) -> None:
    assert items(log)["variables_missing_or_expired"] == []


def test_item_8_names_what_is_missing_and_what_is_too_old() -> None:
    log = Log()
    log.registered("C1", "2023-01-01")
    log.labs("C1", "2024-01-02", bilirubin=None)
    found = [each["code"] for each in items(log)["variables_missing_or_expired"]]
    assert found == ["bilirubin_missing", "creatinine_expired", "peptides_expired"]


def test_the_guide_s_message_stands_on_the_panel_of_who_is_ineligible_whatever_the_donor_and_of_nobody_else() -> None:
    log = Log()
    log.registered("C1", "2024-01-01")
    log.registered("C2", "2024-01-01")
    log.labs("C2", "2024-05-16", bilirubin="50")
    log.started("C2", "chronic_dialysis", "2024-01-02")  # only the heart of a woman over 55 is out of the question
    assert items(log)["message"] == "Inéligible à la greffe"
    assert items(log, "C2")["message"] is None


def test_a_minor_has_no_index(log: Log) -> None:
    log.registered("C4", "2024-01-01", birth_date="2015-01-01")
    found = items(log, "C4")
    assert (found["icar"], found["component"]) == (None, "paediatric_standard")


# ---------------------------------------------------------------------------------------- the state behind it


@pytest.mark.parametrize(
    ("happened", "status"),
    [
        ([], "listed"),
        (["suspended"], "suspended"),
        (["suspended", "reinstated"], "listed"),
        (["transplanted"], "transplanted"),
        (["suspended", "transplanted"], "transplanted"),
    ],
)
def test_the_state_tells_where_the_candidate_stands(happened: list[str], status: str) -> None:
    log = Log()
    log.registered("C1", "2024-01-01", team="T1")
    for what in happened:
        log.happened(what, "C1", "2024-02-01")
    found = known(log)
    assert found["status"] == status
    assert (found["registered"], found["centre"], found["team"]) == ("2024-01-01T00:00:00+01:00", CENTRE, "T1")


def test_the_state_names_the_event_of_each_running_treatment() -> None:
    log = Log()
    log.registered("C1", "2024-01-01")
    log.started("C1", "impella", "2024-02-01")
    log.stopped("C1", "impella", "2024-02-02")
    lvad = log.started("C1", "lvad", "2024-02-03")
    (treatment,) = known(log)["treatments"]
    assert (treatment["treatment"], treatment["since"]) == ("lvad", "2024-02-03T00:00:00+01:00")
    assert treatment["event"] == {"source": SOURCE, "id": f"e{lvad}", "position": lvad}


def test_the_state_shows_the_latest_value_of_each_analyte_and_context_as_sent_and_in_the_annex_s_unit() -> None:
    log = Log()
    log.registered("C1", "2024-01-01")
    log.lab("C1", "creatinine", "1.0", "2024-02-01", unit="mg/dL")
    log.lab("C1", "creatinine", "1.10", "2024-02-02", unit="mg/dL", comparator=">")
    log.lab("C1", "creatinine", "90", "2024-02-01", context="pre_treatment")
    found = [
        [lab.get(key) for key in ("analyte", "context", "value", "comparator", "si")] for lab in known(log)["labs"]
    ]
    assert found == [
        ["creatinine", "current", "1.10", ">", "97.240"],
        ["creatinine", "pre_treatment", "90", None, "90"],
    ]


def test_the_state_tells_the_course_of_the_priorities_and_the_coronary_calcium() -> None:
    log = Log()
    log.registered("C1", "2024-01-01")
    log.priority("requested", "C1", "XPCA", "2024-02-01")
    log.granted("C1", "XPCA", "2024-02-02")
    log.add("coronary-calcium.recorded", "candidate/C1", "2024-02-10", {"agatston": "400"})
    found = known(log)
    assert [(each["what"], each["component"]) for each in found["priorities"]] == [
        ("requested", "XPCA"),
        ("granted", "XPCA"),
    ]
    assert found["coronary_calcium"]["agatston"] == "400"


def test_there_is_no_state_before_the_registration_or_before_it_is_known() -> None:
    log = Log()
    log.started("C1", "lvad", "2024-01-01")
    log.registered("C1", "2024-02-01")
    history = log.history().of("candidate/C1")
    assert state(history, instant("2024-01-31")) is None
    assert state(log.history(1).of("candidate/C1"), instant(NOW)) is None
    assert known(log, "2024-02-01")["coronary_calcium"] is None
