"""Every answer in JSON is, byte for byte, what the command prints with --json; every refusal says the same words."""

from typing import Any

import pytest

from replay.service.routes import ROUTES
from tests.replay.command import snagc
from tests.replay.service.served import Served

AT, CENTRE = "2024-07-01T12:00:00+02:00", "990000010"
SAME: dict[str, list[tuple[str, dict[str, Any], list[object]]]] = {
    "GET /offers": [
        ("/offers", {}, ["offers"]),
        ("/offers", {"from": "2024-06-01", "to": "2024-07-31", "known_at": "30"},
         ["offers", "--from", "2024-06-01", "--to", "2024-07-31", "--known-at", "30"]),
    ],
    "GET /offers/{}/match-run": [
        ("/offers/O1/match-run", {}, ["rank", "O1"]),
        ("/offers/O1/match-run", {"known_at": "now", "readings": ["age=completed", "months=mean"]},
         ["rank", "O1", "--known-at", "now", "--readings", "age=completed", "months=mean"]),
        ("/offers/O1/match-run", {"ruleset": "2020-01-07"}, ["rank", "O1", "--ruleset", "2020-01-07"]),
    ],
    "GET /offers/{}/candidates/{}/explanation": [
        ("/offers/O1/candidates/A1/explanation", {}, ["explain", "O1", "A1"]),
    ],
    "GET /offers/{}/dossier": [
        ("/offers/O1/dossier", {"format": "json", "candidate": "A1"}, ["dossier", "O1", "A1", "--json"]),
        ("/offers/O1/dossier", {"lang": "en"}, ["dossier", "O1", "--lang", "en"]),
    ],
    "GET /list": [
        ("/list", {"at": AT}, ["list", "--at", AT]),
        ("/list", {"at": "2024-07-01", "known_at": "20", "readings": "months=mean"},
         ["list", "--at", "2024-07-01", "--known-at", "20", "--readings", "months=mean"]),
    ],
    "GET /candidates/{}": [("/candidates/A1", {"at": AT}, ["candidate", "A1", "--at", AT])],
    "GET /candidates/{}/course": [
        ("/candidates/A1/course", {"to": "2024-07-31"}, ["course", "A1", "--to", "2024-07-31"]),
    ],
    "GET /worklists/{}": [
        (f"/worklists/{name}", {"centre": CENTRE, "at": AT}, ["worklist", name, "--centre", CENTRE, "--at", AT])
        for name in ("score", "labs", "survival", "ineligible")
    ],
    "GET /audit": [
        ("/audit", {}, ["audit"]),
        ("/audit", {"known_at": "now"}, ["audit", "--known-at", "now"]),
    ],
    "GET /acts": [("/acts", {"from": "2024-06-01"}, ["audit", "--acts", "--from", "2024-06-01"])],
    "GET /quality": [("/quality", {"centre": CENTRE}, ["quality", "--centre", CENTRE])],
    "GET /sensitivity": [
        ("/sensitivity", {"offer": "O1"}, ["sensitivity", "O1"]),
        ("/sensitivity", {"from": "2024-06-01"}, ["sensitivity", "--from", "2024-06-01"]),
    ],
    "GET /access": [
        ("/access", {}, ["access"]),
        ("/access", {"candidate": "A1", "from": "2024-01-01"}, ["access", "--candidate", "A1", "--from", "2024-01-01"]),
    ],
    "GET /quarantine": [("/quarantine", {}, ["quarantine", "list"])],
    "GET /proofs/inclusion/{}": [("/proofs/inclusion/7", {}, ["prove", "inclusion", "7"])],
    "GET /proofs/consistency": [
        ("/proofs/consistency", {"from": "20", "to": "35"}, ["prove", "consistency", "20", "35"]),
    ],
}  # fmt: skip
"""By route: requests with the commands that answer the same."""
ASIDE = {
    "GET /events", "GET /events/{}", "GET /checkpoint", "GET /ready", "GET /health", "GET /metrics",
    "GET /openapi.json", "POST /events", "POST /offers", "POST /quarantine/{}/resend",
    "POST /feeds/fhir", "POST /feeds/hl7v2",
}  # fmt: skip
"""Routes that no command answers, or that are tried elsewhere."""


def printed(words: list[object], log: object) -> tuple[int, bytes]:
    """What a command prints; proofs and dossiers are JSON, or a file, without being asked."""
    json = [] if words[0] == "dossier" else ["--json"]
    result = snagc(*words, *json, "--log", log)
    return result.exit_code, result.stdout_bytes


def test_every_route_is_compared_or_set_aside() -> None:
    assert sorted([*SAME, *ASIDE]) == sorted(route.name for route in ROUTES)


@pytest.mark.parametrize("name", SAME)
def test_an_answer_is_what_the_command_prints(name: str, served: Served) -> None:
    for path, query, words in SAME[name]:
        answer = served.get(path, **query)
        assert answer.status_code == 200, answer.text
        code, bytes_ = printed(words, served.log)
        assert code in (0, 3), (words, code)
        assert answer.content == bytes_, words


@pytest.mark.parametrize(
    ("status", "path", "query", "words"),
    [
        (404, "/offers/O9/match-run", {}, ["rank", "O9"]),
        (404, "/offers/O1/candidates/C9/explanation", {}, ["explain", "O1", "C9"]),
        (404, "/candidates/C9", {"at": AT}, ["candidate", "C9", "--at", AT]),
        (404, "/candidates/C9/course", {}, ["course", "C9"]),
        (404, "/worklists/best", {"centre": CENTRE, "at": AT}, ["worklist", "best", "--centre", CENTRE, "--at", AT]),
        (404, "/worklists/labs", {"centre": "1", "at": AT}, ["worklist", "labs", "--centre", "1", "--at", AT]),
        (404, "/quality", {"centre": "1"}, ["quality", "--centre", "1"]),
        (404, "/proofs/inclusion/99", {}, ["prove", "inclusion", "99"]),
        (400, "/list", {"at": "yesterday"}, ["list", "--at", "yesterday"]),
        (400, "/list", {"at": "2000-01-01"}, ["list", "--at", "2000-01-01"]),
        (400, "/list", {"readings": "age=old"}, ["list", "--readings", "age=old"]),
        (400, "/offers", {"from": "2024-07-02", "to": "2024-07-01"},
         ["offers", "--from", "2024-07-02", "--to", "2024-07-01"]),
        (400, "/offers/O1/match-run", {"known_at": "99"}, ["rank", "O1", "--known-at", "99"]),
        (400, "/offers/O1/match-run", {"ruleset": "1999"}, ["rank", "O1", "--ruleset", "1999"]),
        (400, "/offers/O1/dossier", {"known_at": "3"}, ["dossier", "O1", "--known-at", "3"]),
        (400, "/sensitivity", {}, ["sensitivity"]),
        (400, "/proofs/consistency", {"from": "20", "to": "99"}, ["prove", "consistency", "20", "99"]),
    ],
)  # fmt: skip
def test_a_refusal_says_what_the_command_says(
    status: int, path: str, query: dict[str, Any], words: list[object], served: Served
) -> None:
    answer = served.get(path, **query)
    said = snagc(*words, "--log", served.log)
    assert said.exit_code == 2
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")
    assert answer.json()["status"] == status
    assert f"snagc: {answer.json()['detail']}\n" == said.stderr


def test_the_last_checkpoint_is_told_as_when_it_was_signed(served: Served) -> None:
    key = served.log.parent / "keys" / "example.org_heart.key"
    signed = snagc("checkpoint", "--log", served.log, "--key", key, "--json")
    assert served.get("/checkpoint").content == signed.stdout_bytes


def test_a_stored_event_is_told_with_its_very_bytes(served: Served) -> None:
    proof = served.get("/proofs/inclusion/7").json()
    assert served.get("/events/7").content == b'{"position":7,"event":%s}\n' % proof["event"].encode()
    assert served.get("/events/99").status_code == 404
    assert served.get("/events/first").status_code == 404
