"""Feeds in a file and in a database, in any order, and on the command line: the same facts, the same erasure."""

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import LogError
from engine.intake.feeds.erasing import erase_person
from engine.intake.feeds.formats import FHIR, HL7V2
from engine.log import received
from engine.log.beside import RECEIVED
from engine.log.eventlog import EventLog
from engine.log.postgres.roles import service_role
from replay.audit.verification.heads import Trust
from replay.audit.verification.verify import verify_file
from tests.intake.feeds.support import PATIENTS, Feed, cda, fhir, hl7, observation, obx, quantity, with_cda
from tests.intake.support import NOW, opened, states
from tests.postgres import Server
from tests.replay.command import asked, refused, snagc

MESSAGES = [
    (hl7(), "hl7v2"), (hl7(obx("16", status="P", sub="2")), "hl7v2"), (hl7(obx("17", sub="2")), "hl7v2"),
    (hl7(obx("19", status="C"), sent="20250202"), "hl7v2"), (with_cda(cda()), "hl7v2"), (fhir(observation()), FHIR),
    (fhir(observation(status="amended", valueQuantity=quantity("20"))), FHIR), (hl7(obx("x", sub="5")), "hl7v2"),
    (hl7(pid="PID|1||P2^^^&1.2.250.1.99.1&ISO", sent="20250203"), "hl7v2"),
]  # fmt: skip


def test_a_feed_is_the_same_in_a_file_and_in_a_database(server: Server, tmp_path: Path) -> None:
    found = []
    for place in (str(tmp_path / "log.db"), server.new_log()):
        with opened(place) as log:
            feed = Feed(log)
            verdicts = [verdict for body, format_ in MESSAGES for verdict in feed.take(body, format_)]
            erased = erase_person(log, "C2", PATIENTS.of("C2"), "asked", now=NOW)
            found.append((
                [each.as_json() for each in verdicts], states(log), erased, log.recorder.received_rows(),
                log.store.folder(RECEIVED).names(), feed.waiting(),
            ))  # fmt: skip
        assert verify_file(place, Trust()).first is None
    assert found[0] == found[1]
    assert len(found[0][2].received) == 1


def test_the_service_s_own_user_keeps_what_is_received_and_erases_nothing(server: Server) -> None:
    owner = server.address(server.new_database())
    with opened(owner) as log:
        assert log.is_new
    database = owner.rpartition("/")[2]
    service = server.address(database, service_role(database))
    with opened(service, create=False) as log:
        assert [Feed(log).statuses(body, format_) for body, format_ in MESSAGES[:3]] == [
            ["accepted"], ["refused"], ["accepted"],
        ]  # fmt: skip
        assert len(log.store.folder(RECEIVED).names()) == 2
        with pytest.raises(LogError, match="may not"):
            erase_person(log, "C1", PATIENTS.of("C1"), "asked", now=NOW)
    assert verify_file(owner, Trust()).first is None


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(4)), twice=st.booleans())
def test_neither_order_nor_repetition_of_messages_matters(
    tmp_path_factory: object, order: list[int], twice: bool
) -> None:
    sent = [hl7(), hl7(obx("20", sub="2")), with_cda(cda()), hl7(obx(code="2160-0^C^LN", unit="mg/dL"))]
    with opened(tmp_path_factory.mktemp("order") / "log.db") as log:  # type: ignore[attr-defined]
        feed = Feed(log)
        for index in [*order, *(order if twice else [])]:
            feed.take(sent[index])
        assert sorted(feed.known()) == sorted([
            ("17.10", "umol/L", "2025-02-01T08:00:00+01:00"), ("17.10", "umol/L", "2025-02-01T08:00:00+01:00"),
            ("20", "umol/L", "2025-02-01T08:00:00+01:00"), ("17.10", "mg/dL", "2025-02-01T08:00:00+01:00"),
        ])  # fmt: skip


def test_bytes_that_were_erased_are_kept_when_received_again_even_before_they_are_gone(tmp_path: Path) -> None:
    raw = b"a message"
    digest = hashlib.sha256(raw).hexdigest()

    def received_again(log: EventLog) -> None:
        with log.recorder.writing():
            received.keep(log, raw, HL7V2, NOW)
        assert received.is_kept(log, raw)
        assert log.store.folder(RECEIVED).read(digest) == raw

    with opened(tmp_path / "log.db") as log:
        for is_meanwhile in (True, False):
            received_again(log)
            with log.recorder.writing():
                received.note_erased(log, [digest], "asked", NOW)
            assert not received.is_kept(log, raw)
            if is_meanwhile:
                received_again(log)
                with pytest.raises(LogError, match="received again meanwhile"):
                    received.take_out(log, [digest])
                assert log.store.folder(RECEIVED).read(digest) == raw
            else:
                received.take_out(log, [digest])
                assert log.store.folder(RECEIVED).read(digest) is None
        received_again(log)
        assert [act for _, _, _, act, _, _ in log.recorder.received_rows()] == ["kept", "erased"] * 2 + ["kept"]
    assert verify_file(str(tmp_path / "log.db"), Trust()).first is None


def test_the_commands_add_list_resend_and_erase(tmp_path: Path) -> None:
    log, patients, file = str(tmp_path / "log.db"), str(tmp_path / "patients.csv"), tmp_path / "message.hl7"
    file.write_bytes(hl7())
    words = ("ingest", str(file), "--format", "hl7v2", "--patients", patients, "--log", log, "--json")
    assert snagc("patients", "add", "IPP", "1", "C9", "--patients", patients).exit_code == 0
    stranger = snagc(*words)
    assert (stranger.exit_code, json.loads(stranger.stdout)["status"]) == (3, "refused")
    asked("patients", "add", "1.2.250.1.99.1", "P1", "C1", "--patients", patients, "--json")
    (answer,) = asked("quarantine", "resend", "--all", "--patients", patients, "--log", log, "--json")
    assert (answer["status"], answer["id"]) == ("accepted", "ORD1;14631-6;;C1")
    assert [each["candidate"] for each in asked("patients", "list", "--patients", patients, "--json")] == ["C9", "C1"]
    erased = asked("patients", "erase", "C1", "--patients", patients, "--log", log, "--json")
    assert (erased["identifiers"], len(erased["received"]), erased["quarantined"]) == (1, 1, [1])
    assert [each["candidate"] for each in asked("patients", "list", "--patients", patients, "--json")] == ["C9"]
    assert snagc("verify", "--log", log).exit_code == 0
    ignored = snagc(*words[:-1], "--unknown-patients", "ignore")
    assert (ignored.exit_code, "1 ignored" in ignored.stdout) == (0, True)
    for wrong in (
        ("--format", "xml"),
        ("--format", "fhir", "--import"),
        ("--format", "fhir", "--unknown-patients", "x"),
    ):
        refused("ingest", str(file), *wrong, "--log", log)
    refused("patients", "add", "IPP", "1", "C2", "--patients", patients)
    refused("patients", "add", "IPP", "2", "Jeanne Martin", "--patients", patients)
