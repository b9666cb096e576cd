"""What the tests in a browser share with those of the command: the sample, built once."""

from tests.integration.conftest import built_sample  # noqa: F401
