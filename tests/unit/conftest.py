"""What the unit tests share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dagster_project.config import Settings, load_settings
from dagster_project.sources import client
from tests.loopback import Loopback


@pytest.fixture
def settings_for(web: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Settings]:
    """Make settings that ask the loopback server and waste no time; keyword arguments go above.

    Those that end in `_url` are addresses by their name; None is one that nobody set.
    """
    monkeypatch.setattr(client, "LONGEST_BACKOFF", 0.02)

    def make(**given: Any) -> Settings:
        addresses = {name: given.pop(name) for name in list(given) if name.endswith("_url")}
        addresses = {"digest_url": web.digest_url, "huggingface_url": web.huggingface_url} | addresses
        addresses = {name: address for name, address in addresses.items() if address is not None}
        return load_settings(**{"home": tmp_path / "home", "requests_per_second": 1000} | given, addresses=addresses)

    return make
