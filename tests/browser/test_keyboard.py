"""The main pages by keyboard alone: what a mouse can do, Tab and Enter can, and one sees where one is."""

from urllib.parse import unquote

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.test_pages_in_chromium import grave, opened
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


@pytest.mark.long_only
@pytest.mark.parametrize("script", [True, False])
def test_on_a_narrow_screen_the_form_of_the_clocks_is_folded_and_holds_each_moment_whole(
    chromium: Browser, walked: Served, script: bool
) -> None:
    address = f"{walked.address}/list?at=2024-07-02T12:00:00%2B02:00&known_at=2024-07-03T12:00:00.123456%2B02:00"
    with opened(chromium, 1400, script=script) as page:
        page.goto(address)
        assert page.is_visible("#at")
        assert page.is_hidden(".fold summary")
        assert cut(page) == []
    with opened(chromium, 360, script=script) as page:
        page.goto(address)
        assert page.is_hidden("#at")
        assert page.is_visible("#moment")
        assert page.evaluate("document.querySelector('h1').getBoundingClientRect().bottom") < 400
        reach(page, ".fold summary")
        page.keyboard.press("Enter")
        reach(page, "#at")
        assert page.input_value("#at") == "02/07/2024 12:00:00"
        assert cut(page) == []
        assert not script or grave(page) == []
        page.keyboard.press("Enter")
        page.wait_for_url("**at=02%2F07%2F2024**")
        assert page.input_value("#at") == "02/07/2024 12:00:00"


def cut(page: Page) -> list[str]:
    """The fields of the clocks whose text does not stand in them whole."""
    wide = "fields => fields.filter(each => each.scrollWidth > each.clientWidth).map(each => each.id)"
    return [str(each) for each in page.eval_on_selector_all(".clocks .time input", wide)]


def reach(page: Page, selector: str) -> None:
    """Go on by the Tab key until what is looked for has the focus, and shows that it has."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            assert page.evaluate(SHOWS), f"{selector} has the focus, and nothing shows it"
            return
    raise AssertionError(f"{selector} is not reached by {MOST_TABS} tabs")
