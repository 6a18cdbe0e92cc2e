"""What the commands that write a file share: what may be written over, and the format."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from engine.errors import RequestError
from engine.log.outputs import Output

Format = TypeVar("Format", bound=StrEnum)


def format_of(out: Path | None, given: Format | None, formats: type[Format], default: Format | None = None) -> Format:
    """The format that the ending of --out names; --format must agree with it, and names it where there is no ending."""
    ending = out.suffix.removeprefix(".").lower() if out is not None else ""
    endings = ", ".join(f".{known}" for known in formats)
    if not ending:
        chosen = given or default
        if chosen is None:
            raise RequestError(f"--out {out} names no format: end it in one of {endings}, or give --format")
        return chosen
    if ending not in tuple(formats):
        raise RequestError(f"--out {out} names no format of this command: end it in one of {endings}")
    if given is not None and given != ending:
        raise RequestError(f"--out {out} ends in .{ending}, --format says {given}: make them agree, or leave one out")
    return formats(ending)


def planned(
    path: str | Path | None, log: str | None, inputs: Sequence[str | Path] = (), *, force: bool
) -> Output | None:
    """The output that is asked for, looked at before anything is done; None where none is."""
    if path is None:
        return None
    output = Output(path, log, inputs, force)
    output.check()
    return output
