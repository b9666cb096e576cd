"""Homes that the tests of both rooms share, and the mark of all tests here."""

from pathlib import Path

import pytest

from tests.integration.conftest import built_sample, built_week  # noqa: F401


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Mark every test of this folder, before pytest selects by marks."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.damage)
