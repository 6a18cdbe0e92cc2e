"""Who comes in: a token's subject or whoever signed in, by a configuration; everybody where the service is open.

A session counts for what only reads: whoever sends brings a token.

A request is let in as far as the table of rights says (``replay.service.rights``); what a viewer's own leaves of an
answer is seen to where it is made.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from replay.service.config import Configuration
from replay.service.csrf import OPEN_VISITORS, Csrf
from replay.service.page_routes import PageRoute
from replay.service.refusals import ForbiddenError, TooManyError
from replay.service.rights import Reach, is_public, reach_of, readers_of
from replay.service.viewer import OPEN, Viewer

if TYPE_CHECKING:
    from replay.service.signing_in import SignIn
    from replay.service.tokens import Tokens

NOBODY = Viewer("nobody", ())
"""Whoever makes a request that needs no token."""
Headers = Sequence[tuple[bytes, bytes]]
_MINUTE = 60
_MOST_SUBJECTS = 10_000


class Door:
    """Lets requests in; ``clock`` in seconds since the epoch, ``monotonic`` in seconds since whenever."""

    def __init__(
        self, configuration: Configuration | None, clock: Callable[[], float], monotonic: Callable[[], float]
    ) -> None:
        self._tokens = _tokens(configuration, clock, monotonic)
        self.sign_in = _sign_in(configuration, clock, monotonic)
        """Where people sign in; None where nobody does."""
        self.csrf = Csrf() if self.sign_in is None else self.sign_in.csrf
        self._fetches = False
        self._rates: Rates | None = None
        if configuration is not None:
            section = configuration.tokens
            self._fetches = isinstance(section.jwks, str)
            self._rates = Rates(configuration.limits.requests_per_minute, monotonic)

    async def admit(self, request: str, headers: Iterable[tuple[bytes, bytes]]) -> Viewer:
        """Who makes a request, by its name in the table; a Problem where they may not."""
        if is_public(request):
            return NOBODY
        viewer = await self._viewer(tuple(headers), in_session=request.startswith("GET "))
        if self._rates is not None:
            self._rates.count(viewer.sub)
        if reach_of(viewer, request) is Reach.NONE:
            scopes = readers_of(request)
            held = " ".join(viewer.scopes) or "none"
            needed = f"needs the scope {' or '.join(scopes)}" if scopes else "is for nobody"
            raise ForbiddenError(f"{request} {needed}, and yours is {held}", scopes)
        return viewer

    async def admit_to(self, page: PageRoute, headers: Iterable[tuple[bytes, bytes]]) -> Viewer:
        """Who opens a page, or sends a form of one; a Problem where they may not."""
        if not page.needs:
            return NOBODY
        viewer = await self._viewer(tuple(headers), in_session=True)
        if self._rates is not None:
            self._rates.count(viewer.sub)
        if not page.is_for(viewer):
            scopes = tuple(dict.fromkeys(scope for request in page.needs for scope in readers_of(request)))
            held = " ".join(viewer.scopes) or "none"
            raise ForbiddenError(f"{page.path} needs the scope {' or '.join(scopes)}, and yours is {held}", scopes)
        return viewer

    async def _viewer(self, headers: Headers, *, in_session: bool) -> Viewer:
        if self._tokens is None:
            return replace(OPEN, csrf=self.csrf.token(OPEN_VISITORS))
        if self.sign_in is not None and in_session and not has_token(headers):
            viewer = self.sign_in.viewer(headers)
            if viewer is not None:
                return viewer
        if self._fetches:  # perhaps just now, which takes its time
            return await asyncio.to_thread(self._tokens.viewer, headers)
        return self._tokens.viewer(headers)


def has_token(headers: Headers) -> bool:
    """Whether a request brings a token, which then says alone who asks."""
    return any(name == b"authorization" for name, _ in headers)


def _tokens(
    configuration: Configuration | None, clock: Callable[[], float], monotonic: Callable[[], float]
) -> "Tokens | None":
    """What checks tokens, loaded where they are asked for."""
    if configuration is None:
        return None
    from replay.service.keys import keys_of
    from replay.service.tokens import Tokens

    return Tokens(configuration.tokens, keys_of(configuration.tokens, monotonic), clock)


def _sign_in(
    configuration: Configuration | None, clock: Callable[[], float], monotonic: Callable[[], float]
) -> "SignIn | None":
    """What signs people in, loaded where somebody is to sign in."""
    if configuration is None or configuration.oidc is None:
        return None
    from replay.service.signing_in import SignIn

    return SignIn(configuration, clock, monotonic)


class Rates:
    """How many requests each subject made in the running minute."""

    def __init__(self, most: int, monotonic: Callable[[], float]) -> None:
        self._most, self._monotonic = most, monotonic
        self._minute = 0
        self._counts: dict[str, int] = {}

    def count(self, sub: str) -> None:
        """One more; TooManyError where that is too many."""
        now = self._monotonic()
        if now // _MINUTE != self._minute or len(self._counts) > _MOST_SUBJECTS:
            self._minute, self._counts = int(now // _MINUTE), {}
        self._counts[sub] = self._counts.get(sub, 0) + 1
        if self._counts[sub] > self._most:
            raise TooManyError(self._most, max(1, int(_MINUTE - now % _MINUTE)))
