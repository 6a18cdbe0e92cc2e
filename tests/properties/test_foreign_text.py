"""Any text of Unicode in every place where others write one, through every surface: no traceback, nothing acts."""

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import openpyxl  # type: ignore[import-untyped, unused-ignore]
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.text import never_shown
from tests.faults.hostile_support import CALCIUM, CORRECTED, DATA, LAB, RETRACTED, STARTED, TRAVEL, event
from tests.replay.command import snagc

AT = "2024-03-01T12:00:00+01:00"
FREE: dict[str, tuple[str, ...]] = {
    "candidate.registered": ("team",),
    "candidate.updated": ("team",),
    "candidate.suspended": ("reason",),
    "candidate.reinstated": ("reason",),
    LAB: ("origin",),
    STARTED: ("device",),
    "donor.registered": (),
    TRAVEL: ("source",),
    CALCIUM: ("method",),
    "expert-priority.granted": ("expert", "situation"),
    "expert-priority.refused": ("reason",),
    "expert-priority.ended": ("reason",),
    "graft.offered": (),
    "match-run.recorded": ("engine",),
    "proposal.made": ("reason",),
    "proposal.accepted": ("reason",),
    "proposal.declined": ("reason",),
    CORRECTED: ("reason",),
    RETRACTED: ("reason",),
    "offer.closed": (),
}
"""Every type in an order in which it can be stored, with its fields in which others write."""
ENVELOPE = ("source", "id", "type", "subject", "time", "recordedtime", "actor", "datacontenttype")
COMMANDS = (
    ("list", "--at", AT), ("candidate", "C1", "--at", AT), ("worklist", "score", "--centre", "750100125", "--at", AT),
    ("rank", "O1"), ("explain", "O1", "C1"), ("audit",), ("audit", "--known-at", "now"), ("verify",),
    ("quarantine", "list"),
)  # fmt: skip


def feed(text: str) -> Iterator[bytes]:
    """A sound feed, its texts in every field that takes one; then lines with the text wherever one may stand."""
    for name, fields in FREE.items():
        for field in fields:
            yield event(name, {"id": f"{name}-{field}"}, **{field: text})
        yield event(name)
    for attribute in ENVELOPE:
        yield event(LAB, {attribute: text})
    yield event(LAB, {"id": "unknown attribute", text: text})
    yield event(LAB, {"id": "unknown field"}, **{f"x{text}": text})
    for field in DATA["candidate.registered"]:
        yield event("candidate.registered", {"id": f"bad {field}"}, **{field: text})
    yield text.encode("utf-8", "surrogatepass")


def harmless(shown: str) -> bool:
    """Whether nothing in what a command printed acts on a terminal."""
    return not any(map(never_shown, {*shown} - {"\n"}))


def printed(folder: Path, *words: str) -> str:
    """Both streams of a command: no traceback, and nothing in it that acts."""
    result = snagc(*words, "--log", folder / "log.db")
    assert result.exit_code in (0, 2, 3), (words, result.output, result.exception)
    assert isinstance(result.exception, SystemExit | None)
    assert harmless(result.stdout + result.stderr), words
    return result.stdout


def shown_everywhere(text: str, folder: Path) -> None:
    """A log of the text, and each surface that shows it."""
    (folder / "feed.ndjson").write_bytes(b"\n".join(feed(text)))
    printed(folder, "ingest", "--import", str(folder / "feed.ndjson"))
    for words in COMMANDS:
        printed(folder, *words)
    entries = json.loads(snagc("quarantine", "list", "--json", "--log", folder / "log.db").stdout)
    assert entries
    for entry in entries[-5:]:
        printed(folder, "quarantine", "show", str(entry["number"]))
    for kind in ("html", "pdf"):
        printed(folder, "dossier", "O1", "C1", "--format", kind, "--out", str(folder / f"dossier.{kind}"))
    assert harmless((folder / "dossier.html").read_text(encoding="utf-8"))
    assert (folder / "dossier.pdf").read_bytes().startswith(b"%PDF")
    exports(folder)


def exports(folder: Path) -> None:
    """The events as CSV, XLSX and Parquet: the first two harmless, no cell a formula, and JSON in them exact."""
    for form in ("csv", "xlsx", "parquet"):
        printed(folder, "export", "events", "--format", form, "--out", str(folder / f"events.{form}"))
    exact = [(row["source"], json.loads(row["data"])) for row in pl.read_parquet(folder / "events.parquet").to_dicts()]
    text = (folder / "events.csv").read_text(encoding="utf-8")
    assert harmless(text.replace("\r\n", "\n"))
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [json.loads(row["data"]) for row in rows] == [data for _, data in exact]
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())
    # a workbook writes _x001B_ as _x005F_x001B_, which openpyxl leaves as it is
    sheet = openpyxl.load_workbook(folder / "events.xlsx").worksheets[0]
    assert not any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row)
    assert [json.loads(row[8].value.replace("_x005F_", "_")) for row in sheet.iter_rows(min_row=2)] == [
        data for _, data in exact
    ]
    with zipfile.ZipFile(folder / "events.xlsx") as parts:
        assert all(harmless(parts.read(name).decode().replace("\r\n", "\n")) for name in parts.namelist())


HARD = (
    "\x1b[31m\x1b]0;title\x07",
    "\x9b31m\x9d0;t\x9c",
    "\u202e\u2066\u200f",
    "[/bold][link=x]:smile:[",
    "\U0001f697\ue000\ufdd0",
    "=cmd|' /C calc'!A0",
    "+1;=2;@x",
    "\t=1\r\n=2",
    "Z" + "\u0335" * 119,
    "יצחק 12 سلام",
    "\U000e0041\u200b\u2028",
    "_x001B_ _x0000_",
)


def test_a_hard_text_is_shown_everywhere_and_acts_nowhere(tmp_path: Path, long_run: bool) -> None:
    for number, text in enumerate(HARD if long_run else HARD[1::9]):
        (tmp_path / str(number)).mkdir()
        shown_everywhere(text, tmp_path / str(number))


def test_any_text_of_unicode_is_shown_everywhere_and_acts_nowhere(long_run: bool) -> None:
    @settings(deadline=None, max_examples=300 if long_run else 2, database=None, derandomize=not long_run)
    @given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=120))
    def holds(text: str) -> None:
        with TemporaryDirectory() as folder:
            shown_everywhere(text, Path(folder))

    holds()


def test_the_feed_does_carry_a_text_into_every_field_of_every_type(tmp_path: Path) -> None:
    text = "\U0001f697 \u202e"
    (tmp_path / "feed.ndjson").write_bytes(b"\n".join(feed(text)))
    printed(tmp_path, "ingest", "--import", str(tmp_path / "feed.ndjson"))
    printed(tmp_path, "export", "events", "--format", "parquet", "--out", str(tmp_path / "events.parquet"))
    stored = pl.read_parquet(tmp_path / "events.parquet").to_dicts()
    carried = {row["id"] for row in stored if text in json.loads(row["data"]).values()}
    coded = {"expert-priority.granted-expert", "expert-priority.granted-situation"}
    assert carried == {f"{name}-{field}" for name, fields in FREE.items() for field in fields} - coded
    assert {text} <= {row["source"] for row in stored} & {row["id"] for row in stored}
