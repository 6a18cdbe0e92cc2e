"""snagc keys, checkpoint, timestamp, verify, prove and check-proof, from start to finish and where they refuse."""

import hashlib
import json
import stat
import sys
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from engine.log.imports import ImportRecord, import_records, joined_ranges
from engine.log.note import SignedNote, VerifierKey
from tests.faults.tampering import EVENTS, sound_lines
from tests.intake.support import opened
from tests.log.authority import answer, make_authority, needs_openssl
from tests.replay.command import snagc

NAME = "example.org/heart-log"


class Place:
    """A folder with a log and, elsewhere, a configuration; commands run there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "log" / "heart.db"
        self.log.parent.mkdir()
        self.keys = folder / "configuration" / "snagc"
        self.key, self.vkey = self.keys / "example.org_heart-log.key", self.keys / "example.org_heart-log.vkey"

    def run(self, *words: object, code: int = 0) -> Any:
        """A command with this log and configuration, and the exit code it must have."""
        env = {"SNAGC_LOG": str(self.log), "XDG_CONFIG_HOME": str(self.folder / "configuration")}
        result = snagc(*words, env=env)
        assert result.exit_code == code, result.output
        return result

    def document(self, *words: object, code: int = 0) -> Any:
        """The JSON document of a command."""
        return json.loads(self.run(*words, "--json", code=code).stdout)

    def take(self, first: int, last: int, *more: str) -> None:
        """Take some events of the worked example in."""
        part = self.folder / f"{first}-{last}.ndjson"
        part.write_bytes(b"\n".join(sound_lines()[first - 1 : last]))
        self.run("ingest", part, "--import", *more)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A log of 20 events and a key."""
    place = Place(tmp_path)
    place.take(1, 20, "--actor", "archivist:A1")
    place.run("keys", "--name", NAME)
    return place


# ------------------------------------------------------------------------------------------------------------ keys


def test_a_key_pair_goes_to_the_configuration_readable_by_its_owner_alone(place: Place) -> None:
    assert stat.S_IMODE(place.key.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.keys.stat().st_mode) == 0o700
    assert place.key.read_text().startswith(f"PRIVATE+KEY+{NAME}+")
    VerifierKey.parse(place.vkey.read_text())


def test_the_verifier_key_is_all_that_keys_prints_on_standard_output(place: Place) -> None:
    result = place.run("keys", "--name", "other")
    assert VerifierKey.parse(result.stdout).name == "other"
    assert place.document("keys", "--name", "third")["vkey"].startswith("third+")


def test_two_keys_are_never_the_same_and_none_is_overwritten(place: Place) -> None:
    before = place.key.read_bytes()
    for force in ((), ("--force",)):
        assert "never overwritten" in place.run("keys", "--name", NAME, *force, code=2).stderr
    assert place.key.read_bytes() == before
    place.run("keys", "--name", NAME, "--out", place.folder / "more")
    assert (place.folder / "more" / place.key.name).read_bytes() != before


def test_a_key_is_not_put_beside_a_log_or_its_checkpoints_unless_forced(place: Place) -> None:
    place.run("checkpoint", "--key", place.key)
    for folder in (place.log.parent, Path(f"{place.log}.checkpoints")):
        before = sorted(folder.iterdir())
        assert "--force" in place.run("keys", "--out", folder, code=2).stderr
        assert sorted(folder.iterdir()) == before
        place.run("keys", "--out", folder, "--force")
        assert (folder / "snagc-log.key").exists()


def test_a_name_with_a_blank_is_refused(place: Place) -> None:
    assert "two words" in place.run("keys", "--name", "two words", code=2).stderr


# ---------------------------------------------------------------------------------------------- from start to finish


def test_a_log_signed_grown_and_signed_again_is_verified_under_the_configured_key(place: Place) -> None:
    copy = place.folder / "kept" / "elsewhere.note"
    copy.parent.mkdir()
    place.run("checkpoint", "--key", place.key, "--out", copy)
    place.take(21, 35)
    signed = place.document("checkpoint", "--key", place.key)
    assert (signed["origin"], signed["size"], signed["imports"]) == (NAME, 35, len(records(place)))
    assert signed["root"] == place.document("verify")["root"]
    assert SignedNote.parse(signed["note"].encode()).data == Path(signed["file"]).read_bytes()
    document = place.document("verify", "--checkpoint", copy)
    assert [(head["size"], head["signed_by"]) for head in document["checkpoints"]] == [(20, [NAME]), (35, [NAME])]
    assert document["imported"] == [[1, 35]]
    assert len(document["cannot_show"]) == 1


def test_verify_in_words_says_each_step_what_holds_and_what_it_cannot_show(place: Place) -> None:
    said = place.run("verify").output
    assert [line[:9] for line in said.splitlines()[:10]] == [f"{step}. ok     "[:9] for step in range(1, 11)]
    assert "positions 1 to 20: recorded times as declared by the importer" in said
    assert "There is no checkpoint" in said
    assert "whole: 20 events, root " in said
    place.run("checkpoint", "--key", place.key)
    place.take(21, 22)
    said = place.run("verify").output
    assert f"checkpoint of 20 events: signed by {NAME}" in said
    assert "Positions 21 to 22 lie after the last checkpoint" in said


def test_without_a_known_key_verify_says_that_no_signature_was_checked(place: Place) -> None:
    place.run("checkpoint", "--key", place.key)
    line = place.vkey.read_text()
    place.vkey.unlink()
    document = place.document("verify")
    assert document["checkpoints"][0]["signed_by"] == []
    assert "no signature was checked" in document["cannot_show"][0]
    keys = place.folder / "keys.txt"
    keys.write_text(f"# ours\n\n{line}\n")
    for known in (line.strip(), keys):
        assert place.document("verify", "--vkey", known)["checkpoints"][0]["signed_by"] == [NAME]


def test_a_log_that_is_only_read_is_left_as_it_was(place: Place) -> None:
    before = place.log.read_bytes()
    place.run("verify")
    assert place.log.read_bytes() == before


def test_proofs_made_here_are_checked_elsewhere_without_the_log(place: Place) -> None:
    place.run("checkpoint", "--key", place.key)
    place.take(21, 35)
    place.run("checkpoint", "--key", place.key)
    inclusion, consistency = place.folder / "7.json", place.folder / "20-35.json"
    place.run("prove", "inclusion", 7, "--out", inclusion)
    place.run("prove", "consistency", 20, 35, "--out", consistency)
    place.log.unlink()
    assert place.document("check-proof", inclusion)["signed_by"] == [NAME]
    checked = place.document("check-proof", consistency)
    assert (checked["holds"], checked["signed_by"], checked["cannot_show"]) == (True, [NAME], [])
    assert "holds: the event stands at position 7" in place.run("check-proof", inclusion).output
    inclusion.write_bytes(inclusion.read_bytes().replace(b"88.4", b"88.5"))
    assert "the event was changed" in place.run("check-proof", inclusion, code=4).stderr


def test_a_proof_on_standard_output_is_the_document_itself(place: Place) -> None:
    proof = json.loads(place.run("prove", "inclusion", 3, "--size", 10).stdout)
    assert (proof["kind"], proof["position"], proof["size"]) == ("inclusion", 3, 10)


@needs_openssl
def test_a_checkpoint_is_timestamped_and_the_timestamp_verified(place: Place) -> None:
    authority = make_authority(place.folder)
    request, reply = place.folder / "request.tsq", place.folder / "reply.tsr"
    place.run("checkpoint", "--key", place.key, "--timestamp-request", request)
    reply.write_bytes(answer(authority, request.read_bytes()))
    taken = place.document("timestamp", reply, "--certificates", authority / "root.pem")
    assert taken["size"] == 20
    unchecked = place.document("verify")
    assert unchecked["checkpoints"][0]["timestamp"] == taken["timestamp"]
    assert "certificates" in unchecked["cannot_show"][0]
    assert len(place.document("verify", "--certificates", authority / "root.pem")["cannot_show"]) == 1
    place.take(21, 22)
    place.run("checkpoint", "--key", place.key)
    assert "other bytes" in place.run("timestamp", reply, "--certificates", authority / "root.pem", code=4).stderr
    assert "no checkpoint" in place.run("timestamp", reply, "--certificates", reply, "--size", 7, code=2).stderr


# ------------------------------------------------------------------------------------------------------- imports


def records(place: Place) -> list[ImportRecord]:
    with opened(place.log) as log:
        return import_records(log)


def test_an_import_notes_the_files_digest_and_who_imported(place: Place) -> None:
    found = records(place)
    digest = hashlib.sha256((place.folder / "1-20.ndjson").read_bytes()).hexdigest()
    assert {(record.file_sha256, record.actor) for record in found} == {(digest, "archivist:A1")}
    assert joined_ranges(found) == [range(1, 21)]


def test_a_long_import_notes_each_transaction_with_the_digest_of_the_whole_file(tmp_path: Path) -> None:
    place = Place(tmp_path)
    lab = json.loads(sound_lines()[5])
    lines = [json.dumps(lab | {"id": f"lab-{n}", "subject": f"candidate/C{n}"}) for n in range(2_500)]
    file = tmp_path / "labs.ndjson"
    file.write_text("\n".join(lines))
    place.run("ingest", file, "--import")
    found = records(place)
    assert len(found) > 1
    assert {record.file_sha256 for record in found} == {hashlib.sha256(file.read_bytes()).hexdigest()}
    assert place.document("verify")["imported"] == [[1, 2_500]]


def test_standard_input_is_noted_by_its_digest_even_where_it_cannot_be_read_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Pipe(BytesIO):
        def seekable(self) -> bool:
            return False

    place = Place(tmp_path)
    result = snagc("ingest", "-", "--import", "--log", place.log, given=EVENTS.read_bytes())
    assert result.exit_code == 0
    assert records(place)[0].file_sha256 == hashlib.sha256(EVENTS.read_bytes()).hexdigest()
    from replay.cli.ingesting import ingest

    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=Pipe(EVENTS.read_bytes())))
    ingest(["-"], log=str(tmp_path / "piped.db"), import_=True)
    with opened(tmp_path / "piped.db") as log:
        assert import_records(log)[0].file_sha256 == records(place)[0].file_sha256


def test_a_live_feed_leaves_no_import_record(tmp_path: Path) -> None:
    place = Place(tmp_path)
    live = [{name: value for name, value in json.loads(line).items() if name != "recordedtime"}
            for line in sound_lines()[:3]]  # fmt: skip
    file = tmp_path / "live.ndjson"
    file.write_text("\n".join(map(json.dumps, live)))
    place.run("ingest", file)
    assert records(place) == []
    assert place.document("verify")["imported"] == []


def test_an_actor_that_is_a_name_is_refused_before_anything_is_taken(tmp_path: Path) -> None:
    place = Place(tmp_path)
    assert "role:id" in place.run("ingest", EVENTS, "--import", "--actor", "Jeanne Dupont", code=2).stderr
    assert not place.log.exists()


# ------------------------------------------------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    "words",
    [
        ("checkpoint", "--key", "nowhere.key"),
        ("checkpoint", "--key", "@vkey"),
        ("checkpoint", "--key", "@key", "--out", "nowhere/there/note"),
        ("verify", "--log", "nowhere.db"),
        ("verify", "--vkey", "noise"),
        ("verify", "--vkey", "noise" * 200),
        ("verify", "--checkpoint", "nowhere.note"),
        ("verify", "--certificates", "nowhere.pem"),
        ("prove", "inclusion", "21"),
        ("prove", "inclusion", "1", "--out", "nowhere/there/proof"),
        ("prove", "consistency", "20", "10"),
        ("check-proof", "nowhere.json"),
        ("check-proof", "@vkey"),
        ("timestamp", "nowhere.tsr", "--certificates", "nowhere.pem"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(place: Place, words: tuple[str, ...]) -> None:
    named = {"@key": str(place.key), "@vkey": str(place.vkey)}
    result = place.run(*(named.get(word, word) for word in words), code=2)
    assert (result.stdout, result.stderr.count("\n"), result.stderr[:7]) == ("", 1, "snagc: ")


@pytest.mark.parametrize("command", ["keys", "checkpoint", "timestamp", "verify", "check-proof"])
def test_the_help_of_a_command_has_an_example(command: str) -> None:
    assert f"Example: snagc {command} " in snagc(command, "--help").stdout


@pytest.mark.parametrize("kind", ["inclusion", "consistency"])
def test_the_help_of_a_proof_has_an_example(kind: str) -> None:
    assert f"Example: snagc prove {kind} " in snagc("prove", kind, "--help").stdout
