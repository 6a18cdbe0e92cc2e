"""A real Chromium over a running service; without one the tests are skipped and say so."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.replay.command import snagc
from tests.replay.service.guarded import ADDED
from tests.replay.service.served import WORKED, Served, lines, serving

NAMES = ("chromium", "chromium-browser", "google-chrome")
SWITCHES = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
HOSTILE = "<img src=x onerror=alert(1)>\u202e'\"&</td>"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser, once a module: while it is there an event loop runs, and no other test could run one of its own."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip("no Chromium here: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(SWITCHES))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An open service over the worked example with two offers, and hostile text in every field that takes text."""
    log: Path = tmp_path_factory.mktemp("walked") / "heart.db"
    assert snagc("ingest", "--import", WORKED, "--log", log).exit_code == 0
    assert snagc("ingest", "--import", "-", "--log", log, given=lines([*ADDED, *hostile()])).exit_code == 0
    with serving(log) as running:
        yield running


def hostile() -> list[dict[str, object]]:
    """Events whose free texts would act, if a page let them."""
    common = {"specversion": "1.0", "time": "2024-07-02T09:00:00+02:00"}
    told = [
        ("candidate.updated", "candidate/A2", {"team": HOSTILE}),
        ("candidate.suspended", "candidate/A1", {"reason": HOSTILE}),
        ("treatment.started", "candidate/A2", {"treatment": "lvad", "device": HOSTILE}),
        ("proposal.declined", "offer/O2", {"candidate": "A2", "reason": HOSTILE}),
        ("coronary-calcium.recorded", "candidate/A2", {"agatston": "3", "method": HOSTILE}),
    ]
    return [
        {**common, "source": HOSTILE, "id": f"{HOSTILE}{number}", "type": f"snagc.{kind}.v1", "subject": about,
         "data": data}
        for number, (kind, about, data) in enumerate(told)
    ]  # fmt: skip
