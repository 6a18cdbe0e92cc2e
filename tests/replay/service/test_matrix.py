"""Contract section 7, over HTTP: every route and every event type, for every scope, own and another's."""

import json
from typing import Any

import httpx
import pytest
from lxml import html

from engine.events.catalogue import EVENT_CLASSES
from replay.service.rights import REQUESTS, TYPES, Reach
from replay.service.routes import BASE, ROUTES
from replay.service.viewer import AUDITOR, COORDINATOR, EXPERT, OPERATOR, PRODUCER, SCOPES, TEAM
from tests.faults.hostile_support import DATA
from tests.faults.hostile_support import event as sound
from tests.replay.service.guarded import (
    ANOTHER,
    BORN,
    CENTRE,
    ELSEWHERE,
    MINE,
    OTHERS,
    OWN,
    POSITIONS,
    Guarded,
    lab,
    records,
)
from tests.replay.service.served import EVENT, NDJSON, lines

AT = "at=2024-07-02"


def both(path: str, own: str, another: str) -> tuple[str, str]:
    """A path for what is one's own, and for what is another's."""
    return path.format(own), path.format(another)


PATHS: dict[str, tuple[str, str | None]] = {
    "GET /offers": ("/offers", None),
    "GET /offers/{}/match-run": ("/offers/O1/match-run", None),
    "GET /offers/{}/candidates/{}/explanation": both("/offers/O1/candidates/{}/explanation", OWN, ANOTHER),
    "GET /offers/{}/dossier": both("/offers/O1/dossier?candidate={}&format=json", OWN, ANOTHER),
    "GET /list": (f"/list?{AT}", None),
    "GET /candidates/{}": both(f"/candidates/{{}}?{AT}", OWN, ANOTHER),
    "GET /candidates/{}/course": both("/candidates/{}/course?to=2024-07-02", OWN, ANOTHER),
    "GET /worklists/{}": both(f"/worklists/score?centre={{}}&{AT}", CENTRE, ELSEWHERE),
    "GET /audit": ("/audit", None),
    "GET /acts": ("/acts", None),
    "GET /sensitivity": ("/sensitivity?offer=O1", None),
    "GET /quality": both("/quality?centre={}", CENTRE, ELSEWHERE),
    "GET /events": ("/events?limit=1", None),
    "GET /access": ("/access?from=2100-01-01", None),
    "GET /events/{}": ("", f"/events/{POSITIONS['nothing own']}"),
    "GET /quarantine": ("/quarantine", None),
    "GET /checkpoint": ("/checkpoint", None),
    "GET /proofs/inclusion/{}": (f"/proofs/inclusion/{POSITIONS['nothing own']}", None),
    "GET /proofs/consistency": ("/proofs/consistency?from=20&to=35", None),
    "GET /health": ("/health", None),
    "GET /ready": ("/ready", None),
    "GET /metrics": ("/metrics", None),
    "GET /openapi.json": ("/openapi.json", None),
}
"""How each reading route is asked: for what is one's own, and for what is another's where that is to be told apart."""
POSTED: dict[str, tuple[bytes, str]] = {
    "POST /events": (b"{}", EVENT),
    "POST /feeds/fhir": (b"{}", "application/fhir+json"),
    "POST /feeds/hl7v2": (b"MSH", "application/hl7-v2"),
    "POST /offers": (b"{}", "application/json"),
    "POST /quarantine/{}/resend": (b"", NDJSON),
}


def test_every_route_of_the_service_is_in_the_table_of_rights_and_tried_here(service: Guarded) -> None:
    built = {route.name for route in ROUTES}
    described = service.ask("GET /openapi.json", None).json()["paths"]
    assert sum(len(methods) for methods in described.values()) == len(ROUTES)
    assert all(path.startswith(BASE) for path in described)
    assert built <= set(REQUESTS)
    assert {*PATHS, *POSTED} >= built


@pytest.mark.parametrize("scope", SCOPES)
def test_each_scope_reads_what_the_table_says_and_another_s_is_not_there(service: Guarded, scope: str) -> None:
    token = service.token(scope)
    for request, (own, others) in PATHS.items():
        row = REQUESTS[request]
        reach = Reach.WHOLE if row.public else row.reach(scope)
        if request == "GET /events/{}":
            own = f"/events/{POSITIONS['own candidate' if scope == TEAM else 'own source']}"
        answer = service.ask(f"GET {own}", token)
        assert answer.status_code == (403 if reach is Reach.NONE else 200), (request, answer.text)
        _check_refusal(answer)
        if others is not None:
            answer = service.ask(f"GET {others}", token)
            expected = {Reach.NONE: 403, Reach.OWN: 404, Reach.WHOLE: 200}[reach]
            assert answer.status_code == expected, (request, answer.text)
            _check_refusal(answer)


@pytest.mark.parametrize("scope", [*SCOPES, None])
def test_each_scope_writes_what_the_table_says(service: Guarded, scope: str | None) -> None:
    token = None if scope is None else service.token(scope)
    for request, (body, media) in POSTED.items():
        answer = service.ask(request.replace("{}", "999"), token, body, media)
        may = scope is not None and REQUESTS[request].reach(scope) is Reach.WHOLE
        allowed = (404,) if "resend" in request else (200,) if "/feeds/" in request else (422,)
        assert answer.status_code in (allowed if may else (401,) if scope is None else (403,)), (request, answer.text)
        _check_refusal(answer)


def _check_refusal(answer: httpx.Response) -> None:
    """A refusal is a problem, with a challenge where a token was in question."""
    if answer.status_code in (401, 403, 404):
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["status"] == answer.status_code
    if answer.status_code in (401, 403):
        assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="snagc"')


def test_without_a_token_only_what_is_public_is_answered(service: Guarded) -> None:
    for request, (own, _) in PATHS.items():
        answer = service.ask(f"GET {own or '/events/1'}", None)
        assert answer.status_code == (200 if REQUESTS[request].public else 401), request
        _check_refusal(answer)


def test_of_the_token_nothing_but_the_header_counts(service: Guarded) -> None:
    token = service.token(AUDITOR)
    for request in (f"GET /list?{AT}&access_token={token}", f"GET /list?{AT}&token={token}"):
        assert service.ask(request, None).status_code == 401
    cookies = {"Cookie": f"token={token}; access_token={token}"}
    assert service.served.client.get(f"/list?{AT}", headers=cookies).status_code == 401
    twice = [("Authorization", f"Bearer {token}"), ("Authorization", f"Bearer {token}")]
    assert service.served.client.get(f"/list?{AT}", headers=twice).status_code == 401
    assert service.ask(f"GET /list?{AT}", service.token(AUDITOR, issued=1_000_000)).status_code == 401


# ---------------------------------------------------------------------------------------------------- own


def test_a_team_is_told_of_its_own_candidates_alone_and_of_no_donor_s_birth_date(service: Guarded) -> None:
    team = service.token(TEAM)
    asked = ["/offers", "/offers/O1/match-run", "/offers/O2/match-run", f"/list?{AT}", f"/candidates/{OWN}?{AT}",
             f"/worklists/score?centre={CENTRE}&{AT}", f"/offers/O2/candidates/{OWN}/explanation",
             f"/offers/O2/dossier?candidate={OWN}&format=json", f"/offers/O2/dossier?candidate={OWN}&lang=en",
             f"/events/{POSITIONS['own proposal']}", f"/events/{POSITIONS['own candidate']}",
             f"/proofs/inclusion/{POSITIONS['donor']}"]  # fmt: skip
    others = ("A1", "A3", "A4", "A5", "A6", BORN)
    for path in asked:
        answer = service.ask(f"GET {path}", team)
        assert answer.status_code == 200, (path, answer.text)
        assert [name for name in others if f'"{name}' in answer.text or f">{name}<" in answer.text] == [], path
    run = service.ask("GET /offers/O1/match-run", team).json()
    whole = service.ask("GET /offers/O1/match-run", service.token(AUDITOR)).json()
    assert run["digest"] == whole["digest"]
    assert run["ranking"] == [entry for entry in whole["ranking"] if entry["candidate"] in ("A2", "A7", "A8")]
    for name in ("donor", "offer", "their proposal"):
        assert service.ask(f"GET /events/{POSITIONS[name]}", team).status_code == 404


def test_another_s_candidate_is_answered_in_the_words_for_one_that_nobody_knows(service: Guarded) -> None:
    team = service.token(TEAM)
    for path in ("/candidates/{}", "/candidates/{}/course", "/offers/O1/candidates/{}/explanation",
                 "/offers/O1/dossier?candidate={}"):  # fmt: skip
        said = [service.ask(f"GET {path.format(name)}", team).text.replace(name, "X") for name in (ANOTHER, "NONE")]
        assert said[0] == said[1]
        assert '"status":404' in said[0]
    positions = (POSITIONS["nothing own"], 9_999)
    told = [service.ask(f"GET /events/{each}", team).text.replace(str(each), "X") for each in positions]
    assert told[0] == told[1]


def test_without_naming_a_candidate_a_team_is_given_no_dossier(service: Guarded) -> None:
    answer = service.ask("GET /offers/O1/dossier", service.token(TEAM))
    assert (answer.status_code, "name one of yours" in answer.text) == (400, True)


def test_quality_is_looked_at_among_the_candidates_of_the_team(service: Guarded) -> None:
    def checked(token: str, centre: str = "") -> int:
        rules = service.ask(f"GET /quality{centre}", token).json()["rules"]
        return sum(int(rule["checked"]) for rule in rules)

    team, auditor = service.token(TEAM), service.token(AUDITOR)
    assert (
        checked(team) == checked(team, f"?centre={CENTRE}") == checked(auditor, f"?centre={CENTRE}") < checked(auditor)
    )
    assert checked(service.token(TEAM, centres=[])) == 0


@pytest.mark.parametrize("scope", [PRODUCER, EXPERT, COORDINATOR])
def test_a_sender_sees_the_events_of_its_sources(service: Guarded, scope: str) -> None:
    seen = {
        name: service.ask(f"GET /events/{position}", service.token(scope, centres=[])).status_code
        for name, position in POSITIONS.items()
    }
    assert seen == {name: 200 if name == "own source" else 404 for name in POSITIONS}
    donor = service.ask(f"GET /events/{POSITIONS['donor']}", service.token(scope, sources=[OTHERS]))
    assert (BORN in donor.text) is (scope == COORDINATOR)


def test_the_proof_of_an_event_that_is_another_s_holds_all_but_the_event(service: Guarded) -> None:
    position = POSITIONS["donor"]
    whole = service.ask(f"GET /proofs/inclusion/{position}", service.token(AUDITOR)).json()
    part = service.ask(f"GET /proofs/inclusion/{position}", service.token(OPERATOR)).json()
    assert BORN in whole.pop("event")
    assert part == whole
    own = service.ask(f"GET /proofs/inclusion/{POSITIONS['own source']}", service.token(PRODUCER)).json()
    assert MINE in own["event"]


# --------------------------------------------------------------------------------------------------- sending


@pytest.mark.parametrize("scope", SCOPES)
def test_each_scope_sends_the_types_of_the_table_and_of_its_sources(service: Guarded, scope: str) -> None:
    token = service.token(scope)
    for kind in EVENT_CLASSES:
        name = kind.removeprefix("snagc.").removesuffix(".v1")
        if name not in DATA:
            continue
        for source in (MINE, OTHERS):
            target: dict[str, Any] = {"event": {"source": source, "id": "x"}} if name.startswith("event.") else {}
            sent = sound(name, {"source": source, "id": f"{scope}-{name}"}, **target)
            answer = service.ask("POST /events", token, sent, EVENT)
            may = scope in TYPES[kind].whole and source == MINE
            assert (answer.status_code != 403) is may, (scope, name, source, answer.text)
            assert not may or answer.status_code in (201, 422)
            _check_refusal(answer)


def test_in_a_batch_a_token_s_refusal_is_that_event_s_verdict_and_nothing_is_kept(service: Guarded) -> None:
    producer, auditor = service.token(PRODUCER), service.token(AUDITOR)
    before = service.ask("GET /quarantine", auditor).json()
    batch = lines([lab("A7", MINE), lab("A7", OTHERS), lab("A8", MINE)])
    answer = service.ask("POST /events", producer, batch)
    verdicts = answer.json()["verdicts"]
    assert (answer.status_code, [each["status"] for each in verdicts]) == (200, ["accepted", "refused", "accepted"])
    alone = service.ask("POST /events", producer, json.dumps(lab("A7", OTHERS)).encode(), EVENT)
    assert alone.json()["detail"] == "source: " + verdicts[1]["errors"][0]["message"]
    assert service.ask("GET /quarantine", auditor).json() == before


def test_what_is_kept_is_seen_by_its_sender_and_sent_again_with_its_rights(service: Guarded) -> None:
    mine, other = service.token(PRODUCER, sub="P1"), service.token(PRODUCER, sub="P2", sources=[OTHERS])
    operator = service.token(OPERATOR)
    for number, token in enumerate((mine, other)):
        assert service.ask("POST /events", token, b"noise %d" % number, EVENT).status_code == 422
    bad: dict[str, Any] = {**lab("A8", MINE), "id": "bad", "name": "Durand"}
    assert service.ask("POST /events", mine, json.dumps(bad).encode(), EVENT).status_code == 422

    def kept(token: str) -> list[str]:
        return [entry["bytes"] for entry in service.ask("GET /quarantine", token).json()]

    assert [text for text in kept(mine) if text.startswith("noise")] == ["noise 0"]
    assert [text for text in kept(other) if text.startswith("noise")] == ["noise 1"]
    assert any("Durand" in text for text in kept(mine))
    assert not any("Durand" in text for text in kept(other))
    assert {"noise 0", "noise 1"} <= set(kept(operator))
    assert kept(service.token(COORDINATOR, sub="P9", sources=[])) == []
    number = next(e["number"] for e in service.ask("GET /quarantine", operator).json() if "Durand" in e["bytes"])
    answer = service.ask(f"POST /quarantine/{number}/resend", operator, b"")
    assert (answer.status_code, answer.json()[0]["status"]) == (200, "refused")


def test_an_offer_is_made_by_coordination_whatever_its_sources(service: Guarded) -> None:
    body = b'{"offer": "O9", "donor": "D2"}'
    answer = service.ask("POST /offers", service.token(COORDINATOR, sources=[]), body, "application/json")
    assert (answer.status_code, answer.json()["offer"]) == (201, "O9")


# --------------------------------------------------------------------------------------------------- records


def test_each_read_of_a_person_s_data_leaves_a_record_before_its_answer(service: Guarded) -> None:
    before = len(records(service.served.log))
    token = service.token(AUDITOR, sub="A9")
    made = []
    for path in ("/offers/O1/match-run", f"/candidates/{OWN}?{AT}", "/events?after=35&limit=4", "/quarantine"):
        assert service.ask(f"GET {path}", token).status_code == 200
        made = records(service.served.log)[before:]
    assert [each["route"] for each in made] == [
        "GET /offers/{}/match-run", "GET /candidates/{}", "GET /events", "GET /quarantine",
    ]  # fmt: skip
    run, candidate, page, _ = made
    assert (run["sub"], run["scopes"], run["asked"], run["donors"]) == ("A9", ["auditor"], {"offer": "O1"}, ["D1"])
    assert run["candidates"] == [f"A{number}" for number in range(1, 9)]
    assert (candidate["candidates"], candidate["asked"]) == ([OWN], {"candidate": OWN, "at": "2024-07-02"})
    assert (page["candidates"], page["donors"]) == ([ANOTHER, OWN], ["D2"])
    assert all(each["address"] == "127.0.0.1" and len(each["request"]) == 16 for each in made)


def test_what_is_refused_or_public_or_empty_leaves_none(service: Guarded) -> None:
    before = len(records(service.served.log))
    team, auditor = service.token(TEAM), service.token(AUDITOR)
    for path, token in {"/health": None, "/checkpoint": team, f"/candidates/{ANOTHER}": team, "/audit": team,
                        "/events?after=999999": auditor, "/access": auditor}.items():  # fmt: skip
        service.ask(f"GET {path}", token)
    assert len(records(service.served.log)) == before


def test_a_team_s_read_is_recorded_with_those_it_was_told_of(service: Guarded) -> None:
    service.ask(f"GET /list?{AT}", service.token(TEAM, sub="T1"))
    last = records(service.served.log)[-1]
    assert (last["sub"], {*last["candidates"]} <= {"A2", "A7", "A8"}, last["candidates"] != []) == ("T1", True, True)


# ----------------------------------------------------------------------------------------------------- pages


def test_a_team_s_pages_lead_nowhere_that_it_may_not_go(service: Guarded) -> None:
    token, linked = service.token(TEAM, sources=[]), dict[str, str]()
    for page in (
        f"/desk?{AT}", f"/list?{AT}", "/offers?from=2024-06-01", "/offers/O1", "/offers/O2",
        f"/candidates/{OWN}?{AT}", f"/offers/O1/candidates/{OWN}?against={ANOTHER}",
    ):  # fmt: skip
        site = service.served.address
        answer = service.served.client.get(f"{site}{page}", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200, (page, answer.text)
        for each in html.fromstring(answer.content).iter("a"):
            linked.setdefault(each.get("href", "").partition("?")[0].partition("#")[0], each.get("href", ""))
    events = [path for path in linked if path.startswith("/events/")]
    assert len(events) > 5
    assert f"/events/{POSITIONS['offer']}" not in events
    for path in [*events, *(path for path in linked if path.startswith("/candidates/"))]:
        answer = service.served.client.get(f"{site}{linked[path]}", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200, linked[path]
