"""Every page in a real browser: nothing acts, nothing overflows, axe finds nothing serious, figures are the API's."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from urllib.parse import urlsplit

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped, unused-ignore]
from lxml.html import document_fromstring
from playwright.sync_api import Browser, Page

from replay.pages.figures import exact, places
from tests.replay.service.served import NO_TLS, Served

AT = "at=2024-07-02T12:00:00%2B02:00"
SHORT = (f"/list?{AT}", f"/desk?{AT}&centre=990000020")
PAGES = (
    "/", f"/list?{AT}", f"/list?{AT}&beside_at=2023-06-01", f"/offers?{AT}&from=2020-01-01", f"/desk?{AT}",
    f"/desk?{AT}&centre=990000020&since=2020-01-01&until=2026-01-01", f"/candidates/A2?{AT}",
    f"/candidates/A1?{AT}&beside_at=2023-06-01", "/offers/O1", "/offers/O2", "/offers/O1/candidates/A1",
    "/events/1", "/events/36", "/events/43", "/audit", "/acts", f"/acts?{AT}&beside_at=2024-07-01",
    "/quality", "/sensitivity", "/integrity", "/quarantine",
    "/nothing",
)  # fmt: skip
GRAVE = ("serious", "critical")


@contextmanager
def opened(chromium: Browser, width: int, *, script: bool = True) -> Iterator[Page]:
    """A window, in which nothing may go wrong unseen."""
    context = chromium.new_context(viewport={"width": width, "height": 900}, java_script_enabled=script)
    page, said = context.new_page(), list[str]()
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("dialog", lambda dialog: said.append(f"dialog {dialog.message}"))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.set_default_timeout(20_000)
    yield page
    assert [each for each in said if "404" not in each and "400" not in each] == []
    context.close()


def grave(page: Page) -> list[str]:
    """What axe finds that is serious or critical."""
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html'][:120]}" for each in found if each["impact"] in GRAVE]


def is_sound(page: Page, address: str) -> None:
    """What holds of every page."""
    assert grave(page) == [], address
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{address} is wider than its window"
    assert page.locator("main img, main script, main [onerror]").count() == 0, address
    assert page.locator("h1").count() == 1, address
    assert not re.search(r"\.db\b|Traceback|\.py\b", page.content()), address


def test_a_short_walk_finds_nothing_serious_and_nothing_that_acts(chromium: Browser, walked: Served) -> None:
    with opened(chromium, 360) as page:
        for address in SHORT:
            page.goto(walked.address + address)
            is_sound(page, address)
        page.goto(walked.address + SHORT[0])
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"


@pytest.mark.long_only
@pytest.mark.parametrize(("language", "width"), list(product(("fr", "en"), (360, 1400))))
def test_every_page_is_sound(chromium: Browser, walked: Served, language: str, width: int) -> None:
    with opened(chromium, width) as page:
        for address in PAGES:
            joint = "&" if "?" in address else "?"
            page.goto(f"{walked.address}{address}{joint}lang={language}")
            assert page.evaluate("document.documentElement.lang") == language
            is_sound(page, address)


@pytest.mark.long_only
def test_every_page_is_whole_without_a_script(chromium: Browser, walked: Served) -> None:
    with opened(chromium, 1400) as with_script, opened(chromium, 1400, script=False) as without:
        for address in PAGES:
            if "at=" not in address:
                continue
            texts = []
            for page in (with_script, without):
                page.goto(walked.address + address)
                texts.append(page.inner_text("main"))
            assert texts[0] == texts[1], address


@pytest.mark.long_only
def test_each_figure_is_the_api_s(walked: Served) -> None:
    with httpx.Client(base_url=walked.address, timeout=60, verify=NO_TLS) as client:
        found = [count_of_figures(client, address) for address in PAGES]
    assert sum(found) > 300


def count_of_figures(client: httpx.Client, address: str) -> int:
    """How many figures a page has, once each was held against the document that its part names."""
    asked: dict[str, dict[str, str]] = {}
    count = 0
    for figure in document_fromstring(client.get(address).text).iterfind(".//*[@data-figure]"):
        part = next(figure.iterancestors(), None)
        while part is not None and "data-document" not in part.attrib:
            part = part.getparent()
        if part is None:
            continue
        request = str(part.attrib["data-document"])
        if request not in asked:
            told = client.get(f"/api/v1{request}").json()
            asked[request] = {place: exact(value) for place, value in places(told)}
        place = str(figure.attrib["data-figure"])
        assert asked[request][place] == figure.attrib["data-exact"], (address, place)
        count += 1
    return count


@pytest.mark.long_only
def test_following_links_ends_and_no_link_is_broken(walked: Served) -> None:
    waiting, seen = ["/"], {"/"}
    with httpx.Client(base_url=walked.address, timeout=60, verify=NO_TLS) as client:
        while waiting:
            address = waiting.pop()
            answer = client.get(address)
            assert answer.status_code == 200, address
            for link in re.findall(r'<a [^>]*href="(/[^"]*)"', answer.text):
                path = link.replace("&amp;", "&").partition("#")[0]
                if path not in seen and not urlsplit(path).path.startswith("/api/") and "lang=" not in path:
                    seen.add(path)
                    waiting.append(path)
            assert len(seen) < 2000
    assert len(seen) > 20


@pytest.mark.long_only
def test_what_the_list_was_then_and_is_known_to_have_been_takes_three_clicks(chromium: Browser, walked: Served) -> None:
    with opened(chromium, 1400) as page:
        page.goto(f"{walked.address}/")
        page.click("main a[href^='/list']")
        page.fill("#at", "2024-06-30")
        page.keyboard.press("Enter")
        page.wait_for_url("**at=2024-06-30**")
        page.click("details.compare summary")
        page.click("text=Avec ce qu’on sait maintenant")
        page.wait_for_url("**beside_known_at=now**")
        assert page.locator(".beside > section").count() == 2
