"""File names and ids may hold bytes that are no text, or mean something to SQLite: a message, never a traceback."""

import os
from pathlib import Path

import pytest

from engine.log.eventlog import EventLog
from tests.projections.support import CENTRE
from tests.replay.command import AT, refused, snagc, told

HALF = "caf\udce9"
"""What Python makes of a name written by an older system in Latin-1."""


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> str:
    return told().kept_at(tmp_path_factory.mktemp("log") / "snagc.db")


@pytest.mark.parametrize(
    "words",
    [
        ["candidate", HALF, "--at", AT], ["explain", "O1", HALF], ["course", HALF], ["rank", HALF],
        ["dossier", "O1", HALF], ["worklist", "score", "--centre", HALF, "--at", AT], ["quality", "--centre", HALF],
        ["list", "--at", HALF], ["rank", "O1", "--ruleset", HALF], ["keys", "--name", HALF, "--out", "elsewhere"],
    ],
    ids=lambda words: " ".join(words[:2]).encode("ascii", "replace").decode(),
)  # fmt: skip
def test_an_id_that_is_no_text_is_not_there(log: str, words: list[str]) -> None:
    more = [] if words[0] == "keys" else ["--log", log]
    assert refused(*words, *more)


@pytest.mark.parametrize("words", [["list"], ["verify"], ["ingest", os.devnull]], ids=" ".join)
def test_a_log_whose_path_is_no_text_is_refused_and_nothing_is_made(tmp_path: Path, words: list[str]) -> None:
    assert "is no path in UTF-8" in refused(*words, "--log", tmp_path / f"{HALF}.db")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("ending", ["-wal", "-SHM", "-journal", ".checkpoints", ".states", ".access", ".received"])
def test_no_log_is_made_under_the_name_of_what_lies_beside_another(tmp_path: Path, ending: str) -> None:
    assert "lies beside a log" in refused("ingest", os.devnull, "--log", tmp_path / f"heart.db{ending}")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["a?mode=ro.db", "b#c.db", "d%2Fe.db", "file:f.db", "g;h.db", "i'j.db", "é 心.db"])
def test_a_log_may_have_any_other_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    told().kept_at(tmp_path / "first.db")
    (tmp_path / "first.db").rename(name)
    with EventLog.open(name) as opened:
        assert opened.head() == len(told().events)
    assert snagc("verify", "--log", name).exit_code == 0
    assert snagc("worklist", "score", "--centre", CENTRE, "--at", AT, "--log", name).exit_code == 0


def test_an_answer_may_go_to_a_file_whose_name_is_no_text(log: str, tmp_path: Path) -> None:
    assert snagc("export", "events", "--out", tmp_path / f"{HALF}.csv", "--log", log).exit_code == 0
    assert [path.name for path in tmp_path.iterdir()] == [f"{HALF}.csv"]
