"""A real browser: Debian's Chromium, driven by Playwright."""

import os
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

SCREENSHOTS = Path(__file__).parents[2] / "build" / "screenshots"
ALONE = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
"""Arguments under which Chromium talks to nobody of its own accord."""


@pytest.fixture(scope="session")
def browser():
    chromium = shutil.which("chromium")
    if chromium is None:
        missing = "needs Chromium, Debian's package chromium"
        pytest.fail(missing) if os.environ.get("PAPERS_TESTS_COMPLETE") else pytest.skip(missing)
    with sync_playwright() as driver, driver.chromium.launch(executable_path=chromium, args=ALONE) as launched:
        yield launched


@pytest.fixture
def page(browser):
    with browser.new_page(viewport={"width": 1600, "height": 1000}) as opened:
        yield opened


@pytest.fixture(scope="session")
def screenshots():
    """The folder that keeps pictures of what the tests saw."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    return SCREENSHOTS
