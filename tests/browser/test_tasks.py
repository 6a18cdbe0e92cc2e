"""What new users come for, by clicking alone: at most four clicks from the start, and the answer is in sight."""

import pytest
from playwright.sync_api import Browser

from tests.browser.test_pages_in_chromium import opened
from tests.replay.service.served import Served

START = "/?at=2024-07-03&lang=en"
TASKS = {
    "where is my patient, and why": (("main a[href^='/list']", "th a:text-is('A2')"), "Score panel"),
    "which labs of my team expire by Sunday": (
        ("main a[href^='/desk']", "main a:has-text('990000020')"), "What expires by",
    ),
    "what changed about my team since yesterday": (
        ("main a[href^='/desk']", "main a:has-text('990000020')"), "What has changed",
    ),
    "why is A before B for this graft": (
        ("main a[href^='/offers']", "th a:text-is('O1')", "main a[href*='/offers/O1/candidates/']"), "3.5",
    ),
    "what became of the last offers": (("main a[href^='/offers']",), "O1"),
    "what did the log learn, and when": (
        ("main a[href^='/list']", "th a:text-is('A2')", "main a[href*='/events/']"), "Learnt by the log",
    ),
    "what was the list the day before": (
        ("main a[href^='/list']", "details.compare summary", "button:text-is('With the day before')"), "differ",
    ),
    "what of the list is known better since": (
        ("main a[href^='/list']", "details.compare summary", "button:text-is('With what is known now')"), "differ",
    ),
    "an address that shows this for ever": (
        ("main a[href^='/list']", "button:text-is('Hold this moment')"), "known at",
    ),
    "what was refused, and may be sent again": (("main a[href^='/quarantine']",), "Quarantine"),
}  # fmt: skip


@pytest.mark.long_only
@pytest.mark.parametrize("task", TASKS)
def test_a_new_user_finds_it_in_four_clicks(chromium: Browser, walked: Served, task: str) -> None:
    clicks, told = TASKS[task]
    assert len(clicks) <= 4
    with opened(chromium, 1400) as page:
        page.goto(walked.address + START)
        for selector in clicks:
            page.locator(selector).first.click()
            page.wait_for_load_state()
        assert told in page.inner_text("body")
