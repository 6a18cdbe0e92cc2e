"""A replicate written as an event log: the audit replays every run of it to the same ranking."""

import re
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import orjson
import pytest

from replay.simulation.replicates import arrivals_of, replicate
from replay.simulation.request import Request
from replay.simulation.share import Share
from replay.simulation.written import Writer
from tests import postgres
from tests.replay.command import asked, refused, snagc
from tests.replay.simulation.small import TODAY, small_rates, small_request

OF_THE_PERSON = ("candidate", "sex", "blood_group", "disease", "centre", "age", "listed", "standing")


def written(folder: Path, request: Request) -> tuple[str, Share]:
    """The log that a replicate implies, taken in by the command, and its share."""
    feed, log = folder / "replicate.ndjson", str(folder / "replicate.db")
    with feed.open("wb") as out:
        share = replicate(request, TODAY, 1, Writer(out))
    verdicts = snagc("ingest", "--log", log, "--import", feed, "--json").stdout.splitlines()
    assert {orjson.loads(line)["status"] for line in verdicts} == {"accepted"}
    return log, share


def is_audited_whole(log: str, share: Share) -> bool:
    """Whether each offer's recorded run is what the engine replays from the log."""
    found = orjson.loads(snagc("audit", "--log", log, "--json").stdout)
    return (found["runs"], found["identical"], found["findings"]) == (
        share.counts["offers"],
        share.counts["offers"],
        [],
    )


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Share]:
    return written(tmp_path_factory.mktemp("written"), small_request())


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> list[object]:
    """What is asked for, up to the first day."""
    rates = tmp_path_factory.mktemp("rates") / "small.toml"
    rates.write_text(small_rates().text)
    return ["simulate", "--policy", "2023-06-15", "--replicates", 2, "--rates", rates, "--from"]


def test_every_ranking_of_a_replicate_is_that_of_the_log_it_implies(lived: tuple[str, Share]) -> None:
    log, share = lived
    assert is_audited_whole(log, share)


def test_a_log_gives_its_own_people_again_and_their_fates_as_far_as_no_graft_is_in_the_way(
    lived: tuple[str, Share], tmp_path: Path
) -> None:
    log, share = lived
    request = replace(small_request(), arrivals=log)
    again = written(tmp_path, request)
    assert is_audited_whole(*again)
    people, others = [
        {
            row[0]: row
            for row in zip(*(each.columns[name] for name in (*OF_THE_PERSON, "outcome", "ended")), strict=True)
        }
        for each in (share, again[1])
    ]
    assert set(people) == set(others)
    for name, row in people.items():
        assert others[name][: len(OF_THE_PERSON)] == row[: len(OF_THE_PERSON)]
        if "transplanted" not in (row[-2], others[name][-2]):
            assert others[name] == row
    arrivals_of.cache_clear()
    assert replicate(request, TODAY, 1).as_bytes() == again[1].as_bytes()


@pytest.mark.parametrize(
    ("first", "says"),
    [
        ("2026-01-01", r"from 2026-01-01: .*\.db ends on 202[45]-\d\d-\d\d, so begin earlier"),
        ("2023-12-31", r"from 2023-12-31: .*\.db knows nothing before 2024-01-01, so begin then or later"),
    ],
)
def test_years_that_begin_outside_the_log_are_refused(
    words: list[object], lived: tuple[str, Share], first: str, says: str
) -> None:
    assert re.search(says, refused(*words, first, "--arrivals", lived[0]))


def test_a_log_that_tells_of_nobody_is_refused_with_the_remedy(words: list[object], tmp_path: Path) -> None:
    (tmp_path / "none.ndjson").touch()
    snagc("ingest", "--log", tmp_path / "none.db", "--import", tmp_path / "none.ndjson")
    said = refused(*words, "2024-01-01", "--arrivals", tmp_path / "none.db")
    assert "the log is empty: name one that tells of candidates and donors" in said


@pytest.mark.long_only
def test_a_log_in_a_database_gives_the_bytes_of_its_file_and_a_folder_knows_it_by_its_root(
    words: list[object], lived: tuple[str, Share], tmp_path: Path, server: postgres.Server
) -> None:
    out, copy = tmp_path / "out", server.new_log()
    assert snagc("copy-log", lived[0], copy).exit_code == 0
    of_file = asked(*words, "2024-06-01", "--arrivals", lived[0], "--out", out)
    asked_for = (out / "request.json").read_text()
    assert lived[0] not in asked_for
    assert asked(*words, "2024-06-01", "--arrivals", copy, "--out", out) == of_file
    shutil.rmtree(out)
    assert asked(*words, "2024-06-01", "--arrivals", copy, "--out", out) == of_file
    assert (out / "request.json").read_text() == asked_for
    later = written(tmp_path, small_request(seed=8))[0]
    assert "arrivals_root" in refused(*words, "2024-06-01", "--arrivals", later, "--out", out)


@pytest.mark.long_only
def test_every_ranking_of_a_national_year_is_that_of_the_log_it_implies(tmp_path: Path) -> None:
    assert is_audited_whole(*written(tmp_path, Request((TODAY,), date(2024, 1, 1), 1, 1, 7)))
