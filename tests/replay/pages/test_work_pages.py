"""Pages made of long work at each stage of it, and what else pages tell: shares, what differs, the last offer."""

from pathlib import Path
from typing import Any

import pytest
from lxml import html

from engine.errors import RequestError
from replay.pages.compare import concerned, differing
from replay.pages.figures import Sheet, exact
from replay.pages.list import _spark
from replay.pages.offer import _turn
from replay.pages.offers import _proposals
from replay.pages.page import words_of
from replay.pages.quality import percent
from replay.service.handlers import HANDLERS
from replay.service.page_handlers import PAGES
from replay.service.page_handlers.visit import Known, Visit
from replay.service.questions import Question
from replay.service.viewer import OPEN
from tests.replay.pages.visits import Visits, words
from tests.replay.support import adult, offered, one_town


@pytest.fixture
def visits(tmp_path: Path) -> Visits:
    """Two candidates and an offer of 17 May."""
    log = one_town()
    adult(log, "C1")
    adult(log, "C2", labs=None)
    return Visits(offered(log), tmp_path)


def drawn(visits: Visits, name: str, said: dict[str, str], header: dict[str, Any] | None, body: bytes = b"") -> Any:
    """A page of work, told of it."""
    question = Question(f"page GET /{name}", {}, {"lang": "en", **said})
    return html.fromstring(PAGES[question.route](Visit(visits.desk, question, OPEN, Known(header, body))).body)


def told(state: str, **more: Any) -> dict[str, Any]:
    return {
        "request": "GET /audit", "said": {}, "state": state, "done": 0, "step": 0, "head": 1, "persons": [[], []],
    } | more  # fmt: skip


NONE = {"request": "GET /audit", "said": {}, "state": "none", "length": 0}


@pytest.mark.parametrize(
    ("here", "there", "states", "refreshed"),
    [
        (None, None, ["none"], False), (told("running"), None, ["running"], True), (told("done"), None, None, False),
        (told("stopped"), None, ["stopped"], False), (told("failed"), None, ["failed"], False),
        (told("stopped", beside=told("running", length=0)), {"beside_at": "2024-05-18"}, ["stopped", "running"], True),
        (told("running", beside=NONE), {"beside_at": "2024-05-18"}, ["running", "none"], True),
        (told("stopped", beside=NONE), {"beside_at": "2024-05-18"}, ["stopped", "none"], False),
    ],
)  # fmt: skip
def test_a_page_comes_again_by_itself_as_long_as_any_of_its_work_runs(
    visits: Visits, here: dict[str, Any] | None, there: dict[str, str] | None, states: list[str] | None, refreshed: bool
) -> None:
    body = HANDLERS["GET /audit"](visits.desk, Question("GET /audit", {}), OPEN).body if states is None else b""
    page = drawn(visits, "audit", there or {}, here, body)
    assert page.xpath("//section[@class='work']/@data-work") == (states or ["done"])
    assert bool(page.xpath("//meta[@http-equiv='refresh']")) is refreshed


def test_a_work_that_was_refused_says_why(visits: Visits) -> None:
    page = drawn(visits, "audit", {}, told("failed"), b'{"detail":"from: never is no time"}')
    assert "from: never is no time" in words(page.xpath("//section[@class='work']")[0])


def test_a_sensitivity_is_asked_for_with_an_offer_or_a_span_and_leads_to_the_request_that_answers_it(
    visits: Visits,
) -> None:
    request, said = "GET /sensitivity", {"offer": "O1"}
    body = HANDLERS[request](visits.desk, Question(request, {}, said), OPEN).body
    header = told("done", request=request, said=said)
    page = drawn(visits, "sensitivity", said, header, body)
    assert page.xpath("//section[@data-document]/@data-document") == ["/sensitivity?offer=O1"]
    assert len(page.xpath("//section[@data-document]//tbody/tr")) > 5
    assert not drawn(visits, "sensitivity", {}, None).xpath("//section[@class='work']")
    for said in ({"offer": "O1"}, {"from": "2024-01-01"}, {"to": "2024-06-01"}, {"at": "2024-06-01"}):
        assert drawn(visits, "sensitivity", said, None).xpath("//section[@class='work']/@data-work") == ["none"]
    empty = drawn(visits, "sensitivity", {"offer": "O1"}, header, b"[]")
    assert empty.xpath("//section[@data-document]/@data-document") == [""]


@pytest.mark.parametrize(
    ("page", "number"),
    [("audit", "page"), ("acts", "page"), ("integrity", "position"), ("quarantine", "page"), ("quality", "page")],
)
def test_pages_and_positions_are_counted_from_one(visits: Visits, page: str, number: str) -> None:
    assert drawn(visits, page, {number: "1"}, None) is not None
    for wrong in ("0", "-1", "x", "1.5"):
        with pytest.raises(RequestError, match=number):
            drawn(visits, page, {number: wrong}, None)


@pytest.mark.parametrize("days", ["1", "1100"])
def test_days_of_a_candidate_s_course_are_counted_from_one(visits: Visits, days: str) -> None:
    assert words(visits.page(f"/candidates/C1?days={days}&at=2024-05-20").xpath("//h1")[0])
    for wrong in ("0", "1101", "x"):
        with pytest.raises(RequestError, match="days"):
            visits.page(f"/candidates/C1?days={wrong}&at=2024-05-20")


def test_where_a_span_has_no_offer_the_last_one_before_is_named(visits: Visits) -> None:
    last = words_of("en")("offers_page", "last")
    for query, names in (("at=2024-05-20", False), ("at=2024-06-15", True), ("at=2024-01-15", False)):
        page = visits.page(f"/offers?lang=en&{query}")
        assert (last in words(page)) is names, query
        assert bool(page.xpath("//a[starts-with(@href, '/offers/O1')]")) is (query != "at=2024-01-15")


def test_what_differs_is_told_by_place_and_whoever_it_is_about_but_for_ranks_alone() -> None:
    def run(**more: Any) -> dict[str, Any]:
        entries = [{"candidate": "A1", "rank": 1, "ccb": "10", **more}, {"candidate": "A2", "rank": 2, "ccb": "5"}]
        return {"offer": "O1", "known_at": 7, "ranking": entries}

    assert differing(run(), run()) == frozenset()
    assert {place.rpartition("/")[2] for place in differing(run(), run(ccb="11"))} == {"ccb"}
    assert concerned(differing(run(), run(ccb="11"))) == ["candidate/A1"]
    assert concerned(differing(run(), run(rank=3))) == []
    assert differing({"known_at": 1, "a": 1}, {"known_at": 2, "a": 1}) == frozenset()
    assert differing({"a": None}, {}) != frozenset(), "nothing is not the same as none"


@pytest.mark.parametrize(
    ("share", "key", "shown"),
    [
        ("0", "percent", "0"), ("0.5", "percent", "50.0"), ("1", "percent", "100.0"), ("0.001", "percent", "0.1"),
        ("0.0009", "less_than_percent", "0.1"), ("0.00001", "less_than_percent", "0.1"), ("0.01234", "percent", "1.2"),
    ],
)  # fmt: skip
def test_a_share_is_told_to_a_tenth_of_a_percent_and_a_small_one_is_not_none(share: str, key: str, shown: str) -> None:
    w = words_of("en")
    assert percent(w, share) == w("audits", key, share=w.number(shown))


@pytest.mark.parametrize(("turn", "key"), [(None, "turn_before"), (True, "turn_yes"), (False, "turn_no")])
def test_whether_an_offer_is_a_turn_of_those_on_an_lvad_is_told_in_three_ways(turn: bool | None, key: str) -> None:
    assert _turn({"assist_turn": turn}) == key


def test_of_an_offer_s_proposals_it_is_told_how_many_declined_and_who_is_asked() -> None:
    answers = {"A1": "declined", "A2": None, "A3": "declined", "A4": "accepted", "A5": None}
    proposals = [{"candidate": name, "answer": answer} for name, answer in answers.items()]
    document = {"offers": [{"offer": "O1", "proposals": proposals, "accepted": "A4"}]}
    (row,) = Sheet(words_of("en"), document, "/offers").entries("offers")
    assert _proposals(row) == {"asked": 5, "declined": 2, "waiting": ["A2", "A5"], "accepted": "A4"}


def test_weeks_without_any_icar_have_no_drawing_and_a_week_without_one_among_others_says_so() -> None:
    w = words_of("en")
    days = [f"2024-05-{day:02}T12:00:00+02:00" for day in (1, 8, 15)]
    assert _spark([{"at": at, "icar": None} for at in days], days[-1], w) is None
    drawn = _spark([{"at": at, "icar": icar} for at, icar in zip(days, (7, None, 0), strict=True)], days[-1], w)
    assert w("list_page", "weeks", values=f"7, {w('list_page', 'none')}, 0") in str(drawn)


@pytest.mark.parametrize(
    ("value", "text", "title"),
    [
        ("769.5", None, False), ("769.5", "770", True), ("769.5", "769.5", False), (7, None, False), (7, "seven", True),
        (None, None, False), (None, "nothing", False),
    ],
)  # fmt: skip
def test_a_figure_that_is_shown_otherwise_tells_what_it_is_exactly(
    value: object, text: str | None, title: bool
) -> None:
    sheet = Sheet(words_of("en"), {"ccb": value}, "/list")
    (figure,) = html.fromstring(f"<p>{sheet.figure('ccb', text)}</p>").iter("data")
    assert (figure.get("title") is not None) is title
    assert figure.get("data-exact") == exact(value)
