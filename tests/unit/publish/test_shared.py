"""Releases in a bucket: pushed whole, pulled whole, the newest few kept."""

import pytest

pytest.importorskip("s3fs", reason="needs s3fs: uv sync --extra s3")
from dagster_project.errors import ReleaseError
from dagster_project.lake.home import Home
from dagster_project.publish.shared import prune_shared, pull, push, read_pointer

pytestmark = pytest.mark.bucket


@pytest.fixture
def home(place, tmp_path):
    return Home(place, tmp_path / "writer")


@pytest.fixture
def reader(place, tmp_path):
    return Home(place, tmp_path / "reader")


def folder_of(folder, body):
    """Make a finished release: the file, and what another engine leaves beside it."""
    (folder / "tables" / "dim_paper").mkdir(parents=True)
    (folder / "tables" / "dim_paper" / "part.parquet").write_bytes(b"rows")
    (folder / "papers.duckdb").write_bytes(body)
    return folder


@pytest.fixture
def published(home, tmp_path):
    """A function that publishes some bytes as a release, as the next of those in use."""

    def as_release(name, body=b"a database"):
        push(home, folder_of(tmp_path / name, body), name, "the mark", read_pointer(home))

    return as_release


def test_where_nothing_was_published_there_is_nothing_to_pull(reader):
    assert read_pointer(reader) is None
    assert pull(reader) is None


def test_what_is_pulled_is_what_was_pushed(home, reader, published):
    published("1")
    names = sorted(name.removeprefix(home.root.path) for name in home.root.fs.find(home.root.path))
    assert names == ["/current", "/releases/1/papers.duckdb", "/releases/1/tables/dim_paper/part.parquet"]
    assert pull(reader).release == "1"
    assert reader.warehouse.read_bytes() == b"a database"
    assert reader.warehouse.stat().st_mode & 0o222 == 0
    published("2", b"another")
    assert reader.warehouse.read_bytes() == b"a database"
    pull(reader)
    assert reader.warehouse.read_bytes() == b"another"
    assert (reader.releases / "1").exists()  # whoever reads it goes on


def test_of_two_that_publish_at_the_same_time_one_is_told(home, published, tmp_path):
    published("1")
    before = read_pointer(home)
    published("2")
    late = folder_of(tmp_path / "3", b"late")
    with pytest.raises(ReleaseError, match="another run published meanwhile"):
        push(home, late, "3", "the mark", before)
    assert read_pointer(home).release == "2"
    with pytest.raises(ReleaseError, match="another run published meanwhile"):
        push(home, late, "3", "the mark", None)


def test_what_arrives_otherwise_than_it_was_published_is_not_used(home, reader, published):
    published("1")
    (home.shared_releases / "1" / "papers.duckdb").write_bytes(b"something else")
    with pytest.raises(ReleaseError, match="did not arrive as it was published"):
        pull(reader)
    assert not reader.current.exists()
    assert [folder.name for folder in reader.releases.iterdir()] == [".pull.lock"]


def test_a_release_that_is_not_there_is_said(home, reader, published):
    published("1")
    (home.shared_releases / "1" / "papers.duckdb").unlink()
    with pytest.raises(ReleaseError, match="names a release that is not there"):
        pull(reader)


def test_what_half_a_pull_left_behind_is_removed(reader, published):
    half = reader.releases / ".pulling-0"
    half.mkdir(parents=True)
    published("1")
    pull(reader)
    assert not half.exists()


def test_the_newest_are_kept_and_the_one_in_use_always(home, published):
    for name in ("2", "3", "4", "5", "1"):
        published(name)
    prune_shared(home, keep=3)
    assert sorted(file.parent.name for file in home.shared_releases.glob("*/papers.duckdb")) == ["1", "3", "4", "5"]


def test_what_half_arrived_is_removed(home, place, published):
    published("1")
    bucket, _, key = (home.shared_releases / "2" / "papers.duckdb").path.partition("/")
    for below in (key, "elsewhere/papers.duckdb"):
        place.fs.call_s3("create_multipart_upload", Bucket=bucket, Key=below)
    prune_shared(home, keep=3)
    assert [upload["Key"] for upload in place.fs.list_multipart_uploads(bucket)] == ["elsewhere/papers.duckdb"]
