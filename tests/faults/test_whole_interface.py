"""Generated requests to every route of the interface: nothing but documented answers, and none of them 5xx.

schemathesis makes them from the OpenAPI document that the service itself answers with: in open mode, with a token of
every scope, and without one. By default a few with a token; with ``--long`` all three ways, all phases, five minutes.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from replay.service.routes import HL7, ROUTES
from tests import long
from tests.replay.command import snagc
from tests.replay.service.guarded import MINE, guarded
from tests.replay.service.served import WORKED, Served, serving

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
SHORT = ("--phases", "fuzzing", "--max-examples", "1", "--generation-deterministic")
LONG = ("--phases", "examples,coverage,fuzzing,stateful", "--max-examples", "10000", "--max-time", "100")
MODES = ["token", "open", "no token"]
HOOKS = f'import schemathesis\n\nschemathesis.serializer.alias("{HL7}", "text/plain")\n'
"""HL7 v2 goes on the wire as text."""
SERVER_FAULT = re.compile(r'"status": 5[0-9][0-9]')


@contextmanager
def service(mode: str, folder: Path) -> Iterator[tuple[Served, str | None]]:
    """A service, and the token to ask it with."""
    if mode == "open":
        log = folder / "heart.db"
        assert snagc("ingest", "--import", WORKED, "--log", log).exit_code == 0
        with serving(log) as running:
            yield running, None
        return
    with guarded(folder, requests_per_minute=1_000_000) as found:
        roles = ("producer", "expert", "coordinator", "team", "auditor", "operator")
        yield found.served, found.token(*roles, sources=[MINE]) if mode == "token" else None


@pytest.mark.parametrize("mode", MODES if long.ASKED else MODES[:1])
def test_every_answer_is_documented_and_none_is_a_fault_of_the_server(
    mode: str, tmp_path: Path, *, long_run: bool
) -> None:
    with service(mode, tmp_path) as (served, token):
        command = [
            sys.executable, "-m", "schemathesis.cli", "run", f"{served.address}/api/v1/openapi.json",
            "--checks", CHECKS,
            "--no-color", "--warnings", "off", "--no-shrink", "--request-timeout", "60", *(LONG if long_run else SHORT),
            *(("--header", f"Authorization: Bearer {token}") if token else ()),
        ]  # fmt: skip
        hooks = tmp_path / "hooks.py"
        hooks.write_text(HOOKS)
        run = subprocess.run(
            command, capture_output=True, text=True, encoding="utf-8", cwd=tmp_path, check=False,
            env={**os.environ, "SCHEMATHESIS_HOOKS": str(hooks)},
        )  # fmt: skip
        told = served.errors()
        assert run.returncode == 0, run.stdout[-8000:] + run.stderr[-2000:]
        asked = set(re.findall(r'"route": "([^"]+)"', told))
        assert {route.name for route in ROUTES} <= asked
        assert SERVER_FAULT.search(told) is None, [line for line in told.splitlines() if SERVER_FAULT.search(line)][:5]
        assert served.get("/health").status_code == 200
    assert snagc("verify", "--log", served.log).exit_code == 0
