"""What a token lets its sender send: every event type, scope and source, corrections by their target."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.errors import RequestError
from engine.events.catalogue import EVENT_CLASSES
from engine.intake import quarantine
from engine.intake.intake import Intake
from engine.intake.verdicts import Verdict
from engine.log.copying import copy_log
from engine.log.eventlog import EventLog
from replay.service.rights import TYPES
from replay.service.sending import Rights
from replay.service.viewer import COORDINATOR, OPEN, PRODUCER, SCOPES, TEAM, Viewer
from tests.faults.hostile_support import COUNTER, DATA, DONOR, LAB, OFFERED, REGISTERED, SOURCE, event
from tests.intake.support import NOW, opened, query, submissions, take
from tests.replay.command import asked

TYPE_NAMES = sorted(kind.removeprefix("snagc.").removesuffix(".v1") for kind in EVENT_CLASSES)
MINE, OTHERS = "urn:mine", "urn:others"


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EventLog]:
    with opened(tmp_path / "log.db") as log:
        yield log


def sent(log: EventLog, viewer: Viewer, *lines: bytes) -> list[Verdict]:
    """The verdicts of lines sent under a token."""
    gate = Rights(viewer)
    return Intake(log, now=lambda: NOW).take([each._replace(gate=gate) for each in submissions(*lines)])


def of(scope: str, *sources: str, sub: str = "K7") -> Viewer:
    """Somebody of one scope."""
    return Viewer(sub, (scope,), sources)


def amendment(name: str, source: str, id_: str, of_source: str = MINE, subject: str = "candidate/C1") -> bytes:
    """A correction or retraction of an event."""
    data: dict[str, Any] = {"event": {"source": source, "id": id_}, "reason": "wrong"}
    if name == "event.corrected":
        data["time"] = "2025-01-02T08:00:00+01:00"
    return json.dumps({
        "specversion": "1.0", "source": of_source, "id": f"{name}-{source}-{id_}", "type": f"snagc.{name}.v1",
        "subject": subject, "time": "2025-01-02T08:00:00+01:00", "data": data,
    }).encode()  # fmt: skip


@pytest.mark.parametrize("scope", SCOPES)
def test_a_token_sends_the_types_of_its_scope_for_its_sources_and_nothing_else(log: EventLog, scope: str) -> None:
    assert {*DATA, "event.corrected", "event.retracted"} >= set(TYPE_NAMES)
    for name in TYPE_NAMES:
        may = scope in TYPES[f"snagc.{name}.v1"].whole
        lines = [
            amendment(name, OTHERS, "x", source) if name.startswith("event.") else event(name, {"source": source})
            for source in (MINE, OTHERS)
        ]
        own, foreign = sent(log, of(scope, MINE), *lines)
        assert own.forbidden is (not may or name.startswith("event.")), (scope, name, own)
        assert (foreign.status, foreign.forbidden, foreign.position) == ("refused", True, None)
    kept = [entry.errors for entry in quarantine.entries(log)]
    assert all("data.donor" in str(errors) or "candidate" not in str(errors) for errors in kept)


def test_what_a_token_refuses_is_told_and_not_kept(log: EventLog) -> None:
    verdict, whole = sent(log, of(TEAM, MINE), event(LAB, {"source": MINE}), event(LAB, {"source": MINE}, value="NaN"))
    assert verdict.as_json()["errors"] == [
        {
            "path": "type",
            "message": "snagc.lab-result.recorded.v1 is sent with the scope producer, and this token's scope is team",
        }
    ]
    assert whole.errors == verdict.errors
    assert "forbidden" not in verdict.as_json()
    assert list(quarantine.entries(log)) == []
    assert log.head() == 0


def test_one_forbidden_event_never_stops_the_others(log: EventLog) -> None:
    lines = [event(LAB, {"source": MINE, "id": "1"}), event(DONOR, {"source": MINE}), event(LAB, {"source": MINE})]
    assert [verdict.status for verdict in sent(log, of(PRODUCER, MINE), *lines)] == ["accepted", "refused", "accepted"]


@pytest.mark.parametrize("name", ["event.corrected", "event.retracted"])
def test_an_amendment_needs_the_scope_and_the_source_of_its_target(log: EventLog, name: str) -> None:
    take(log, event(LAB, {"source": MINE}), event(LAB, {"source": OTHERS}), event(DONOR, {"source": MINE}))
    take(log, event("travel-times.published", {"source": MINE}), event("coronary-calcium.recorded", {"source": MINE}))
    producer, coordinator = of(PRODUCER, MINE), of(COORDINATOR, MINE)

    def answered(viewer: Viewer, source: str, kind: str, subject: str = "candidate/C1") -> tuple[bool, str]:
        (verdict,) = sent(log, viewer, amendment(name, source, f"{kind}-1", subject=subject))
        return verdict.forbidden, verdict.errors[0].path if verdict.errors else ""

    assert answered(producer, OTHERS, LAB) == (True, "data.event.source")
    assert answered(producer, OTHERS, "not-there") == (True, "data.event.source")
    assert answered(producer, MINE, "not-there") == (False, "data.event")
    assert answered(producer, MINE, DONOR, "donor/D1") == (True, "data.event")
    assert answered(coordinator, MINE, LAB) == (True, "data.event")
    assert answered(of(TEAM, MINE), MINE, LAB) == (True, "type")
    assert answered(OPEN, MINE, "travel-times.published", "travel-times/2025") == (True, "data.event")
    assert answered(producer, MINE, LAB) == (False, "")


def test_a_target_sent_in_the_same_batch_is_looked_up_too(log: EventLog) -> None:
    lines = [event(LAB, {"source": MINE}), amendment("event.retracted", MINE, f"{LAB}-1")]
    assert [verdict.status for verdict in sent(log, of(PRODUCER, MINE), *lines)] == ["accepted", "accepted"]


@pytest.mark.parametrize(
    ("actor", "forbidden"), [("lab:K7", False), ("lab:K8", True), ("K7:lab", True), ("lab:K7:x", True)]
)
def test_an_actor_is_the_sub_of_the_token(log: EventLog, actor: str, forbidden: bool) -> None:
    (verdict,) = sent(log, of(PRODUCER, MINE), event(LAB, {"source": MINE, "actor": actor}))
    assert verdict.forbidden is forbidden
    (verdict,) = sent(log, of(PRODUCER, MINE, sub=actor), event(LAB, {"source": MINE, "actor": actor, "id": "2"}))
    assert verdict.forbidden is False


def test_in_an_open_service_all_but_what_comes_by_command_line_is_sent_by_anybody(log: EventLog) -> None:
    lines = [event(REGISTERED, {"actor": "team:T1"}), event(DONOR), event(OFFERED), event(COUNTER)]
    assert [verdict.forbidden for verdict in sent(log, OPEN, *lines)] == [False, False, False, True]
    assert "command line only" in sent(log, OPEN, event("match-run.recorded"))[0].errors[0].message


@pytest.mark.parametrize(
    "line",
    [b"{", b"[]", b"null", b'{"type": 1, "source": 2, "data": 3}', b'{"type": "snagc.event.retracted.v1"}',
     b'{"type": "snagc.event.retracted.v1", "data": {"event": 1}}', b'{"type": "snagc.unknown.v1"}'],
)  # fmt: skip
def test_what_does_not_say_what_it_is_the_intake_refuses_and_keeps_with_its_sender(log: EventLog, line: bytes) -> None:
    (verdict,) = sent(log, of(PRODUCER, MINE), line)
    assert (verdict.status, verdict.forbidden) == ("refused", False)
    (kept,) = quarantine.entries(log)
    assert kept.sender == Rights(of(PRODUCER, MINE)).sender


# --------------------------------------------------------------------------------------------------- sent again


def resent(log: EventLog, *numbers: int) -> list[Verdict]:
    """The verdicts of entries sent again."""
    return [verdict for _, verdict in quarantine.resend(log, numbers, now=lambda: NOW, gate_of=Rights.of)]


def test_sent_again_an_entry_has_the_rights_of_its_first_sender_and_no_more(log: EventLog) -> None:
    early = amendment("event.retracted", MINE, f"{DONOR}-1", subject="donor/D1")
    offer = event(OFFERED, {"source": MINE})
    sent(log, of(PRODUCER, MINE), early)
    take(log, early)
    sent(log, of(COORDINATOR, MINE), offer)
    take(log, event(DONOR, {"source": MINE}))
    refused, taken = resent(log, 1, 3)
    assert (refused.forbidden, refused.status, taken.status) == (True, "refused", "accepted")
    first, second = quarantine.entries(log, include_resolved=True)
    assert (first.times, first.resolved, first.sender and first.sender.scopes) == (2, None, (PRODUCER,))
    assert second.resolved == "accepted at position 2"


def test_what_came_by_command_line_is_sent_again_freely(log: EventLog) -> None:
    take(log, event(OFFERED))
    sent(log, of(COORDINATOR, SOURCE), event(OFFERED))
    take(log, event(DONOR))
    (kept,) = quarantine.entries(log)
    assert (kept.times, kept.sender) == (2, None)
    assert [verdict.status for verdict in resent(log, 1)] == ["accepted"]


def test_without_knowing_rights_an_entry_of_a_token_is_not_sent_again(log: EventLog) -> None:
    sent(log, of(PRODUCER, MINE), b"noise")
    with pytest.raises(RequestError, match="rights are known"):
        list(quarantine.resend(log, [1], now=lambda: NOW))


def test_who_sent_an_entry_is_copied_with_it_and_can_t_be_changed(log: EventLog, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    sent(log, of(PRODUCER, MINE), b"noise")
    copy_log(str(tmp_path / "log.db"), str(copy), lambda evidence, files: None)
    sent(log, of(COORDINATOR, MINE), b"more")
    copy_log(str(tmp_path / "log.db"), str(copy), lambda evidence, files: None)
    rows = "SELECT entry, sender FROM quarantine_senders ORDER BY entry"
    assert query(copy, rows) == query(tmp_path / "log.db", rows)
    assert asked("verify", "--log", copy)["whole"]
    for change in (
        "UPDATE quarantine_senders SET sender = ''", "DELETE FROM quarantine_senders",
        "INSERT INTO quarantine_senders VALUES (1, '')", "INSERT OR REPLACE INTO quarantine_senders VALUES (1, '')",
        "INSERT INTO quarantine_senders VALUES (9, '')",
    ):  # fmt: skip
        with pytest.raises(Exception, match="quarantine_senders"):
            query(copy, change)
