"""A folder on a disk and one in a bucket: what the lake promises holds in both."""

import pytest


@pytest.fixture(params=["on a disk", pytest.param("in a bucket", marks=pytest.mark.bucket)])
def folder(request, tmp_path):
    return tmp_path if request.param == "on a disk" else request.getfixturevalue("place")
