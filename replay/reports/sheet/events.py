"""From a row to the events that say the same, each field with the column it came from.

Where the guide's list has no date, the simplest one that changes no figure stands in:

- inotropes (DRG) begin with the ECMO (DCEC) where there is one; else at midnight of the day before the earliest
  sample of the row, so that every value of the day is one under treatment; without samples, before D_PREL;
- the values before treatment (_AVI) are sampled as that treatment begins;
- a total artificial heart (CAT) begins with the registration, and so does dialysis (DIA) without ECMO and inotropes;
  with them, it begins as they do where DIA_AVI = O, else a second later. DIA_AVI = O without DIA stops a second later.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from engine.events.canonical import canonical_json
from engine.quantities import PARIS, midnight, paris_clock, paris_text, parse_instant
from replay.reports.sheet.columns import COLUMNS, CellFault, Pair

SITE, CENTRE = "SITESHEET", "CENTSHEET"
"""Procurement site and transplant centre of every pair; their minutes are the row's own."""
LABS = {"BNP": "bnp", "PROBNP": "nt_probnp", "CREAT": "creatinine", "BILI": "total_bilirubin"}
LABS_BEFORE = {"BNP_AVI": "bnp", "PBN_AVI": "nt_probnp", "CRE_AVI": "creatinine", "BILI_AVI": "total_bilirubin"}
SUPPORTS = {"G": "lvad", "B": "bivad"}
PRINTED_POINTS = {"XPCP1": Decimal(1101), "XPCP2": Decimal(1051)}
"""KXPC of annex 3.3.5: a constant of the component, not an expert's figure."""
_SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class SheetEvent:
    """An event of a row; ``columns`` says which column each path of it came from."""

    name: str
    kind: str
    subject: str
    time: str
    data: dict[str, Any]
    columns: dict[str, str]

    def raw(self, source: str, row: int) -> bytes:
        """The event as submitted; its id is the row and what it is."""
        return canonical_json({
            "specversion": "1.0", "source": source, "id": f"{row}-{self.name}", "type": f"snagc.{self.kind}.v1",
            "subject": self.subject, "time": self.time, "data": self.data,
        })  # fmt: skip

    def column_of(self, path: str) -> str | None:
        """The column of a fault's path: its own, or that of the field it lies in."""
        while path:
            if path in self.columns:
                return self.columns[path]
            path = path.rpartition(".")[0]
        return None


def events_of(pair: Pair, sheet: str) -> list[SheetEvent]:
    """The events of a row whose cells are right, the offer last; ``sheet`` begins every id."""
    name = f"{sheet}-{pair.row}"
    return [*_travel(pair, name), *_candidate(pair, f"candidate/{name}"), *_donor(pair, name)]


def some_events_of(pair: Pair, sheet: str) -> Iterator[SheetEvent]:
    """Of a row with faults, the events that can still be made, so that what else is wrong in them is said at once."""
    name = f"{sheet}-{pair.row}"
    for events in (_travel(pair, name), _candidate(pair, f"candidate/{name}"), _donor(pair, name)):
        with suppress(KeyError):
            yield from events


# ------------------------------------------------------------------------------------------------ the row itself


def between_faults(pair: Pair) -> Iterator[CellFault]:
    """What is wrong between cells that are each right: a date missing, or after the offer."""
    needed = {"D_URGENCE": "URGENCE", "DAV": "SIAV", **{f"D{name}": name for name in LABS}}
    for date, value in needed.items():
        if pair.get(value) is not None and pair.get(date) is None and not _named(pair, date):
            yield CellFault(pair.row, date, f"is empty: {value} needs its date")
    if pair.says_yes("CEC") and pair.get("DCEC") is None and not _named(pair, "DCEC"):
        yield CellFault(pair.row, "DCEC", "is empty: CEC = O needs its date")
    if "SIAV" in pair.values and pair.values["SIAV"] not in SUPPORTS:
        yield CellFault(pair.row, "SIAV", f"{pair.values['SIAV']!r} is neither G (left) nor B (both)")
    if "D_PREL" in pair.values:
        yield from _too_late(pair, parse_instant(pair.values["D_PREL"]))


def _named(pair: Pair, column: str) -> bool:
    return any(fault.column == column for fault in pair.faults)


def _too_late(pair: Pair, offer: int) -> Iterator[CellFault]:
    for name, column in COLUMNS.items():
        if column.form == "instant" and name in pair.values and parse_instant(pair.values[name]) > offer:
            yield CellFault(
                pair.row, name, f"{pair.values[name]} lies after the offer (D_PREL {pair.values['D_PREL']})"
            )
    if _dialysis_turns(pair) and parse_instant(_support_start(pair) or "") >= offer:
        yield CellFault(pair.row, "DIA_AVI", "differs from DIA, though ECMO or inotropes begin with the offer itself")


def unused(pair: Pair) -> Iterator[str]:
    """Values that no formula looks at, as the row stands."""
    on_support = pair.says_yes("CEC") or pair.says_yes("DRG")
    idle = {
        "DCEC": pair.says_yes("CEC"),
        "DAV": "SIAV" in pair.values,
        **dict.fromkeys((*LABS_BEFORE, "DIA_AVI"), on_support),
        **dict.fromkeys(("D_URGENCE", "KXPC", "XPC"), "URGENCE" in pair.values),
        **{f"D{name}": name in pair.values for name in LABS},
    }
    for name, used in idle.items():
        if not used and pair.get(name) not in (None, "N", "0"):
            yield f"{name} is not used: what it belongs to is not in the row"


# ------------------------------------------------------------------------------------------------------- events


def _travel(pair: Pair, name: str) -> Iterator[SheetEvent]:
    minutes = pair.get("TTLGP")
    rows = [] if minutes is None else [[SITE, CENTRE, minutes]]
    data = {"version": name, "rows": rows, "source": "TTLGP of the sheet"}
    where = {"data.rows": "TTLGP", "time": "D_PREL"}
    yield SheetEvent("travel", "travel-times.published", f"travel-times/{name}", pair.values["D_PREL"], data, where)


def _candidate(pair: Pair, subject: str) -> Iterator[SheetEvent]:
    yield _registered(pair, subject)
    yield from _treatments(pair, subject)
    for column, analyte in LABS.items():
        if column in pair.values:
            yield _lab(subject, column, analyte, pair.values[column], pair.values[f"D{column}"], f"D{column}")
    start = _support_start(pair)
    for column, analyte in LABS_BEFORE.items():
        if start and column in pair.values:
            yield _lab(subject, column, analyte, pair.values[column], start, "DCEC", context="pre_treatment")
    if "URGENCE" in pair.values:
        yield _granted(pair, subject)


def _registered(pair: Pair, subject: str) -> SheetEvent:
    fields = {"birth_date": "R_D_NAI", "sex": "SEXR", "blood_group": "ABOR", "height_cm": "TAILLER"}
    fields["weight_kg"] = "POIDSR"
    diseases = [name for name in ("MAL", "MAL2", "MAL3") if name in pair.values]
    data: dict[str, Any] = _given(pair, fields)
    data["diseases"] = [pair.values[name] for name in diseases]
    data |= {"centre": CENTRE, "abo_matching": pair.get("PABM_TYP") or "identical"}
    where = {f"data.{field}": column for field, column in fields.items()}
    where |= {f"data.diseases.{place}": name for place, name in enumerate(diseases)}
    where |= {"time": "D_INSC", "data.diseases": "MAL"}
    return SheetEvent("registered", "candidate.registered", subject, pair.values["D_INSC"], data, where)


def _treatments(pair: Pair, subject: str) -> Iterator[SheetEvent]:
    start, registered = _support_start(pair), pair.values["D_INSC"]
    if start and pair.says_yes("CEC"):
        yield _started(subject, "ecmo", start, "DCEC")
    if start and pair.says_yes("DRG"):
        yield _started(subject, "iv_inotropes", start, "DCEC" if pair.says_yes("CEC") else "DRG")
    if "SIAV" in pair.values:
        yield _started(subject, SUPPORTS[pair.values["SIAV"]], pair.values["DAV"], "DAV")
    if pair.says_yes("CAT"):
        yield _started(subject, "total_artificial_heart", registered, "D_INSC")
    now, before = pair.says_yes("DIA"), bool(start) and pair.says_yes("DIA_AVI")
    if now or before:
        begins = registered if not start else start if before else _a_second_after(start)
        yield _started(subject, "chronic_dialysis", begins, "DIA")
    if start and before and not now:
        data = {"treatment": "chronic_dialysis"}
        where = {"time": "DIA_AVI"}
        yield SheetEvent("stopped", "treatment.stopped", subject, _a_second_after(start), data, where)


def _started(subject: str, treatment: str, time: str, column: str) -> SheetEvent:
    data = {"treatment": treatment}
    return SheetEvent(treatment, "treatment.started", subject, time, data, {"time": column, "data": column})


def _lab(subject: str, column: str, analyte: str, value: str, time: str, date: str, **more: str) -> SheetEvent:
    comparator, value = (value[0], value[1:]) if value[0] in "<>" else ("", value)
    data = {"analyte": analyte, "value": value, "unit": "ng/L" if "bnp" in analyte else "umol/L"} | more
    data |= {"comparator": comparator} if comparator else {}
    return SheetEvent(column, "lab-result.recorded", subject, time, data, {"data": column, "time": date})


def _granted(pair: Pair, subject: str) -> SheetEvent:
    component = pair.values["URGENCE"]
    data, where = {"component": component}, {"data.component": "URGENCE", "time": "D_URGENCE"}
    for field, column in {"points": "KXPC", "delay_months": "XPC"}.items():
        where[f"data.{field}"] = column
        if column in pair.values and not _says_nothing(component, column, Decimal(pair.values[column])):
            data[field] = pair.values[column]
    return SheetEvent("granted", "expert-priority.granted", subject, pair.values["D_URGENCE"], data, where)


def _says_nothing(component: str, column: str, value: Decimal) -> bool:
    """Beside a component other than XPCA: KXPC as annex 3.3.5 prints it, or no delay."""
    if component == "XPCA":
        return False
    return value == PRINTED_POINTS.get(component) if column == "KXPC" else value == 0


def _donor(pair: Pair, name: str) -> Iterator[SheetEvent]:
    fields = {"birth_date": "D_D_NAI", "sex": "SEXD", "blood_group": "ABOD", "height_cm": "TAILLED"}
    fields["weight_kg"] = "POIDSD"
    data = _given(pair, fields) | {"procurement_site": SITE}
    where = {f"data.{field}": column for field, column in fields.items()} | {"time": "D_PREL"}
    time = pair.values["D_PREL"]
    yield SheetEvent("donor", "donor.registered", f"donor/{name}", time, data, where)
    yield SheetEvent("offer", "graft.offered", f"offer/{name}", time, {"donor": name}, {"time": "D_PREL"})


def _given(pair: Pair, fields: dict[str, str]) -> dict[str, Any]:
    return {field: pair.values[column] for field, column in fields.items() if column in pair.values}


# -------------------------------------------------------------------------------------------- dates that stand in


def _support_start(pair: Pair) -> str | None:
    """When ECMO or inotropes began; None without them."""
    if pair.says_yes("CEC"):
        return pair.get("DCEC")
    if not pair.says_yes("DRG"):
        return None
    samples = [pair.values[f"D{name}"] for name in LABS if name in pair.values and f"D{name}" in pair.values]
    earliest = min((parse_instant(time) for time in samples), default=parse_instant(pair.values["D_PREL"]))
    return (midnight(paris_clock(earliest).date()) - timedelta(days=1)).replace(tzinfo=PARIS).isoformat()


def _dialysis_turns(pair: Pair) -> bool:
    """Whether dialysis began or ended after ECMO or inotropes did."""
    return _support_start(pair) is not None and pair.says_yes("DIA") != pair.says_yes("DIA_AVI")


def _a_second_after(time: str) -> str:
    return paris_text(parse_instant(time) + _SECOND)
