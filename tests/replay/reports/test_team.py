"""What a team's desk says of results: those that the score uses and that stop counting soon."""

from pathlib import Path

from engine.log.eventlog import EventLog
from replay.reports.lists import dated_list
from replay.reports.team import expiring_document
from replay.run.asked import Asked
from tests.projections.support import CENTRE, Log, instant


def expiring(log: Log, folder: Path, until: str) -> list[tuple[str, int, str]]:
    """Variable, position and instant of each result that stops counting after 17 May and up to another day."""
    with EventLog.open(log.kept_at(folder / "snagc.db")) as opened:
        found = dated_list(Asked(opened, 0, "2024-05-17T12:00:00+02:00"))
        rows = expiring_document(found, CENTRE, instant(until))["expiring"]
    return [(row["variable"], row["event"]["position"], row["expires"][:16]) for row in rows]


def test_of_two_peptides_the_one_that_the_score_uses_stops_counting(tmp_path: Path) -> None:
    log = Log()
    log.registered("C1", "2024-01-01")
    log.labs("C1", "2024-05-16", nt_probnp=None)
    log.lab("C1", "bnp", "100", "2024-03-01")
    used = log.lab("C1", "nt_probnp", "20000", "2024-02-11 12:00")
    assert expiring(log, tmp_path, "2024-06-30") == [("peptides", used, "2024-05-26T12:00")]
