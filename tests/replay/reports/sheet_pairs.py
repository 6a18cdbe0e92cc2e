"""Twenty pairs under the guide's column names, each chosen for what it shows, and each SCORE by the independent
calculation: the events are written here by hand from the columns' meaning, not by the code under test.
"""

from datetime import date, timedelta
from typing import Any

from tests.independent import run as independent
from tests.projections.support import when

HEADER = (
    "SEXR R_D_NAI ABOR D_INSC TAILLER POIDSR MAL MAL2 MAL3 URGENCE D_URGENCE KXPC XPC DRG CEC DCEC SIAV DAV CAT BNP "
    "DBNP PROBNP DPROBNP DIA CREAT DCREAT BILI DBILI BNP_AVI PBN_AVI DIA_AVI CRE_AVI BILI_AVI TTLGP SEXD D_D_NAI "
    "D_PREL TAILLED POIDSD ABOD SCORE"
)
NAMES = HEADER.split()
OURS = ("PABM_TYP", "CPTEUR")
Pair = dict[str, str]

USUAL: Pair = {
    "SEXR": "M", "R_D_NAI": "1979-06-01", "ABOR": "A", "D_INSC": "2024-01-15", "TAILLER": "178", "POIDSR": "75.5",
    "MAL": "151", "DRG": "N", "CEC": "N", "CAT": "N", "DIA": "N", "PROBNP": "11332", "DPROBNP": "2024-06-28",
    "CREAT": "96.5", "DCREAT": "2024-06-28", "BILI": "17.10", "DBILI": "2024-06-28", "TTLGP": "87", "SEXD": "F",
    "D_D_NAI": "1984-03-09", "D_PREL": "2024-07-01T14:30", "TAILLED": "170", "POIDSD": "71", "ABOD": "A",
}  # fmt: skip
ECMO = {"CEC": "O", "DCEC": "2024-06-24", "BILI_AVI": "31.4", "CRE_AVI": "141", "PBN_AVI": "6100"}
INOTROPES = {"DRG": "O", "BILI_AVI": "44", "CRE_AVI": "180", "BNP_AVI": "1400"}
NO_PEPTIDE, NO_CREATININE = {"PROBNP": "", "DPROBNP": ""}, {"CREAT": "", "DCREAT": ""}
CHILD = {"R_D_NAI": "2012-02-29", "TAILLER": "1.42", "POIDSR": "35", "TAILLED": "150", "POIDSD": "48"}

PAIRS: dict[str, Pair] = {
    "an adult with fresh results": {},
    "a woman with BNP alone and a valve disease": {
        "SEXR": "F", "MAL": "162", "BNP": "622", "DBNP": "2024-06-01"} | NO_PEPTIDE,
    "heights in metres": {"TAILLER": "1.695", "TAILLED": "1.8"},
    "a far donor": {"TTLGP": "150"},
    "a travel time that is not known": {"TTLGP": ""},
    "a donor of O for a recipient of B": {"ABOR": "B", "ABOD": "O"},
    "a donor of B for a recipient of AB": {"ABOR": "AB", "ABOD": "B"},
    "groups that do not match": {"ABOR": "O", "ABOD": "A"},
    "ECMO for a week": ECMO,
    "ECMO that tapers": ECMO | {"DCEC": "2024-06-17"},
    "inotropes and what was before them": INOTROPES,
    "inotropes with nothing known from before": {"DRG": "O"},
    "inotropes and dialysis that began after them": INOTROPES | {"DIA": "O"} | NO_CREATININE,
    "inotropes and dialysis that covered their start": INOTROPES | {"DIA": "N", "DIA_AVI": "O"},
    "an LVAD on a fifth offer": {"SIAV": "G", "DAV": "2022-07-01", "CPTEUR": "10"},
    "an LVAD on another offer": {"SIAV": "G", "DAV": "2022-07-01", "CPTEUR": "11"},
    "a total artificial heart and dialysis": {"CAT": "O", "DIA": "O"} | NO_PEPTIDE | NO_CREATININE,
    "XPCA that grows, with compatible groups": {
        "URGENCE": "XPCA", "D_URGENCE": "2024-04-10", "KXPC": "850.5", "XPC": "3", "ABOD": "O", "PABM_TYP": "COM"},
    "a child": CHILD,
    "a child with XPCP1": CHILD | {"URGENCE": "XPCP1", "D_URGENCE": "2024-02-10", "KXPC": "1101", "ABOD": "O"},
}  # fmt: skip
LABS = {"BNP": "bnp", "PROBNP": "nt_probnp", "CREAT": "creatinine", "BILI": "total_bilirubin"}
BEFORE = {"BNP_AVI": "bnp", "PBN_AVI": "nt_probnp", "CRE_AVI": "creatinine", "BILI_AVI": "total_bilirubin"}


def pairs() -> list[Pair]:
    """The twenty, each with its SCORE."""
    rows = [USUAL | change for change in PAIRS.values()]
    return [row | {"SCORE": score(row)} for row in rows]


def score(pair: Pair) -> str:
    """The score of a pair by the independent calculation, as published."""
    run = independent.match_run(told(pair), "O1", readings={"pre_treatment_values": "explicit"})
    return str((run["ranking"] + run["excluded"])[0]["snagc"])


def told(pair: Pair) -> list[dict[str, Any]]:
    """A pair as the stored events of a little log."""
    count = {"count": int(pair.get("CPTEUR") or 1) - 1}
    facts: list[tuple[str, str, str, dict[str, Any]]] = [
        ("offer-counter.initialised", "offer-counter", "2017-01-01", count)
    ]
    rows = [["S", "C", int(pair["TTLGP"])]] if pair["TTLGP"] else []
    facts.append(("travel-times.published", "travel-times/V", "2017-01-01", {"version": "V", "rows": rows}))
    facts += [(kind, "candidate/C1", time, data) for kind, time, data in course(pair)]
    donor = body(pair, "SEXD D_D_NAI ABOD TAILLED POIDSD") | {"procurement_site": "S"}
    facts.append(("donor.registered", "donor/D1", pair["D_PREL"], donor))
    facts.append(("graft.offered", "offer/O1", pair["D_PREL"], {"donor": "D1"}))
    return [
        {"specversion": "1.0", "source": "urn:test", "id": f"e{number}", "type": f"snagc.{kind}.v1", "subject": subject,
         "time": clock(time), "recordedtime": "2017-01-01T00:00:00.000000Z", "data": data}
        for number, (kind, subject, time, data) in enumerate(facts, 1)
    ]  # fmt: skip


def clock(time: str) -> str:
    """RFC 3339 of a clock in Paris."""
    return when(time.replace("T", " "))


def body(pair: Pair, columns: str) -> dict[str, Any]:
    """Sex, birth, group, height in cm and weight of one of the two."""
    sex, birth, group, height, weight = (pair[name] for name in columns.split())
    in_cm = {"1.42": "142", "1.695": "169.5", "1.8": "180"}.get(height, height)
    return {"sex": sex, "birth_date": birth, "blood_group": group, "height_cm": in_cm, "weight_kg": weight}


def course(pair: Pair) -> list[tuple[str, str, dict[str, Any]]]:
    """What happened to the candidate: kind, time, data."""
    matching = "compatible" if pair.get("PABM_TYP") == "COM" else "identical"
    registered = body(pair, "SEXR R_D_NAI ABOR TAILLER POIDSR") | {
        "diseases": [pair["MAL"]], "centre": "C", "abo_matching": matching}  # fmt: skip
    found: list[tuple[str, str, dict[str, Any]]] = [("candidate.registered", pair["D_INSC"], registered)]
    began = pair.get("DCEC") or "2024-06-20"
    on = {"CEC": "ecmo", "DRG": "iv_inotropes", "CAT": "total_artificial_heart"}
    found += [started(name, began if name != "total_artificial_heart" else pair["D_INSC"])
              for column, name in on.items() if pair.get(column) == "O"]  # fmt: skip
    if pair.get("SIAV"):
        found.append(started({"G": "lvad", "B": "bivad"}[pair["SIAV"]], pair["DAV"]))
    after = (date.fromisoformat(began) + timedelta(days=2)).isoformat()
    if pair.get("DIA") == "O" or pair.get("DIA_AVI") == "O":
        found.append(started("chronic_dialysis", pair["D_INSC"] if pair.get("DIA_AVI") == "O" else after))
    if pair.get("DIA_AVI") == "O" and pair.get("DIA") != "O":
        found.append(("treatment.stopped", after, {"treatment": "chronic_dialysis"}))
    found += [
        sampled(name, pair[column], pair[f"D{column}"], "current") for column, name in LABS.items() if pair.get(column)
    ]
    found += [
        sampled(name, pair[column], began, "pre_treatment") for column, name in BEFORE.items() if pair.get(column)
    ]
    if pair.get("URGENCE"):
        more = {"points": pair["KXPC"], "delay_months": int(pair["XPC"])} if pair["URGENCE"] == "XPCA" else {}
        found.append(("expert-priority.granted", pair["D_URGENCE"], {"component": pair["URGENCE"]} | more))
    return found


def started(treatment: str, time: str) -> tuple[str, str, dict[str, Any]]:
    """A treatment starts."""
    return "treatment.started", time, {"treatment": treatment}


def sampled(analyte: str, value: str, time: str, context: str) -> tuple[str, str, dict[str, Any]]:
    """A result in the annex's unit."""
    unit = "ng/L" if "bnp" in analyte else "umol/L"
    return "lab-result.recorded", time, {"analyte": analyte, "value": value, "unit": unit, "context": context}
