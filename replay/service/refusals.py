"""What the service refuses a request for, beside what is asked: who asks, what they may, how often.

Each is a problem document (RFC 9457), with the challenge of RFC 6750 where a token was in question.
"""

from replay.service.answers import Problem


class TokenError(Problem):
    """No token, or none that counts: 401. RFC 6750: where none was sent, the challenge names no error."""

    def __init__(self, why: str, *, sent: bool = True) -> None:
        error = f', error="invalid_token", error_description="{why}"' if sent else ""
        super().__init__(401, why, {"WWW-Authenticate": f'Bearer realm="snagc"{error}'})


class ForbiddenError(Problem):
    """A token that counts, but not for this: 403. ``scopes`` are those that would do, where any would."""

    def __init__(self, why: str, scopes: tuple[str, ...] = ()) -> None:
        needed = f', scope="{" ".join(scopes)}"' if scopes else ""
        challenge = {"WWW-Authenticate": f'Bearer realm="snagc", error="insufficient_scope"{needed}'}
        super().__init__(403, why, challenge, "no_right" if scopes else "", scopes=" ".join(scopes))


class TooManyError(Problem):
    """More requests of one ``sub`` than may be: 429, and when to come back."""

    def __init__(self, most: int, seconds: int) -> None:
        message = f"over {most} requests in a minute: come back later"
        super().__init__(429, message, {"Retry-After": str(seconds)}, "often", most=most, seconds=seconds)


class UnavailableError(Problem):
    """What a decision or its record needs cannot be had: 503, and nothing was answered."""

    def __init__(self, why: str, **about: str | int) -> None:
        super().__init__(503, why, {"Retry-After": "5"}, "", **about)
