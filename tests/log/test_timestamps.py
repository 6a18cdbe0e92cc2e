"""RFC 3161 timestamps against an authority made with openssl: taken, checked, refused for other bytes."""

from pathlib import Path

import pytest

from engine.errors import BrokenLogError, RequestError
from engine.log.timestamps import timestamp_request, timestamped_at
from tests.log.authority import answer, make_authority, needs_openssl, openssl

pytestmark = needs_openssl

NOTE = b"example.org/heart-log\n20\nAAAA=\n\n\xe2\x80\x94 example.org/heart-log AAAA\n"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The authority's folder."""
    return make_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def response(authority: Path) -> bytes:
    """The authority's answer for the note."""
    return answer(authority, timestamp_request(NOTE))


def test_a_timestamp_of_the_note_holds_under_the_root_and_for_openssl(authority: Path, response: bytes) -> None:
    root = (authority / "root.pem").read_bytes()
    assert timestamped_at(NOTE, response, root) == timestamped_at(NOTE, response)
    assert timestamped_at(NOTE, response).endswith("Z")
    (authority / "note").write_bytes(NOTE)
    openssl(authority, "ts", "-verify", "-data", "note", "-in", "response", "-CAfile", "root.pem")


def test_the_same_note_makes_the_same_request() -> None:
    assert timestamp_request(NOTE) == timestamp_request(NOTE) != timestamp_request(NOTE + b"x")


def test_a_timestamp_of_other_bytes_is_refused(response: bytes) -> None:
    with pytest.raises(BrokenLogError, match="other bytes"):
        timestamped_at(NOTE + b"x", response)


def test_a_timestamp_under_another_root_is_refused(authority: Path, response: bytes) -> None:
    openssl(
        authority, "req", "-x509", "-newkey", "ed25519", "-nodes", "-keyout", "other.key", "-out", "other.pem",
        "-subj", "/CN=root",
    )  # fmt: skip
    with pytest.raises(BrokenLogError, match="does not hold"):
        timestamped_at(NOTE, response, (authority / "other.pem").read_bytes())


def test_a_timestamp_whose_time_was_changed_is_refused(authority: Path, response: bytes) -> None:
    year = timestamped_at(NOTE, response)[:4].encode()
    at = response.index(year, response.index(b"\x18\x0f" + year))
    changed = response[:at] + b"1999" + response[at + 4 :]
    assert timestamped_at(NOTE, changed).startswith("1999")
    with pytest.raises(BrokenLogError, match="does not hold"):
        timestamped_at(NOTE, changed, (authority / "root.pem").read_bytes())


@pytest.mark.parametrize("data", [b"", b"noise", b"\x30\x00"])
def test_what_is_no_timestamp_is_refused(data: bytes) -> None:
    with pytest.raises(BrokenLogError, match="cannot be read"):
        timestamped_at(NOTE, data)


def test_certificates_that_are_none_are_refused(response: bytes) -> None:
    with pytest.raises(RequestError, match="PEM"):
        timestamped_at(NOTE, response, b"noise")
