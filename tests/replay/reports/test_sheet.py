"""snagc import-sheet: twenty pairs under the guide's names, as CSV and as a workbook, and what may be wrong."""

import csv
import io
import json
from datetime import datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl  # type: ignore[import-untyped, unused-ignore]
import pytest

from tests.replay.command import refused, snagc
from tests.replay.reports.sheet_pairs import NAMES, OURS, PAIRS, USUAL, Pair, pairs, score

COLUMNS = [*NAMES, *OURS]
AT = ("--at", "2024-08-01T00:00:00Z")
DATES = [
    name
    for name in NAMES
    if name.startswith("D_") or name in ("R_D_NAI", "DCEC", "DAV", "DPROBNP", "DBNP", "DCREAT", "DBILI")
]


@pytest.fixture(scope="module")
def twenty() -> list[Pair]:
    """The pairs with the independent SCORE."""
    return pairs()


def csv_of(folder: Path, rows: list[Pair], columns: list[str] = COLUMNS, separator: str = ",") -> Path:
    """A CSV file of pairs."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator)
    writer.writerow(columns)
    writer.writerows([row.get(name, "") for name in columns] for row in rows)
    path = folder / "pairs.csv"
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


def xlsx_of(folder: Path, rows: list[list[Any]], columns: list[str] = COLUMNS) -> Path:
    """A workbook of cells."""
    book = openpyxl.Workbook()
    book.active.append(columns)
    for row in rows:
        book.active.append(row)
    path = folder / "pairs.xlsx"
    book.save(path)
    return path


def typed(name: str, text: str) -> Any:
    """A cell as a spreadsheet holds it: dates as dates, figures as doubles, the rest as text."""
    if not text:
        return None
    if name in DATES:
        return datetime.fromisoformat(text)
    try:
        return float(text) if name not in ("MAL", "MAL2", "MAL3", "PABM_TYP") else text
    except ValueError:
        return text


def compared(path: Path, *words: str, code: int = 0) -> dict[str, Any]:
    """The document of a comparison."""
    result = snagc("import-sheet", path, "--json", *AT, *words)
    assert result.exit_code == code, result.output
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def one(folder: Path, change: Pair, code: int = 0, **more: Any) -> dict[str, Any]:
    """The row of a pair like the usual one but for a change."""
    (row,) = compared(csv_of(folder, [USUAL | change], **more), code=code)["rows"]
    found: dict[str, Any] = row
    return found


def faults(folder: Path, change: Pair) -> dict[str | None, str]:
    """What is wrong in such a row, by column; every fault names the row."""
    row = one(folder, change, code=3)
    assert row["status"] == "refused"
    assert row["snagc"] is None
    assert {fault["row"] for fault in row["faults"]} == {2}
    return {fault["column"]: fault["message"] for fault in row["faults"]}


# ------------------------------------------------------------------------------------------------- twenty pairs


def test_the_twenty_pairs_are_twenty_and_no_two_scores_of_treatments_fall_together(twenty: list[Pair]) -> None:
    assert len(twenty) == 20
    assert len({pair["SCORE"] for pair in twenty}) >= 13


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_twenty_pairs_agree_with_the_independent_calculation_to_the_last_digit(
    tmp_path: Path, twenty: list[Pair], separator: str
) -> None:
    document = compared(csv_of(tmp_path, twenty, separator=separator))
    assert document["summary"] == {"agrees": 20, "differs": 0, "refused": 0, "not_compared": 0}
    for name, pair, row in zip(PAIRS, twenty, document["rows"], strict=True):
        found = (row["snagc"], row["agrees"], row["digits"], row["difference"])
        assert found == (pair["SCORE"], True, 6, "0.000000"), name
    assert [row["row"] for row in document["rows"]] == list(range(2, 22))


def test_twenty_pairs_of_a_workbook_agree_with_dates_as_dates_and_figures_as_doubles(
    tmp_path: Path, twenty: list[Pair]
) -> None:
    rows = [[typed(name, pair.get(name, "")) for name in COLUMNS] for pair in twenty]
    document = compared(xlsx_of(tmp_path, rows))
    assert document["summary"]["agrees"] == 20
    assert [row["snagc"] for row in document["rows"]] == [pair["SCORE"] for pair in twenty]
    assert {row["digits"] for row in document["rows"]} == {6}


@pytest.mark.parametrize("place", [0, 7, 14])
def test_one_wrong_score_is_flagged_and_no_other(tmp_path: Path, twenty: list[Pair], place: int) -> None:
    wrong = [dict(pair) for pair in twenty]
    wrong[place]["SCORE"] = str(Decimal(wrong[place]["SCORE"]) + Decimal("0.000001"))
    document = compared(csv_of(tmp_path, wrong), code=3)
    flagged = [row for row in document["rows"] if row["status"] == "differs"]
    assert [row["row"] for row in flagged] == [place + 2]
    assert flagged[0]["difference"] == "-0.000001"
    assert flagged[0]["snagc"] == twenty[place]["SCORE"]


def test_the_events_written_come_back_through_ingest_and_a_second_import_adds_nothing(
    tmp_path: Path, twenty: list[Pair]
) -> None:
    path, log, out = csv_of(tmp_path, twenty), tmp_path / "snagc.db", tmp_path / "events.ndjson"
    compared(path, "--log", str(log), "--out", str(out))
    events = out.read_bytes().splitlines()
    result = snagc("ingest", "--import", "--log", log, out)
    assert result.exit_code == 0
    assert f"{len(events)} duplicate" in result.stdout
    compared(path, "--log", str(log))
    assert f"the log has {len(events)} events" in snagc("ingest", "--import", "--log", log, out).stdout


# -------------------------------------------------------------------------------------------------- the cells


@pytest.mark.parametrize(
    "change",
    [
        {"TAILLER": "1.78", "TAILLED": "1.70"},
        {"POIDSR": "75,5", "CREAT": "96,5", "BILI": "17,1", "SCORE": "574,493545"},
        {"R_D_NAI": "01/06/1979", "D_INSC": "15/01/2024", "D_PREL": "01/07/2024 14:30"},
        {"D_PREL": "2024-07-01T12:30:00Z"},
        {"MAL": "Cmno idiopathique", "SEXR": "H"},
        {"CAT": "", "DRG": "", "DIA": "n"},
    ],
)
def test_a_cell_may_be_written_in_more_than_one_way(tmp_path: Path, change: Pair) -> None:
    row = one(tmp_path, {"SCORE": score(USUAL)} | change, separator=";")
    assert (row["agrees"], row["snagc"]) == (True, score(USUAL))


def test_a_number_cell_in_a_column_of_dates_is_a_spreadsheet_s_day_number(tmp_path: Path) -> None:
    cells = [45474.604166666664 if name == "D_PREL" else typed(name, USUAL.get(name, "")) for name in COLUMNS]
    (row,) = compared(xlsx_of(tmp_path, [cells]))["rows"]
    assert row["snagc"] == score(USUAL)


@pytest.mark.parametrize(
    ("given", "digits", "agrees"),
    [("574", 0, True), ("574.5", 1, True), ("574.49", 2, True), ("575", 0, False), ("574.493545", 6, True),
     ("574.49354511", 6, True), ("574.493544", 6, False), ("574.50", 2, False)],
)  # fmt: skip
def test_a_score_agrees_if_it_is_ours_at_the_digits_given(
    tmp_path: Path, given: str, digits: int, agrees: bool
) -> None:
    row = one(tmp_path, {"SCORE": given}, code=0 if agrees else 3, separator=";")
    assert (row["snagc"], row["digits"], row["agrees"]) == ("574.493545", digits, agrees)


def test_a_number_cell_that_lost_its_zeros_has_the_digits_of_its_column(tmp_path: Path) -> None:
    given = [574.493545, 574.5]
    rows = [[typed(name, USUAL.get(name, "")) if name != "SCORE" else each for name in COLUMNS] for each in given]
    document = compared(xlsx_of(tmp_path, rows), code=3)
    assert [(row["digits"], row["agrees"]) for row in document["rows"]] == [(6, True), (6, False)]


def test_a_row_without_a_score_is_scored_and_not_compared(tmp_path: Path) -> None:
    row = one(tmp_path, {})
    assert (row["status"], row["agrees"], row["snagc"]) == ("not_compared", None, "574.493545")


def test_an_empty_cell_from_before_treatment_is_null_unless_a_reading_says_otherwise(tmp_path: Path) -> None:
    change = {"CEC": "O", "DCEC": "2024-06-30", "DBILI": "2024-06-29", "BILI": "150"}
    path = csv_of(tmp_path, [USUAL | change | {"SCORE": score(USUAL | change)}])
    (row,) = compared(path)["rows"]
    assert row["agrees"] is True
    (derived,) = snagc_rows(path, "--readings", "pre_treatment_values=derived")
    assert derived["icar_i"] > row["icar_i"]


def snagc_rows(path: Path, *words: str) -> list[dict[str, Any]]:
    """The rows, whatever the exit code."""
    rows: list[dict[str, Any]] = json.loads(snagc("import-sheet", path, "--json", *AT, *words).stdout)["rows"]
    return rows


# ------------------------------------------------------------------------------------------------- what is wrong


def test_an_unknown_column_is_an_error_that_names_it(tmp_path: Path) -> None:
    said = refused("import-sheet", csv_of(tmp_path, [USUAL], [*COLUMNS, "NOM"]))
    assert said.endswith("unknown column 'NOM': take it out, nothing unknown is taken in")


def test_a_missing_column_is_an_error_that_names_it_and_ours_may_be_missing(tmp_path: Path) -> None:
    said = refused("import-sheet", csv_of(tmp_path, [USUAL], [name for name in COLUMNS if name not in ("CEC", "DIA")]))
    assert "missing column CEC, DIA: add it" in said
    assert one(tmp_path, {}, columns=NAMES)["snagc"] == "574.493545"


def test_a_column_that_stands_twice_is_an_error(tmp_path: Path) -> None:
    assert "column BILI stands twice" in refused("import-sheet", csv_of(tmp_path, [USUAL], [*COLUMNS, "BILI"]))


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        ("TAILLER", "1780", '"1780" is outside the plausible range (30 to 250 cm)'),
        ("POIDSR", "75 kg", "'75 kg' is not a number"),
        ("POIDSR", "1.075,5", "is not a number"),
        ("ABOR", "C", '"C" is not one of: A, B, AB, O'),
        ("MAL", "Grippe", "'Grippe' is neither a code nor a label of annex 3.1"),
        ("MAL2", "998", '"998" is not one of'),
        ("CEC", "OUI", "'OUI' is neither O (oui) nor N (non)"),
        ("SIAV", "D", "'D' is neither G (left) nor B (both)"),
        ("URGENCE", "XPCB", "is not one of: XPCA, XPCP1, XPCP2, DGN"),
        ("BILI", "3000", "outside the plausible range (0 to 2000 umol/L)"),
        ("DBILI", "", "is empty: BILI needs its date"),
        ("DCREAT", "31/02/2024", "is not a day of the calendar"),
        ("DCREAT", "28/06/24", "is not a date: write YYYY-MM-DD or dd/mm/yyyy"),
        ("DCREAT", "2024-07-02", "lies after the offer"),
        ("D_PREL", "2024-03-31 02:30", "is skipped or shown twice where the clocks change"),
        ("D_INSC", "2024-07-02", "lies after the offer"),
        ("D_PREL", "", "is empty: give it (instant of the offer)"),
        ("R_D_NAI", "2030-01-01", "2030-01-01"),
        ("TTLGP", "60.5", "is not a whole number from 0 to 1440 (minutes)"),
        ("SCORE", "n.c.", "is not a number"),
        ("SCORE", "-1", "is no score: it lies between 0 and 10000"),
        ("SCORE", "1e60", "is no score"),
        ("DCREAT", "0001-01-01", "is not an RFC 3339 time"),
        ("D_PREL", "9999-12-31", "at an end of the calendar"),
        ("PABM_TYP", "OUI", "is neither COM (compatible) nor IDE (identical)"),
        ("CPTEUR", "0", "is not a number of an offer"),
    ],
)
def test_a_bad_cell_is_named_by_row_and_column(tmp_path: Path, column: str, cell: str, said: str) -> None:
    more = {"D_URGENCE": "2024-06-01"} if column == "URGENCE" else {"DAV": "2024-06-01"} if column == "SIAV" else {}
    found = faults(tmp_path, more | {column: cell})
    assert said in found[column]


def test_an_offer_before_the_score_is_a_fault_of_its_date(tmp_path: Path) -> None:
    dates = dict.fromkeys(("DPROBNP", "DCREAT", "DBILI", "D_INSC"), "2017-05-20")
    assert "no rules in force on 2017-06-01" in faults(tmp_path, dates | {"D_PREL": "2017-06-01"})["D_PREL"]


def test_every_fault_of_a_row_is_said_at_once_and_the_other_rows_are_compared(tmp_path: Path) -> None:
    bad = USUAL | {"TAILLER": "1780", "SEXD": "X", "DBILI": "", "POIDSD": "heavy", "D_INSC": "2024-01-15"}
    document = compared(csv_of(tmp_path, [bad, USUAL | {"SCORE": score(USUAL)}]), code=3)
    assert document["summary"] == {"agrees": 1, "differs": 0, "refused": 1, "not_compared": 0}
    assert {fault["column"] for fault in document["rows"][0]["faults"]} == {"TAILLER", "SEXD", "DBILI", "POIDSD"}


def test_a_refused_row_leaves_nothing_in_the_log(tmp_path: Path) -> None:
    path, log = csv_of(tmp_path, [USUAL, USUAL | {"ABOR": "C"}]), tmp_path / "snagc.db"
    compared(path, "--log", str(log), code=3)
    table = tmp_path / "events.csv"
    assert snagc("export", "events", "--format", "csv", "--out", table, "--log", log).exit_code == 0
    with table.open(encoding="utf-8", newline="") as file:
        subjects = {row["subject"].rpartition("-")[2] for row in csv.DictReader(file)}
    assert subjects == {"2"}


def test_dates_that_belong_to_nothing_are_a_warning(tmp_path: Path) -> None:
    row = one(tmp_path, {"DCEC": "2024-06-01", "BILI_AVI": "20"})
    assert [warning.split()[0] for warning in row["warnings"]] == ["DCEC", "BILI_AVI"]


def test_a_formula_without_its_value_is_named_by_row_and_column(tmp_path: Path) -> None:
    cells = ["=1+1" if name == "BILI" else typed(name, USUAL.get(name, "")) for name in COLUMNS]
    (row,) = compared(xlsx_of(tmp_path, [cells]), code=3)["rows"]
    assert [(fault["row"], fault["column"]) for fault in row["faults"]] == [(2, "BILI")]
    assert "a formula without its value" in row["faults"][0]["message"]


@pytest.mark.parametrize(
    ("column", "value"),
    [("BILI", True), ("BILI", time(3)), ("BILI", timedelta(3)), ("DBILI", -1e9), ("POIDSR", "#N/A")],
)
def test_a_cell_of_another_kind_is_a_fault_of_its_row_and_column(tmp_path: Path, column: str, value: Any) -> None:
    cells = [value if name == column else typed(name, USUAL.get(name, "")) for name in COLUMNS]
    (row,) = compared(xlsx_of(tmp_path, [cells]), code=3)["rows"]
    assert next((fault["row"], fault["column"]) for fault in row["faults"]) == (2, column)


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.xlsx", b"PK not a workbook", "not a workbook"),
        ("a.csv", "SEXR,é".encode("latin-1"), "not UTF-8 (byte 5)"),
        ("a.csv", b"", "missing column SEXR"),
        ("a.ods", b"", "name a file that ends in .csv or .xlsx"),
    ],
)
def test_a_file_that_is_no_sheet_is_an_error(tmp_path: Path, name: str, data: bytes, said: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    assert said in refused("import-sheet", path)
    assert "cannot read" in refused("import-sheet", tmp_path / "nowhere.csv")


def test_a_table_for_a_person_shows_each_row_and_each_fault(tmp_path: Path) -> None:
    result = snagc("import-sheet", csv_of(tmp_path, [USUAL | {"SCORE": "1"}, USUAL | {"ABOR": "C"}]), *AT)
    assert result.exit_code == 3
    assert "573.493545  differs" in result.stdout
    assert 'pairs.csv:3: ABOR: "C" is not one of: A, B, AB, O' in result.stderr
    assert "2 rows: 1 differs, 1 refused" in result.stdout
