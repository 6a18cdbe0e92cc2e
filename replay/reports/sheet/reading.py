"""Reading a sheet from a CSV file or a workbook: named cells row by row, as text-exact as the file is."""

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import isfinite
from pathlib import Path
from typing import Any

from engine.errors import RequestError
from replay.reports.sheet.columns import INSTANTS, Cell, CellFault, Pair, header_faults, read_pair

_FORMULA_WITHOUT_VALUE = "a formula without its value: open the file in a spreadsheet program, save it, and try again"
_EPOCH_YEAR = 1899
Value = str | int | float | datetime | date | time | timedelta | bool | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet as read: the file's SHA-256 and its rows, numbered as a spreadsheet does (the header is row 1)."""

    sha256: str
    pairs: list[Pair]


def read_sheet(path: Path) -> Sheet:
    """Read a .csv or .xlsx file; RequestError where it cannot be read or its columns are not those of the guide."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RequestError(f"cannot read {path}: {error.strerror}") from None
    kind = path.suffix.lower()
    if kind not in (".csv", ".xlsx"):
        raise RequestError(f"{path}: name a file that ends in .csv or .xlsx")
    rows = _workbook_rows(path, data) if kind == ".xlsx" else _csv_rows(path, data)
    return Sheet(hashlib.sha256(data).hexdigest(), list(_pairs(path, rows)))


def _pairs(path: Path, rows: Iterable[tuple[int, Sequence[Value]]]) -> Iterator[Pair]:
    lines = iter(rows)
    header = next(lines, (1, ()))[1]
    names = [str(value or "").strip().upper() for value in header]
    while names and not names[-1]:
        names.pop()
    if faults := header_faults(names):
        raise RequestError(f"{path}: " + "; ".join(faults))
    for number, values in lines:
        if any(value is not None and value != "" for value in values):
            yield _pair(number, names, values)


def _pair(number: int, names: list[str], values: Sequence[Value]) -> Pair:
    cells, faults = {}, []
    for name, value in zip(names, values, strict=False):
        try:
            if (cell := _cell(name, value)) is not None:
                cells[name] = cell
        except ValueError as error:
            faults.append(CellFault(number, name, str(error)))
    pair = read_pair(number, cells)
    if any(value not in (None, "") for value in values[len(names) :]):
        faults.append(CellFault(number, None, "more cells than columns: a comma within a number needs quotes in CSV"))
    told = {fault.column for fault in faults}
    pair.faults[:] = faults + [fault for fault in pair.faults if fault.column not in told]
    return pair


def _cell(name: str, value: Value) -> Cell | None:
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
        return Cell(_serial_date(value))
    if not isfinite(value):
        raise ValueError(f"{value} is no number")
    return Cell(str(int(value)) if value == int(value) else repr(value), is_number=True)


def _serial_date(value: float) -> str:
    """A spreadsheet's day number, counted from 30/12/1899."""
    from openpyxl.utils.datetime import from_excel  # type: ignore[import-untyped, unused-ignore]

    try:
        found = from_excel(value)
    except (ValueError, OverflowError):
        found = None
    if not isinstance(found, datetime):
        raise ValueError(f"{value} is not a date: format the cell as one")
    return found.isoformat()


# ---------------------------------------------------------------------------------------------------------- CSV


def _csv_rows(path: Path, data: bytes) -> Iterator[tuple[int, Sequence[Value]]]:
    """Rows of UTF-8 text separated by comma, semicolon or tab, whichever the header has most of."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RequestError(f"{path}: not UTF-8 (byte {error.start}): save it as CSV UTF-8") from None
    header = text.partition("\n")[0]
    separator = max(",;\t", key=header.count)
    try:
        yield from enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True), 1)
    except csv.Error as error:
        raise RequestError(f"{path}: not CSV ({error})") from None


# ----------------------------------------------------------------------------------------------------- workbook


class _NoValue(str):
    """A formula of which the file holds no value."""


def _workbook_rows(path: Path, data: bytes) -> Iterator[tuple[int, Sequence[Value]]]:
    """Rows of the first worksheet; a formula counts by the value the file holds of it."""
    try:
        values, formulas = _first_sheet(data, data_only=True), _first_sheet(data, data_only=False)
        for number, (row, source) in enumerate(zip(values, formulas, strict=True), 1):
            yield number, [_NoValue("=") if value is None and made is not None else value
                           for value, made in zip(row, source, strict=True)]  # fmt: skip
    except RequestError:
        raise
    except Exception as error:  # whatever a broken workbook makes its reader stumble over
        raise RequestError(f"{path}: not a workbook ({type(error).__name__}): save it as .xlsx again") from None


def _first_sheet(data: bytes, *, data_only: bool) -> Iterator[Sequence[Any]]:
    import openpyxl  # type: ignore[import-untyped, unused-ignore]

    book = openpyxl.load_workbook(io.BytesIO(data), data_only=data_only)
    if book.epoch.year != _EPOCH_YEAR:
        raise RequestError("the workbook counts its dates from 1904: save it without that date system")
    yield from book.worksheets[0].iter_rows(values_only=True)
