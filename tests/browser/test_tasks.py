"""What new users come for, by clicking alone: at most four clicks from the start, and the answer is in sight."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from engine.intake.feeds.patients import Patients, write_patients
from tests.browser.test_pages_in_chromium import opened
from tests.intake.feeds.support import PATIENTS, hl7
from tests.replay.command import snagc
from tests.replay.service.served import WORKED, Served, serving

START = "/?at=2024-07-03&lang=en"
YEAR = {"#from": "2024-01-01", "#to": "2024-12-31"}
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


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A log whose published ranking gives one candidate another score than the log does."""
    log = tmp_path_factory.mktemp("planted") / "heart.db"
    for name in ("events.ndjson", "official.ndjson"):
        assert snagc("ingest", "--import", WORKED.with_name(name), "--log", log).exit_code == 0
    with serving(log) as running:
        yield running


@pytest.mark.long_only
def test_the_first_decision_of_a_year_that_differs_and_its_cause_take_four_clicks(
    chromium: Browser, planted: Served
) -> None:
    with opened(chromium, 1400) as page:
        page.goto(f"{planted.address}/?lang=en")
        page.click("main a[href^='/audit']")
        for field, day in YEAR.items():
            page.fill(field, day)
        page.click(".spans button")
        page.click("#work button:text-is('Start')")
        first = page.locator("[aria-labelledby=differing] tbody tr").first
        first.wait_for()
        assert "655.912079" in first.inner_text()
        assert "A1" in first.inner_text()
        cause = first.locator("strong").inner_text()
        first.locator("th a").click()
        page.wait_for_url("**/offers/O1**")
        assert (cause, page.locator("h1").inner_text()) == ("arithmetic", "Offer O1")


@pytest.fixture(scope="module")
def unmapped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, Path]]:
    """A service that takes laboratory messages, with a mapping of patients in which nobody stands yet."""
    folder = tmp_path_factory.mktemp("unmapped")
    mapping = folder / "patients.csv"
    write_patients(mapping, Patients())
    with serving(folder / "heart.db", "--open", "--patients", str(mapping)) as running:
        yield running, mapping


@pytest.mark.long_only
def test_why_a_result_was_refused_is_found_and_it_is_sent_again_once_the_cause_is_mended_in_four_clicks(
    chromium: Browser, unmapped: tuple[Served, Path]
) -> None:
    served, mapping = unmapped
    sent = {"Content-Type": "application/hl7-v2", "Accept": "application/json"}
    answer = served.client.post("/feeds/hl7v2", content=hl7(), headers=sent).json()
    assert [each["status"] for each in answer["verdicts"]] == ["refused"]
    with opened(chromium, 1400) as page:
        page.goto(f"{served.address}/?lang=en")
        page.click("main a[href^='/quarantine']")
        entry = page.locator("article.entry")
        assert "snagc patients add" in entry.inner_text()
        entry.locator("button").click()
        page.locator("main .callout.bad").wait_for()
        assert "refused" in page.inner_text("main")
        write_patients(mapping, PATIENTS)
        page.click("main a[href^='/quarantine']")
        entry.locator("button").click()
        page.locator("main .callout:not(.bad)").wait_for()
        assert "accepted, position 1" in page.inner_text("main")
    told = served.get("/events/1").json()["event"]
    assert (told["subject"], told["data"]["value"]) == ("candidate/C1", "17.10")
    assert served.get("/quarantine").json() == []
