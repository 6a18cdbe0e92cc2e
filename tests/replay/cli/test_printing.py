"""What others wrote, on the terminal: nothing in it acts, nothing in it is markup, and it stays readable."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.table import Table
from rich.text import Text

from engine.text import never_shown, visible
from replay.cli.printing import bold, console, figures_table
from replay.cli.terminal import Terminal
from tests.faults.hostile_support import LAB, event
from tests.replay.command import ROOT, RUN, snagc

TEXTS = (
    "\x1b[2J",
    "\x1b]8;;http://e\x07link",
    "\x9b31m",
    "\u202eevil",
    "\u2066\u2069",
    "\u200bhidden\ufeff",
    "bell\x07",
    "forged\nsnagc: whole",
    "back\rfront",
    "[bold red]x[/bold red]",
    "[/nothing]",
    ":warning: [link=file:///x]y[/link]",
    "\U000e0041",
    "half\ud800",
    "a" + "\u0301" * 20,
)


def on_a_terminal(*printed: object) -> str:
    """What a console writes to a terminal, without the commands for bold and back."""
    written = io.StringIO()
    Terminal(file=written, force_terminal=True, color_system="standard", width=300, highlight=False).print(*printed)
    return written.getvalue().replace("\x1b[1m", "").replace("\x1b[0m", "")


@pytest.mark.parametrize("text", TEXTS)
def test_a_line_shows_a_text_and_nothing_in_it_acts(text: str) -> None:
    assert on_a_terminal(text) == visible(text) + "\n"
    assert on_a_terminal(bold(text), text) == f"{visible(text)} {visible(text)}\n"


@pytest.mark.parametrize("text", TEXTS)
def test_a_cell_shows_a_text_in_a_column_of_its_width(text: str) -> None:
    lines = on_a_terminal(figures_table(("a", "b"), [(text, "1"), (["x", text], "2")])).splitlines()
    shown = [line for line in lines if visible(text) in line]
    assert len(shown) == 2
    assert len({line.index("1") for line in lines if line.rstrip().endswith("1") and visible(text) in line}) <= 1
    assert not any(never_shown(char) for line in lines for char in line)


@pytest.mark.parametrize("text", TEXTS)
def test_no_other_way_of_rich_lets_a_control_through(text: str) -> None:
    table = Table(text)
    table.add_row(Text(text))
    written = on_a_terminal(Text(text)) + on_a_terminal(table)
    assert not any(never_shown(char) for char in written if char != "\n")


@pytest.mark.parametrize("text", TEXTS)
def test_an_error_shows_the_text_it_is_about(text: str, tmp_path: Path) -> None:
    result = snagc("list", "--log", tmp_path / text.replace("/", "-").replace("\ud800", "\x1b"), "--at", text)
    assert result.exit_code == 2
    assert not any(never_shown(char) for char in result.output if char != "\n")
    assert result.stderr.startswith("snagc: ")
    assert result.stderr.count("\n") == 1


def test_refused_input_is_shown_whole_and_harmless(tmp_path: Path) -> None:
    (tmp_path / "\x1b[31mfeed").write_bytes(event(LAB, {"x\x1b[2J": 1, "id": "a"}) + b"\n\x1b]0;t\x07\x9b \xff\r\n")
    path = tmp_path / "log.db"
    taken = snagc("ingest", tmp_path / "\x1b[31mfeed", "--log", path)
    assert "[U+001B][31mfeed:1: refused: x[U+001B][2J" in taken.stderr
    assert "[U+001B]]0;t[U+0007]" in snagc("quarantine", "show", "2", "--log", path).stdout
    listed = snagc("quarantine", "list", "--log", path).stdout
    for shown in (taken.output, listed, snagc("quarantine", "show", "1", "--log", path).output):
        assert not any(never_shown(char) for char in shown if char != "\n")


def test_a_terminal_without_the_signs_gets_their_numbers_and_no_error(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii", "SNAGC_LOG": ""}
    words = ["worklist", "é→🚗", "--centre", "x", "--log", str(tmp_path / "é.db")]
    done = subprocess.run([sys.executable, "-c", RUN, *words], env=environment, capture_output=True, check=False)
    assert (done.returncode, b"Traceback" in done.stderr) == (2, False)
    assert b"[U+00E9].db" in done.stderr


def test_the_console_writes_bold_for_people_alone(capsys: pytest.CaptureFixture[str]) -> None:
    console().print(bold("Offer O1"), "at noon")
    assert capsys.readouterr().out == "Offer O1 at noon\n"
