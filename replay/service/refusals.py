"""What the service refuses a request for, beside what is asked: who asks, and what they may.

Told as a problem document (RFC 9457), with the challenge of RFC 6750 where a token was in question.
"""

from collections.abc import Mapping


class RefusalError(Exception):
    """A request refused for who asks; ``str`` says why and what to do, never what a token holds."""

    status = 403
    headers: Mapping[str, str] = {}


class TokenError(RefusalError):
    """No token, or none that counts: 401. RFC 6750: where none was sent, the challenge names no error."""

    status = 401

    def __init__(self, why: str, *, sent: bool = True) -> None:
        super().__init__(why)
        error = f', error="invalid_token", error_description="{why}"' if sent else ""
        self.headers = {"WWW-Authenticate": f'Bearer realm="snagc"{error}'}


class ForbiddenError(RefusalError):
    """A token that counts, but not for this: 403. ``scopes`` are those that would do, where any would."""

    def __init__(self, why: str, scopes: tuple[str, ...] = ()) -> None:
        super().__init__(why)
        needed = f', scope="{" ".join(scopes)}"' if scopes else ""
        self.headers = {"WWW-Authenticate": f'Bearer realm="snagc", error="insufficient_scope"{needed}'}


class UnavailableError(RefusalError):
    """What a decision or its record needs cannot be had: 503, and nothing was answered."""

    status = 503
    headers = {"Retry-After": "5"}  # noqa: RUF012 (a mapping nobody changes)
