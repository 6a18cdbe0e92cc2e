"""The folder of a simulation: whose it is, and that nothing unfinished or foreign in it is taken for an answer."""

from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import RequestError
from replay.simulation.folder import Folder
from replay.simulation.replicates import replicate
from replay.simulation.share import Share
from tests.replay.command import refused
from tests.replay.simulation.small import TODAY, small_request

REQUEST = small_request()
OTHER = replace(REQUEST, seed=8)


@pytest.fixture(scope="module")
def share() -> Share:
    return replicate(REQUEST, TODAY, 1)


def test_a_share_is_read_as_it_was_kept_and_a_torn_one_is_refused(tmp_path: Path, share: Share) -> None:
    folder = Folder(tmp_path / "out", REQUEST)
    folder.begin()
    folder.finish(1, [share, share])
    assert [each.as_bytes() for each in folder.finished(1)] == [share.as_bytes()] * 2
    place = tmp_path / "out" / "replicates" / "000001.parquet"
    for torn in (b"torn", b"", place.read_bytes()[:-100]):
        place.write_bytes(torn)
        with pytest.raises(RequestError, match="remove it"):
            folder.finished(1)


def test_of_two_at_once_in_one_folder_neither_takes_the_other_s_share_for_its_own(tmp_path: Path, share: Share) -> None:
    first, second = Folder(tmp_path / "out", REQUEST), Folder(tmp_path / "out", OTHER, force=True)
    first.begin()
    second.begin()
    first.finish(1, [share])
    with pytest.raises(RequestError, match=r"another simulation's.*remove it, it is made again"):
        second.finished(1)


def test_who_begins_anew_and_is_stopped_leaves_no_answer_of_before(tmp_path: Path, share: Share) -> None:
    out = tmp_path / "out"
    before = Folder(out, REQUEST)
    before.begin()
    before.finish(1, [share])
    for name in ("results.json", "report.fr.html", "incidence.en.svg"):
        before.write(name, b"an answer")
    with pytest.raises(RequestError, match=r"seed 7, now 8.*replace it with --force"):
        Folder(out, OTHER).begin()
    assert before.has(1)
    Folder(out, OTHER, force=True).begin()
    assert [path.name for path in sorted(out.rglob("*"))] == ["replicates", "request.json"]


def test_who_was_ended_while_the_folder_was_made_goes_on_in_it(tmp_path: Path) -> None:
    (tmp_path / "out" / "replicates").mkdir(parents=True)
    (tmp_path / "out" / ".snagc-7.draft").touch()
    Folder(tmp_path / "out", REQUEST).begin()
    assert (tmp_path / "out" / "request.json").exists()


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("letter", "is no folder: name another"),
        ("letter/out", "cannot make the folder .*: Not a directory; name one where folders can be made"),
        ("nowhere", "cannot make the folder .*: File exists"),
        ("home", "holds something else than a simulation: name a new folder"),
    ],
)
def test_a_place_where_no_folder_can_be_is_refused_with_the_remedy(tmp_path: Path, name: str, says: str) -> None:
    (tmp_path / "letter").touch()
    (tmp_path / "nowhere").symlink_to(tmp_path / "gone")
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "letter").touch()
    with pytest.raises(RequestError, match=says):
        Folder(tmp_path / name, REQUEST, force=True).begin()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--from", "20240101"], "--from '20240101' is no day: write it as 2024-01-01"),
        (["--from", "2024-W01-1"], "is no day"),
        (["--from", "2024-02-30"], "is no day"),
        (["--from", "9999-01-01"], "from 9999-01-01: give a day up to the year 2200"),
        (["--from", "2017-12-31"], "the score exists since 2018-01-01"),
        (
            ["--from", "2024-01-01", "--years", "0", "--replicates", "-1"],
            "years 0: give 1 to 50; replicates -1: give",
        ),
        (["--from", "2024-01-01", "--seed", str(1 << 64)], "seed 18446744073709551616: give 0 to"),
        (["--from", "2024-01-01", "--policy", "."], "policy '.' is no file and no rule set: rule sets are 2018-01-01"),
        (["--from", "2024-01-01", "--policy", ""], "policy '' is no file and no rule set"),
        (["--from", "2024-01-01", "--rates", "nowhere.toml"], "cannot read rates nowhere.toml"),
        (["--from", "2024-01-01", "--scheduler", "tcp://192.0.2.1:8786"], "192.0.2.1 is not loopback"),
    ],
)
def test_what_cannot_be_asked_for_is_refused_by_name(words: list[str], says: str) -> None:
    assert says in refused("simulate", "--policy", "2023-06-15", *words)
