"""Homes that the tests of both rooms share."""

from tests.integration.conftest import built_sample  # noqa: F401
