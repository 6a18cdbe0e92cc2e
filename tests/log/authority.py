"""A timestamp authority made with openssl, for tests."""

import shutil
import subprocess
from pathlib import Path

import pytest

OPENSSL = shutil.which("openssl")
needs_openssl = pytest.mark.skipif(OPENSSL is None, reason="no openssl here to play the timestamp authority")

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


def make_authority(folder: Path) -> Path:
    """A folder with a root certificate (root.pem) and a timestamp authority under it."""
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


def answer(authority: Path, request: bytes) -> bytes:
    """The authority's answer to a request."""
    (authority / "request").write_bytes(request)
    openssl(
        authority, "ts", "-reply", "-queryfile", "request", "-signer", "tsa.pem", "-inkey", "tsa.key",
        "-config", "config", "-out", "response",
    )  # fmt: skip
    return (authority / "response").read_bytes()
