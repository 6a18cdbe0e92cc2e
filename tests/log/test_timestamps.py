"""RFC 3161 timestamps against an authority made with openssl: taken, checked, refused for other bytes."""

import shutil
import subprocess
from pathlib import Path

import pytest

from engine.errors import BrokenLogError, RequestError
from engine.log.timestamps import timestamp_request, timestamped_at

OPENSSL = shutil.which("openssl")
pytestmark = pytest.mark.skipif(OPENSSL is None, reason="no openssl here to play the timestamp authority")

NOTE = b"example.org/heart-log\n20\nAAAA=\n\n\xe2\x80\x94 example.org/heart-log AAAA\n"
CONFIG = """
[tsa]
default_tsa = authority
[authority]
serial = serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
[extensions]
extendedKeyUsage = critical,timeStamping
"""


def openssl(folder: Path, *words: str) -> None:
    """Run openssl in a folder."""
    assert OPENSSL is not None
    subprocess.run([OPENSSL, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a root certificate and a timestamp authority under it."""
    folder = tmp_path_factory.mktemp("authority")
    (folder / "config").write_text(CONFIG)
    (folder / "serial").write_text("01\n")
    new_key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    openssl(folder, "req", "-x509", *new_key, "-keyout", "root.key", "-out", "root.pem", "-subj", "/CN=root")
    openssl(folder, "req", *new_key, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=authority")
    openssl(
        folder, "x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial",
        "-out", "tsa.pem", "-extfile", "config", "-extensions", "extensions",
    )  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def response(authority: Path) -> bytes:
    """The authority's answer for the note."""
    (authority / "request").write_bytes(timestamp_request(NOTE))
    openssl(
        authority, "ts", "-reply", "-queryfile", "request", "-signer", "tsa.pem", "-inkey", "tsa.key",
        "-config", "config", "-out", "response",
    )  # fmt: skip
    return (authority / "response").read_bytes()


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
