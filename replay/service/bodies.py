"""The body of a request: whole, in bounded memory, in bounded time, and of a kind that the route takes."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from errno import ENOSPC
from os import strerror
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, cast

from starlette.datastructures import Headers

from engine.intake.media_type import media_type
from replay.service.answers import Problem
from replay.service.routes import Route

Receive = Callable[[], Awaitable[Any]]
IN_MEMORY = 1 << 20
"""Bytes of a body that are held in memory; the rest goes to a temporary file."""
CLOSING = {"Connection": "close"}
"""Said with an answer to a body that was not read to its end."""


class GoneError(Exception):
    """The client went away."""


def kind_of_body(route: Route, headers: Headers) -> str:
    """The media type of what is sent: one that the route takes, in UTF-8 and not packed; else 415."""
    taken = [body.media for body in route.bodies]
    given = ", ".join(headers.getlist("content-type"))
    found = media_type(given)
    if [packing.lower() for packing in headers.getlist("content-encoding")] not in ([], ["identity"]):
        raise Problem(415, "content-encoding: send the body as it is, not packed", CLOSING)
    if found is None or found[0] not in taken:
        raise Problem(415, f"content-type {given[:80]!r}: send {' or '.join(taken)}", CLOSING)
    if found[1] not in (None, "utf-8"):
        raise Problem(415, f"content-type {given[:80]!r} names another charset than utf-8: send UTF-8", CLOSING)
    return found[0]


async def read_body(receive: Receive, headers: Mapping[str, str], most: int, seconds: float) -> BinaryIO:
    """The body, to be read from its beginning: 413 where it has too many bytes, 408 where it takes too long.

    503 where there is no room for what goes to a temporary file.
    """
    length = headers.get("content-length", "")
    if length.isdigit() and int(length) > most:
        raise _too_large(most)
    body = cast(BinaryIO, SpooledTemporaryFile(IN_MEMORY))  # noqa: SIM115  (its reader closes it)
    try:
        async with asyncio.timeout(seconds):
            await _fill(body, receive, most)
    except TimeoutError:
        body.close()
        raise Problem(408, f"the body did not arrive within {seconds:g} s: send it again, faster", CLOSING) from None
    except OSError as error:
        _let_go(body)
        why = strerror(error.errno or ENOSPC)  # the error's own words may name folders of this machine
        raise Problem(
            503, f"no room here for a body this long ({why}): send it again later, or in parts of less than "
            f"{IN_MEMORY} bytes", {**CLOSING, "Retry-After": "5"},
        ) from None  # fmt: skip
    except BaseException:
        body.close()
        raise
    body.seek(0)
    return body


async def _fill(body: BinaryIO, receive: Receive, most: int) -> None:
    more, size = True, 0
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise GoneError
        size += len(message.get("body", b""))
        if size > most:
            raise _too_large(most)
        body.write(message.get("body", b""))
        more = message.get("more_body", False)


def _let_go(body: BinaryIO) -> None:
    with suppress(OSError):  # what could not be written is not written now either
        body.close()


def _too_large(most: int) -> Problem:
    return Problem(413, f"the body has more than {most} bytes: send it in parts", CLOSING)
