"""The compose file: sound YAML, command lines that this program takes, users named as the log's roles are."""

import re
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from engine.log.postgres.address import address_of
from engine.log.postgres.roles import service_role
from replay.cli.app import app

FOLDER = Path(__file__).parents[3] / "replay" / "service" / "compose"


@pytest.fixture
def services() -> dict[str, Any]:
    """The services, with a password in the place of each variable."""
    text = re.sub(r"\$\{[A-Z_]+:\?\}", "secret", (FOLDER / "compose.yaml").read_text(encoding="utf-8"))
    found: dict[str, Any] = yaml.safe_load(text)["services"]
    return found


def test_every_command_line_is_one_that_the_program_takes(services: dict[str, Any]) -> None:
    lines = [service["command"] for service in services.values() if service["command"][0] == "snagc"]
    assert [line[1] for line in lines] == ["ingest", "serve"]
    for _, name, *words in lines:
        command = typer.main.get_command(app).commands[name]  # type: ignore[attr-defined]
        assert command.make_context(name, words).params


def test_the_service_connects_as_the_role_that_reads_and_adds_and_the_owner_makes_the_log(
    services: dict[str, Any],
) -> None:
    users = (FOLDER / "users.sh").read_text(encoding="utf-8")
    owner, service = (address_of(services[name]["environment"]["SNAGC_LOG"]) for name in ("log", "service"))
    assert service.parameters["user"] == service_role(service.database)
    assert f"CREATE DATABASE {owner.database} OWNER {owner.parameters['user']}" in users
    for address in (owner, service):
        assert f"CREATE ROLE {address.parameters['user']} LOGIN" in users
        assert (address.parameters["host"], address.database) == ("database", owner.database)
    assert services["service"]["depends_on"] == {"log": {"condition": "service_completed_successfully"}}


def test_nothing_listens_beyond_this_machine_and_what_is_copied_is_there(services: dict[str, Any]) -> None:
    assert services["service"]["ports"] == ["127.0.0.1:8420:8420"]
    assert "ports" not in services["database"]
    root = FOLDER / services["log"]["build"]["context"]
    for line in (FOLDER / "Dockerfile").read_text(encoding="utf-8").splitlines():
        if line.startswith("COPY "):
            assert all((root / name).exists() for name in line.split()[1:-1]), line
