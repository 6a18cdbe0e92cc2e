"""What a team's desk says of results: those that the score uses and that stop counting soon."""

from pathlib import Path

from engine.log.eventlog import EventLog
from replay.reports.between import Moment
from replay.reports.lists import dated_list
from replay.reports.team import changes_document, expiring_document
from replay.run.asked import Asked
from tests.projections.support import CENTRE, ELSEWHERE, SITE, Log, instant
from tests.replay.support import adult


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


def test_what_has_changed_is_told_of_each_candidate_of_the_centre_by_its_own_events(tmp_path: Path) -> None:
    log = Log()
    for candidate, centre in (("C1", CENTRE), ("C2", CENTRE), ("C3", CENTRE), ("X1", ELSEWHERE)):
        adult(log, candidate, centre=centre)
    log.travel("V1", "2024-05-16 12:00", [[SITE, CENTRE, 5]])
    idle = log.lab("C1", "bnp", "100", "2024-05-16 12:00")
    moving = log.lab("C2", "total_bilirubin", "200", "2024-05-16 13:00")
    log.lab("X1", "total_bilirubin", "200", "2024-05-16 13:00")
    told = log.happened("suspended", "C3", "2024-05-17 11:00")
    with EventLog.open(log.kept_at(tmp_path / "snagc.db")) as opened:
        found = dated_list(Asked(opened, 0, "2024-05-17T12:00:00+02:00"))
        since = Moment(instant("2024-05-16 11:00"), idle - 2)
        document = changes_document(opened, found, CENTRE, since)
    changed = {each["candidate"]: each for each in document["candidates"]}
    positions = {name: [each["position"] for each in about["events"]] for name, about in changed.items()}
    assert positions == {"C1": [idle], "C2": [moving], "C3": [told]}
    assert changed["C1"]["then"] == changed["C1"]["now"]
    assert changed["C2"]["then"]["icar"] < changed["C2"]["now"]["icar"]
    assert (changed["C3"]["then"]["status"], changed["C3"]["now"]["status"]) == ("listed", "suspended")
    assert document["whole"] is True


def test_of_whom_nothing_was_learnt_only_what_moved_by_itself_is_told(tmp_path: Path) -> None:
    log = Log()
    adult(log, "C1")
    adult(log, "C2", labs="2024-02-01 12:00")
    last = log.travel("V1", "2024-05-16 12:00", [[SITE, CENTRE, 5]])
    with EventLog.open(log.kept_at(tmp_path / "snagc.db")) as opened:
        found = dated_list(Asked(opened, 0, "2024-05-17T12:00:00+02:00"))
        document = changes_document(opened, found, CENTRE, Moment(instant("2024-05-16 11:00"), last))
    assert [(each["candidate"], each["events"]) for each in document["candidates"]] == [("C2", [])]
