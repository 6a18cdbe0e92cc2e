"""The interface as documents: every route, every event type, and schemas that say no less than the intake."""

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import httpx
import jsonschema_rs
import pytest

from engine.events.catalogue import EVENT_CLASSES
from engine.intake.check import check
from replay.service.asyncapi import asyncapi
from replay.service.handlers import HANDLERS
from replay.service.openapi import openapi
from replay.service.rights import REQUESTS
from replay.service.routes import BASE, ROUTES, Work
from replay.service.service import AT_ONCE
from replay.service.taking import TAKERS
from tests.documents.references import examples
from tests.replay.service.served import Served

DISTURBED: dict[str, Callable[[dict[str, Any]], Any]] = {
    "a field that nobody knows": lambda event: event["data"].update(name="Durand"),
    "an attribute that nobody knows": lambda event: event.update(phone="0102030405"),
    "another type": lambda event: event.update(type="snagc.candidate.renamed.v1"),
    "another subject": lambda event: event.update(subject="person/1"),
    "no source": lambda event: event.pop("source"),
    "another version": lambda event: event.update(specversion="0.3"),
}


@cache
def schema_of(event_type: str) -> dict[str, Any]:
    """The schema of an event type, complete in itself."""
    name = EVENT_CLASSES[event_type].__name__
    return {"$ref": f"#/components/schemas/{name}", "components": {"schemas": asyncapi()["components"]["schemas"]}}


def test_every_route_has_who_answers_it_and_a_row_in_the_table_of_rights() -> None:
    by_work: dict[Work, Any] = {Work.AT_ONCE: AT_ONCE, Work.WRITE: TAKERS, Work.READ: HANDLERS, Work.LONG: HANDLERS}
    assert all(route.name in by_work[route.work] for route in ROUTES if route.work in by_work)
    answered = {*AT_ONCE, *TAKERS, *HANDLERS, *(route.name for route in ROUTES if route.work is Work.FOLLOW)}
    assert answered == {route.name for route in ROUTES}
    assert answered <= set(REQUESTS)


def test_the_openapi_document_lists_every_route_and_is_what_the_service_answers(served: Served) -> None:
    document = openapi()
    listed = {(method.upper(), path) for path, found in document["paths"].items() for method in found}
    assert listed == {(route.method, f"{BASE}{route.path}") for route in ROUTES}
    assert served.get("/openapi.json").json() == document


@pytest.mark.parametrize("event_type", EVENT_CLASSES)
def test_a_schema_takes_what_the_intake_takes_and_refuses_what_is_no_such_event(event_type: str) -> None:
    event = examples()[event_type]
    schema = jsonschema_rs.validator_for(schema_of(event_type))
    assert schema.is_valid(event)
    for what, disturb in DISTURBED.items():
        other = json.loads(json.dumps(event))
        disturb(other)
        assert check(json.dumps(other).encode(), imported=True).faults, what
        assert not schema.is_valid(other), what


def test_no_status_is_undocumented(served: Served) -> None:
    paths = openapi()["paths"]

    def told(response: httpx.Response) -> None:
        assert str(response.status_code) in paths[path][method]["responses"], (path, response.text)

    for route in ROUTES:
        path, method = f"{BASE}{route.path}", route.method.lower()
        told(served.client.request(route.method, f"{served.address}{path}?strange=1"))
        told(served.client.request(route.method, f"{served.address}{path}", headers={"Host": "example.org"}))
