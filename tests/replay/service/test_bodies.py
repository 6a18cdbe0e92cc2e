"""The body of a request is read whole, or refused: never a part of it, and never more than may be."""

import asyncio
import resource
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from replay.service.answers import Problem
from replay.service.bodies import IN_MEMORY, GoneError, read_body

MOST = 10
Piece = dict[str, Any]


def piece(body: bytes, *, more: bool) -> Piece:
    return {"type": "http.request", "body": body, "more_body": more}


def read(*pieces: Piece, most: int = MOST, seconds: float = 60, length: str | None = None) -> bytes:
    """What is read of pieces; whoever asks for more than there are waits for ever."""
    coming: Iterator[Piece] = iter(pieces)

    async def receive() -> Piece:
        for each in coming:
            return each
        await asyncio.sleep(3600)
        raise AssertionError

    async def whole() -> bytes:
        headers = {} if length is None else {"content-length": length}
        with await read_body(receive, headers, most, seconds) as body:
            return body.read()

    return asyncio.run(whole())


def refused(*pieces: Piece, **how: Any) -> tuple[int, str | None]:
    """The status of the problem, and whether the connection is closed."""
    with pytest.raises(Problem) as problem:
        read(*pieces, **how)
    return problem.value.status, problem.value.headers.get("Connection")


def test_a_body_is_read_to_its_end_and_not_further() -> None:
    assert read(piece(b"ab", more=True), piece(b"", more=True), piece(b"cd", more=False)) == b"abcd"
    assert read({"type": "http.request"}) == b"", "a piece that says neither has nothing, and is the last"
    assert read({"type": "http.request", "body": b"ab"}) == b"ab"
    large = b"x" * (IN_MEMORY + 1)
    assert read(piece(large, more=True), piece(large, more=False), most=3 * len(large)) == 2 * large


@pytest.mark.parametrize("length", [None, "10", "no number"])
def test_as_many_bytes_as_may_be_are_taken_whether_or_not_their_number_is_said(length: str | None) -> None:
    assert read(piece(b"01234", more=True), piece(b"56789", more=False), length=length) == b"0123456789"


def test_one_byte_more_is_413_as_soon_as_it_is_said_or_there_and_the_connection_ends() -> None:
    assert refused(length="11") == (413, "close")
    assert refused(piece(b"01234567890", more=True)) == (413, "close")
    assert refused(piece(b"0123456789", more=True), piece(b"0", more=True)) == (413, "close")


def test_a_long_body_for_which_there_is_no_room_is_503_and_a_short_one_is_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    large = b"x" * (IN_MEMORY + 1)
    assert refused(piece(large, more=False), most=2 * len(large)) == (503, "close")
    assert read(piece(large[1:], more=False), most=2 * len(large)) == large[1:]
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    resource.setrlimit(resource.RLIMIT_FSIZE, (IN_MEMORY + 10, limit[1]))
    try:
        with pytest.raises(Problem, match=r"no room here .*File too large.*: send it again later") as problem:
            read(piece(large, more=True), piece(large, more=False), most=3 * len(large))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert problem.value.headers["Retry-After"] == "5"
    assert list(tmp_path.iterdir()) == []


def test_where_no_folder_takes_a_long_body_none_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", lambda: [str(tmp_path / "gone")])
    large = b"x" * (IN_MEMORY + 1)
    with pytest.raises(Problem, match=r"no room here .*\(No such file or directory\): send") as problem:
        read(piece(large, more=False), most=2 * len(large))
    assert str(tmp_path) not in str(problem.value)


def test_a_body_that_does_not_arrive_is_408_and_of_one_whose_sender_left_nothing_is_read() -> None:
    assert refused(piece(b"0", more=True), seconds=0.01) == (408, "close")
    with pytest.raises(GoneError):
        read(piece(b"0", more=True), {"type": "http.disconnect"})
