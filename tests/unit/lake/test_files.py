"""A file is there whole or not at all, and a link points at the old or the new."""

import errno
import os
import stat
from pathlib import Path

import polars as pl
import pytest

from dagster_project.errors import DiskError
from dagster_project.lake.files import (
    move,
    read_bytes,
    read_metadata,
    remove,
    remove_sealed,
    scan,
    seal,
    storage_errors,
    swap_link,
    write_atomically,
    write_parquet_atomically,
)
from dagster_project.progress import warn


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


def refuse(monkeypatch, name, code, only=lambda *_: True):
    """Have a function of the operating system refuse."""
    act = getattr(os, name)

    def refused(*args, **kwargs):
        if only(*args):
            raise OSError(code, os.strerror(code))
        return act(*args, **kwargs)

    monkeypatch.setattr(os, name, refused)


def is_folder(handle):
    return stat.S_ISDIR(os.fstat(handle).st_mode)


LACKS = [errno.EINVAL, errno.ENOTSUP, errno.EPERM, errno.ENOSYS, errno.EBADF]


@pytest.mark.parametrize("code", LACKS)
@pytest.mark.parametrize(
    ("name", "only", "said"),
    [("fsync", is_folder, "flush folders"), ("chmod", lambda *_: True, "set permissions")],
)
def test_what_a_disk_lacks_and_is_optional_is_said_once_and_done_without(
    tmp_path, monkeypatch, caplog, name, only, said, code
):
    warn.cache_clear()
    refuse(monkeypatch, name, code, only)
    for body in (b"old", b"new"):
        write_atomically(tmp_path / "file", lambda file, body=body: file.write(body))
    assert (tmp_path / "file").read_bytes() == b"new"
    assert names(tmp_path) == ["file"]
    assert caplog.messages == [f"this disk does not {said}, so the program does without"]


@pytest.mark.parametrize(
    ("name", "code", "only", "said"),
    [
        ("fsync", errno.EIO, is_folder, "Input/output error"),
        ("fsync", errno.EINVAL, lambda handle: not is_folder(handle), "file: the disk does not flush a file: Invalid"),
        (
            "replace",
            errno.EPERM,
            lambda *_: True,
            "file: the disk does not rename a file: Operation not permitted; make",
        ),
        ("fsync", errno.ENOSPC, lambda handle: not is_folder(handle), "No space left on device; free some space"),
    ],
)
def test_what_is_needed_is_named(tmp_path, monkeypatch, name, code, only, said):
    (tmp_path / "file").write_bytes(b"old")
    refuse(monkeypatch, name, code, only)
    with pytest.raises(DiskError, match=rf"^[^\n]*{said}[^\n]*$"), storage_errors(tmp_path):
        write_atomically(tmp_path / "file", lambda file: file.write(b"new"))
    assert names(tmp_path) == ["file"]


def test_a_sealed_folder_can_be_read_and_removed(tmp_path):
    (tmp_path / "release").mkdir()
    (tmp_path / "release" / "file").write_text("x")
    seal(tmp_path / "release")
    modes = [(tmp_path / "release" / name).stat().st_mode & 0o777 for name in ("", "file")]
    assert modes == [0o555, 0o444]
    remove_sealed(tmp_path / "release")
    assert names(tmp_path) == []


@pytest.mark.parametrize("code", [errno.EBUSY, errno.EPERM, errno.ENOTEMPTY])
def test_a_folder_that_cannot_be_removed_yet_is_said_and_stays(tmp_path, monkeypatch, caplog, code):
    (tmp_path / "release").mkdir()
    (tmp_path / "release" / ".nfs01").write_text("x")
    refuse(monkeypatch, "unlink", code, lambda name, *_: str(name).endswith(".nfs01"))
    remove_sealed(tmp_path / "release")
    [said] = caplog.messages
    assert "cannot be removed" in said
    assert "the next build tries again" in said
    assert names(tmp_path / "release") == [".nfs01"]


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
