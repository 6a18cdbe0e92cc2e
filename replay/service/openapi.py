"""The interface as an OpenAPI document, made from the table of routes, the table of rights and the event classes.

``openapi.json`` and ``asyncapi.json`` beside this module are what is made here and in ``asyncapi``; a test holds them
against each other, and the service answers with the file.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from engine.events.catalogue import EVENT_CLASSES
from engine.events.offer import MatchRunRecorded
from replay.service.answers import PROBLEM, title_of
from replay.service.rights import is_public, readers_of
from replay.service.routes import BASE, BATCH, EVENT, JSON, ROUTES, Body, Parameter, Route
from replay.service.schemas import event_schemas

FILE = Path(__file__).with_name("openapi.json")
EVERYWHERE = (400, 403, 500, 503)
"""Statuses of problems that every request may have: no HTTP, another origin, internal, come back later."""
OF_TOKENS = (401, 429)
"""And those that every request may have that needs a token."""


@cache
def openapi_bytes() -> bytes:
    """The document as the service answers with it."""
    return FILE.read_bytes()


def openapi() -> dict[str, Any]:
    """The document."""
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(f"{BASE}{route.path}", {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "snagc",
            "version": "1",
            "summary": "Who is offered a donated heart in France: events in; match runs, explanations, proofs out.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": paths,
        "components": {
            "schemas": {**event_schemas(), **_SCHEMAS},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    public = is_public(route.name)
    found: dict[str, Any] = {
        "operationId": re.sub(r"[^a-z]+", "-", f"{route.method} {route.path}".lower()).strip("-"),
        "summary": route.summary,
        "description": "No token needed." if public else f"Scopes: {', '.join(readers_of(route.name))}.",
        "security": [] if public else [{"token": []}],
        "parameters": [*map(_in_path, re.findall(r"{(\w+)}", route.path)), *map(_in_query, route.parameters)],
    }
    if route.bodies:
        found["requestBody"] = {"required": True, "content": {body.media: _body(body) for body in route.bodies}}
    found["responses"] = {str(status): _answer(route, status, meaning) for status, meaning in route.answers}
    statuses = {*EVERYWHERE, *(() if public else OF_TOKENS), *route.faults}
    found["responses"] |= {str(status): _fault(route, status) for status in sorted(statuses)}
    return found


def _in_path(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _in_query(parameter: Parameter) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "integer" if parameter.kind == "whole" else "string"}
    return {
        "name": parameter.name,
        "in": "query",
        "required": parameter.required,
        "description": parameter.meaning,
        "schema": {"type": "array", "items": schema} if parameter.many else schema,
    }


def _body(body: Body) -> dict[str, Any]:
    schemas: dict[str, dict[str, Any]] = {
        EVENT: {"$ref": "#/components/schemas/Event"},
        BATCH: {"type": "array", "items": {"$ref": "#/components/schemas/Event"}},
        JSON: {"$ref": "#/components/schemas/Offer"},
    }
    return {"schema": {**schemas.get(body.media, {"type": "string"}), "description": body.meaning}}


def _answer(route: Route, status: int, meaning: str) -> dict[str, Any]:
    return {"description": meaning, "content": {media: {"schema": _told(route, media)} for media in route.medias}}


def _told(route: Route, media: str) -> dict[str, Any]:
    if media != JSON:
        return {"type": "string"}
    names = {
        "POST /events": ("Verdict", "Verdicts"),
        "POST /feeds/fhir": ("Verdicts",),
        "POST /feeds/hl7v2": ("Verdicts",),
        "GET /events": ("Page",),
        "GET /events/{}": ("StoredEvent",),
    }
    if route.name in names:
        return {"oneOf": [{"$ref": f"#/components/schemas/{name}"} for name in names[route.name]]}
    return {"type": "array" if route.name in _ARRAYS else "object"}


def _fault(route: Route, status: int) -> dict[str, Any]:
    content: dict[str, Any] = {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    if route.name == "POST /events" and status in (409, 422):
        content = {JSON: {"schema": {"$ref": "#/components/schemas/Verdict"}}}
    return {"description": title_of(status), "content": content}


def _object(fields: dict[str, Any], required: Iterator[str] | None = None, **more: Any) -> dict[str, Any]:
    return {"type": "object", "properties": fields, "required": list(required or fields), **more}


_ARRAYS = ("GET /quarantine", "GET /sensitivity", "POST /quarantine/{}/resend")
_TEXT, _WHOLE, _PLACE = {"type": "string"}, {"type": "integer"}, {"type": ["integer", "null"]}
_SENT = (each for each in EVENT_CLASSES.values() if each is not MatchRunRecorded)
_SCHEMAS: dict[str, Any] = {
    "Event": {"oneOf": [{"$ref": f"#/components/schemas/{each.__name__}"} for each in _SENT]},
    "Offer": _object(
        {"offer": _TEXT, "donor": _TEXT, "time": {"type": "string", "format": "date-time"}},
        iter(("offer", "donor")), additionalProperties=False,
    ),
    "StoredEvent": _object({"position": _WHOLE, "event": {"type": "object"}}),
    "Page": _object(
        {"events": {"type": "array", "items": {"$ref": "#/components/schemas/StoredEvent"}}, "head": _WHOLE}
    ),
    "Verdict": _object({
        "line": _WHOLE,
        "source": {"type": ["string", "null"]},
        "id": {"type": ["string", "null"]},
        "status": {"enum": ["accepted", "duplicate", "conflict", "refused", "ignored"]},
        "position": _PLACE,
        "warnings": {"type": "array", "items": _object({"code": _TEXT, "path": _TEXT, "message": _TEXT})},
        "errors": {"type": "array", "items": _object({"path": _TEXT, "message": _TEXT})},
    }),
    "Verdicts": _object({"verdicts": {"type": "array", "items": {"$ref": "#/components/schemas/Verdict"}}}),
    "Problem": _object(
        {"type": {"const": "about:blank"}, "title": _TEXT, "status": _WHOLE, "detail": _TEXT},
        description="A problem (RFC 9457); `detail` is what the command line says, with the remedy.",
    ),
}  # fmt: skip
