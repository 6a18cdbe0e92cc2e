"""The interface as an OpenAPI document, made from the table of routes."""

import re
from functools import cache
from http import HTTPStatus
from typing import Any

from replay.reports.documents import document_bytes
from replay.run.version import engine_version
from replay.service.answers import PROBLEM
from replay.service.routes import BASE, ROUTES, Parameter, Route

COMMON_FAULTS = (400, 500, 503)
"""Statuses of problems that every request may have."""


@cache
def openapi_bytes() -> bytes:
    """The document's bytes."""
    return document_bytes(openapi())


def openapi() -> dict[str, Any]:
    """The document."""
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(f"{BASE}{route.path}", {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "snagc",
            "version": engine_version().removeprefix("snagc "),
            "summary": "Who is offered a donated heart in France: events in, match runs, explanations and proofs out.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": paths,
        "components": {"schemas": {"Problem": PROBLEM_SCHEMA}},
    }


PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "A problem (RFC 9457); `detail` is what the command line says, with the remedy.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"const": "about:blank"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
}


def _operation(route: Route) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": re.sub(r"[^a-z]+", "-", f"{route.method} {route.path}".lower()).strip("-"),
        "summary": route.summary,
        "parameters": [*map(_in_path, re.findall(r"{(\w+)}", route.path)), *map(_in_query, route.parameters)],
    }
    if route.bodies:
        content = {body.media: {"schema": {"description": body.meaning}} for body in route.bodies}
        found["requestBody"] = {"required": True, "content": content}
    found["responses"] = {str(status): _answer(meaning, route.media) for status, meaning in route.answers}
    faults = sorted({*COMMON_FAULTS, *route.faults})
    found["responses"] |= {str(status): _problem(status) for status in faults}
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


def _answer(meaning: str, media: str) -> dict[str, Any]:
    return {"description": meaning, "content": {media: {}}}


def _problem(status: int) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": HTTPStatus(status).phrase, "content": {PROBLEM: {"schema": schema}}}
