"""Live offers from several processes: every run recorded, every counter once, and an audit without divergence."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from engine.log.eventlog import EventLog
from engine.log.store import is_database
from replay.audit.audit import audit
from tests.long import examples
from tests.replay.command import ROOT, RUN, snagc

PROCESSES, OFFERS_EACH = 4, examples(7, 250)


def line(number: str, kind: str, subject: str, data: Mapping[str, object]) -> str:
    """A live event, drawn well before the offers."""
    return json.dumps(
        {"specversion": "1.0", "source": "test", "id": number, "type": f"snagc.{kind}.v1", "subject": subject,
         "time": "2025-11-01T08:00:00+01:00", "data": data}
    )  # fmt: skip


def setting() -> list[str]:
    """Three candidates with labs and a donor."""
    lines = []
    for number in range(3):
        registration = {
            "birth_date": f"19{60 + number}-03-05", "sex": "F", "blood_group": "A", "height_cm": 170,
            "weight_kg": 70, "diseases": ["151"], "centre": "750100125", "abo_matching": "identical",
        }  # fmt: skip
        lines.append(line(f"r{number}", "candidate.registered", f"candidate/C{number}", registration))
        for analyte in ("total_bilirubin", "creatinine"):
            lab = {"analyte": analyte, "value": 50 + number, "unit": "umol/L"}
            lines.append(line(f"{analyte}{number}", "lab-result.recorded", f"candidate/C{number}", lab))
    donor = {
        "age": 45,
        "sex": "F",
        "blood_group": "A",
        "height_cm": 170,
        "weight_kg": 70,
        "procurement_site": "750100125",
    }
    return [*lines, line("d", "donor.registered", "donor/D1", donor)]


def ingest(path: str, file: Path) -> "subprocess.Popen[bytes]":
    """An ingest in a process of its own."""
    words = [sys.executable, "-c", RUN, "ingest", "--log", path, str(file), "--json"]
    return subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def test_four_processes_that_offer_at_once_leave_a_run_each_and_counters_from_1_without_a_gap(
    tmp_path: Path, place: str
) -> None:
    first = tmp_path / "setting.ndjson"
    first.write_text("\n".join(setting()))
    told = "" if is_database(place) else f"snagc: new log {place}\n"
    assert snagc("ingest", first, "--json", "--log", place).stderr == told
    files = []
    for process in range(PROCESSES):
        names = [f"O{process}-{number}" for number in range(OFFERS_EACH)]
        files.append(tmp_path / f"offers{process}.ndjson")
        files[-1].write_text("\n".join(line(n, "graft.offered", f"offer/{n}", {"donor": "D1"}) for n in names))
    running = [ingest(place, file) for file in files]
    assert [(each.communicate()[1], each.returncode) for each in running] == [(b"", 0)] * PROCESSES
    log = EventLog.open(place)
    runs = [fact for _, known in log.history().of_kind("offer") for fact in known.of_kind("match-run.recorded")]
    assert sorted(fact.data["counter"] for fact in runs) == list(range(1, PROCESSES * OFFERS_EACH + 1))
    assert {finding.verdict for finding in audit(log)} == {"identical"}
    log.close()
