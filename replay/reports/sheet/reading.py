"""Reading a sheet from a CSV file or a workbook: named cells row by row, as text-exact as the file is."""

import csv
import hashlib
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import isfinite
from pathlib import Path
from typing import Any

from engine.errors import RequestError
from replay.reports.sheet.columns import INSTANTS, Cell, CellFault, Pair, header_faults, mark_faults, read_pair

_FORMULA_WITHOUT_VALUE = "a formula without its value: open the file in a spreadsheet program, save it, and try again"
_SEPARATOR_LINE = re.compile(r'"?sep=([,;\t])"?\r?\n', re.IGNORECASE)
Value = str | int | float | datetime | date | time | timedelta | bool | None
Rows = Iterator[tuple[int, Sequence[Value]]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet as read: the file's SHA-256 and its rows, numbered as a spreadsheet does (the header is row 1)."""

    sha256: str
    pairs: list[Pair]


def read_sheet(path: Path, worksheet: str | None = None) -> Sheet:
    """Read a .csv or .xlsx file; RequestError where it cannot be read or its columns are not those of the guide.

    ``worksheet`` names one of a workbook; without it the first that is not hidden is read.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RequestError(f"cannot read {path}: {error.strerror}") from None
    kind = path.suffix.lower()
    if kind not in (".csv", ".xlsx"):
        raise RequestError(f"{path}: name a file that ends in .csv or .xlsx")
    if kind == ".csv" and worksheet is not None:
        raise RequestError(f"{path} has no worksheets: leave --sheet {worksheet!r} out")
    epoch, rows = _workbook(path, data, worksheet) if kind == ".xlsx" else (None, _csv_rows(path, data))
    pairs = list(_pairs(path, rows, epoch))
    for pair, fault in mark_faults(pairs):
        pair.faults.append(fault)
    return Sheet(hashlib.sha256(data).hexdigest(), pairs)


def _pairs(path: Path, rows: Rows, epoch: datetime | None) -> Iterator[Pair]:
    header = next(rows, (1, ()))[1]
    names = [str(value or "").strip().upper() for value in header]
    while names and not names[-1]:
        names.pop()
    if faults := header_faults(names):
        raise RequestError(f"{path}: " + "; ".join(faults))
    for number, values in rows:
        if any(value is not None and value != "" for value in values):
            yield _pair(number, names, values, epoch)


def _pair(number: int, names: list[str], values: Sequence[Value], epoch: datetime | None) -> Pair:
    cells, faults = {}, []
    for name, value in zip(names, values, strict=False):
        try:
            if (cell := _cell(name, value, epoch)) is not None:
                cells[name] = cell
        except ValueError as error:
            faults.append(CellFault(number, name, str(error)))
    pair = read_pair(number, cells)
    if any(value not in (None, "") for value in values[len(names) :]):
        faults.append(CellFault(number, None, "more cells than columns: a comma within a number needs quotes in CSV"))
    told = {fault.column for fault in faults}
    pair.faults[:] = faults + [fault for fault in pair.faults if fault.column not in told]
    return pair


def _cell(name: str, value: Value, epoch: datetime | None) -> Cell | None:
    """A cell's text. A number cell is the shortest decimal of its double; a date cell is written as ISO."""
    if isinstance(value, _NoValue):
        raise ValueError(_FORMULA_WITHOUT_VALUE)
    if value is None or isinstance(value, str):
        text = (value or "").strip()
        return Cell(text) if text else None
    if isinstance(value, bool) or not isinstance(value, int | float | date):  # a datetime is a date
        raise ValueError(f"{value} is no value here: write text, a number or a date")
    if isinstance(value, date):
        return Cell(value.isoformat())
    if name in INSTANTS:
        return Cell(_serial_date(value, epoch))
    if not isfinite(value):
        raise ValueError(f"{value} is no number")
    return Cell(str(int(value)) if value == int(value) else repr(value), is_number=True)


def _serial_date(value: float, epoch: datetime | None) -> str:
    """A spreadsheet's day number, counted from the workbook's own first day (in 1899 or 1904)."""
    from openpyxl.utils.datetime import from_excel  # type: ignore[import-untyped, unused-ignore]

    try:
        found = from_excel(value, epoch)
    except (ValueError, OverflowError):
        found = None
    if not isinstance(found, datetime):
        raise ValueError(f"{value} is not a date: format the cell as one")
    return found.isoformat()


# ---------------------------------------------------------------------------------------------------------- CSV


def _csv_rows(path: Path, data: bytes) -> Rows:
    """Rows of UTF-8 text separated as a first line ``sep=;`` says, else by what the header has most of: , ; or tab."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RequestError(f"{path}: not UTF-8 (byte {error.start}): save it as CSV UTF-8") from None
    said = _SEPARATOR_LINE.match(text)
    text = text[said.end() :] if said else text
    separator = said[1] if said else max(",;\t", key=text.partition("\n")[0].count)
    try:
        yield from enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True), 1)
    except csv.Error as error:
        raise RequestError(f"{path}: not CSV ({error})") from None


# ----------------------------------------------------------------------------------------------------- workbook


class _NoValue(str):
    """A formula of which the file holds no value."""


def _workbook(path: Path, data: bytes, worksheet: str | None) -> tuple[datetime, Rows]:
    """The first day of a workbook's calendar, and the rows of a worksheet; a formula counts by its stored value."""
    try:
        values, formulas = (_book(data, data_only=data_only) for data_only in (True, False))
        name = _worksheet(path, values, worksheet)
        return values.epoch, iter(list(_workbook_rows(values[name], formulas[name])))
    except RequestError:
        raise
    except Exception as error:  # whatever a broken workbook makes its reader stumble over
        raise RequestError(f"{path}: not a workbook ({type(error).__name__}): save it as .xlsx again") from None


def _book(data: bytes, *, data_only: bool) -> Any:
    import openpyxl  # type: ignore[import-untyped, unused-ignore]

    return openpyxl.load_workbook(io.BytesIO(data), data_only=data_only)


def _worksheet(path: Path, book: Any, asked: str | None) -> str:
    """The name of the worksheet asked for, or of the first that is not hidden."""
    names = [sheet.title for sheet in book.worksheets]
    if asked is not None and asked not in names:
        raise RequestError(f"{path} has no worksheet {asked!r}: it has {', '.join(map(repr, names))}")
    shown = [sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible"]
    if asked is None and not shown:
        raise RequestError(f"{path}: every worksheet is hidden: name one with --sheet: {', '.join(map(repr, names))}")
    return asked if asked is not None else str(shown[0])


def _workbook_rows(values: Any, formulas: Any) -> Rows:
    pairs = zip(values.iter_rows(values_only=True), formulas.iter_rows(values_only=True), strict=True)
    for number, (row, source) in enumerate(pairs, 1):
        yield number, [_NoValue("=") if value is None and made is not None else value
                       for value, made in zip(row, source, strict=True)]  # fmt: skip
