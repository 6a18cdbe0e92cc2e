"""A team member's browser before a running service, with a provider of identities beside it: whole, a real one, too."""

import html
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.replay.command import snagc
from tests.replay.service.guarded import records
from tests.replay.service.provider import SUB, real_provider, signed_in_at, strict_provider
from tests.replay.service.served import NO_TLS, WORKED, Served, serving
from tests.replay.service.test_signing_in import configuration

STRANGER = "899700009999"


@dataclass(frozen=True)
class Site:
    """The service, and where its provider is."""

    served: Served
    issuer: str
    signed_in_at: Callable[[str, str], str]
    """Where the provider sends the browser of somebody who signs in at an address."""

    def browser(self) -> httpx.Client:
        """A browser that was nowhere yet, and goes nowhere by itself."""
        return httpx.Client(base_url=self.served.address, timeout=60, verify=NO_TLS)

    def signs_in(self, browser: httpx.Client, back: str = "/list", sub: str = SUB) -> httpx.Response:
        """The answer to somebody who is back from the provider."""
        begun = browser.get(back)
        assert begun.status_code == 303
        there = leads_to(browser.get(begun.headers["Location"]))
        assert there.startswith(f"{self.issuer}/")
        return browser.get(self.signed_in_at(there, sub))


def leads_to(answer: httpx.Response) -> str:
    """Where a page sends a browser on."""
    assert answer.status_code == 200
    (there,) = re.findall(r'http-equiv="refresh" content="0; url=([^"]+)"', answer.text)
    assert f'href="{there}"' in answer.text, "whoever is not sent on can go on"
    return html.unescape(there)


@pytest.fixture(scope="module", params=["strict", pytest.param("real", marks=pytest.mark.long_only)])
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    log = folder / "heart.db"
    assert snagc("ingest", "--import", WORKED, "--log", log).exit_code == 0
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with ExitStack() as stack:
        if request.param == "real":
            issuer, at = stack.enter_context(real_provider(SUB, STRANGER)), signed_in_at
        else:
            provider = stack.enter_context(strict_provider())
            issuer, at = provider.issuer, provider.signed_in_at
        configuration(folder, issuer, address=f"http://127.0.0.1:{port}")
        served = stack.enter_context(serving(log, "--config", str(folder / "snagc.toml"), "--port", str(port)))
        yield Site(served, issuer, at)


def test_whoever_signs_in_sees_their_own_on_pages_and_by_the_api_and_sends_nothing_by_it(site: Site) -> None:
    with site.browser() as browser:
        back = site.signs_in(browser, "/list?lang=en&at=2024-07-02T12:00:00%2B02:00")
        assert (back.status_code, back.headers["Location"]) == (303, "/list?lang=en&at=2024-07-02T12:00:00%2B02:00")
        page = browser.get(back.headers["Location"])
        assert page.status_code == 200
        assert re.findall(r'href="/candidates/(\w+)', page.text) == ["A2", "A7", "A8"]
        assert browser.get("/api/v1/candidates/A2").status_code == 200
        assert browser.get("/api/v1/candidates/A1").status_code == 404
        assert browser.get("/api/v1/audit").status_code == 403
        for path, media in (("/events", "application/x-ndjson"), ("/offers", "application/json")):
            sent = browser.post(f"/api/v1{path}", content=b"{}", headers={"Content-Type": media})
            assert sent.status_code == 401
            assert sent.headers["WWW-Authenticate"].startswith("Bearer")
        assert {record["sub"] for record in records(site.served.log)} == {SUB}


def test_a_page_without_a_session_leads_to_sign_in_and_the_api_does_not(site: Site) -> None:
    with site.browser() as browser:
        page = browser.get("/list?at=2024-07-02")
        assert (page.status_code, page.headers["Location"]) == (303, "/sign-in?back=%2Flist%3Fat%3D2024-07-02")
        assert browser.get("/api/v1/list").status_code == 401
        assert browser.get("/list", headers={"Authorization": "Bearer a.b.c"}).status_code == 401
        assert browser.get("/list", headers={"Sec-Fetch-Mode": "cors"}).status_code == 401
        assert browser.get("/static/none.css").status_code == 404
        elsewhere = leads_to(browser.get("/sign-in?back=https://elsewhere.example.org/"))
        state = parse_qs(urlsplit(elsewhere).query)["state"][0]
        assert state
        there = site.signed_in_at(elsewhere, SUB)
        assert browser.get(f"{there}&session_state=x&iss={site.issuer}").headers["Location"] == "/"
        again = browser.get(there)
        assert again.status_code == 400
        assert "text/html" in again.headers["Content-Type"]
        assert "ou elle a déjà pris fin" in again.text
        assert '<span lang="en"><bdi>this is not the end of a sign-in that this browser began' in again.text


def test_whom_the_configuration_does_not_know_is_answered_with_a_page(site: Site) -> None:
    with site.browser() as browser:
        answer = site.signs_in(browser, sub=STRANGER)
        assert answer.status_code == 403
        assert STRANGER in answer.text
        assert 'href="/sign-in"' in answer.text
        assert "snagc-session" not in browser.cookies
        assert browser.get("/list").status_code == 303


def test_a_session_opens_the_pages_of_its_role_and_sends_their_forms_alone(site: Site) -> None:
    with site.browser() as browser:
        site.signs_in(browser)
        pages = {path: browser.get(path) for path in ("/audit", "/hindsight", "/acts", "/sensitivity", "/quarantine")}
        assert {answer.status_code for answer in pages.values()} == {403}
        page = browser.get("/quality")
        token = re.search(r'name="csrf" value="(\w+)"', page.text)
        assert token is not None
        for path, status in (("/audit", 403), ("/quarantine", 403), ("/quality", 303), ("/integrity", 303)):
            assert browser.post(path, data={"csrf": token[1], "do": "start", "number": "1"}).status_code == status
        while 'data-work="running"' in (page := browser.get("/quality")).text:
            time.sleep(0.1)
        assert 'data-work="done"' in page.text
        assert records(site.served.log)[-1]["route"] == "page GET /quality"
    with site.browser() as stranger:
        answer = stranger.post("/quality", data={"csrf": token[1], "do": "start"})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in?back=%2Fquality")


def test_signing_out_takes_a_form_of_ones_own(site: Site) -> None:
    with site.browser() as browser:
        site.signs_in(browser)
        page = browser.get("/list?at=2024-07-02&known_at=30&lang=en")
        token = re.search(r'action="(/sign-out[^"]*)"><input type="hidden" name="csrf" value="(\w+)"', page.text)
        assert token is not None
        for forged in ({}, {"csrf": "x"}, {"csrf": "0" * 64}):
            refused = browser.post("/sign-out", data=forged)
            assert (refused.status_code, "Ce formulaire n’a pas été pris" in refused.text) == (403, True)
        assert browser.get("/list").status_code == 200
        for origin in ("https://example.org", "null"):
            abroad = browser.post("/sign-out", data={"csrf": token[2]}, headers={"Origin": origin})
            assert (abroad.status_code, origin in abroad.text) == (403, True)
        kept = dict(browser.cookies)
        left = browser.post(token[1], data={"csrf": token[2]}, headers={"Origin": site.served.address})
        assert left.status_code == 200
        assert "/end_session?id_token_hint=" in left.text
        assert "snagc-session" not in browser.cookies
        browser.cookies.update(kept)
        assert browser.get("/list").status_code == 303
        assert browser.get("/signed-out").status_code == 200


def test_an_open_service_asks_nobody_to_sign_in(served: Served) -> None:
    for path in ("/sign-in", "/signed-in", "/signed-out"):
        assert served.client.get(f"{served.address}{path}").status_code == 404
    page = served.client.get(f"{served.address}/list")
    assert "sign-" not in page.text
