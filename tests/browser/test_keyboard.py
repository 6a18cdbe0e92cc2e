"""The main pages by keyboard alone: what a mouse can do, Tab and Enter can, and one sees where one is."""

from urllib.parse import unquote

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.test_pages_in_chromium import opened
from tests.replay.service.served import Served

MOST_TABS = 120
SHOWS = """[document.activeElement, ...document.activeElement.querySelectorAll("*")].map(each => getComputedStyle(each))
    .some(style => style.outlineStyle !== "none" || parseFloat(style.strokeWidth) >= 3)"""
"""An outline or, in a drawing, a thicker stroke."""


@pytest.mark.long_only
def test_from_the_start_to_an_event_and_to_another_moment_by_keyboard_alone(chromium: Browser, walked: Served) -> None:
    with opened(chromium, 1400) as page:
        page.goto(f"{walked.address}/?at=2024-07-03&lang=en")
        for there in ("main a[href^='/list']", "main a[href^='/candidates/A2']", "main svg a.mark"):
            reach(page, there)
            with page.expect_navigation():
                page.keyboard.press("Enter")
        assert "/events/" in page.url
        reach(page, "#at")
        page.keyboard.press("ControlOrMeta+A")
        page.keyboard.type("2024-07-02T09:30")
        page.keyboard.press("Tab")
        page.keyboard.type("now")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        assert {"at=2024-07-02T09:30", "known_at=now"} <= set(unquote(page.url).partition("?")[2].split("&"))
        reach(page, "nav a[href^='/list']")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        reach(page, "details.compare summary")
        page.keyboard.press("Enter")
        reach(page, "#beside_at")


def reach(page: Page, selector: str) -> None:
    """Go on by the Tab key until what is looked for has the focus, and shows that it has."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            assert page.evaluate(SHOWS), f"{selector} has the focus, and nothing shows it"
            return
    raise AssertionError(f"{selector} is not reached by {MOST_TABS} tabs")
