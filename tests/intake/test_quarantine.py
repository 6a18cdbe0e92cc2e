"""The quarantine: what was refused is kept to the byte, listed, shown and sent again."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from engine.errors import RequestError
from engine.intake import quarantine
from engine.intake.verdicts import Verdict
from engine.log.eventlog import EventLog
from replay.cli.app import app
from tests.faults.hostile_support import DONOR, LAB, OFFERED, event
from tests.intake.support import NOW, NOW_TEXT, SECOND, identities, opened, query, take

pytestmark = pytest.mark.on_files_unless_long

BAD = event(LAB, {"id": "bad"}, value="NaN")
NOISE = b'\xff\xfe {"a":\x00 \xe9'
DONOR_LINE, OFFER = event(DONOR), event(OFFERED)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log.db"


@pytest.fixture
def log(place: str) -> Iterator[EventLog]:
    with opened(place) as log:
        yield log


def resend(log: EventLog, number: int, now: int = NOW) -> Verdict:
    ((sent, verdict),) = quarantine.resend(log, [number], now=lambda: now)
    assert sent == number
    return verdict


def test_refused_input_is_kept_to_the_byte_with_its_reasons(log: EventLog) -> None:
    verdicts = take(log, BAD, NOISE, event(LAB), event(LAB, value="99"))
    kept = list(quarantine.entries(log))
    assert [entry.raw for entry in kept] == [BAD, NOISE, event(LAB, value="99")]
    assert [entry.status for entry in kept] == ["refused", "refused", "conflict"]
    turned_away = [verdict for verdict in verdicts if verdict.errors]
    assert [entry.errors for entry in kept] == [[f.as_json() for f in verdict.errors] for verdict in turned_away]
    assert [(entry.number, entry.received, entry.times) for entry in kept] == [(n, NOW_TEXT, 1) for n in (1, 2, 3)]


def test_an_entry_as_json_has_these_fields_in_this_order(log: EventLog) -> None:
    take(log, BAD)
    shown = quarantine.entry(log, 1).as_json()
    fields = ["number", "received", "imported", "status", "errors", "times", "resolved", "bytes", "sha256", "erased"]
    assert list(shown) == fields
    assert shown["sha256"] == hashlib.sha256(BAD).hexdigest()
    assert shown["bytes"].encode() == BAD
    assert (shown["imported"], shown["resolved"]) == (False, None)


def test_the_same_bytes_refused_again_are_one_entry_counted(log: EventLog) -> None:
    take(log, BAD, BAD)
    take(log, BAD, now=NOW + SECOND)
    (entry,) = quarantine.entries(log)
    assert (entry.number, entry.times, entry.received) == (1, 3, "2025-02-19T21:20:01.000000Z")


def test_the_same_bytes_refused_live_and_by_an_import_are_two_entries(log: EventLog) -> None:
    take(log, BAD)
    take(log, BAD, imported=True)
    assert [(entry.number, entry.imported) for entry in quarantine.entries(log)] == [(1, False), (2, True)]


def test_nothing_accepted_or_duplicate_is_kept(log: EventLog) -> None:
    take(log, event(LAB), event(LAB))
    assert list(quarantine.entries(log)) == []


def test_what_is_still_refused_stays_and_is_counted(log: EventLog) -> None:
    take(log, OFFER)
    verdict = resend(log, 1, NOW + SECOND)
    assert (verdict.status, verdict.position) == ("refused", None)
    (entry,) = quarantine.entries(log)
    assert (entry.number, entry.times, entry.resolved) == (1, 2, None)
    assert log.head() == 0


def test_what_is_accepted_the_second_time_is_resolved_and_stays_on_record(log: EventLog) -> None:
    take(log, OFFER, DONOR_LINE)
    verdict = resend(log, 1)
    assert (verdict.status, verdict.position) == ("accepted", 2)
    assert list(quarantine.entries(log)) == []
    (entry,) = quarantine.entries(log, include_resolved=True)
    assert entry.raw == OFFER
    assert entry.resolved is not None
    assert "2" in entry.resolved
    assert len(identities(log)) == 2


def test_what_meanwhile_came_by_itself_is_resolved_as_a_duplicate(log: EventLog) -> None:
    take(log, OFFER, DONOR_LINE, OFFER)
    verdict = resend(log, 1)
    assert (verdict.status, verdict.position) == ("duplicate", 2)
    assert list(quarantine.entries(log)) == []
    assert log.head() == 2


def test_a_conflict_sent_again_is_a_conflict_again(log: EventLog) -> None:
    take(log, event(LAB), event(LAB, value="99"))
    assert resend(log, 1).status == "conflict"
    assert [entry.times for entry in quarantine.entries(log)] == [2]


def test_a_resolved_entry_cannot_be_sent_again(log: EventLog) -> None:
    take(log, OFFER, DONOR_LINE)
    resend(log, 1)
    with pytest.raises(RequestError, match="quarantine entry 1"):
        resend(log, 1)
    assert log.head() == 2


def test_an_unknown_entry_is_a_request_error(log: EventLog) -> None:
    with pytest.raises(RequestError, match="7"):
        resend(log, 7)


def test_the_same_bytes_refused_live_after_their_import_was_resolved_are_a_new_entry(log: EventLog) -> None:
    line = event(OFFERED, {"recordedtime": "2024-03-01T12:00:00Z"})
    take(log, line, event(DONOR, {"recordedtime": "2024-03-01T10:00:00Z"}), imported=True)
    assert resend(log, 1).status == "accepted"
    take(log, line)
    assert [(entry.raw, entry.imported, entry.times) for entry in quarantine.entries(log)] == [(line, False, 1)]
    assert len(list(quarantine.entries(log, include_resolved=True))) == 2


def test_an_import_is_sent_again_as_an_import(log: EventLog) -> None:
    late = event(OFFERED, {"recordedtime": "2024-03-01T12:00:00Z"})
    take(log, late, event(DONOR, {"recordedtime": "2024-03-01T10:00:00Z"}), imported=True)
    assert resend(log, 1).status == "accepted"
    assert list(quarantine.entries(log)) == []


def test_the_event_and_the_resolution_are_one_transaction(log: EventLog, monkeypatch: pytest.MonkeyPatch) -> None:
    take(log, OFFER, DONOR_LINE)

    def fail(*_: object) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patched:
        patched.setattr(log.recorder, "quarantine_resolve", fail)
        with pytest.raises(OSError, match="disk full"):
            resend(log, 1)
    assert log.head() == 1
    assert [entry.number for entry in quarantine.entries(log)] == [1]
    assert resend(log, 1).status == "accepted"


def test_an_entry_survives_the_closing_of_the_log(path: Path) -> None:
    with opened(path) as log:
        take(log, BAD, NOISE)
    with opened(path, create=False) as log:
        assert [entry.raw for entry in quarantine.entries(log)] == [BAD, NOISE]


# ------------------------------------------------------------------------------------------- command line


def run(path: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--log", str(path)])


def ingested(path: Path, *lines: bytes, options: Sequence[str] = ()) -> Result:
    file = path.with_name("in.ndjson")
    file.write_bytes(b"\n".join(lines) + b"\n")
    return run(path, "ingest", str(file), *options)


def lines_of(result: Result) -> list[Any]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_ingest_answers_a_verdict_a_line_and_leaves_with_3_if_any_was_refused(path: Path) -> None:
    result = ingested(path, event(LAB), b"", BAD, event(LAB), event(LAB, value="99"), options=["--json"])
    assert result.exit_code == 3
    verdicts = lines_of(result)
    assert [(verdict["line"], verdict["status"]) for verdict in verdicts] == [
        (1, "accepted"),
        (3, "refused"),
        (4, "duplicate"),
        (5, "conflict"),
    ]
    assert all(
        list(verdict) == ["line", "source", "id", "status", "position", "warnings", "errors"] for verdict in verdicts
    )


def test_ingest_leaves_with_0_if_all_was_accepted_or_duplicate(path: Path) -> None:
    assert ingested(path, event(LAB), event(LAB)).exit_code == 0


def test_quarantine_list_shows_what_is_open_and_all_of_it_if_asked(path: Path) -> None:
    ingested(path, OFFER, BAD, DONOR_LINE)
    assert run(path, "quarantine", "resend", "1").exit_code == 0
    still = run(path, "quarantine", "list", "--json")
    assert still.exit_code == 0
    assert [entry["number"] for entry in json.loads(still.stdout)] == [2]
    everything = json.loads(run(path, "quarantine", "list", "--all", "--json").stdout)
    assert [(entry["number"], entry["resolved"] is None) for entry in everything] == [(1, False), (2, True)]


def test_quarantine_list_for_people_goes_to_standard_output(path: Path) -> None:
    ingested(path, BAD)
    result = run(path, "quarantine", "list")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "data.value" in result.stdout


def test_quarantine_show_prints_the_bytes_and_the_reasons(path: Path) -> None:
    ingested(path, BAD, NOISE)
    shown = json.loads(run(path, "quarantine", "show", "1", "--json").stdout)
    assert shown["bytes"].encode() == BAD
    assert [error["path"] for error in shown["errors"]] == ["data.value"]
    noise = run(path, "quarantine", "show", "2", "--json")
    assert noise.exit_code == 0
    assert "\ufffd" in json.loads(noise.stdout)["bytes"]
    people = run(path, "quarantine", "show", "2")
    assert people.exit_code == 0
    assert "UTF-8" in people.stdout


def test_quarantine_resend_leaves_with_0_if_all_is_taken_and_with_3_if_not(path: Path) -> None:
    ingested(path, OFFER, BAD)
    refused = run(path, "quarantine", "resend", "1", "--json")
    assert refused.exit_code == 3
    assert [(line["number"], line["status"]) for line in json.loads(refused.stdout)] == [(1, "refused")]
    assert ingested(path, DONOR_LINE).exit_code == 0
    mixed = run(path, "quarantine", "resend", "--all", "--json")
    assert mixed.exit_code == 3
    assert [(line["number"], line["status"]) for line in json.loads(mixed.stdout)] == [(1, "accepted"), (2, "refused")]
    assert query(path, "SELECT count(*) FROM stored_events") == [(3,)]  # the offer, its match run, the donor


def test_quarantine_resend_of_all_of_nothing_leaves_with_0(path: Path) -> None:
    ingested(path, event(LAB))
    assert run(path, "quarantine", "resend", "--all").exit_code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("quarantine", "show", "7"),
        ("quarantine", "show", "one"),
        ("quarantine", "resend", "7"),
        ("quarantine", "resend"),
        ("quarantine", "resend", "1", "--all"),
        ("quarantine", "burn"),
        ("ingest", "no-such-file.ndjson"),
        ("ingest",),
    ],
    ids=" ".join,
)
def test_a_wrong_request_leaves_with_2_and_says_why(path: Path, arguments: tuple[str, ...]) -> None:
    ingested(path, BAD)
    result = run(path, *arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.strip()


def test_the_quarantine_of_a_log_that_is_not_there_leaves_with_2(path: Path) -> None:
    for arguments in (("list",), ("show", "1"), ("resend", "--all")):
        result = run(path, "quarantine", *arguments)
        assert result.exit_code == 2
        assert str(path) in result.stderr
    assert not path.exists()


def test_a_number_named_twice_is_sent_once_or_asked_about(path: Path) -> None:
    ingested(path, OFFER, DONOR_LINE)
    result = run(path, "quarantine", "resend", "1", "1", "--json")
    assert result.exit_code in (0, 2)
    assert query(path, "SELECT count(*) FROM stored_events") == [(3,)]
