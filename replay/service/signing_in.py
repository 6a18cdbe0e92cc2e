"""Signing in and out: the way to the provider and back, the session that begins, the session that ends.

An attempt lives in a cookie of the browser that began it, sealed with a key of this process, for ten minutes: who
comes back with another browser's ``state``, or later, begins anew. So nothing is kept here for strangers. A browser
keeps a few of them, those it began last: more would fill the head of all its requests.
"""

import asyncio
import hashlib
import hmac
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

from replay.pages.page import language_of
from replay.service.answers import Problem
from replay.service.config import Configuration
from replay.service.cookies import SESSION, SIGNING_IN, Jar, is_of_a_person
from replay.service.csrf import Csrf
from replay.service.oidc import Attempt, Identity, Provider
from replay.service.sessions import Sessions
from replay.service.viewer import SCOPES, Viewer

Headers = Sequence[tuple[bytes, bytes]]
Found = TypeVar("Found")
HOME, SIGNED_IN, SIGNED_OUT = "/", "/signed-in", "/signed-out"
ATTEMPT_S = 600
MOST_ATTEMPTS = 4
"""Of one browser, each in its tab."""
LONGEST_BACK = 2000
AT_ONCE = 4
"""Requests to the provider at a time: what waits for it takes no thread from anything else."""


class UnknownIdentityError(Problem):
    """Somebody whom the provider knows and the configuration does not: 403."""

    def __init__(self, sub: str) -> None:
        message = f"you are signed in at the provider, but {sub!r} has no rights here: ask the operator"
        super().__init__(403, message, kind="identity", sub=sub)


class SignIn:
    """Signs people in and out; ``clock``: seconds since the epoch, ``monotonic``: since whenever."""

    def __init__(
        self, configuration: Configuration, clock: Callable[[], float], monotonic: Callable[[], float]
    ) -> None:
        section, address = configuration.oidc, configuration.pages.address
        assert section is not None, "where nobody signs in there is no SignIn"
        assert address is not None, "the configuration was checked"
        self.address, self._clock = address, clock
        self._provider = Provider(section, address + SIGNED_IN, clock, monotonic)
        self._known = {(each.iss, each.sub): each for each in configuration.pages.identities}
        self._seal = secrets.token_bytes(32)
        self._threads = ThreadPoolExecutor(AT_ONCE, "sign-in")
        self.jar = Jar(secure=address.startswith("https:"))
        self.sessions = Sessions(monotonic)
        self.csrf = Csrf()

    async def begin(self, back: str, headers: Headers = ()) -> tuple[str, list[str]]:
        """Where the browser goes to sign in, and its cookies: one it takes there, and older ones taken away.

        ``back``: where it wants to be after; its language stands in the state too, for who never gets there.
        """
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        attempt = Attempt(f"{state}.{language_back(back)}", nonce, verifier, local(back))
        address = await self._asked(self._provider.address, attempt)
        begun = sorted((self._until(value), name) for name, value in self.jar.all_of(headers, SIGNING_IN).items())
        given = [self.jar.unset(name) for _, name in begun[: max(0, len(begun) - MOST_ATTEMPTS + 1)]]
        return address, [self.jar.set(_place(attempt.state), self._sealed(attempt), ATTEMPT_S), *given]

    async def finish(self, said: Mapping[str, str], headers: Headers) -> tuple[str, list[str]]:
        """Where the browser goes once it is back and counts, and its cookies: the session's, with a new id."""
        attempt = self._attempt(said.get("state", ""), headers)
        if not said.get("code"):
            raise Problem(403, "you did not sign in: the provider gave no code; sign in again", kind="no_code")
        identity = await self._asked(self._provider.identity, said["code"], attempt)
        viewer = self._viewer(identity)
        if (old := self.jar.read(headers, SESSION)) is not None:
            self.sessions.end(old)
        session = self.sessions.begin(viewer, identity.id_token)
        return attempt.back, [self.jar.set(SESSION, session), self.jar.unset(_place(attempt.state))]

    def viewer(self, headers: Headers) -> Viewer | None:
        """Whose session a request brings; None where it brings none that counts."""
        name = self.jar.read(headers, SESSION)
        session = self.sessions.found(name, used=is_of_a_person(headers)) if name is not None else None
        return None if name is None or session is None else replace(session.viewer, csrf=self.csrf.token(name))

    async def end(self, headers: Headers) -> tuple[str | None, str]:
        """End a session: where one signs out of the provider as well, if anywhere, and the cookie taken away."""
        name = self.jar.read(headers, SESSION) or ""
        session = self.sessions.found(name)
        self.sessions.end(name)
        elsewhere = None
        if session is not None:
            elsewhere = await self._asked(self._provider.sign_out_address, session.id_token, self.address + SIGNED_OUT)
        return elsewhere, self.jar.unset(SESSION)

    def close(self) -> None:
        """Ask nothing more."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _asked(self, of_provider: Callable[..., Found], *given: object) -> Found:
        return await asyncio.get_running_loop().run_in_executor(self._threads, of_provider, *given)

    def _viewer(self, identity: Identity) -> Viewer:
        known = self._known.get((identity.iss, identity.sub))
        if known is None:
            raise UnknownIdentityError(identity.sub)
        scopes = tuple(scope for scope in SCOPES if scope in known.scopes)
        return Viewer(known.sub, scopes, known.sources, known.centres)

    def _sealed(self, attempt: Attempt) -> str:
        content = json.dumps({**asdict(attempt), "until": self._clock() + ATTEMPT_S}).encode()
        return f"{urlsafe_b64encode(content).decode()}.{self._tag(content)}"

    def _attempt(self, state: str, headers: Headers) -> Attempt:
        """The attempt that a browser began, by the cookie it was given for this state."""
        found = self._opened(self.jar.read(headers, _place(state)) or "")
        if found is None:
            message = "this is not the end of a sign-in that this browser began: sign in again"
            raise Problem(400, message, kind="sign_in_other")
        if self._clock() >= found.pop("until"):
            message = f"this sign-in took more than {ATTEMPT_S // 60} minutes: sign in again"
            raise Problem(400, message, kind="sign_in_late", minutes=ATTEMPT_S // 60)
        attempt = Attempt(**found)
        if not hmac.compare_digest(attempt.state.encode(), state.encode()):
            message = "this is the end of another sign-in than the one this browser began: sign in again"
            raise Problem(400, message, kind="sign_in_other")
        return attempt

    def _opened(self, sealed: str) -> dict[str, Any] | None:
        """What a cookie of ours holds; None of another."""
        content, _, tag = sealed.partition(".")
        try:
            data = urlsafe_b64decode(content)
        except ValueError:
            return None
        found: dict[str, Any] | None = json.loads(data) if self._is_ours(data, tag) else None
        return found

    def _until(self, sealed: str) -> float:
        """When the attempt in a cookie is over; of what is none, long since."""
        found = self._opened(sealed)
        return 0.0 if found is None else float(found["until"])

    def _is_ours(self, data: bytes, tag: str) -> bool:
        return hmac.compare_digest(self._tag(data).encode(), tag.encode())

    def _tag(self, content: bytes) -> str:
        return hmac.new(self._seal, content, hashlib.sha256).hexdigest()


def local(back: str) -> str:
    """A return address if it is a path of this service, else the start: nobody is sent elsewhere from here."""
    is_path = back.startswith("/") and not back.startswith(("//", "/\\")) and "\\" not in back
    is_plain = back.isascii() and back.isprintable() and " " not in back and len(back) <= LONGEST_BACK
    return back if is_path and is_plain else HOME


def language_back(back: str) -> str:
    """The language of the page that somebody goes back to."""
    return language_of(dict(parse_qsl(urlsplit(local(back)).query)))


def language_begun(state: str) -> str:
    """The language in which a sign-in was begun, by its state, which comes back whatever became of it."""
    return language_of({"lang": state.rpartition(".")[2]})


def _place(state: str) -> str:
    """The cookie of an attempt: several may be under way in one browser, each in its tab."""
    return f"{SIGNING_IN}-{hashlib.sha256(state.encode()).hexdigest()[:16]}"
