"""The help: commands in groups, the version, and no waiting for either."""

import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from typer.main import get_command

from replay.cli.app import app
from tests.replay.command import ROOT, in_a_process, snagc

GROUPS = ["Take in", "Ask", "Audit", "Prove", "Share", "Serve"]


def sections(text: str) -> dict[str, list[str]]:
    """The names under each heading of a help."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if heading := re.fullmatch(r"(\w[\w ]*):", line):
            found[heading[1]] = []
        elif (entry := re.match(r"  ([\w-]+)(  |$)", line)) and found:
            found[list(found)[-1]].append(entry[1])
    return found


def test_every_command_stands_in_one_of_six_groups() -> None:
    found = sections(snagc("--help").stdout)
    assert [name for name in found if name != "Options"] == GROUPS
    listed = [command for group in GROUPS for command in found[group]]
    assert sorted(listed) == sorted(get_command(app).commands)  # type: ignore[attr-defined]
    assert len(set(listed)) == len(listed) > 20


def test_a_group_holds_what_its_name_says() -> None:
    found = sections(snagc("--help").stdout)
    assert {"ingest", "offer", "quarantine", "import-sheet"} <= set(found["Take in"])
    assert {"rank", "explain", "list", "candidate", "worklist", "offers", "course"} <= set(found["Ask"])
    assert {"audit", "diff", "sensitivity", "what-if"} <= set(found["Audit"])
    assert {"verify", "prove", "check-proof", "keys", "checkpoint", "timestamp"} <= set(found["Prove"])
    assert {"dossier", "export"} <= set(found["Share"])


def test_no_command_s_sentence_is_cut_in_the_list() -> None:
    assert "..." not in snagc("--help").stdout.replace("[ARGS]...", "")


def test_the_version_is_the_package_s() -> None:
    result = snagc("--version")
    assert (result.exit_code, result.stdout, result.stderr) == (0, f"snagc {version('snagc')}\n", "")
    assert in_a_process("--version").stdout.decode() == result.stdout


def test_help_and_version_load_neither_the_store_nor_the_rules_nor_tables() -> None:
    script = (
        "import sys; from replay.cli.app import app\n"
        "try: app(['--help'])\n"
        "except SystemExit: print(sorted(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    heavy = ["pydantic", "eventsourcing", "rich", "cryptography", "numpy", "polars", "engine.rules.ruleset"]
    assert [name for name in heavy if f"'{name}'" in done.stderr] == []


@pytest.mark.parametrize("command", [["rank", "O1"], ["list"], ["candidate", "A1"]], ids=" ".join)
def test_an_answer_that_only_reads_loads_no_models_of_events(command: list[str], tmp_path: Path) -> None:
    log = tmp_path / "example.db"
    assert snagc("ingest", "--import", ROOT / "fixtures/worked_example/events.ndjson", "--log", log).exit_code == 0
    script = (
        "import sys; from replay.cli.app import app\n"
        f"try: app({[*command, '--log', str(log)]!r})\n"
        "except SystemExit: print(sorted(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert [name for name in ("pydantic", "polars", "cryptography") if f"'{name}'" in done.stderr] == []
