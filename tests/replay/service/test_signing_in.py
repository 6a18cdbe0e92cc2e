"""Signing in by OpenID Connect: who counts, for how long, and every way in that is none."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from replay.service.answers import Problem
from replay.service.config import Configuration, read_configuration
from replay.service.csrf import Csrf, check, check_origin
from replay.service.door import Door
from replay.service.refusals import TokenError, UnavailableError
from replay.service.sessions import IDLE_S, WHOLE_S, Sessions
from replay.service.signing_in import (
    ATTEMPT_S,
    MOST_ATTEMPTS,
    SignIn,
    language_back,
    language_begun,
    local,
)
from replay.service.viewer import AUDITOR, TEAM, Viewer
from tests.replay.service.keys import PUBLIC_PEM
from tests.replay.service.provider import CLIENT, SECRET, STRANGER, SUB, Strict, strict_provider

NOW = 1_764_201_600.0
Headers = list[tuple[bytes, bytes]]


@pytest.fixture
def provider() -> Iterator[Strict]:
    with strict_provider() as running:
        running.now = NOW
        yield running


def configuration(folder: Path, issuer: str, more: str = "", address: str = "http://127.0.0.1:8420") -> Configuration:
    """A service that trusts a provider and knows one team."""
    (folder / "issuer.pem").write_bytes(PUBLIC_PEM)
    (folder / "secret").write_text(f"{SECRET}\n")
    (folder / "snagc.toml").write_text(f"""
        [tokens]
        issuer = "https://login.example.org"
        audience = "snagc"
        keys = ["issuer.pem"]
        [pages]
        address = "{address}"
        identities = [{{ iss = "{issuer}", sub = "{SUB}", scopes = ["team"], centres = ["990000020"] }}]
        [oidc]
        issuer = "{issuer}"
        client_id = "{CLIENT}"
        client_secret_file = "secret"
        {more}
    """)
    return read_configuration(folder / "snagc.toml")


class Browser:
    """Somebody's browser before a door: it keeps cookies, and goes where it is sent."""

    def __init__(self, folder: Path, provider: Strict, **more: str) -> None:
        self.provider, self.clock, self.cookies = provider, [0.0], dict[str, str]()
        found = configuration(folder, provider.issuer, **more)
        self.door = Door(found, lambda: NOW + self.clock[0], lambda: self.clock[0])
        assert self.door.sign_in is not None
        self.sign_in: SignIn = self.door.sign_in
        self.set: list[str] = []

    @property
    def headers(self) -> Headers:
        """What it sends."""
        return [(b"cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items()).encode())]

    def keep(self, *cookies: str) -> None:
        """Set cookies, or take them away."""
        self.set += cookies
        for each in cookies:
            name, _, value = each.partition(";")[0].partition("=")
            self.cookies.pop(name, None)
            if value:
                self.cookies[name] = value

    def begin(self, back: str = "/list?at=now") -> str:
        """Where it is sent to sign in."""
        address, given = asyncio.run(self.sign_in.begin(back, self.headers))
        self.keep(*given)
        return address

    def finish(self, **said: str) -> str:
        """Where it is sent once it is back."""
        back, given = asyncio.run(self.sign_in.finish(said, self.headers))
        self.keep(*given)
        return back

    def signs_in(self, sub: str = SUB) -> str:
        """The whole way."""
        self.provider.now = NOW + self.clock[0]
        code, state = self.provider.code(self.begin(), sub)
        return self.finish(code=code, state=state)

    def asks(self, request: str, *more: tuple[bytes, bytes]) -> Viewer:
        """Who it is let in as."""
        return asyncio.run(self.door.admit(request, [*self.headers, *more]))


@pytest.fixture
def browser(tmp_path: Path, provider: Strict) -> Browser:
    return Browser(tmp_path, provider)


def test_whom_the_provider_and_the_configuration_know_gets_a_session_and_is_sent_back_to_where_they_were(
    browser: Browser,
) -> None:
    assert browser.signs_in() == "/list?at=now"
    viewer = browser.asks("GET /list")
    assert viewer == Viewer(SUB, (TEAM,), (), ("990000020",))
    check(browser.sign_in.csrf.token(browser.cookies["snagc-session"]), viewer.csrf)
    assert list(browser.cookies) == ["snagc-session"]


def test_cookies_are_for_this_host_alone_and_no_script_and_encrypted_but_on_loopback(
    browser: Browser, tmp_path: Path, provider: Strict
) -> None:
    browser.signs_in()
    assert [each.split("; ", 1)[1] for each in browser.set] == [
        f"Path=/; HttpOnly; SameSite=Lax; Max-Age={ATTEMPT_S}",
        "Path=/; HttpOnly; SameSite=Lax",
        "Path=/; HttpOnly; SameSite=Lax; Max-Age=0",
    ]
    encrypted = Browser(tmp_path, provider, address="https://heart.example.org")
    encrypted.signs_in()
    assert all(each.startswith("__Host-snagc-") and each.endswith("; Secure") for each in encrypted.set)


def test_whom_the_configuration_does_not_know_is_told_so_and_has_no_session(browser: Browser) -> None:
    with pytest.raises(Problem, match="'stranger' has no rights here") as caught:
        browser.signs_in("stranger")
    assert caught.value.status == 403
    with pytest.raises(TokenError):
        browser.asks("GET /list")


SPOILT: dict[str, tuple[dict[str, Any], str]] = {
    "another nonce": ({"nonce": "n"}, "nonce"),
    "no nonce": ({"nonce": None}, "nonce"),
    "another audience": ({"aud": "other"}, "aud does not name"),
    "two audiences and no party": ({"aud": [CLIENT, "other"]}, "azp"),
    "another party": ({"azp": "other"}, "azp"),
    "expired": ({"exp": NOW - 61}, "expired"),
    "of tomorrow": ({"iat": NOW + 86400}, "not valid yet"),
    "without an instant": ({"iat": None}, "iat"),
    "another issuer": ({"iss": "https://login.example.org"}, "iss is not"),
    "no subject": ({"sub": None}, "sub is missing"),
    "known less surely": ({"acr": "eidas0"}, "acr is not eidas1"),
    "not said how surely": ({"acr": None}, "acr is not eidas1"),
    "another access token": ({"at_hash": "x"}, "at_hash"),
}


@pytest.mark.parametrize("case", SPOILT)
def test_an_id_token_counts_whole_or_not_at_all(browser: Browser, case: str) -> None:
    changed, why = SPOILT[case]

    def spoil(_: dict[str, Any], claims: dict[str, Any]) -> None:
        claims.update(changed)
        for name in [name for name, value in changed.items() if value is None]:
            del claims[name]

    browser.provider.spoil = spoil
    with pytest.raises(Problem, match=why) as caught:
        browser.signs_in()
    assert caught.value.status == 403
    assert "snagc-session" not in browser.cookies


def test_a_token_is_signed_by_the_providers_key_with_a_pinned_algorithm(browser: Browser) -> None:
    browser.provider.spoil = lambda header, claims: header.update(alg="RS512")
    with pytest.raises(Problem, match="algorithm is none of those"):
        browser.signs_in()
    browser.provider.spoil = lambda header, claims: "eyJhbGciOiJub25lIn0.e30."
    with pytest.raises(Problem, match="algorithm is none of those"):
        browser.signs_in()
    browser.provider.spoil, browser.provider.key = None, STRANGER
    with pytest.raises(Problem, match="by no key"):
        browser.signs_in()


def test_a_code_counts_once_and_for_the_browser_that_began(browser: Browser, tmp_path: Path) -> None:
    code, state = browser.provider.code(browser.begin())
    attempt = dict(browser.cookies)
    other = Browser(tmp_path, browser.provider)
    other.begin()
    for stranger in (other, Browser(tmp_path, browser.provider)):
        with pytest.raises(Problem, match="that this browser began"):
            stranger.finish(code=code, state=state)
    with pytest.raises(Problem, match="that this browser began"):
        browser.finish(code=code, state="another")
    with pytest.raises(Problem, match="that this browser began"):
        browser.finish(code=code)
    assert browser.finish(code=code, state=state) == "/list?at=now"
    browser.cookies |= attempt
    with pytest.raises(Problem, match="does not take its code"):
        browser.finish(code=code, state=state)


def test_an_attempt_is_sealed_and_ends_by_itself(browser: Browser) -> None:
    code, state = browser.provider.code(browser.begin())
    ((name, value),) = browser.cookies.items()
    browser.cookies[name] = value.replace("A", "B", 1) if "A" in value.partition(".")[0] else f"A{value}"
    with pytest.raises(Problem, match="that this browser began"):
        browser.finish(code=code, state=state)
    browser.cookies[name] = value
    with pytest.raises(Problem, match="gave no code"):
        browser.finish(state=state, error="access_denied")
    browser.clock[0] += ATTEMPT_S
    with pytest.raises(Problem, match="more than 10 minutes"):
        browser.finish(code=code, state=state)


def test_a_browser_keeps_the_attempts_it_began_last_and_each_of_them_counts(browser: Browser) -> None:
    begun = []
    for number in range(3 * MOST_ATTEMPTS):
        browser.clock[0] += 1
        begun.append(browser.provider.code(browser.begin(f"/events/{number}")))
    assert len(browser.cookies) == MOST_ATTEMPTS
    browser.cookies["snagc-sign-in-of-nobody"] = "x"
    begun.append(browser.provider.code(browser.begin("/")))
    assert len(browser.cookies) == MOST_ATTEMPTS
    assert "snagc-sign-in-of-nobody" not in browser.cookies
    browser.provider.now = NOW + browser.clock[0]
    for code, state in begun[:-MOST_ATTEMPTS]:
        with pytest.raises(Problem, match="that this browser began"):
            browser.finish(code=code, state=state)
    backs = [browser.finish(code=code, state=state) for code, state in begun[-MOST_ATTEMPTS:]]
    assert backs == ["/events/9", "/events/10", "/events/11", "/"]


def test_the_language_of_where_one_was_is_that_of_what_went_wrong(browser: Browser) -> None:
    for back, language in (("/list?lang=en", "en"), ("/list", "fr"), ("https://elsewhere.example.org/?lang=en", "fr")):
        _, state = browser.provider.code(browser.begin(back))
        assert (language_back(back), language_begun(state)) == (language, language)


def test_a_verifier_that_does_not_fit_its_challenge_gets_no_token(browser: Browser) -> None:
    address = browser.begin()
    code, state = browser.provider.code(address)
    browser.provider.grants[code]["code_challenge"] = "of another verifier"
    with pytest.raises(Problem, match="does not take its code"):
        browser.finish(code=code, state=state)


@pytest.mark.parametrize(
    ("metadata", "why"),
    [
        ({"issuer": "http://127.0.0.1:1"}, "another issuer"),
        ({"token_endpoint": "http://elsewhere.example.org/token"}, "token_endpoint is no https address"),
        ({"jwks_uri": None}, "jwks_uri is no https address"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "authorization_endpoint is no https address"),
    ],
)
def test_a_provider_that_says_something_else_of_itself_is_not_asked(
    browser: Browser, metadata: dict[str, Any], why: str
) -> None:
    browser.provider.metadata = metadata
    with pytest.raises(UnavailableError, match=why):
        browser.begin()


def test_a_provider_that_does_not_answer_in_time_stops_nobody_else(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("replay.service.fetching.FETCH_SECONDS", 0.2)
    browser.provider.slow = 0.6

    async def beside() -> int:
        turns, waiting = 0, asyncio.ensure_future(browser.sign_in.begin("/"))
        while not waiting.done():
            await asyncio.sleep(0.01)
            turns += 1
        with pytest.raises(UnavailableError, match="cannot be asked"):
            waiting.result()
        return turns

    assert asyncio.run(beside()) > 5


# ---------------------------------------------------------------------------------------------------- sessions


def test_each_sign_in_has_a_new_session_and_the_one_before_ends(browser: Browser) -> None:
    browser.cookies["snagc-session"] = "chosen by somebody else"
    browser.signs_in()
    first = browser.cookies["snagc-session"]
    browser.signs_in()
    second = browser.cookies["snagc-session"]
    assert len({"chosen by somebody else", first, second}) == 3
    for old in ("chosen by somebody else", first):
        browser.cookies["snagc-session"] = old
        with pytest.raises(TokenError):
            browser.asks("GET /list")


def test_a_session_ends_after_half_an_hour_alone_and_after_ten_hours(browser: Browser) -> None:
    browser.signs_in()
    for _ in range(WHOLE_S // (IDLE_S - 1)):
        browser.clock[0] += IDLE_S - 1
        assert browser.asks("GET /list").sub == SUB
    browser.clock[0] = WHOLE_S - 1
    assert browser.asks("GET /list").sub == SUB
    browser.clock[0] = WHOLE_S
    with pytest.raises(TokenError):
        browser.asks("GET /list")
    browser.signs_in()
    browser.clock[0] += IDLE_S
    with pytest.raises(TokenError):
        browser.asks("GET /list")


def test_a_script_that_follows_by_itself_keeps_no_session_awake(browser: Browser) -> None:
    browser.signs_in()
    browser.clock[0] += IDLE_S - 1
    assert browser.asks("GET /list", (b"sec-fetch-mode", b"cors")).sub == SUB
    browser.clock[0] += 1
    with pytest.raises(TokenError):
        browser.asks("GET /list", (b"sec-fetch-mode", b"navigate"))


def test_signing_out_ends_the_session_and_says_where_the_provider_is_left(browser: Browser) -> None:
    browser.signs_in()
    headers = browser.headers
    elsewhere, unset = asyncio.run(browser.sign_in.end(headers))
    assert elsewhere is not None
    assert elsewhere.startswith(f"{browser.provider.issuer}/end_session?id_token_hint=ey")
    assert unset == "snagc-session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"
    with pytest.raises(TokenError):
        asyncio.run(browser.door.admit("GET /list", headers))


def test_a_session_reads_and_never_sends(browser: Browser) -> None:
    browser.signs_in()
    for request in ("POST /events", "POST /offers", "POST /feeds/fhir", "POST /quarantine/{}/resend"):
        with pytest.raises(TokenError, match="a token is needed"):
            browser.asks(request)
    with pytest.raises(TokenError, match="refused"):
        browser.asks("GET /list", (b"authorization", b"Bearer a.b.c"))
    with pytest.raises(Problem, match="needs the scope auditor, and yours is team"):
        browser.asks("GET /audit")


def test_of_too_many_sessions_the_one_nobody_used_for_longest_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("replay.service.sessions.MOST", 2)
    sessions = Sessions(lambda: 0.0)
    viewer = Viewer("A1", (AUDITOR,))
    first, second = sessions.begin(viewer, ""), sessions.begin(viewer, "")
    assert sessions.found(first) is not None
    third = sessions.begin(viewer, "")
    assert [sessions.found(each) is not None for each in (first, second, third)] == [True, False, True]


def test_a_form_counts_with_the_token_of_its_own_session_alone() -> None:
    csrf = Csrf()
    check(csrf.token("a"), csrf.token("a"))
    for expected, given in ((csrf.token("a"), csrf.token("b")), (csrf.token("a"), "é"), ("", ""), ("", "x")):
        with pytest.raises(Problem, match="not of a page of your session"):
            check(expected, given)
    assert Csrf().token("a") != csrf.token("a")


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://elsewhere.example.org/", "//elsewhere.example.org/", "/\\elsewhere.example.org", "\\\\elsewhere", "",
        "javascript:alert(1)", "list", "/a\r\nSet-Cookie: x=y", "/\t/elsewhere.example.org", "/a b", "/é",
        "/a\\..\\b", "/" + "a" * 2000,
    ],
)  # fmt: skip
def test_nobody_is_sent_elsewhere_from_here(elsewhere: str) -> None:
    assert local(elsewhere) == "/"
    assert local("/candidates/C1?at=2025-06-30T12%3A00%2B02%3A00&lang=en") != "/"


def test_a_form_of_another_origins_page_is_refused() -> None:
    for origins in ([], ["https://heart.example.org"], ["HTTPS://Heart.example.org"], ["http://10.0.0.7:8420"]):
        check_origin(origins, "10.0.0.7:8420", "https://heart.example.org")
    foreign = [
        "null",
        "",
        "https://example.org",
        "https://heart.example.org.example.net",
        "https://heart.example.org:444",
    ]
    for origin in foreign:
        for origins in ([origin], ["https://heart.example.org", origin], [origin, "https://heart.example.org"]):
            with pytest.raises(Problem, match=f"Origin '{origin}': forms are taken from the pages of this service"):
                check_origin(origins, "10.0.0.7:8420", "https://heart.example.org")
    with pytest.raises(Problem):
        check_origin([""], "10.0.0.7:8420", None)
