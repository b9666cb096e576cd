"""Tests the table that lies in a single file."""

import polars as pl
import pytest
from dataframely.exc import ValidationError

from dagster_project.lake.single_file import SingleFile
from dagster_project.validate.schemas import Archive

HERS = ("hers", "https://example.org/hers.git", "huggingface", "MIT")
HIS = ("his", "https://example.org/his.git", "digest", "CC0")


@pytest.fixture
def table(tmp_path) -> SingleFile:
    return SingleFile(tmp_path / "all" / "archives.parquet", Archive, ("archive",))


def test_without_a_file_it_is_empty_and_removing_makes_none(table):
    table.replace(pl.col("archive") == "his")
    assert table.read().schema == pl.Schema(Archive)
    assert table.read().is_empty()
    assert not table.path.exists()


def test_rows_are_replaced_and_stay_sorted(table):
    table.replace(pl.lit(value=False), HIS)
    table.replace(pl.lit(value=False), HERS)
    assert table.read().rows() == [HERS, HIS]
    moved = ("hers", "https://example.org/moved.git", "huggingface", "MIT")
    table.replace(pl.col("archive") == "hers", moved)
    assert table.read().rows() == [moved, HIS]
    table.replace(pl.col("archive") == "hers")
    assert table.read().rows() == [HIS]


def test_a_row_that_breaks_a_rule_changes_nothing(table):
    table.replace(pl.lit(value=False), HIS)
    with pytest.raises(ValidationError):
        table.replace(pl.lit(value=False), HIS)
    assert table.read().rows() == [HIS]
