"""Writing a table as CSV, XLSX or Parquet. A score is text in all three: no float ever stands in between.

CSV and XLSX are read by people: what others wrote is shown as ``engine.text`` says, in a JSON document as JSON
escapes it, so that the document stays exact. Parquet is read by programs and keeps every text as it is.
CSV and XLSX come out as the same bytes each time.
"""

import csv
import re
from collections.abc import Callable, Generator
from contextlib import suppress
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO

from engine.errors import RequestError
from engine.text import json_shown, stand_in, visible
from replay.reports.export.tables import Column, Row, Table, Value

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped, unused-ignore]

GUARDED = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "'")
"""A text cell of a CSV file that begins with one of these gets an apostrophe before it."""
_SPLITS = re.compile(r";(?=\s*[=+\-@＝＋－＠])")
"""A semicolon that would begin a formula where a spreadsheet parts cells by semicolons, as in France."""
SHEET_ROWS = 1_048_576
"""Rows of a worksheet, its header included."""
LONGEST_CELL = 32_767
"""Characters of a cell of a worksheet."""
LONG_TEXT = "long_text"
MADE = datetime(2018, 1, 1)  # noqa: DTZ001 - a fixed date, so that the same table is the same file
PARQUET_ROWS = 65_536


def write_table(table: Table, form: str, file: BinaryIO) -> int:
    """Write a table in one of FORMATS; how many rows. RequestError where the format has no room for them."""
    try:
        return FORMATS[form](table, file)
    finally:
        if isinstance(table.rows, Generator):  # it may hold a cursor of the log, which is closed soon
            table.rows.close()


# --------------------------------------------------------------------------------------------------------- CSV


def write_csv(table: Table, file: BinaryIO) -> int:
    """RFC 4180 in UTF-8 (commas, CRLF, a header line); an empty cell is empty.

    A spreadsheet runs a cell that begins like a formula. So a *text* cell that begins with one of GUARDED gets an
    apostrophe before it, and the apostrophe itself is among them: take one leading apostrophe away to have the
    text back. A semicolon right before one of them is shown by its number. Whole numbers and figures stay as they are.
    """
    writer = csv.writer(_InUtf8(file), lineterminator="\r\n")
    writer.writerow([column.name for column in table.columns])
    count = 0
    for row in table.rows:
        count += 1
        writer.writerow([_csv_cell(column, value) for column, value in zip(table.columns, row, strict=True)])
    return count


class _InUtf8:
    """Text goes on to a file as bytes, and nothing of it is held back: what a full disk does not take is said once."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, text: str) -> int:
        """Write it."""
        return self._file.write(text.encode())


def _csv_cell(column: Column, value: Value) -> Value:
    shown = _shown(column, value)
    if column.kind != "text" or not isinstance(shown, str):
        return shown
    shown = _SPLITS.sub(stand_in(";"), shown)
    return f"'{shown}" if shown.startswith(GUARDED) else shown


def _shown(column: Column, value: Value) -> Value:
    """A value as a person may see it."""
    if not isinstance(value, str):
        return value
    return json_shown(value) if column.kind == "json" else visible(value)


# -------------------------------------------------------------------------------------------------------- XLSX


def write_xlsx(table: Table, file: BinaryIO) -> int:
    """A workbook with one sheet; texts and figures are text cells, never formulas, so no apostrophe is needed.

    A text longer than a cell holds stands in the sheet LONG_TEXT, in parts, and its cell says so.
    """
    import xlsxwriter  # type: ignore[import-untyped, unused-ignore]

    book = xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_urls": False})
    try:
        count = _write_book(table, book)
    except BaseException:
        with suppress(Exception):  # the rows so far lie in temporary files
            book.close()
        raise
    try:
        book.close()
    except xlsxwriter.exceptions.FileCreateError as error:
        raise error.args[0] from None
    return count


def _write_book(table: Table, book: Any) -> int:
    book.set_properties({"created": MADE, "author": "snagc"})
    sheet = book.add_worksheet(table.name)
    spill = _Spill(book)
    sheet.freeze_panes(1, 0)
    for place, column in enumerate(table.columns):
        sheet.write_string(0, place, column.name)
    count = 0
    for count, row in enumerate(table.rows, 1):
        _check_room(count)
        _write_sheet_row(sheet, count, table.columns, row, spill)
    return count


def _check_room(row: int) -> None:
    if row >= SHEET_ROWS:
        raise RequestError(f"over {SHEET_ROWS - 1} rows, where a worksheet ends: use csv, parquet or a shorter span")


def _write_sheet_row(sheet: "Worksheet", number: int, columns: tuple[Column, ...], row: Row, spill: "_Spill") -> None:
    for place, (column, value) in enumerate(zip(columns, row, strict=True)):
        if isinstance(value, int):
            sheet.write_number(number, place, value)
        elif value is not None:
            text = str(_shown(column, value))
            fits = len(text) <= LONGEST_CELL
            sheet.write_string(number, place, text if fits else spill.keep(number + 1, column.name, text))


class _Spill:
    """The sheet of texts too long for a cell, made when the first one comes."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._sheet: Worksheet | None = None
        self._row = 0

    def keep(self, row: int, column: str, text: str) -> str:
        """Put a text there in parts; what its own cell says instead."""
        if self._sheet is None:
            self._sheet = self._book.add_worksheet(LONG_TEXT)
            self._line(self._sheet, ("row", "column", "part", "text"))
        for part, start in enumerate(range(0, len(text), LONGEST_CELL), 1):
            self._line(self._sheet, (row, column, part, text[start : start + LONGEST_CELL]))
        return f"{len(text)} characters: see sheet {LONG_TEXT}, row {row}"

    def _line(self, sheet: "Worksheet", values: tuple[Value, ...]) -> None:
        for place, value in enumerate(values):
            if isinstance(value, int):
                sheet.write_number(self._row, place, value)
            else:
                sheet.write_string(self._row, place, str(value))
        self._row += 1


# ----------------------------------------------------------------------------------------------------- Parquet


def write_parquet(table: Table, file: BinaryIO) -> int:
    """Parquet: whole numbers as Int64, texts and figures as strings, an empty cell as null."""
    import polars as pl

    schema = {column.name: pl.Int64 if column.kind == "whole" else pl.String for column in table.columns}
    frames = [pl.DataFrame(schema=schema)]
    batch: list[Row] = []
    for row in table.rows:
        batch.append(row)
        if len(batch) == PARQUET_ROWS:
            frames.append(pl.DataFrame(batch, schema=schema, orient="row"))
            batch = []
    frames.append(pl.DataFrame(batch, schema=schema, orient="row"))
    whole = pl.concat(frames)
    buffer = BytesIO()  # polars would hide why a disk does not take it
    whole.write_parquet(buffer)
    file.write(buffer.getbuffer())
    return whole.height


FORMATS: dict[str, Callable[[Table, BinaryIO], int]] = {"csv": write_csv, "parquet": write_parquet, "xlsx": write_xlsx}
