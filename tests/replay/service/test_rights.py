"""The one table of who may what."""

import pytest

from engine.events.catalogue import EVENT_CLASSES
from replay.service.rights import REQUESTS, TYPES, Reach, may_send, reach_of, request_of, table_lines
from replay.service.viewer import OPEN, SCOPES, Viewer

P, X, C, T, A, _ = SCOPES
WHOLE = {
    "candidate.registered": P, "candidate.updated": P, "candidate.suspended": P, "candidate.reinstated": P,
    "candidate.delisted": P, "candidate.transplanted": P, "lab-result.recorded": P, "treatment.started": P,
    "treatment.stopped": P, "coronary-calcium.recorded": P, "expert-priority.requested": P,
    "expert-priority.granted": X, "expert-priority.refused": X, "expert-priority.ended": X,
    "donor.registered": C, "donor.updated": C, "graft.offered": C, "proposal.made": C, "proposal.accepted": C,
    "proposal.declined": C, "offer.closed": C,
    "match-run.recorded": "", "travel-times.published": "", "offer-counter.initialised": "",
}  # fmt: skip
"""The contract's table, written again by hand: which scope sends what."""

READ = {
    "POST /events": "PXC", "POST /feeds/fhir": "P", "POST /feeds/hl7v2": "P", "POST /offers": "C",
    "GET /offers": "CtA", "GET /offers/{}/match-run": "CtA", "GET /offers/{}/candidates/{}/explanation": "CtA",
    "GET /offers/{}/dossier": "CtA", "GET /list": "CtA", "GET /candidates/{}": "XCtA",
    "GET /candidates/{}/course": "CtA", "GET /worklists/{}": "CtA", "GET /audit": "A", "GET /acts": "A",
    "GET /sensitivity": "A", "GET /quality": "tA", "GET /events": "A", "GET /access": "A",
    "GET /events/{}": "pxctA", "GET /quarantine": "pxcAO", "POST /quarantine/{}/resend": "O",
    "GET /checkpoint": "PXCTAO", "GET /proofs/inclusion/{}": "PXCTAO", "GET /proofs/consistency": "PXCTAO",
    "GET /health": "", "GET /ready": "", "GET /metrics": "", "GET /openapi.json": "",
}  # fmt: skip
"""And who may ask what: a capital letter for the whole, a small one for their own."""
LETTERS = dict(zip("PXCTAO", SCOPES, strict=True))


def test_every_event_type_of_the_catalogue_is_in_the_table_and_no_other() -> None:
    assert set(TYPES) == set(EVENT_CLASSES)


@pytest.mark.parametrize("scope", SCOPES)
def test_each_scope_sends_the_types_of_the_contract_and_no_other(scope: str) -> None:
    viewer = Viewer("somebody", (scope,))
    sent = {kind for kind in WHOLE if may_send(viewer, f"snagc.{kind}.v1")}
    assert sent == {kind for kind, who in WHOLE.items() if who == scope}
    assert may_send(viewer, "snagc.event.corrected.v1") is (scope in (P, X, C))


@pytest.mark.parametrize("scope", SCOPES)
def test_each_scope_asks_what_the_contract_says_and_no_more(scope: str) -> None:
    viewer, letter = Viewer("somebody", (scope,)), next(key for key, name in LETTERS.items() if name == scope)
    expected = {
        request: Reach.WHOLE if letter in who else Reach.OWN if letter.lower() in who else Reach.NONE
        for request, who in READ.items()
    }
    assert {request: reach_of(viewer, request) for request in REQUESTS} == expected


def test_several_scopes_reach_as_far_as_the_furthest() -> None:
    assert reach_of(Viewer("both", (T, A)), "GET /list") is Reach.WHOLE
    assert reach_of(Viewer("both", (P, T)), "GET /list") is Reach.OWN


def test_what_is_in_no_row_nobody_may() -> None:
    assert reach_of(OPEN, "DELETE /events") is Reach.NONE


def test_in_an_open_service_too_runs_travel_times_and_the_counter_come_by_command_line_only() -> None:
    refused = {kind for kind in WHOLE if not may_send(OPEN, f"snagc.{kind}.v1")}
    assert refused == {"match-run.recorded", "travel-times.published", "offer-counter.initialised"}


def test_a_route_is_found_whatever_its_parameters_are_called() -> None:
    assert request_of("GET", "/api/v1/offers/{offer}/candidates/{candidate}/explanation") in REQUESTS
    assert request_of("GET", "/api/v1/events/{position:int}") == "GET /events/{}"


def test_the_table_in_the_page_has_a_line_for_each_row() -> None:
    lines = list(table_lines())
    assert lines[0] == "| | producer | expert | coordinator | team | auditor | operator |"
    assert "| `GET /quality` |  |  |  | own | ✓ |  |" in lines
    assert any("match-run.recorded" in line and line.count("command line") == 6 for line in lines)
