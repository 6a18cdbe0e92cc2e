"""Signing in as people do it: a real browser, a provider with a page of its own at another site, and back."""

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.replay.command import snagc
from tests.replay.service.provider import Strict, strict_provider
from tests.replay.service.served import WORKED, Served, serving
from tests.replay.service.test_signing_in import configuration

AT = "at=2024-07-02T12:00:00%2B02:00"


@pytest.fixture(scope="module")
def provider() -> Iterator[Strict]:
    with strict_provider(host="localhost") as running:
        yield running


@pytest.fixture(scope="module")
def site(provider: Strict, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("signing-in")
    assert snagc("ingest", "--import", WORKED, "--log", folder / "heart.db").exit_code == 0
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    configuration(folder, provider.issuer, address=f"http://127.0.0.1:{port}")
    with serving(folder / "heart.db", "--config", str(folder / "snagc.toml"), "--port", str(port)) as served:
        yield served


@pytest.fixture
def window(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(java_script_enabled=False)
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()


def enters(page: Page, provider: Strict) -> str:
    """Somebody signs in at the provider's page: where that leads."""
    page.wait_for_url(f"{provider.issuer}/**")
    page.click("button")
    page.wait_for_url(re.compile(r"^http://127\.0\.0\.1"))
    return page.url


def without_session(context: BrowserContext) -> None:
    """The session is over, and the page still stands there."""
    context.clear_cookies(name="snagc-session")


def test_where_a_session_has_ended_a_form_leads_to_the_provider_and_back(
    window: Page, site: Served, provider: Strict
) -> None:
    window.goto(f"{site.address}/list?{AT}&lang=en")
    assert enters(window, provider) == f"{site.address}/list?{AT}&lang=en"
    for form, back in (
        ("form[method=get]:has(input[name=lang])", f"{site.address}/list?"),
        ("form[action^='/quality'][method=post]", f"{site.address}/quality"),
    ):
        if "quality" in back:
            window.goto(f"{site.address}/quality?lang=en")
        without_session(window.context)
        window.locator(form).locator("button").first.click()
        assert enters(window, provider).startswith(back)


def test_signing_out_leads_out_of_the_provider_too_and_no_page_is_left_to_go_back_to(
    window: Page, site: Served, provider: Strict
) -> None:
    window.goto(f"{site.address}/list?{AT}&lang=en")
    enters(window, provider)
    window.click("form[action^='/sign-out'] button")
    assert "You are signed out" in window.inner_text("main")
    window.go_back()
    window.wait_for_url(f"{provider.issuer}/**")
    window.goto(f"{site.address}/signed-out?lang=en")
    window.click("main a[href^='/sign-in']")
    assert enters(window, provider) == f"{site.address}/?lang=en"


def test_two_tabs_sign_in_beside_each_other_and_whoever_is_back_too_late_is_told_in_their_language(
    window: Page, site: Served, provider: Strict
) -> None:
    other = window.context.new_page()
    window.goto(f"{site.address}/list?{AT}")
    other.goto(f"{site.address}/desk?{AT}&lang=en")
    assert "/list?" in enters(window, provider)
    assert "/desk?" in enters(other, provider)
    other.go_back()
    assert "/signed-in?" in enters(other, provider)
    told = other.inner_text("main")
    assert ("You did not come in" in told, "has ended already" in told) == (True, True)
    window.reload()
    assert "A2" in window.inner_text("main")


def test_a_browser_that_begins_again_and_again_can_still_ask(window: Page, site: Served, provider: Strict) -> None:
    for _ in range(60):
        window.goto(f"{site.address}/list?{AT}&beside_at={'2' * 900}")
        window.wait_for_url(f"{provider.issuer}/**")
    assert len(window.context.cookies()) < 6
    assert "/list?" in enters(window, provider)


def test_where_the_provider_is_away_that_is_said_and_the_way_back_counts_once_it_is_there(
    window: Page, site: Served, provider: Strict
) -> None:
    window.goto(f"{site.address}/list?{AT}")
    window.wait_for_url(f"{provider.issuer}/**")
    provider.is_away = True
    try:
        there = provider.signed_in_at(window.url)
        answer = window.goto(there)
        assert answer is not None
        assert (answer.status, "n’a pas pu être interrogé" in window.inner_text("main")) == (503, True)
    finally:
        provider.is_away = False
    window.reload()
    assert window.url == f"{site.address}/list?{AT}"
