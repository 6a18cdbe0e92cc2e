"""What spreadsheets of others do to numbers and dates: decimal marks, bounds, worksheets, separators, calendars."""

import json
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl  # type: ignore[import-untyped, unused-ignore]
import pytest
from openpyxl.utils.datetime import MAC_EPOCH  # type: ignore[import-untyped, unused-ignore]

from replay.reports.sheet.forms import measured, number
from tests.replay.command import refused, snagc
from tests.replay.reports.sheet_pairs import USUAL, Pair, score
from tests.replay.reports.test_sheet import COLUMNS, compared, csv_of, faults, one, typed

WITH_COMMAS = {"POIDSR": "75,5", "CREAT": "96,5", "BILI": "17,10"}
"""The usual pair's decimals, all with a comma."""


# ------------------------------------------------------------------------------------------------- decimal marks


@pytest.mark.parametrize("text", ["35,000", "0,725", "1,250", "12,345", "574,493", "7,000", "999,999", "1234,567"])
def test_three_digits_after_a_comma_may_be_thousands_and_are_refused_with_the_cell(tmp_path: Path, text: str) -> None:
    whole, rest = text.split(",")
    with pytest.raises(ValueError, match=f"may be a number of thousands.*write {whole}{rest} or.*{text}0"):
        number(text)
    found = faults(tmp_path, WITH_COMMAS | {"BILI": text})
    assert found["BILI"].startswith(f"'{text}' may be a number of thousands")


@pytest.mark.parametrize("text", ["35,0", "35,00", "35,0000", "17,1", "0,7250", "35.000", "1.250", "35000", "-1,25"])
def test_other_numbers_of_digits_after_a_mark_are_decimals(text: str) -> None:
    assert number(text) == text.replace(",", ".")


@pytest.mark.parametrize(
    ("column", "text"),
    [("POIDSR", "75,5"), ("CREAT", "96,5"), ("TAILLER", "1,78"), ("POIDSD", "71,2"), ("BILI", "<17,1"),
     ("BILI", "1,5e1"), ("SCORE", "573,4935"), ("PROBNP", ">11332,0"),
     ("TTLGP", "87,0"), ("CPTEUR", "1,0"), ("CRE_AVI", "90,5")],
)  # fmt: skip
def test_both_decimal_marks_in_one_sheet_are_refused_and_each_cell_names_one_of_the_other_kind(
    tmp_path: Path, column: str, text: str
) -> None:
    found = faults(tmp_path, {column: text})
    points = {name for name in ("POIDSR", "CREAT", "BILI") if name != column}
    assert points < set(found)
    assert all(f"({column}, row 2): write one decimal mark in all of the sheet" in found[name] for name in points)
    assert "write one decimal mark" in found[column]


def test_marks_are_compared_between_rows_too_and_no_row_is_believed(tmp_path: Path) -> None:
    rows = [USUAL | WITH_COMMAS, USUAL, USUAL | {"POIDSR": "75", "CREAT": "96", "BILI": "17"}]
    document = compared(csv_of(tmp_path, rows, separator=";"), code=3)
    assert [row["status"] for row in document["rows"]] == ["refused", "refused", "not_compared"]
    said = {fault["column"]: fault["message"] for fault in document["rows"][1]["faults"]}
    assert said["BILI"].startswith("'17.10' and '75,5' (POIDSR, row 2)")


def test_a_date_with_a_fraction_of_a_second_has_no_decimal_mark(tmp_path: Path) -> None:
    change = WITH_COMMAS | {"DBILI": "2024-06-28T08:00:00.5", "DCREAT": "2024-06-28 08:00:00.25"}
    assert one(tmp_path, change, separator=";")["status"] == "not_compared"


def test_number_cells_of_a_workbook_have_no_mark(tmp_path: Path) -> None:
    cells = [typed(name, USUAL.get(name, "")) for name in COLUMNS]
    cells[COLUMNS.index("POIDSR")] = "75,5"  # one text cell among number cells
    (row,) = compared(workbook(tmp_path, {"pairs": [COLUMNS, cells]}))["rows"]
    assert row["snagc"] == score(USUAL)


# --------------------------------------------------------------------------------------------------- comparators


@pytest.mark.parametrize(
    ("text", "read"),
    [("<5", "<5"), (">35000", ">35000"), ("< 5", "<5"), ("<=5", "<5"), (">= 35000", ">35000"), ("≤5", "<5"),
     ("≥ 7,5", ">7.5"),     ("<0,50", "<0.50"), ("<005", "<5"), (">1e3", ">1e3"), ("5", "5")],
)  # fmt: skip
def test_a_laboratory_s_bound_is_read_as_a_comparator_and_its_number(text: str, read: str) -> None:
    assert measured(text) == read


@pytest.mark.parametrize("text", ["<", "><5", "<<5", "5<", "< >5", "=5", "~5", "<5-7", "<1,000", "< 5 ng/L", "-<5"])
def test_what_is_no_bound_of_one_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="number"):
        measured(text)


@pytest.mark.parametrize(
    ("column", "text", "comparator"),
    [("BILI", "<5", "<"), ("PROBNP", ">35000", ">"), ("CREAT", "<96.5", "<"), ("BILI", ">=230", ">")],
)
def test_a_bound_scores_as_its_number_and_the_event_says_that_it_is_one(
    tmp_path: Path, column: str, text: str, comparator: str
) -> None:
    out, plain = tmp_path / "events.ndjson", text.lstrip("<>=")
    row = one_written(tmp_path, {column: text}, out)
    assert row["snagc"] == score(USUAL | {column: plain})
    events = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    (event,) = [event for event in events if event["id"] == f"2-{column}"]
    assert (event["data"]["value"], event["data"]["comparator"]) == (plain, comparator)


def test_a_bound_from_before_treatment_is_one_too_and_a_weight_is_not(tmp_path: Path) -> None:
    before = {"CEC": "O", "DCEC": "2024-06-24", "BILI_AVI": "<5", "CRE_AVI": "141", "PBN_AVI": ">35000"}
    plain = before | {"BILI_AVI": "5", "PBN_AVI": "35000"}
    assert one(tmp_path, before)["snagc"] == score(USUAL | plain)
    assert "'<75' is not a number" in faults(tmp_path, {"POIDSR": "<75"})["POIDSR"]


def one_written(folder: Path, change: Pair, out: Path) -> dict[str, Any]:
    """The row of a pair, its events written."""
    (row,) = compared(csv_of(folder, [USUAL | change]), "--out", str(out))["rows"]
    found: dict[str, Any] = row
    return found


# ------------------------------------------------------------------------------------------------------ worksheets


def workbook(folder: Path, sheets: dict[str, list[list[Any]]], hidden: tuple[str, ...] = (), epoch: Any = None) -> Path:
    """A workbook of some worksheets, some of them hidden."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    if epoch is not None:
        book.epoch = epoch
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        sheet.sheet_state = "hidden" if name in hidden else "visible"
    path = folder / "pairs.xlsx"
    book.save(path)
    return path


def rows_of(change: Pair) -> list[list[Any]]:
    """Header and one pair."""
    return [COLUMNS, [typed(name, (USUAL | change).get(name, "")) for name in COLUMNS]]


FAR = {"TTLGP": "150"}
NOTES: list[list[Any]] = [["read me"], ["nothing to score here"]]


@pytest.mark.parametrize(
    ("sheets", "hidden", "asked", "change"),
    [
        ({"a": rows_of({}), "b": rows_of(FAR)}, (), None, {}),
        ({"a": rows_of({}), "b": rows_of(FAR)}, (), "b", FAR),
        ({"a": rows_of({}), "b": rows_of(FAR)}, ("a",), None, FAR),
        ({"a": rows_of({}), "b": rows_of(FAR)}, ("a",), "a", {}),
        ({"notes": NOTES, "été 2024": rows_of(FAR)}, (), "été 2024", FAR),
    ],
)
def test_the_worksheet_named_is_read_else_the_first_that_is_not_hidden(
    tmp_path: Path, sheets: dict[str, list[list[Any]]], hidden: tuple[str, ...], asked: str | None, change: Pair
) -> None:
    words = ("--sheet", asked) if asked else ()
    (row,) = compared(workbook(tmp_path, sheets, hidden), *words)["rows"]
    assert row["snagc"] == score(USUAL | change)


def test_a_worksheet_that_is_not_there_and_a_book_of_hidden_ones_are_errors_that_name_them(tmp_path: Path) -> None:
    path = workbook(tmp_path, {"a": rows_of({}), "b": rows_of({})}, hidden=("b",))
    assert "has no worksheet 'c': it has 'a', 'b'" in refused("import-sheet", path, "--sheet", "c")
    assert "has no worksheets" in refused("import-sheet", csv_of(tmp_path, [USUAL]), "--sheet", "a")
    hide_all(path)
    assert "every worksheet is hidden: name one with --sheet: 'a', 'b'" in refused("import-sheet", path)


def hide_all(path: Path) -> None:
    """Hide every worksheet, as a program may that writes the file itself: openpyxl won't save such a book."""
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    shown = parts["xl/workbook.xml"]
    parts["xl/workbook.xml"] = shown.replace(b'state="visible"', b'state="veryHidden"')
    assert parts["xl/workbook.xml"] != shown
    with zipfile.ZipFile(path, "w") as book:
        for name, data in parts.items():
            book.writestr(name, data)


# ----------------------------------------------------------------------------------------------- separator line


@pytest.mark.parametrize(
    ("line", "separator"),
    [("sep=;\n", ";"), ("sep=,\r\n", ","), ("SEP=;\n", ";"), ("sep=\t\n", "\t"), ('"sep=;"\n', ";"),
     ("\ufeffsep=;\r\n", ";")],
)  # fmt: skip
def test_a_first_line_names_the_separator_and_is_no_row(tmp_path: Path, line: str, separator: str) -> None:
    path = csv_of(tmp_path, [USUAL, USUAL | {"ABOR": "C"}], separator=separator)
    path.write_text(line + path.read_text(encoding="utf-8"), encoding="utf-8")
    document = compared(path, code=3)
    assert [row["row"] for row in document["rows"]] == [2, 3]
    assert document["rows"][0]["snagc"] == score(USUAL)


def test_a_separator_line_is_obeyed_even_where_the_header_says_otherwise(tmp_path: Path) -> None:
    path = csv_of(tmp_path, [USUAL], separator=",")
    path.write_text("sep=;\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    assert "unknown column" in refused("import-sheet", path)


# ------------------------------------------------------------------------------------------------- 1904 calendar


@pytest.mark.parametrize("numbers", [False, True])
def test_dates_of_a_workbook_that_counts_from_1904_are_the_same_dates(tmp_path: Path, numbers: bool) -> None:
    """The offer as a date cell, or as a number: 44012.604166666664 days from 1 January 1904 is 1 July 2024, 14:30."""
    header, cells = rows_of({})
    if numbers:
        cells[header.index("D_PREL")] = 44012.604166666664
    (row,) = compared(workbook(tmp_path, {"pairs": [header, cells]}, epoch=MAC_EPOCH))["rows"]
    assert row["snagc"] == score(USUAL)


def test_a_birth_date_of_such_a_workbook_is_the_day_it_shows(tmp_path: Path) -> None:
    header, cells = rows_of({})
    cells[header.index("R_D_NAI")] = datetime(1930, 1, 2)
    (row,) = compared(workbook(tmp_path, {"pairs": [header, cells]}, epoch=MAC_EPOCH), "--out", str(tmp_path / "e"))[
        "rows"
    ]
    assert row["status"] == "not_compared"
    events = [json.loads(line) for line in (tmp_path / "e").read_text(encoding="utf-8").splitlines()]
    assert next(e for e in events if e["id"] == "2-registered")["data"]["birth_date"] == "1930-01-02"


def test_the_help_says_how_the_worksheet_is_chosen() -> None:
    assert "--sheet" in snagc("import-sheet", "--help").stdout
