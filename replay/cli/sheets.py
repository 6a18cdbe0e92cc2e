"""snagc import-sheet: a sheet with the guide's column names, as events and as a comparison of scores."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from engine.text import counted
from replay.cli import options
from replay.cli.common import DIVERGENCE, guarded, now, opened
from replay.cli.outputs import planned
from replay.cli.printing import console, figures_table, print_json, tell

if TYPE_CHECKING:
    from engine.rules.readings import Readings
    from replay.reports.sheet.compare import Compared
    from replay.reports.sheet.reading import Sheet


HELP = """Make events of a sheet with the guide's own column names, one donor-recipient pair a row, and compare each
SCORE with ours. Exit code 3 if one differs or a row is refused.

Columns, all there, in any order: SEXR R_D_NAI ABOR D_INSC TAILLER POIDSR MAL MAL2 MAL3 URGENCE D_URGENCE KXPC XPC
DRG CEC DCEC SIAV DAV CAT BNP DBNP PROBNP DPROBNP DIA CREAT DCREAT BILI DBILI BNP_AVI PBN_AVI DIA_AVI CRE_AVI
BILI_AVI TTLGP SEXD D_D_NAI D_PREL TAILLED POIDSD ABOD SCORE; and, if you have them, PABM_TYP (COM or IDE; without
it IDE, identical groups) and CPTEUR (number of the offer; without it 1, so no LVAD is on a fifth offer).

Cells: dates as YYYY-MM-DD, dd/mm/yyyy or spreadsheet dates, with a time if known (Paris); decimals with point or
comma, one of them throughout, and not three after a comma (35,000 may be thousands); laboratory values may begin
with < or >; a height below 3 is in metres; CAT DRG CEC DIA DIA_AVI are O or N (empty: N); SIAV is G or B; URGENCE is
XPCA, XPCP1, XPCP2 or DGN; MAL is a code or label of annex 3.1. A number cell of a workbook is taken as the
shortest decimal of its double. CSV is UTF-8, separated by comma, semicolon or tab; a first line like sep=; is obeyed.

Dates the list lacks: inotropes begin with DCEC if CEC = O, else the day before the row's earliest sample (before
D_PREL without one); _AVI values are sampled then, and DIA_AVI = O is dialysis that covers then; CAT and DIA begin
at D_INSC. With the readings used here none of these dates moves a figure.

Each pair is scored alone, with pre_treatment_values=explicit (an empty _AVI cell is NULL) unless --readings says
otherwise. A SCORE agrees if it is ours at its decimals, six at most; number cells have those of the longest one.

Example: snagc import-sheet pairs.xlsx --json
"""


LearntAt = Annotated[
    str | None, typer.Option(help="When the sheet is learnt: a time, a Paris clock time or a day; else now.")
]


@guarded
def import_sheet(
    file: Annotated[Path, typer.Argument(help="A .xlsx or .csv file.")],
    worksheet: Annotated[
        str | None, typer.Option("--sheet", help="Which worksheet; without it the first not hidden.", metavar="NAME")
    ] = None,
    log: Annotated[
        str | None,
        typer.Option("--log", help="Also take the events into this log (SNAGC_LOG is not looked at).", metavar="PATH"),
    ] = None,
    at: LearntAt = None,
    out: Annotated[Path | None, typer.Option("--out", help="Write the events there, as NDJSON.")] = None,
    readings: options.Readings = None,
    force: options.Force = False,
    json: options.Json = False,
) -> None:
    """Make events of a sheet and compare each SCORE with ours; HELP says how a sheet is read."""
    from replay.reports.sheet.compare import compare_sheet, ndjson, summary
    from replay.reports.sheet.reading import read_sheet
    from replay.run.asked import instant_named

    instant = instant_named(at, "at", now())
    chosen = _readings(readings or [])
    output = planned(out, log, [file], force=force)
    sheet = read_sheet(file, worksheet)
    with TemporaryDirectory() as folder, opened(f"{folder}/scratch.db", create=True, said=False) as scratch:
        rows = compare_sheet(sheet, scratch, lambda: instant, chosen)
    if output is not None:
        with output.writing() as written:
            written.writelines(ndjson(rows, sheet))
    if log is not None:
        _take_in(rows, sheet, log, instant)
    counts = summary(rows)
    if json:
        document = {"file": file.name, "sha256": sheet.sha256, "readings": chosen.as_json(), "summary": counts}
        print_json(document | {"rows": [row.as_json() for row in rows]})
    else:
        _show(rows, file, counts)
    if counts["differs"] or counts["refused"]:
        raise typer.Exit(DIVERGENCE)


def _readings(asked: list[str]) -> "Readings":
    """Those of a sheet, but for the ones asked for."""
    from engine.rules.readings import parse_readings
    from replay.reports.sheet.compare import SHEET_READINGS

    names = {word.partition("=")[0] for word in asked}
    return parse_readings([f"{name}={value}" for name, value in SHEET_READINGS.items() if name not in names] + asked)


def _take_in(rows: "list[Compared]", sheet: "Sheet", log: str, instant: int) -> None:
    """Take the events of the rows without a fault into a log that stays; what it refuses is the row's fault."""
    from engine.intake.intake import Intake
    from replay.reports.sheet.compare import take_in

    with opened(log, create=True) as kept:
        take_in(rows, sheet, Intake(kept, now=lambda: min(instant, now()), imported=True, file_sha256=sheet.sha256))


COLUMNS = ("row", "SCORE", "snagc", "difference", "", "component", "ICAR", "rules", "excluded for")


def _show(rows: "list[Compared]", file: Path, counts: dict[str, int]) -> None:
    out = console()
    lines = []
    for row in rows:
        given, scored = row.pair.get("SCORE") or "", row.scored
        figures = scored.entry.as_json() if scored else {}
        icar = figures.get("icar")
        reasons = " ".join(scored.entry.reasons) if scored else ""
        lines.append((
            str(row.pair.row), given, figures.get("snagc", ""), row.difference() or "", row.status,
            figures.get("component", ""), "" if icar is None else str(icar), scored.ruleset if scored else "", reasons,
        ))  # fmt: skip
    out.print(figures_table(COLUMNS, lines, left=("", "component", "excluded for")))
    for row in rows:
        for fault in row.faults:
            where = f" {fault.column}:" if fault.column else ""
            tell(f"{file}:{row.pair.row}:{where} {fault.message}")
        for warning in row.warnings:
            tell(f"{file}:{row.pair.row}: warning: {warning}")
    said = ", ".join(f"{count} {status.replace('_', ' ')}" for status, count in counts.items() if count)
    out.print(f"{counted(len(rows), 'row')}: {said or 'nothing to compare'}")
