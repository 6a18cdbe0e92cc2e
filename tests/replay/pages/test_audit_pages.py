"""What the pages of the audit show of documents: a calendar of offers by what was found, and why."""

from datetime import date
from typing import Any

import pytest

from engine.intake.plausibility.registry import RULES
from projections.data_quality import ALERTS
from replay.audit.verification.findings import STEPS as VERIFIED
from replay.pages.audit import acts_content, audit_content, hindsight_content
from replay.pages.drawings.calendar import MOST_MONTHS, SIGNS, calendar_of
from replay.pages.figures import Sheet
from replay.pages.integrity import integrity_content
from replay.pages.jobs import LINES, Work, part_of, work_of
from replay.pages.page import Frame, render_part, words_of
from replay.pages.quality import quality_content, rule_name

FRAME = Frame("/audit", {})


def offer(name: str, at: str, position: int = 1) -> dict[str, Any]:
    """An offer in brief."""
    return {"offer": name, "at": f"{at}T12:00:00+01:00", "position": position}


def sheet(document: dict[str, Any]) -> Sheet:
    """A document to draw from."""
    return Sheet(words_of("fr"), document, "/audit")


def finding(name: str, verdict: str) -> dict[str, Any]:
    """A run that is not as recorded."""
    return {"offer": name, "verdict": verdict, "position": 1, "changes": [], "causes": []}


def test_a_few_months_are_shown_day_by_day_from_monday_and_each_offer_is_a_sign() -> None:
    calendar = calendar_of([offer("O1", "2025-02-01"), offer("O2", "2025-02-01")], {"O2": "differs"}, "identical")
    (month,) = calendar.months
    assert month.first == date(2025, 2, 1)
    assert [len(week) for week in month.weeks] == [7] * 5
    assert list(month.weeks[0][:5]) == [None] * 5
    saturday = month.weeks[0][5]
    assert saturday is not None
    assert (saturday[0], [(mark.offer, mark.tone) for mark in saturday[1]]) == (1, [("O1", "good"), ("O2", "bad")])
    assert calendar.findings == ["differs", "identical"]


def test_many_months_are_counted_each_with_the_gravest_that_it_holds() -> None:
    offers = [offer(f"O{n}", f"{2024 + n // 12}-{n % 12 + 1:02}-15") for n in range(MOST_MONTHS + 1)]
    calendar = calendar_of([*offers, offer("X", "2024-02-28")], {"X": "not_recorded"}, "unknown")
    assert calendar.months == []
    assert list(calendar.years) == [2024, 2025]
    february = calendar.years[2024][1]
    assert february is not None
    assert february[:] == ("2024-02-01", "2024-02-29", 2, 1, "not_recorded")
    assert calendar.years[2025][2] is None


def test_every_sign_has_words_and_a_colour_alone_says_nothing() -> None:
    assert len({(tone, sign) for tone, sign in SIGNS.values()}) >= 8
    for language in ("fr", "en"):
        assert all(words_of(language)("audit_found", name) for name in SIGNS)


def test_the_audit_marks_what_differs_what_has_no_record_and_what_came_later() -> None:
    offers = [offer(f"O{n}", "2025-02-03", n) for n in range(1, 6)]
    document = {
        "runs": 4, "before_the_score": ["O4"],
        "findings": [finding("O1", "differs"), finding("O1", "not recorded"), finding("O2", "not recorded"),
                     finding("O9", "differs")],
    }  # fmt: skip
    content = audit_content(FRAME, {"offers": offers}, sheet(document), 4)
    assert [mark.finding for mark in content["calendar"].months[0].weeks[1][0][1]] == [
        "differs", "not_recorded", "identical", "early", "unknown",
    ]  # fmt: skip
    assert [entry["offer"] for entry in content["part"].lines] == ["O1"]
    assert audit_content(FRAME, {"offers": offers}, None, 0)["calendar"].findings == ["unknown"]


def change(candidate: str, then: int | None, since: int | None) -> dict[str, Any]:
    """A candidate whose place differs."""
    return {"candidate": candidate, "rank_a": then, "rank_b": since, "snagc_a": "1.000000", "snagc_b": "2.000000"}


def test_later_knowledge_stands_first_where_another_would_have_been_first() -> None:
    offers = [offer(f"O{n}", "2025-02-03") for n in range(1, 6)]
    cases = {
        "O1": ([change("C1", 1, 2), change("C2", 2, 1)], None), "O2": ([change("C1", 1, 1)], None),
        "O3": ([change("C3", 2, None)], None), "O4": ([], "no donor"),
    }  # fmt: skip
    differing = [{"offer": name, "changes": changes, "problem": why} for name, (changes, why) in cases.items()]
    content = hindsight_content(FRAME, {"offers": offers}, sheet({"differing": differing}), 9)
    found = [mark.finding for mark in content["calendar"].months[0].weeks[1][0][1]]
    assert found == ["first_place", "rank", "rank", "impossible", "same"]
    assert [entry["offer"] for entry in content["part"].lines] == ["O1", "O4"]
    assert content["ranks"] == 2


@pytest.mark.parametrize("changes", [[change("C1", None, 1)], [change("C1", 1, None)], []])
def test_where_nobody_was_first_or_would_be_the_page_says_so(changes: list[dict[str, Any]]) -> None:
    fact = {"type": "lab-result.recorded", "subject": "candidate/C1", "time": "2025-02-03T12:00:00Z", "position": 3}
    entry = {"offer": "O1", "at": "2025-02-03T12:00:00+01:00", "changes": changes, "events": [fact] * 6}
    found = sheet({"differing": [{**entry, "problem": None if changes else "<no donor>"}]})
    content = hindsight_content(FRAME, {"offers": [offer("O1", "2025-02-03")]}, found, 9)
    page = render_part(FRAME, "hindsight.html", nth="", work=Work("done"), **content)
    assert page.count('data-figure="differing/O1/') >= (5 if changes else 1)
    assert ("&lt;no donor&gt;" in page) is not bool(changes)
    assert "et 2 autres faits" in page


def test_acts_are_counted_by_kind_and_shown_of_one_kind() -> None:
    codes = ("skipped", "skipped", "answer_without_proposal")
    found = [{"code": code, "candidate": "C1", "position": 5, "message": "in English"} for code in codes]
    named = {"act": "proposal.accepted", "rank": 1, "candidate": "C1", "other": "C2", "other_rank": 2}
    details = {"O1": [{"details": named, "against": None}] * 3, "O2": []}
    document = {"offers": [{"offer": "O1", "findings": found}, {"offer": "O2", "findings": []}], "details": details}
    offers = {"offers": [offer("O1", "2025-02-03"), offer("O2", "2025-02-03")]}
    content = acts_content(Frame("/acts", {"code": "skipped"}), offers, sheet(document), 9)
    assert content["kinds"] == [("skipped", 1, 2), ("answer_without_proposal", 1, 1)]
    assert len(content["part"].lines) == 2
    assert "sans refus enregistré pour le rang 1" in content["part"].lines[0][2]
    assert [mark.finding for mark in content["calendar"].months[0].weeks[1][0][1]] == ["found", "clean"]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_rule_and_every_step_has_a_name_in_words(language: str) -> None:
    words = words_of(language)
    codes = [*(rule.code for rule in RULES), *ALERTS]
    assert [code for code in codes if rule_name(words, code) == code] == []
    assert all(words("verify_steps", str(step)) for step in VERIFIED)


def test_rules_that_found_something_come_first_and_one_of_them_shows_its_events() -> None:
    rules = [
        {"code": code, "checked": 5, "found": found, "events": []} for code, found in (("a", 0), ("b", 1), ("c", 3))
    ]
    content = quality_content(Frame("/quality", {"code": "b"}), sheet({"rules": rules}), {})
    assert [rule["code"] for rule in content["rules"]] == ["c", "b"]
    assert content["chosen"]["code"] == "b"
    assert [rule["code"] for rule in content["quiet"]] == ["a"]


def test_a_long_list_is_shown_part_by_part_and_never_beyond_its_end() -> None:
    lines = list(range(LINES * 2 + 1))
    assert part_of(lines, Frame("/", {"page": "99"})).lines == [LINES * 2]
    assert part_of(lines, Frame("/", {"page": "0"})).page == 1
    assert part_of([], FRAME)[1:] == (0, 1, 1)


def test_the_work_says_what_came_since_and_why_it_failed() -> None:
    header = {"state": "failed", "done": 3, "step": 0, "head": 7}
    assert work_of(header, 9, "offers", 5, {"detail": "why"}) == Work("failed", 3, 5, 0, 7, 2, "why", "offers")
    assert work_of({"state": "none"}, 9, "offers", 5).state == "none"


@pytest.mark.parametrize(
    ("step", "done", "running"),
    [(0, 0, [1]), (1, 1, [2, 3, 4, 5, 6, 7]), (2, 2, [3]), (7, 7, [8]), (8, 8, [9]), (11, 11, [12])],
)
def test_steps_of_a_verification_under_way_tick_as_they_are_done(step: int, done: int, running: list[int]) -> None:
    steps = integrity_content(FRAME, Work("running", step=step), None, None, 9)["steps"]
    assert [each.number for each in steps if each.state == "done"] == list(range(1, done + 1))
    assert [each.number for each in steps if each.state == "running"] == running
