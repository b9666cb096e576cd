"""A file is there whole or not at all, and a link points at the old or the new."""

import os
from pathlib import Path

import polars as pl
import pytest

from dagster_project.errors import DiskError
from dagster_project.lake.files import (
    move,
    read_bytes,
    read_metadata,
    remove,
    scan,
    storage_errors,
    swap_link,
    write_atomically,
    write_parquet_atomically,
)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_appears_whole_with_its_folders(tmp_path):
    write_atomically(tmp_path / "a/b/file", lambda file: file.write(b"whole"))
    assert (tmp_path / "a/b/file").read_bytes() == b"whole"


def test_nobody_sees_it_half_written(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def write(file):
        file.write(b"ne")
        file.flush()
        assert path.read_bytes() == b"old"
        file.write(b"w")

    write_atomically(path, write)
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_write_that_fails_leaves_what_was_there_and_nothing_else(tmp_path, error):
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def write(file):
        file.write(b"half")
        raise error

    with pytest.raises(type(error)):
        write_atomically(path, write)
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["file"]


def test_a_write_that_works_leaves_no_temporary_file(tmp_path):
    write_atomically(tmp_path / "file", lambda file: file.write(b"whole"))
    assert names(tmp_path) == ["file"]


def test_bytes_are_on_the_disk_before_the_name_is(tmp_path, monkeypatch):
    steps = []
    monkeypatch.setattr(os, "fsync", lambda _: steps.append((tmp_path / "file").exists()))
    write_atomically(tmp_path / "file", lambda file: file.write(b"whole"))
    assert steps == [False, True]


def test_everybody_may_read_it(tmp_path):
    write_atomically(tmp_path / "file", lambda file: file.write(b"whole"))
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("name", ["[papers] (1)", "what?", "a*b", "{a,b}", "50%", "number=7"])
def test_a_path_is_never_a_pattern(tmp_path, name):
    (tmp_path / name).mkdir()
    frame = pl.DataFrame({"number": [1]})
    write_parquet_atomically(tmp_path / name / "rows.parquet", frame)
    assert scan([tmp_path / name / "rows.parquet"]).collect().equals(frame)


def test_a_link_points_at_the_old_until_the_new_is_ready(tmp_path):
    link = tmp_path / "current"
    link.symlink_to("old")
    with swap_link(link, "new"):
        assert link.readlink() == Path("old")
    assert link.readlink() == Path("new")
    assert names(tmp_path) == ["current"]


def test_a_swap_that_fails_leaves_the_old_link_and_nothing_else(tmp_path):
    link = tmp_path / "current"
    link.symlink_to("old")
    with pytest.raises(ZeroDivisionError), swap_link(link, "new"):
        raise ZeroDivisionError
    assert link.readlink() == Path("old")
    assert names(tmp_path) == ["current"]


def test_a_first_link_needs_none_before_it(tmp_path):
    with swap_link(tmp_path / "current", "new"):
        pass
    assert (tmp_path / "current").readlink() == Path("new")


@pytest.mark.bucket
class TestInABucket:
    def test_a_write_is_one_request(self, place, store):
        asked = len(store.asked)
        write_atomically(place / "a" / "file", lambda file: file.write(b"whole"))
        assert [method for method, _ in store.asked[asked:]] == ["PUT"]
        assert read_bytes(place / "a" / "file") == b"whole"

    def test_a_write_that_fails_leaves_what_was_there(self, place):
        write_atomically(place / "file", lambda file: file.write(b"old"))
        with pytest.raises(ZeroDivisionError):
            write_atomically(place / "file", lambda file: file.write(b"new" * (1 // 0)))
        assert read_bytes(place / "file") == b"old"

    def test_parquet_comes_back_with_its_metadata(self, place):
        frame = pl.DataFrame({"number": [1, 2], "word": ["a", "b"]})
        write_parquet_atomically(place / "rows.parquet", frame, {"papers.mark": "x"})
        assert read_metadata(place / "rows.parquet") == {"papers.mark": "x"}
        assert read_metadata(place / "nothing.parquet") == {}
        assert scan([place / "rows.parquet"]).filter(pl.col("number") == 2).collect().rows() == [(2, "b")]

    def test_a_folder_moves_whole_and_goes_on_where_it_was_interrupted(self, place):
        for name in ("lake/entry/1", "lake/entry/2", "aside/lake/entry/1"):
            write_atomically(place / name, lambda file: file.write(b"here"))
        move(place / "lake", place / "aside" / "lake")
        assert sorted(file.name for file in (place / "aside" / "lake" / "entry").iterdir()) == ["1", "2"]
        assert not (place / "lake").exists()

    def test_a_folder_is_removed_with_all_in_it(self, place):
        for name in ("old/1", "old/2", "older"):
            write_atomically(place / name, lambda file: file.write(b"here"))
        remove(place / "old")
        assert [file.name for file in place.iterdir()] == ["older"]

    def test_what_a_bucket_refuses_is_a_line(self, place):
        nowhere = place.with_segments("s3://no-such-bucket/papers/file")
        with pytest.raises(DiskError, match="bucket does not exist"), storage_errors(nowhere):
            write_atomically(nowhere, lambda file: file.write(b"x"))
