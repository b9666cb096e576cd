"""The README's table of settings is that of the code."""

from pathlib import Path

import pytest
from pydantic import ByteSize, SecretStr

from dagster_project.config import load_settings
from tools.settings_table import README, format_default, list_settings, replace_table


def test_the_readme_has_the_table():
    text = README.read_text(encoding="utf-8")
    assert replace_table(text) == text, "run: uv run just docs"


def test_nothing_but_the_table_is_replaced():
    text = "above\n<!-- settings begin -->\n| old |\n<!-- settings end -->\nbelow\n"
    before, _, rest = replace_table(text).partition("<!-- settings begin -->\n")
    table, _, after = rest.partition("<!-- settings end -->")
    assert (before, after) == ("above\n", "\nbelow\n")
    assert "| old |" not in table
    assert "| `PAPERS_MAX_BYTES` | `32.0MiB` |" in table


def test_every_setting_is_described_once_under_the_name_that_is_read(monkeypatch):
    settings = list(list_settings())
    assert all(one.description for one in settings)
    assert len({one.variable for one in settings}) == len(settings)
    for one in settings:
        if one.variable.endswith(("_ATTEMPTS", "_LEASE", "_SPARK_MASTER")) or one.variable == "HF_TOKEN":
            monkeypatch.setenv(one.variable, "17")
    read = load_settings()
    assert (read.attempts, read.lease, read.spark_master) == (17, 17, "17")
    assert read.hf_token == SecretStr("17")


@pytest.mark.parametrize(
    ("default", "shown"),
    [
        (60, "`60`"),
        ("local[*]", "`local[*]`"),
        (ByteSize(32 * 1024**2), "`32.0MiB`"),
        (None, ""),
        ("", ""),
        (Path("/a/folder"), ""),
        (SecretStr("secret"), ""),
    ],
)
def test_defaults_are_shown_where_they_are_the_same_everywhere_and_no_secret(default, shown):
    assert format_default(default) == shown
