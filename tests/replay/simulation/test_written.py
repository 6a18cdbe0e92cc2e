"""A replicate written as an event log: the audit replays every run of it to the same ranking."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import orjson
import pytest

from engine.errors import RequestError
from replay.simulation.replicates import arrivals_of, replicate
from replay.simulation.request import Request
from replay.simulation.share import Share
from replay.simulation.written import Writer
from tests.replay.command import snagc
from tests.replay.simulation.small import TODAY, small_request

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


def test_years_that_begin_after_the_log_ends_are_refused(lived: tuple[str, Share]) -> None:
    with pytest.raises(RequestError, match=r"from 2026-01-01: .* ends on 202[34]-\d\d-\d\d, so begin earlier"):
        replicate(replace(small_request(), arrivals=lived[0], first=date(2026, 1, 1)), TODAY, 1)


@pytest.mark.long_only
def test_every_ranking_of_a_national_year_is_that_of_the_log_it_implies(tmp_path: Path) -> None:
    assert is_audited_whole(*written(tmp_path, Request((TODAY,), date(2024, 1, 1), 1, 1, 7)))
