"""Which work a page is made of, and what it is told of that: of its own, of another moment's, or of the whole log's."""

from typing import Any

import pytest

from replay.service.answers import Answer, Problem
from replay.service.jobs import Job, Jobs, State, _key
from replay.service.page_jobs import BY_CENTRE, IN_WORDS, MADE, VERIFY, beside, told, turn
from replay.service.persons import Persons
from replay.service.progress import Reached
from replay.service.questions import Question
from replay.service.viewer import OPEN

AT = "2024-07-03"


@pytest.mark.parametrize(
    ("page", "said", "request_", "asked"),
    [
        ("audit", {}, "GET /audit", {}),
        ("audit", {"at": AT, "lang": "en", "page": "2"}, "GET /audit", {"to": AT}),
        ("audit", {"at": AT, "from": "a", "to": "b", "known_at": "9"}, "GET /audit", {"from": "a", "to": "b"}),
        ("hindsight", {}, "GET /audit", {"known_at": "now"}),
        ("hindsight", {"at": AT}, "GET /audit", {"known_at": "now", "to": AT}),
        ("hindsight", {"known_at": "9"}, "GET /audit", {"known_at": "9"}),
        ("acts", {"at": AT}, IN_WORDS, {"to": AT, "known_at": AT}),
        ("acts", {"at": AT, "to": "b", "known_at": "9"}, IN_WORDS, {"to": "b", "known_at": "9"}),
        ("quality", {"centre": "1", "from": "a"}, BY_CENTRE, {"centre": "1", "from": "a"}),
        ("quality", {"at": AT}, BY_CENTRE, {"to": AT, "known_at": AT}),
        ("sensitivity", {"offer": "O1", "at": AT, "centre": "1"}, "GET /sensitivity", {"offer": "O1", "to": AT}),
        ("integrity", {"at": AT, "position": "7"}, VERIFY, {}),
    ],
)
def test_a_page_s_work_is_asked_for_as_the_api_takes_it(
    page: str, said: dict[str, str], request_: str, asked: dict[str, str]
) -> None:
    question = MADE[f"page GET /{page}"].question(said)
    assert (question.route, dict(question.said), question.parts) == (request_, asked, {})


@pytest.mark.parametrize(
    ("said", "other"),
    [
        ({}, None),
        ({"at": AT, "known_at": "9"}, None),
        ({"beside_at": AT}, {"at": AT}),
        ({"at": AT, "beside_known_at": "9"}, {"at": AT, "known_at": "9"}),
        (
            {"at": "x", "known_at": "9", "beside_at": AT, "from": "a", "lang": "en"},
            {"at": AT, "from": "a", "lang": "en"},
        ),
    ],
)
def test_the_page_at_another_moment_differs_in_its_clocks_alone(
    said: dict[str, str], other: dict[str, str] | None
) -> None:
    assert beside(said) == other


def known(**jobs: Job) -> Jobs:
    """The jobs of a service: audits of a span from a day, or of the whole log."""
    found = Jobs("heart.db", [], lambda what, where: None)
    for begin, job in jobs.items():
        question = Question("GET /audit", {}, {} if begin == "whole" else {"from": begin})
        found._jobs[_key(question, OPEN)] = job
    return found


def done(body: bytes, *candidates: str, state: State = State.DONE) -> Job:
    return Job(7, state, Reached(3, 4), Answer(200, body, persons=Persons(candidates, ())))


def told_of(jobs: Jobs, **said: str) -> tuple[dict[str, Any], bytes]:
    found = told(jobs, Question("page GET /audit", {}, said), OPEN)
    return found.header, found.body


NONE = {"request": "GET /audit", "said": {"from": "a"}, "state": "none"}
WHOLE = {
    "request": "GET /audit", "said": {}, "state": "done", "done": 3, "step": 4, "head": 7, "persons": [["A1"], []],
}  # fmt: skip


def test_a_page_is_told_of_its_own_work_as_far_as_it_is() -> None:
    assert told_of(known(), **{"from": "a"}) == (NONE, b"")
    assert told_of(known(b=done(b"{}")), **{"from": "a"}) == (NONE, b"")
    running = {**NONE, "state": "running", "done": 1, "step": 2, "head": 9, "persons": []}
    assert told_of(known(a=Job(9, reached=Reached(1, 2))), **{"from": "a"}) == (running, b"")
    assert told_of(known(a=done(b"{}", "A1")), **{"from": "a"}) == ({**WHOLE, "said": {"from": "a"}}, b"{}")
    failed = done(b"why", "A1", state=State.FAILED)
    assert told_of(known(a=failed), **{"from": "a"})[0]["state"] == "failed"
    assert told_of(known(a=failed), **{"from": "a"})[1] == b"why"


def test_a_page_of_a_span_is_told_of_the_work_over_the_whole_log_where_it_has_none_of_its_own() -> None:
    whole = done(b"whole", "A1")
    for own in ({}, {"a": Job(9, State.STOPPED)}, {"a": Job(9, State.FAILED)}):
        assert told_of(known(whole=whole, **own), **{"from": "a"}) == (WHOLE, b"whole")
    for own in ({"a": done(b"own")}, {"a": Job(9)}, {"a": done(b"why", state=State.FAILED)}):
        assert told_of(known(whole=whole, **own), **{"from": "a"})[0]["said"] == {"from": "a"}
    for other in (Job(9), Job(9, State.STOPPED), done(b"why", state=State.FAILED)):
        assert told_of(known(whole=other), **{"from": "a"}) == (NONE, b"")


def test_a_page_beside_itself_is_told_of_both_works_the_other_s_document_behind_its_own() -> None:
    jobs = known(a=done(b"own", "A1"))
    header, body = told_of(jobs, **{"from": "a", "beside_at": AT})
    other = {"request": "GET /audit", "said": {"from": "a", "to": AT}, "state": "none", "length": 0}
    assert (header, body) == ({**WHOLE, "said": {"from": "a"}, "beside": other}, b"own")
    jobs._jobs[_key(Question("GET /audit", {}, {"from": "a", "to": AT}), OPEN)] = done(b"other")
    header, body = told_of(jobs, **{"from": "a", "beside_at": AT})
    assert (header["beside"]["length"], body) == (5, b"ownother")


class Asked:
    """Jobs of which what is asked is noted."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []

    def start(self, question: Question, viewer: object, head: int) -> None:
        assert head == 7
        self.asked.append(("start", dict(question.said)))

    def stop(self, question: Question, viewer: object) -> None:
        self.asked.append(("stop", dict(question.said)))


def test_a_form_starts_or_stops_the_work_of_its_page_or_the_one_beside_it() -> None:
    jobs, page = Asked(), Question("page GET /audit", {}, {"at": "x", "beside_at": AT})

    def asks(asked: Question, **fields: str) -> tuple[str, dict[str, str]]:
        turn(jobs, asked, OPEN, fields, 7)  # type: ignore[arg-type]
        return jobs.asked.pop()

    assert asks(page, do="start") == asks(page, do="start", side="") == ("start", {"to": "x"})
    assert asks(page, do="stop") == ("stop", {"to": "x"})
    assert asks(page, do="start", side="beside") == ("start", {"to": AT})
    assert asks(page, do="stop", side="beside") == ("stop", {"to": AT})
    alone = Question("page GET /audit", {}, {"at": "x"})
    assert asks(alone, do="start", side="beside") == ("start", {"to": "x"})
    for wrong in ({}, {"do": "else"}):
        with pytest.raises(Problem, match="a form of this page says start or stop") as problem:
            asks(page, **wrong)
        assert problem.value.status == 400
    assert jobs.asked == []
