"""The token that each form of a page carries: nobody can send a form from elsewhere in somebody's name.

It is made of the session (or of what an open service's visitors have in common) with a key that lives as long as this
process. A page of another origin can't read ours, so it can't know it.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterable

from replay.service.answers import Problem

FIELD = "csrf"
"""Its name in a form."""
OPEN_VISITORS = "open"


class Csrf:
    """Makes the tokens of a process; ``key``: secret bytes."""

    def __init__(self, key: Callable[[], bytes] = lambda: secrets.token_bytes(32)) -> None:
        self._key = key()

    def token(self, session: str) -> str:
        """The token of a session's forms."""
        return hmac.new(self._key, f"form {session}".encode(), hashlib.sha256).hexdigest()


def check(expected: str, given: str) -> None:
    """Problem (403) where what a form carries is not the token of its session, or the session may send none."""
    if not expected or not hmac.compare_digest(expected.encode(), given.encode()):
        message = "this form is not of a page of your session: open the page again, and send it from there"
        raise Problem(403, message, kind="form")


def check_origin(origins: Iterable[str], host: str, address: str | None) -> None:
    """Problem (403) where a form comes from another origin's page, as browsers say it, whatever token it carries.

    Ours are the ``host`` that was asked, which no page of others can choose, and the ``address`` that is configured,
    where something stands before the service.
    """
    own = [f"http://{host}", f"https://{host}", *([address] if address else [])]
    for origin in origins:
        if origin.lower() not in map(str.lower, own):
            message = f"Origin {origin[:80]!r}: forms are taken from the pages of this service alone"
            raise Problem(403, message, kind="form_abroad", origin=origin[:80])
