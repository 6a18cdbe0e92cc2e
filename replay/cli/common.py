"""What the commands share: opening the log and what is asked of it, the clock, errors and exit codes."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from traceback import clear_frames
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, cast

import typer

from engine.errors import RequestError, SnagcError
from replay.cli.keyring import configured_keys
from replay.cli.printing import console, tell
from replay.cli.streams import give_up

if TYPE_CHECKING:
    from engine.log.eventlog import EventLog
    from replay.run.asked import Asked

OK, INTERNAL, USAGE, DIVERGENCE, BROKEN = range(5)
"""Exit codes: as asked, internal error, usage, refused events or divergence, integrity broken."""
INTERRUPTED = 130

_DOUBTS: ContextVar[list[str]] = ContextVar("doubts")
"""What checkpoints contradict of the log that the command under way answers from."""

Command = TypeVar("Command", bound=Callable[..., Any])


def now() -> int:
    """The clock: microseconds since the epoch."""
    return time.time_ns() // 1000


def guarded(command: Command) -> Command:
    """Turn the project's errors into a message and their exit code."""

    @wraps(command)
    def run(*arguments: Any, **options: Any) -> Any:
        try:
            with _doubting():
                result = command(*arguments, **options)
                sys.stdout.flush()
                return result
        except typer.Exit:
            raise
        except SnagcError as error:
            fail(str(error), error.exit_code)
        except BrokenPipeError:
            give_up()
            raise typer.Exit(OK) from None
        except OSError as error:
            give_up()
            fail(unusable(error), INTERNAL)
        except KeyboardInterrupt:
            fail("stopped", INTERRUPTED)
        except Exception as error:
            from engine.log.trouble import trouble_of

            if (trouble := trouble_of(error)) is not None:
                fail(str(trouble), trouble.exit_code)
            raise

    return cast(Command, run)


def unsearched(command: Command) -> Command:
    """Answer without looking for garbage: all that is read for a short answer is of use until the process ends."""

    @wraps(command)
    def run(*arguments: Any, **options: Any) -> Any:
        from engine.log.eventlog import without_garbage_collection

        with without_garbage_collection():
            return command(*arguments, **options)

    return cast(Command, run)


@contextmanager
def _doubting() -> Iterator[None]:
    """Whatever a command ends with, it leaves with 4 where a checkpoint contradicts the log it answered from."""
    doubts: list[str] = []
    before = _DOUBTS.set(doubts)
    said = "this answer stands on a log that its checkpoints contradict: run snagc verify"
    try:
        yield
    except typer.Exit:
        if not doubts:
            raise
    except SnagcError as error:
        if not doubts:
            raise
        said = str(error)
    except BrokenPipeError:
        if not doubts:
            raise
        give_up()
    finally:
        _DOUBTS.reset(before)
    if doubts:
        fail(said, BROKEN)


def unusable(error: OSError) -> str:
    """What is said where the system refuses to read or write."""
    return f"{error}: check free space, rights and paths"


def fail(message: str, code: int) -> NoReturn:
    """Say what is wrong on standard error and leave with an exit code."""
    tell(f"snagc: {message}")
    raise typer.Exit(code)


@contextmanager
def opened(location: str | None, *, create: bool = False, said: bool = True) -> Iterator["EventLog"]:
    """The log that --log or SNAGC_LOG names; ``said``: that one was made is told."""
    from engine.log.eventlog import EventLog

    if not location:
        raise RequestError("no log named: give --log PATH-or-postgresql://… or set SNAGC_LOG")
    log = EventLog.open(location, create=create)
    if log.is_new and said:
        tell(f"snagc: new log {log.store.name}")
    log.witnesses.keys = configured_keys
    try:
        yield log
    except BaseException as error:
        clear_frames(error.__traceback__)  # a read that was cut off ends here, while its file is still open
        raise
    finally:
        log.close()


@contextmanager
def asking(
    location: str | None,
    *,
    json: bool,
    document: bool = False,
    at: str | None = None,
    known_at: str | None = None,
    ruleset: str | None = None,
    readings: Sequence[str] | None = None,
    start: str | None = None,
    end: str | None = None,
    tick: Callable[[], None] = lambda: None,
) -> Iterator["Asked"]:
    """The log that --log or SNAGC_LOG names and what is asked of it: every command that answers opens it here.

    Where a checkpoint beside the log contradicts it, that is said first and the command leaves with 4: with
    ``json`` there is no answer, otherwise the answer follows. Of a ``document`` on standard output the notice
    stands on standard error, or it would be a part of it.
    """
    from engine.log.witness import refuse
    from replay.run.asked import Asked

    def doubt(contradiction: str) -> None:
        if json:
            refuse(contradiction)
        _DOUBTS.get().append(contradiction)
        said = f"snagc: this log is not the one that was signed: {contradiction}"
        if document:
            tell(said)
        else:
            console().print(said, markup=False, soft_wrap=True)

    with opened(location) as log:
        log.witnesses.doubt = doubt
        try:
            yield Asked(log, now(), at, known_at, ruleset, tuple(readings or ()), start, end, tick)
        except SnagcError:
            log.hold(log.head())  # what is asked for may be missing because somebody took it out
            raise
