"""Sessions of people who signed in: held in memory by the one service process, so that a restart ends them all.

A session counts for pages and for reads of the API. It ends after half an hour in which nobody asked for anything, ten
hours after sign-in, and at sign-out. Only a digest of its id is kept, and each sign-in has a new one.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from replay.service.viewer import Viewer

IDLE_S, WHOLE_S = 30 * 60, 10 * 60 * 60
MOST = 10_000
"""Sessions at once: of more, those nobody used for longest end."""


@dataclass(slots=True)
class Session:
    """Who signed in, when, and what they did last; ``id_token``: what the provider takes as a sign-out."""

    viewer: Viewer
    id_token: str
    begun: float
    seen: float

    def is_over(self, now: float) -> bool:
        """Whether it counts no more."""
        return now - self.seen >= IDLE_S or now - self.begun >= WHOLE_S


class Sessions:
    """All sessions; ``monotonic`` in seconds since whenever."""

    def __init__(
        self, monotonic: Callable[[], float], new_id: Callable[[], str] = lambda: secrets.token_urlsafe(32)
    ) -> None:
        self._monotonic, self._new_id = monotonic, new_id
        self._sessions: dict[str, Session] = {}
        """By the digest of the id, used last at the end."""

    def begin(self, viewer: Viewer, id_token: str) -> str:
        """A new session: its id, which nobody had before."""
        now = self._monotonic()
        for key in [key for key, each in self._sessions.items() if each.is_over(now)]:
            del self._sessions[key]
        while len(self._sessions) >= MOST:
            del self._sessions[next(iter(self._sessions))]
        name = self._new_id()
        self._sessions[_key(name)] = Session(viewer, id_token, now, now)
        return name

    def found(self, name: str, *, used: bool = True) -> Session | None:
        """The session of an id, if it counts; ``used``: somebody asked, and no script by itself."""
        now, key = self._monotonic(), _key(name)
        session = self._sessions.get(key)
        if session is None:
            return None
        if session.is_over(now):
            del self._sessions[key]
            return None
        if used:
            session.seen = now
            self._sessions[key] = self._sessions.pop(key)
        return session

    def end(self, name: str) -> None:
        """The session of an id counts no more."""
        self._sessions.pop(_key(name), None)


def _key(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()
