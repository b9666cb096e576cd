"""What the unit tests share."""

from collections.abc import Callable
from pathlib import Path

import pytest

from dagster_project.config import Settings, load_settings
from dagster_project.sources import client
from tests.loopback import Loopback


@pytest.fixture
def settings_for(web: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Settings]:
    """Make settings that ask the loopback server and waste no time; keyword arguments go above."""
    monkeypatch.setattr(client, "LONGEST_BACKOFF", 0.02)
    quick = {
        "home": tmp_path / "home",
        "digest_url": web.digest_url,
        "huggingface_url": web.huggingface_url,
        "requests_per_second": 1000,
    }
    return lambda **given: load_settings(**quick | given)
