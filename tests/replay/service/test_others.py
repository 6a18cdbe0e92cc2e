"""What is another's is nowhere: every way in which a request of either table can name a person, none forgotten."""

import re
from itertools import chain

import httpx
import pytest

from replay.service.page_routes import PAGE_ROUTES, PageRoute
from replay.service.rights import Reach, reach_of
from replay.service.routes import BASE, ROUTES, Route
from replay.service.viewer import SCOPES, TEAM, Viewer
from tests.replay.service.guarded import ANOTHER, CENTRE, ELSEWHERE, OWN, POSITIONS, Guarded

NAMING = {
    "candidate": (OWN, ANOTHER, "NONE"), "against": ("A7", ANOTHER, "NONE"),
    "position": (str(POSITIONS["own candidate"]), str(POSITIONS["nothing own"]), "9999"),
    "centre": (CENTRE, ELSEWHERE, "000000000"),
}  # fmt: skip
"""What names somebody, in a path or behind its ``?``: one's own, another's, and what nobody knows."""
FILLED = {"at": "2024-07-02", "offer": "O1", "name": "score", "number": "1", "from": "20", "to": "35"}
NAMES_NOBODY = {
    "offer", "name", "number", "at", "known_at", "from", "to", "ruleset", "readings", "lang", "format", "after",
    "limit", "wait", "until", "since", "q", "team", "component", "blood_group", "order", "rows", "state", "days",
    "analyte", "value", "unit", "sampled", "treatment", "change", "beside_at", "beside_known_at", "page", "code",
    "back", "within", "proposals",
}  # fmt: skip
"""What else there is to say; a new word has to be put into one of the two."""
ANSWERED = {
    ("GET /proofs/inclusion/{}", "position"): "the leaf hash stands for the event",
    ("page GET /integrity", "position"): "a link to that proof",
    (
        "page GET /offers/{}/candidates/{}",
        "against",
    ): "the page of one's own, which says of the other what is said of none",
    ("page GET /list", "centre"): "a filter of what is shown, which finds none",
    ("page GET /quality", "centre"): "the form of a job, which is refused once it is started",
}
"""Where another's is no secret, and why."""


def test_every_word_of_a_request_is_known_to_name_somebody_or_nobody() -> None:
    said = {word for route in chain(ROUTES, PAGE_ROUTES) for word in words(route)}
    assert said == {*NAMING, *NAMES_NOBODY}


@pytest.mark.parametrize("scope", SCOPES)
def test_another_s_is_answered_everywhere_as_what_nobody_knows(service: Guarded, scope: str) -> None:
    token, tried = service.token(scope), set[tuple[str, str]]()
    for route in chain(ROUTES, PAGE_ROUTES):
        if route.method != "GET" or reach(route, scope) is not Reach.OWN:
            continue
        for word in sorted(NAMING.keys() & words(route)):
            own, others, unknown = (opened(service, token, route, word, which) for which in range(3))
            tried.add((route.name, word))
            if word != "position":
                assert own.status_code == 200, (route.name, word, own.text)
            status = 200 if (route.name, word) in ANSWERED else 404
            assert others.status_code == status, (route.name, word, others.text)
            if word != "position" or status != 200:
                assert words_of(others, NAMING[word][1]) == words_of(unknown, NAMING[word][2]), (route.name, word)
            elif not isinstance(route, PageRoute):
                assert "event" not in others.json()
    assert len(tried) >= (10 if scope == TEAM else 0)


def test_what_another_centre_has_stands_on_no_page_of_a_team(service: Guarded) -> None:
    token = service.token(TEAM)
    assert page(service, token, "/audit").status_code == 403
    for address in ("/list?at=2024-07-02", "/desk", "/offers?from=2020-01-01", "/offers/O1", "/list?rows=all",
                    f"/list?q={ANOTHER[:1]}", f"/candidates/{OWN}", f"/offers/O1/candidates/{OWN}"):  # fmt: skip
        answer = page(service, token, address)
        assert answer.status_code == 200, address
        assert not re.search(rf"\b{ANOTHER}\b", answer.text), address


def words(route: Route) -> set[str]:
    """All that can be said in a request."""
    return {*re.findall(r"{(\w+)}", route.path), *(each.name for each in route.parameters)}


def reach(route: Route, scope: str) -> Reach:
    """How far a scope's request reaches; of a page, of what it is made of."""
    needs = route.needs if isinstance(route, PageRoute) else (route.name,)
    found = {reach_of(Viewer("somebody", (scope,)), need) for need in needs}
    return next((each for each in (Reach.WHOLE, Reach.OWN) if each in found), Reach.NONE)


def opened(service: Guarded, token: str, route: Route, word: str, which: int) -> httpx.Response:
    """A request with one word naming whom it is to name, and all else that it needs one's own."""
    said = FILLED | {name: own for name, (own, *_) in NAMING.items()} | {word: NAMING[word][which]}
    asked = {each.name for each in route.parameters if each.required or each.name == "at"} | {word}
    query = {name: said[name] for name in asked if f"{{{name}}}" not in route.path}
    path = re.sub(r"{(\w+)}", lambda part: said[part[1]], route.path)
    base = "" if isinstance(route, PageRoute) else BASE
    return page(service, token, f"{base}{path}?{httpx.QueryParams(query)}")


def page(service: Guarded, token: str, address: str) -> httpx.Response:
    """What stands at an address below the service's own."""
    headers = {"Authorization": f"Bearer {token}"}
    return service.served.client.get(f"{service.served.address}{address}", headers=headers)


def words_of(answer: httpx.Response, asked: str) -> str:
    """What is answered, but for whom it was asked about and the request's own number."""
    return re.sub(rf"\b{asked}\b|{answer.headers['X-Request-Id']}", "…", answer.text)
