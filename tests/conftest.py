"""What every room's tests share."""

import gc
import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import settings

from dagster_project import config
from dagster_project.config import Settings, load_settings
from dagster_project.sources import client
from tests.loopback import Loopback

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.bucket import ObjectStore

settings.register_profile("thorough", deadline=None)
settings.register_profile("quick", deadline=None, max_examples=5)  # pytest --hypothesis-profile quick
settings.load_profile("thorough")

CHECKOUT = Path(__file__).parents[1]
BESIDE_THE_CHECKOUT = CHECKOUT.parent / "shared" / "data"
SCREENSHOTS, OF_THE_README = CHECKOUT / "build" / "screenshots", CHECKOUT / "docs" / "images"
ALONE = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--lang=en-US",
]
"""Arguments under which Chromium talks to nobody of its own accord."""


gc.disable()  # until all tests are collected: nothing of them and of what they import goes away


def pytest_collection_finish() -> None:
    """Let Python look for garbage from here on, and only among what the tests themselves make."""
    gc.freeze()
    gc.enable()


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses by the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that read the real archives, and give long forms the time that they need."""
    for item in items:
        if "shared_data" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.real)
        if item.get_closest_marker("long"):
            item.add_marker(pytest.mark.timeout(7_200))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real digests and payloads: PAPERS_SHARED_DATA, or `shared/data` beside the checkout."""
    folder = Path(os.environ.get("PAPERS_SHARED_DATA") or BESIDE_THE_CHECKOUT).resolve()
    if not folder.is_dir():
        pytest.skip(f"no real archives at {folder}: set PAPERS_SHARED_DATA to their folder")
    return folder


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the settings and proxies of whoever runs the tests out of them."""
    for name in os.environ:
        if name.startswith("PAPERS_") or name == "HF_TOKEN" or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setattr(config, "ENV_FILE", None)


@pytest.fixture
def web() -> Iterator[Loopback]:
    """A server on 127.0.0.1 that plays both sources."""
    with Loopback() as server:
        yield server


@pytest.fixture
def settings_for(web: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Settings]:
    """Make settings that ask the loopback server and waste no time; keyword arguments go above.

    Those that end in `_url` are addresses by their name; None is one that nobody set.
    """
    monkeypatch.setattr(client, "LONGEST_BACKOFF", 0.02)

    def make(**given: Any) -> Settings:
        addresses = {name: given.pop(name) for name in list(given) if name.endswith("_url")}
        addresses = {
            "digest_url": web.digest_url,
            "huggingface_url": web.huggingface_url,
            "arxiv_url": web.arxiv_url,
        } | addresses
        addresses = {name: address for name, address in addresses.items() if address is not None}
        return load_settings(**{"home": tmp_path / "home", "requests_per_second": 1000} | given, addresses=addresses)

    return make


@pytest.fixture(scope="session")
def store() -> Iterator["ObjectStore"]:
    """An object store on 127.0.0.1."""
    from tests.bucket import ObjectStore

    with ObjectStore() as server:
        yield server


@pytest.fixture
def place(store: "ObjectStore", monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in an empty bucket of its own."""
    pytest.importorskip("s3fs", reason="needs s3fs: uv sync --extra s3")
    from upath import UPath

    for name, value in store.environment.items():
        monkeypatch.setenv(name, value)  # which the first request reads: all tests share a client of the one store
    store.refuses = 0
    store.ignores.clear()
    folder = UPath(f"s3://bucket-{uuid.uuid4()}/papers", use_listings_cache=False)
    folder.fs.mkdir(folder.drive)
    return cast("Path", folder)


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """A real browser: Debian's Chromium, driven by Playwright, whose event loop must end before others can run."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    if chromium is None:
        missing = "needs Chromium, Debian's package chromium"
        pytest.fail(missing) if os.environ.get("PAPERS_TESTS_COMPLETE") else pytest.skip(missing)
    with sync_playwright() as driver, driver.chromium.launch(executable_path=chromium, args=ALONE) as launched:
        yield launched


@pytest.fixture
def page(browser: "Browser") -> Iterator["Page"]:
    """A page in a wide window."""
    with browser.new_page(viewport={"width": 1600, "height": 1000}) as opened:
        yield opened


@pytest.fixture(scope="session")
def screenshots() -> Iterator[Path]:
    """The folder that keeps pictures of what the tests saw; those of the README are renewed when asked for."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    yield SCREENSHOTS
    for shown in OF_THE_README.glob("*.png") if os.environ.get("UPDATE_SCREENSHOTS") else ():
        if (seen := SCREENSHOTS / shown.name).exists():
            shutil.copy(seen, shown)
