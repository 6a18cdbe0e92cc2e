"""snagc export: three tables in three formats, every score the exact text of the match run."""

import csv
import hashlib
from pathlib import Path
from typing import Any

import openpyxl  # type: ignore[import-untyped, unused-ignore]
import polars as pl
import pytest

from engine.errors import RequestError
from engine.files import whole_file
from replay.reports.export import writing
from replay.reports.export.tables import Column, Table
from tests.projections.support import Log, stored_bytes
from tests.replay.command import asked, refused, snagc
from tests.replay.support import adult, expert, one_town

FORMATS = ("csv", "parquet", "xlsx")
TABLES = ("events", "runs", "ranks")
FIGURES = ("ccb", "f1_age", "f2_abo", "f3_bsa", "f4_survival", "survival_1y", "ccp", "mg", "snagc")
WHOLE = ("rank", "icar", "icar_j", "icar_i", "travel_minutes", "position", "known_at", "counter", "ranked", "excluded")


def told() -> Log:
    """Two offers, and between them one more candidate and a late result; a reason that looks like a formula."""
    log = one_town()
    expert(log, "C1", points="850.5")
    adult(log, "C2")
    adult(log, "C3", blood_group="O")
    adult(log, "C4")
    log.happened("suspended", "C4", "2024-05-01", reason="=HYPERLINK(0)")
    log.donor("D1", "2024-05-16")
    log.offered("O1", "2024-05-17")
    adult(log, "C5", birth_date="1961-02-03", height_cm="169.5")
    log.lab("C2", "total_bilirubin", "61.30", "2024-05-15")
    log.donor("D2", "2024-06-16", height_cm="171")
    log.offered("O2", "2024-06-17 10:20")
    return log


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The path of a log that holds it."""
    return told().kept_at(tmp_path_factory.mktemp("log") / "snagc.db")


def exported(log: str, folder: Path, what: str, form: str, *words: str) -> list[dict[str, Any]]:
    """A table exported and read back: every cell as text, an empty one as None; whole numbers as they are written."""
    path = folder / f"{what}.{form}"
    document = asked("export", what, "--format", form, "--out", path, "--force", "--log", log, *words)
    assert document["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    rows = READERS[form](path)
    assert document["rows"] == len(rows)
    return rows


def read_csv(path: Path) -> list[dict[str, Any]]:
    """CSV with the guard taken away."""
    with path.open(encoding="utf-8", newline="") as file:
        return [{name: cell.removeprefix("'") or None for name, cell in row.items()} for row in csv.DictReader(file)]


def read_parquet(path: Path) -> list[dict[str, Any]]:
    """Parquet; its strings are strings and its whole numbers integers."""
    frame = pl.read_parquet(path)
    for name, kind in frame.schema.items():
        assert kind == (pl.Int64 if name in WHOLE else pl.String), name
    return [{name: None if value is None else str(value) for name, value in row.items()} for row in frame.to_dicts()]


def read_xlsx(path: Path) -> list[dict[str, Any]]:
    """The first sheet; its figures are text cells, its whole numbers numbers."""
    header, *rows = openpyxl.load_workbook(path).worksheets[0].iter_rows()
    names = [cell.value for cell in header]
    for row in rows:
        for name, cell in zip(names, row, strict=True):
            assert cell.value is None or cell.data_type == ("n" if name in WHOLE else "s"), name
    return [
        {name: None if cell.value is None else str(cell.value) for name, cell in zip(names, row, strict=True)}
        for row in rows
    ]


READERS = {"csv": read_csv, "parquet": read_parquet, "xlsx": read_xlsx}


# ---------------------------------------------------------------------------------------------------- the tables


@pytest.mark.parametrize("form", FORMATS)
def test_ranks_are_those_of_the_match_runs_with_every_score_exact_as_text(log: str, tmp_path: Path, form: str) -> None:
    rows = exported(log, tmp_path, "ranks", form)
    expected = []
    for offer in ("O1", "O2"):
        run = asked("rank", offer, "--log", log)
        for entry in (*run["ranking"], *run["excluded"]):
            reasons = " ".join(entry.get("reasons", ()))
            expected.append({"rank": None, "offer": offer} | entry | {"reasons": reasons, "problem": None})
    assert len(rows) == len(expected) == 3 + 4
    for row, entry in zip(rows, expected, strict=True):
        assert row == {name: None if entry[name] in (None, "") else str(entry[name]) for name in row}
        assert all(len(row[name].partition(".")[2]) == 6 for name in FIGURES)


@pytest.mark.parametrize("form", FORMATS)
def test_runs_say_what_each_run_was_about_and_its_digest(log: str, tmp_path: Path, form: str) -> None:
    rows = exported(log, tmp_path, "runs", form)
    for offer, row in zip(("O1", "O2"), rows, strict=True):
        run = asked("rank", offer, "--log", log)
        expected: dict[str, str | None] = {
            name: str(run[name]) for name in ("offer", "donor", "at", "known_at", "counter", "ruleset", "digest")
        }
        expected |= {"position": str(run["known_at"] + 1), "first": run["ranking"][0]["candidate"], "problem": None}
        assert row == expected | {"ranked": str(len(run["ranking"])), "excluded": str(len(run["excluded"]))}


@pytest.mark.parametrize("form", FORMATS)
def test_events_are_as_stored_with_their_data_as_canonical_json(log: str, tmp_path: Path, form: str) -> None:
    rows = exported(log, tmp_path, "events", form)
    for position, (row, event) in enumerate(zip(rows, told().events, strict=True), 1):
        assert row.pop("position") == str(position)
        assert row.pop("data").encode() == stored_bytes(event["data"])
        assert row == {name: event.get(name) for name in row}
    assert list(row) == ["source", "id", "type", "subject", "time", "recordedtime", "actor"]


@pytest.mark.parametrize("what", TABLES)
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_same_table_is_the_same_file_to_the_byte(log: str, tmp_path: Path, what: str, form: str) -> None:
    exported(log, tmp_path, what, form)
    before = (tmp_path / f"{what}.{form}").read_bytes()
    exported(log, tmp_path, what, form)
    assert (tmp_path / f"{what}.{form}").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == [f"{what}.{form}"]


# ------------------------------------------------------------------------------------------------------ the cuts


def test_a_span_cuts_by_the_offer_s_instant_both_ends_included(log: str, tmp_path: Path) -> None:
    second = ("--from", "2024-06-17T10:20:00+02:00", "--to", "2024-06-17T10:20:00+02:00")
    assert [row["offer"] for row in exported(log, tmp_path, "runs", "csv", *second)] == ["O2"]
    assert exported(log, tmp_path, "runs", "csv", "--from", "2024-06-17T10:20:00.000001+02:00") == []
    until = ("--to", "2024-05-17T00:00:00+02:00")
    assert {row["offer"] for row in exported(log, tmp_path, "ranks", "csv", *until)} == {"O1"}
    expected = [event["id"] for event in told().events if event["time"] < "2024-05-17T00:00:01"]
    assert [row["id"] for row in exported(log, tmp_path, "events", "csv", *until)] == expected
    assert 0 < len(expected) < len(told().events)


def test_known_at_makes_every_run_as_known_there_and_leaves_out_what_stands_later(log: str, tmp_path: Path) -> None:
    now = exported(log, tmp_path, "ranks", "csv", "--known-at", "now")
    run = asked("rank", "O1", "--log", log, "--known-at", "now")
    mine = [row for row in now if row["offer"] == "O1"]
    assert [(row["candidate"], row["snagc"]) for row in mine if row["rank"]] == [
        (entry["candidate"], entry["snagc"]) for entry in run["ranking"]
    ]
    (first,) = exported(log, tmp_path, "runs", "csv", "--known-at", "now", "--to", "2024-06-01T00:00:00Z")
    assert first["digest"] == run["digest"]
    position = str(run["known_at"] - 1)
    assert [row["offer"] for row in exported(log, tmp_path, "runs", "csv", "--known-at", position)] == ["O1"]
    assert len(exported(log, tmp_path, "events", "csv", "--known-at", "5")) == 5


# ----------------------------------------------------------------------------------------------------- the cells


def table(*rows: tuple[str | int | None, ...]) -> Table:
    """A table of a text, a whole number and a figure."""
    return Table("cells", (Column("words", "text"), Column("count", "whole"), Column("points", "figure")), rows)


def write(cells: Table, form: str, path: Path) -> None:
    """A table in a file."""
    with whole_file(path, replace=False) as file:
        writing.write_table(cells, form, file)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "＝1+1", "＋1", "－1", "＠SUM(A1)", "'=1"])
def test_a_text_that_a_spreadsheet_would_run_gets_an_apostrophe_in_csv_and_figures_never_do(
    tmp_path: Path, text: str
) -> None:
    path = tmp_path / "cells.csv"
    write(table((text, -1, "-0.500000"), ("a=1", 0, "1.0")), "csv", path)
    with path.open(encoding="utf-8", newline="") as file:
        _, guarded, plain = csv.reader(file)
    assert guarded == [f"'{text}", "-1", "-0.500000"]
    assert plain == ["a=1", "0", "1.0"]


def test_a_text_that_looks_like_a_formula_is_a_text_cell_in_a_workbook_and_a_string_in_parquet(tmp_path: Path) -> None:
    for form in ("xlsx", "parquet"):
        write(table(("=1+1", 1, "17.10")), form, tmp_path / form)
    (tmp_path / "xlsx").rename(tmp_path / "cells.xlsx")
    cells = list(openpyxl.load_workbook(tmp_path / "cells.xlsx").worksheets[0].iter_rows())[1]
    assert [(cell.value, cell.data_type) for cell in cells] == [("=1+1", "s"), (1, "n"), ("17.10", "s")]
    assert pl.read_parquet(tmp_path / "parquet").row(0) == ("=1+1", 1, "17.10")


@pytest.mark.parametrize("begin", ["\t", "\r", "\n", "\u202e", "\x9b"])
def test_a_control_before_a_formula_is_shown_and_the_cell_is_no_formula(tmp_path: Path, begin: str) -> None:
    write(table((f"{begin}=1", -1, "-0.5")), "csv", tmp_path / "cells.csv")
    expected = f"words,count,points\r\n[U+{ord(begin):04X}]=1,-1,-0.5\r\n"
    assert (tmp_path / "cells.csv").read_bytes() == expected.encode()


@pytest.mark.parametrize("text", ["a;=1+1", "a; @SUM(A1)", "a;-1;+2"])
def test_no_cell_becomes_a_formula_where_a_spreadsheet_parts_cells_by_semicolons(tmp_path: Path, text: str) -> None:
    write(table((text, -1, "-0.5")), "csv", tmp_path / "cells.csv")
    with (tmp_path / "cells.csv").open(encoding="utf-8", newline="") as file:
        _, row = csv.reader(file, delimiter=";")
    assert row == [f"{text.replace(';', '[U+003B]')},-1,-0.5"]


def test_csv_is_rfc_4180_in_utf_8(tmp_path: Path) -> None:
    write(table(('é, "two" words', None, "0.1")), "csv", tmp_path / "cells.csv")
    assert (tmp_path / "cells.csv").read_bytes() == 'words,count,points\r\n"é, ""two"" words",,0.1\r\n'.encode()


def test_a_text_longer_than_a_cell_of_a_workbook_stands_whole_in_a_sheet_of_its_own(tmp_path: Path) -> None:
    text = "=" + "0123456789" * 7000
    write(table(("short", 1, "1"), (text, 2, "2")), "xlsx", tmp_path / "cells.xlsx")
    first, long_text = openpyxl.load_workbook(tmp_path / "cells.xlsx").worksheets
    assert first["A3"].value == f"{len(text)} characters: see sheet long_text, row 3"
    parts = list(long_text.iter_rows(min_row=2, values_only=True))
    assert [part[:3] for part in parts] == [(3, "words", 1), (3, "words", 2), (3, "words", 3)]
    assert "".join(part[3] for part in parts) == text


def test_a_table_longer_than_a_worksheet_is_refused_and_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "SHEET_ROWS", 3)
    write(table(("a", 1, "1"), ("b", 2, "2")), "xlsx", tmp_path / "fits.xlsx")
    with pytest.raises(RequestError, match="use csv, parquet or a shorter span"):
        write(table(*[("a", 1, "1")] * 3), "xlsx", tmp_path / "cells.xlsx")
    assert [path.name for path in tmp_path.iterdir()] == ["fits.xlsx"]


def test_what_cannot_be_written_or_read_is_said(log: str, tmp_path: Path) -> None:
    words = ("export", "runs", "--format", "csv", "--log", log)
    assert "cannot write" in refused(*words, "--out", tmp_path / "nowhere" / "runs.csv")
    assert refused(*words, "--out", tmp_path / "runs.csv", "--from", "17/05/2024").startswith("--from: ")
    assert snagc("export", "runs", "--format", "ods", "--out", tmp_path / "a", "--log", log).exit_code == 2


@pytest.mark.parametrize("command", ["export", "import-sheet"])
def test_help_has_an_example(command: str) -> None:
    assert f"Example: snagc {command}" in snagc(command, "--help").stdout


def test_a_table_for_a_person_says_how_much_and_the_file_s_digest(log: str, tmp_path: Path) -> None:
    result = snagc("export", "runs", "--format", "csv", "--out", tmp_path / "runs.csv", "--log", log)
    assert (result.exit_code, result.stderr) == (0, "")
    digest = hashlib.sha256((tmp_path / "runs.csv").read_bytes()).hexdigest()
    assert result.stdout == f"2 runs in {tmp_path / 'runs.csv'}\nSHA-256 {digest}\n"
