"""What the service asks of others: keys and identities, from the address that was checked and in bounded time."""

import time
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError

FETCH_SECONDS = 5
"""How long an address may take, from the first byte to the last."""
MOST_BYTES = 256 * 1024
_PIECE = 16 * 1024


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Answers come from the address that was checked, and from no other."""

    def redirect_request(self, *_: Any) -> None:
        """Follow nothing: the answer is then an error."""


def fetched(address: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> bytes:
    """What an address answers with 200; OSError where it does not, too slowly, or with more than so many bytes."""
    opener = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))
    request = urllib.request.Request(address, body, dict(headers or {}))  # noqa: S310  (is_safe has seen it)
    until = time.monotonic() + FETCH_SECONDS
    try:
        with opener.open(request, timeout=FETCH_SECONDS) as answer:
            data = b""
            while piece := answer.read1(_PIECE):
                data += piece
                if len(data) > MOST_BYTES:
                    raise OSError(f"more than {MOST_BYTES} bytes")
                if time.monotonic() > until:
                    raise TimeoutError(f"no whole answer within {FETCH_SECONDS} s")
            return data
    except HTTPError as error:
        error.close()
        raise
    except HTTPException as error:
        raise OSError(f"no HTTP ({type(error).__name__})") from None
