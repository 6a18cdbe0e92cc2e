"""A command that finds nothing says so: no answer is an empty one."""

from pathlib import Path

import pytest

from tests.replay.command import snagc


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("quarantine list", "nothing waits in quarantine"),
        ("quarantine list --all", "nothing was ever refused"),
        ("quarantine resend --all", "nothing waits in quarantine"),
        ("access", "no read is on record"),
        ("access --candidate C1", "no read is on record"),
    ],
)
def test_where_there_is_nothing_it_is_said_and_the_document_is_empty(tmp_path: Path, command: str, said: str) -> None:
    log = tmp_path / "heart.db"
    (tmp_path / "none.ndjson").write_text("")
    assert snagc("ingest", tmp_path / "none.ndjson", "--log", log).exit_code == 0
    told = snagc(*command.split(), "--log", log)
    assert (told.exit_code, told.stdout.startswith(said)) == (0, True), told.output
    assert said not in snagc(*command.split(), "--json", "--log", log).stdout


def test_an_empty_mapping_has_nobody(tmp_path: Path) -> None:
    patients = tmp_path / "patients.csv"
    patients.write_text("authority,value,candidate\n")
    assert snagc("patients", "list", "--patients", patients).stdout == "nobody\n"


def test_a_verifier_key_s_file_that_is_not_there_is_named_as_such(tmp_path: Path) -> None:
    log = tmp_path / "heart.db"
    (tmp_path / "none.ndjson").write_text("")
    snagc("ingest", tmp_path / "none.ndjson", "--log", log)
    told = snagc("verify", "--log", log, "--vkey", "heart.vkey")
    assert (told.exit_code, "no file 'heart.vkey'" in told.stderr) == (2, True)


def test_without_any_checkpoint_none_is_asked_for_by_its_size(tmp_path: Path) -> None:
    log = tmp_path / "heart.db"
    (tmp_path / "none.ndjson").write_text("")
    snagc("ingest", tmp_path / "none.ndjson", "--log", log)
    (tmp_path / "1.tsr").write_bytes(b"")
    told = snagc("timestamp", tmp_path / "1.tsr", "--log", log, "--certificates", tmp_path / "1.tsr")
    assert (told.exit_code, "there is no checkpoint yet" in told.stderr) == (2, True)
