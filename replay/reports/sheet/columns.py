"""The columns of a sheet, in one place: the guide's names (annexes 3.2 to 3.5), what each holds, how it is read.

One row is one donor-recipient pair. Every column of the guide must be there, since a column left out and a value
not recorded are two things; a cell may be empty unless its column is marked ``filled``.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from replay.reports.sheet.forms import FORMS, NUMBERS, decimal_mark


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, the form its cells are read by, what it says and in which unit."""

    name: str
    form: str
    says: str
    filled: bool = False
    """Every cell must hold a value."""
    ours: bool = False
    """Not in the guide's list: the column may be left out."""


COLUMNS: dict[str, Column] = {
    column.name: column
    for column in (
        Column("SEXR", "code", "recipient's sex: F, M or H", filled=True),
        Column("R_D_NAI", "day", "recipient's birth date", filled=True),
        Column("ABOR", "code", "recipient's blood group: A, B, AB or O", filled=True),
        Column("D_INSC", "instant", "registration on the list", filled=True),
        Column("TAILLER", "height", "recipient's height, cm (below 3: m)", filled=True),
        Column("POIDSR", "number", "recipient's weight, kg", filled=True),
        Column("MAL", "disease", "initial disease: code or label of annex 3.1", filled=True),
        Column("MAL2", "disease", "second initial disease"),
        Column("MAL3", "disease", "third initial disease"),
        Column("URGENCE", "code", "expert component: XPCA, XPCP1, XPCP2 or DGN; empty: none"),
        Column("D_URGENCE", "instant", "expert's agreement"),
        Column("KXPC", "number", "points of XPCA; empty: 900"),
        Column("XPC", "number", "delay of XPCA, months; empty: 0"),
        Column("DRG", "yes_no", "IV inotropes: O or N"),
        Column("CEC", "yes_no", "veno-arterial ECMO or ECLS: O or N"),
        Column("DCEC", "instant", "start of the ECMO"),
        Column("SIAV", "code", "long-term ventricular support: G (left) or B (both); empty: none"),
        Column("DAV", "instant", "implantation of that support"),
        Column("CAT", "yes_no", "total artificial heart: O or N"),
        Column("BNP", "measured", "BNP, ng/L"),
        Column("DBNP", "instant", "its sampling"),
        Column("PROBNP", "measured", "NT-proBNP, ng/L"),
        Column("DPROBNP", "instant", "its sampling"),
        Column("DIA", "yes_no", "chronic dialysis: O or N"),
        Column("CREAT", "measured", "creatinine, umol/L"),
        Column("DCREAT", "instant", "its sampling"),
        Column("BILI", "measured", "total bilirubin, umol/L"),
        Column("DBILI", "instant", "its sampling"),
        Column("BNP_AVI", "measured", "BNP before ECMO or inotropes, ng/L"),
        Column("PBN_AVI", "measured", "NT-proBNP before, ng/L"),
        Column("DIA_AVI", "yes_no", "dialysis when ECMO or inotropes began: O or N"),
        Column("CRE_AVI", "measured", "creatinine before, umol/L"),
        Column("BILI_AVI", "measured", "total bilirubin before, umol/L"),
        Column("TTLGP", "number", "travel time, whole minutes; empty: 150"),
        Column("SEXD", "code", "donor's sex: F, M or H", filled=True),
        Column("D_D_NAI", "day", "donor's birth date", filled=True),
        Column("D_PREL", "instant", "instant of the offer", filled=True),
        Column("TAILLED", "height", "donor's height, cm (below 3: m)", filled=True),
        Column("POIDSD", "number", "donor's weight, kg", filled=True),
        Column("ABOD", "code", "donor's blood group", filled=True),
        Column("SCORE", "score", "the score to compare with; empty: none"),
        Column("PABM_TYP", "abo_matching", "ABO matching: COM or IDE; empty: IDE", ours=True),
        Column("CPTEUR", "counter", "number of the offer; empty: 1, no fifth offer", ours=True),
    )
}
"""Every column by its name."""

INSTANTS = tuple(name for name, column in COLUMNS.items() if column.form in ("day", "instant"))
"""The columns of dates."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell that is not empty: its text, and whether it was a number cell of a workbook."""

    text: str
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class CellFault:
    """What is wrong in a row: the column (None: the row) and what to do."""

    row: int
    column: str | None
    message: str

    def as_json(self) -> dict[str, object]:
        """As the comparison shows it."""
        return {"row": self.row, "column": self.column, "message": self.message}


@dataclass(frozen=True, slots=True)
class Pair:
    """A row read: values by column in the form that events take (an empty cell is not there), and its faults."""

    row: int
    values: dict[str, str]
    faults: list[CellFault]
    warnings: list[str] = field(default_factory=list)
    score_is_number: bool = False
    marked: dict[str, str] = field(default_factory=dict)
    """Numbers written as text with a decimal mark, by column: whole sheets must have one mark."""

    def get(self, name: str) -> str | None:
        """A value; None where the cell is empty."""
        return self.values.get(name)

    def says_yes(self, name: str) -> bool:
        """Whether a column says O; empty counts as N (guide: CEC2 != 'O')."""
        return self.values.get(name) == "O"


def header_faults(names: Iterable[str]) -> list[str]:
    """What is wrong with a header: columns unknown, twice or missing, each by its name."""
    given = list(names)
    unknown = [name for name in dict.fromkeys(given) if name not in COLUMNS]
    twice = [name for name in dict.fromkeys(given) if given.count(name) > 1]
    missing = [name for name, column in COLUMNS.items() if not column.ours and name not in given]
    found = []
    if unknown:
        found.append(f"unknown column {', '.join(map(repr, unknown))}: take it out, nothing unknown is taken in")
    if twice:
        found.append(f"column {', '.join(twice)} stands twice: keep one")
    if missing:
        found.append(f"missing column {', '.join(missing)}: add it, its cells empty where nothing is recorded")
    return found


def read_pair(row: int, cells: Mapping[str, Cell]) -> Pair:
    """The values of a row, every cell that cannot be read named."""
    values, faults = {}, []
    for name, column in COLUMNS.items():
        cell = cells.get(name)
        if cell is None:
            if column.filled:
                faults.append(CellFault(row, name, f"is empty: give it ({column.says})"))
            continue
        try:
            values[name] = FORMS[column.form](cell.text)
        except ValueError as error:
            faults.append(CellFault(row, name, f"{cell.text[:60]!r} {error}"))
    score_is_number = "SCORE" in cells and cells["SCORE"].is_number
    return Pair(row, values, faults, score_is_number=score_is_number, marked=_marked(cells, values))


def _marked(cells: Mapping[str, Cell], values: Mapping[str, str]) -> dict[str, str]:
    written = {name: cells[name].text for name in values if not cells[name].is_number and COLUMNS[name].form in NUMBERS}
    return {name: text for name, text in written.items() if decimal_mark(text)}


def mark_faults(pairs: Iterable[Pair]) -> Iterator[tuple[Pair, CellFault]]:
    """Where a sheet writes decimals with a comma in one cell and a point in another, each of these cells is doubted.

    One of the two marks may stand for thousands; nobody can tell which cell means what.
    """
    marked = [(pair, name, text) for pair in pairs for name, text in pair.marked.items()]
    first = {decimal_mark(text): (pair.row, name, text) for pair, name, text in reversed(marked)}
    if len(first) == 2:
        for pair, name, text in marked:
            row, column, other = first["," if decimal_mark(text) == "." else "."]
            words = (
                f"{text[:60]!r} and {other[:60]!r} ({column}, row {row}): write one decimal mark in all of the sheet"
            )
            yield pair, CellFault(pair.row, name, words)
