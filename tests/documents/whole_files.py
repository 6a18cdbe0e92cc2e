"""Files that are made whole from the code: the interface as OpenAPI, the events as AsyncAPI."""

from collections.abc import Callable
from pathlib import Path

from replay.reports.documents import document_bytes
from replay.service.asyncapi import asyncapi
from replay.service.openapi import FILE, openapi

WHOLE_FILES: dict[Path, Callable[[], bytes]] = {
    FILE: lambda: document_bytes(openapi()),
    FILE.with_name("asyncapi.json"): lambda: document_bytes(asyncapi()),
}
"""What makes each file."""
