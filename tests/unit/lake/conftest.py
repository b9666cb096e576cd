"""A folder on a disk and one in a bucket: what the lake promises holds in both."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses by the marks
def pytest_collection_modifyitems(items):
    """Of a test's cases that are tried in a bucket, keep one in the short form, since a store answers slowly."""
    seen = set()
    for item in items:
        case = getattr(item, "callspec", None)
        if case and case.params.get("folder") == "in a bucket" and item.path.is_relative_to(HERE):
            if item.function in seen and "changes" not in case.params:  # whose cases say it themselves
                item.add_marker(pytest.mark.long)
            seen.add(item.function)


@pytest.fixture(params=["on a disk", pytest.param("in a bucket", marks=pytest.mark.bucket)])
def folder(request, tmp_path):
    return tmp_path if request.param == "on a disk" else request.getfixturevalue("place")
