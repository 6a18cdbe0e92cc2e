"""The three standard streams as a command finds them: one that was closed fails when it is used, as in any program."""

import os
import sys
from collections.abc import Callable
from typing import Any

_INSTEAD = (("stdin", "r", os.O_WRONLY), ("stdout", "w", os.O_RDONLY), ("stderr", "w", os.O_WRONLY))
"""The null device, opened such that reading and answering fail; what is told to nobody is lost."""


def complete() -> None:
    """Put a stream in the place of each that is closed, or a file opened later would take its number."""
    for number, (name, mode, way) in enumerate(_INSTEAD):
        if getattr(sys, name) is None:
            descriptor = os.open(os.devnull, way)
            if descriptor != number:
                os.dup2(descriptor, number)
                os.close(descriptor)
            setattr(sys, name, os.fdopen(number, mode, closefd=False))


def written(command: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """Run a command that leaves; OSError where the end of its answer can't be written: that is no success."""
    try:
        return command(*arguments, **options)
    except SystemExit:
        try:
            sys.stdout.flush()
        except BrokenPipeError:
            give_up()
        raise


def give_up() -> None:
    """Write what still can be; the rest goes nowhere, or Python would try once more at its end, and leave with 120."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
