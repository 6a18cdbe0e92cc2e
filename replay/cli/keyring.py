"""Where keys are kept, and which verifier keys are known: those named, else those of the configuration.

Cryptography is imported where a key is read: who has none starts without it.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import RequestError

if TYPE_CHECKING:
    from engine.log.note import VerifierKey

VKEY_VARIABLE = "SNAGC_VKEY"


def key_folder() -> Path:
    """Where keys are kept unless told otherwise: away from every log."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "snagc"


def configured_keys() -> list["VerifierKey"]:
    """The keys that SNAGC_VKEY names (as typer splits it, by blanks), else those in the configuration."""
    return known_keys(os.environ.get(VKEY_VARIABLE, "").split())


def known_keys(given: list[str] | None) -> list["VerifierKey"]:
    """The keys named, each as its text or a file of lines; by default all in the configuration."""
    named = given if given else [str(path) for path in sorted(key_folder().glob("*.vkey"))]
    texts = [text for name in named for text in _texts(name)]
    if not texts:
        return []
    from engine.log.note import VerifierKey

    return [VerifierKey.parse(text) for text in texts]


def _texts(name: str) -> list[str]:
    """The keys of a file, or the key that the name itself is."""
    if _is_file(name):
        return _lines(name)
    if "+" not in name:
        raise RequestError(
            f"no file {name!r}, and it is no verifier key itself (NAME+HASH+BASE64): check --vkey or SNAGC_VKEY"
        )
    return [name]


def _is_file(name: str) -> bool:
    try:
        return Path(name).is_file()
    except OSError:  # too long for a path: a key, or noise
        return False


def _lines(path: str) -> list[str]:
    try:
        text = Path(path).read_bytes().decode("utf-8", "replace")
    except OSError as error:
        raise RequestError(f"cannot read {path}: {error.strerror}") from None
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]
