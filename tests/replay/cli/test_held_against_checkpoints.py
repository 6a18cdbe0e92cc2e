"""Answers know what they stand on: a log that its checkpoints contradict is said first, and left with 4."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from engine.log.checkpoint import checkpoints_of, sign_head
from tests.faults import tampering as t
from tests.intake.support import opened, query, take
from tests.replay.command import snagc

AT = "2024-07-02T12:00:00+02:00"
ANSWERS: dict[str, list[str]] = {
    "rank": ["rank", "O1"],
    "explain": ["explain", "O1", "A3"],
    "list": ["list", "--at", "now"],
    "candidate": ["candidate", "A3", "--at", "now"],
    "worklist": ["worklist", "score", "--centre", "990000010", "--at", "now"],
    "audit": ["audit"],
    "audit known at": ["audit", "--known-at", "now"],
    "diff": ["diff", "O1", "--b", "known-at=now"],
    "sensitivity": ["sensitivity", "O1"],
    "offers": ["offers"],
    "course": ["course", "A3"],
    "dossier": ["dossier", "O1", "--format", "json"],
    "export events": ["export", "events", "--format", "csv"],
    "export ranks": ["export", "ranks", "--format", "csv"],
}


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The worked example, signed at 20 and at 30."""
    return t.write_log(tmp_path_factory.mktemp("signed") / "log.db", t.sound_lines())


@pytest.fixture(scope="module")
def forged(signed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same made anew with one figure changed, beside the checkpoints of the true one."""
    return t.rewritten(signed, tmp_path_factory.mktemp("forged"), 6, b'"value": 10', b'"value": 11')


def run(log: Path, words: list[str], *more: str, key: str | None = None) -> Any:
    out = ["--out", str(log.parent / f"{'-'.join(words[:2])}.csv")] if words[0] == "export" else []
    (log.parent / "none").mkdir(exist_ok=True)
    env = {"SNAGC_LOG": str(log), "XDG_CONFIG_HOME": str(log.parent / "none"), "SNAGC_VKEY": key or ""}
    for file in log.parent.glob("export-*.csv"):
        file.unlink()
    return snagc(*words, *out, *more, env=env)


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_from_a_sound_log_is_given_as_ever(signed: Path, name: str) -> None:
    assert run(signed, ANSWERS[name]).exit_code in (0, 3)


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_from_a_contradicted_log_comes_after_the_notice_and_leaves_with_4(forged: Path, name: str) -> None:
    result = run(forged, ANSWERS[name])
    assert result.exit_code == 4
    notice = "snagc: this log is not the one that was signed: 20.note signs another root"
    if name != "dossier":
        assert result.stdout.startswith(notice)
        assert len(result.stdout.splitlines()) > 1
        assert "snagc verify" in result.stderr
        return
    assert result.stdout == ""
    assert "20.note signs another root" in result.stderr


@pytest.mark.parametrize("name", [name for name in ANSWERS if name != "dossier"])
def test_with_json_the_notice_is_on_standard_error_and_nothing_on_standard_output(forged: Path, name: str) -> None:
    result = run(forged, ANSWERS[name], "--json")
    assert (result.exit_code, result.stdout) == (4, "")
    assert "20.note signs another root for the first 20 events than this log has" in result.stderr
    assert not list(forged.parent.glob("export-*.csv"))


def test_what_is_missing_because_it_was_cut_off_leaves_with_4(signed: Path, tmp_path: Path) -> None:
    copy = t.copied(signed, tmp_path)
    with t.unguarded(copy) as rows:
        t.drop_tail(rows, 18)
    result = run(copy, ["rank", "O1"], "--json")
    assert (result.exit_code, result.stdout) == (4, "")
    assert "20.note signs 20 events, the log has 18" in result.stderr


def test_reading_goes_on_to_the_first_checkpoint_after_what_is_read(signed: Path, tmp_path: Path) -> None:
    copy = t.copied(signed, tmp_path)
    with t.unguarded(copy) as rows:
        t.change_bytes(rows, 27, b'"value":', b'"value" :')
    early = run(copy, ["list", "--at", "now", "--known-at", "10"])
    assert early.exit_code == 0, early.output
    assert run(copy, ["list", "--at", "now", "--known-at", "20"]).exit_code == 0
    assert run(copy, ["list", "--at", "now", "--known-at", "21"]).exit_code == 4


def test_a_signature_is_checked_where_a_key_is_known(signed: Path, tmp_path: Path) -> None:
    forged = t.write_log(tmp_path / "log.db", t.sound_lines(), key=t.THIEF)
    assert run(forged, ["rank", "O1"]).exit_code == 0
    result = run(forged, ["rank", "O1"], key=t.KEY.verifier.text)
    assert result.exit_code == 4
    assert "signed by no known key" in result.stdout
    assert run(signed, ["rank", "O1"], key=t.KEY.verifier.text).exit_code == 0


def test_a_note_that_is_none_is_a_contradiction(signed: Path, tmp_path: Path) -> None:
    copy = t.copied(signed, tmp_path)
    (Path(f"{copy}.checkpoints") / "30.note").write_bytes(b"garbage")
    assert run(copy, ["list", "--at", "now"], "--json").exit_code == t.verify(copy)[0] == 4


def test_nothing_is_recorded_on_a_contradicted_log(forged: Path, tmp_path: Path) -> None:
    copy = tmp_path / "log.db"
    shutil.copy(forged, copy)
    shutil.copytree(f"{forged}.checkpoints", f"{copy}.checkpoints")
    event = {
        "specversion": "1.0", "source": "/s", "id": "o", "type": "snagc.graft.offered.v1", "subject": "offer/O9",
        "time": AT, "data": {"donor": "D1"},
    }  # fmt: skip
    feed = tmp_path / "feed.ndjson"
    feed.write_text(json.dumps(event))
    for words in (["offer", "D1"], ["ingest", str(feed)]):
        result = run(copy, words)
        assert (result.exit_code, result.stdout) == (4, "")
        assert "20.note signs another root" in result.stderr
        assert query(copy, "SELECT max(rowid) FROM stored_events") == [(t.SIZE,)]


def test_a_checkpoint_made_while_a_feeder_runs_binds_its_next_offer(tmp_path: Path) -> None:
    from engine.errors import BrokenLogError
    from engine.intake.intake import Intake, Submission
    from replay.run.live import LiveRuns
    from tests.faults.hostile_support import COUNTER, DONOR, OFFERED, event
    from tests.intake.support import NOW

    path = tmp_path / "log.db"
    with opened(path) as log:
        take(log, event(COUNTER), event(DONOR))
        runs = LiveRuns(log)
        intake = Intake(log, now=lambda: NOW, runs=runs)
        assert intake.take([Submission(1, event(OFFERED))])[0].status == "accepted"
        sign_head(log, checkpoints_of(str(path)), t.KEY)
        with t.unguarded(path) as rows:
            rows.execute("UPDATE stored_events SET state = CAST(state || ' ' AS BLOB) WHERE rowid = 3")
        with pytest.raises(BrokenLogError, match="signs another root"):
            intake.take([Submission(1, event(OFFERED, {"id": "again", "subject": "offer/O7"}))])


# ------------------------------------------------------------------------------------------------------ the dossier


def dossier(log: Path, *more: str) -> Any:
    result = run(log, ["dossier", "O1", "--format", "json", *more])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)["log"]["checkpoint"]


def test_a_dossier_states_the_checkpoint_it_was_held_against_or_that_there_was_none(
    signed: Path, tmp_path: Path
) -> None:
    held = dossier(signed)
    assert (held["file"], held["origin"], held["size"], held["contradictions"]) == ("30.note", t.KEY.name, 30, [])
    assert dossier(signed, "--known-at", "34")["file"] == "30.note"
    bare = t.write_log(tmp_path / "log.db", t.sound_lines(), key=None)
    assert dossier(bare) is None
    for language, words in (("en", "There was no signed checkpoint"), ("fr", "Aucun point de contrôle signé")):
        assert words in run(bare, ["dossier", "O1", "--lang", language]).stdout
        assert "30.note" in run(signed, ["dossier", "O1", "--lang", language]).stdout


def test_a_dossier_of_a_contradicted_log_says_so_in_itself(forged: Path) -> None:
    result = run(forged, ["dossier", "O1", "--lang", "en"])
    assert result.exit_code == 4
    assert result.stderr.startswith("snagc: this log is not the one that was signed: 20.note")
    assert "Warning: a signed checkpoint contradicts this log" in result.stdout
