"""What every room's tests share."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from dagster_project.config import Settings
from tests.loopback import Loopback

settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")

BESIDE_THE_CHECKOUT = Path(__file__).parents[2] / "shared" / "data"


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
    monkeypatch.setitem(Settings.model_config, "env_file", None)


@pytest.fixture
def web() -> Iterator[Loopback]:
    """A server on 127.0.0.1 that plays both sources."""
    with Loopback() as server:
        yield server
