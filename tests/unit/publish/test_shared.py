"""Releases in a bucket: pushed whole, pulled whole, the newest few kept."""

import pytest

pytest.importorskip("s3fs", reason="needs s3fs: uv sync --extra s3")
from dagster_project.errors import ReleaseError
from dagster_project.lake.home import Home, claim_folder
from dagster_project.publish.shared import prune_shared, pull, push, read_pointer

pytestmark = pytest.mark.bucket


@pytest.fixture
def home(place, tmp_path):
    return Home(place, tmp_path / "writer")


@pytest.fixture
def reader(place, tmp_path):
    return Home(place, tmp_path / "reader")


def release_id(number):
    return f"2026010{number}T000000-0123abcd"


FIRST, SECOND, THIRD = map(release_id, (1, 2, 3))


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
    published(FIRST)
    names = sorted(name.removeprefix(home.root.path) for name in home.root.fs.find(home.root.path))
    assert names == ["/current", f"/releases/{FIRST}/papers.duckdb", f"/releases/{FIRST}/tables/dim_paper/part.parquet"]
    assert pull(reader).release == FIRST
    assert reader.warehouse.read_bytes() == b"a database"
    assert reader.warehouse.stat().st_mode & 0o222 == 0
    published(SECOND, b"another")
    assert reader.warehouse.read_bytes() == b"a database"
    pull(reader)
    assert reader.warehouse.read_bytes() == b"another"
    assert (reader.releases / FIRST).exists()  # whoever reads it goes on


def test_of_two_that_publish_at_the_same_time_one_is_told(home, published, tmp_path):
    published(FIRST)
    before = read_pointer(home)
    published(SECOND)
    late = folder_of(tmp_path / THIRD, b"late")
    with pytest.raises(ReleaseError, match="another run published meanwhile"):
        push(home, late, THIRD, "the mark", before)
    assert read_pointer(home).release == SECOND
    with pytest.raises(ReleaseError, match="another run published meanwhile"):
        push(home, late, THIRD, "the mark", None)


def test_what_arrives_otherwise_than_it_was_published_is_not_used(home, reader, published):
    published(FIRST)
    (home.shared_releases / FIRST / "papers.duckdb").write_bytes(b"something else")
    with pytest.raises(ReleaseError, match="did not arrive as it was published"):
        pull(reader)
    assert not reader.current.exists()
    assert [folder.name for folder in reader.releases.iterdir()] == [".pull.lock"]


def test_a_release_that_is_not_there_is_said(home, reader, published):
    published(FIRST)
    (home.shared_releases / FIRST / "papers.duckdb").unlink()
    with pytest.raises(ReleaseError, match="names a release that is not there"):
        pull(reader)


def test_what_half_a_pull_left_behind_is_removed(reader, published):
    claim_folder(reader.local)
    half = reader.releases / f".pulling-{SECOND}"
    half.mkdir(parents=True)
    published(FIRST)
    pull(reader)
    assert not half.exists()


def test_the_newest_are_kept_and_the_one_in_use_always(home, published):
    for number in (2, 3, 4, 5, 1):
        published(release_id(number))
    prune_shared(home, keep=3)
    assert sorted(file.parent.name for file in home.shared_releases.glob("*/papers.duckdb")) == [
        release_id(number) for number in (1, 3, 4, 5)
    ]


def test_what_half_arrived_is_removed(home, place, published):
    published(FIRST)
    bucket, _, key = (home.shared_releases / SECOND / "papers.duckdb").path.partition("/")
    for below in (key, "elsewhere/papers.duckdb"):
        place.fs.call_s3("create_multipart_upload", Bucket=bucket, Key=below)
    prune_shared(home, keep=3)
    assert [upload["Key"] for upload in place.fs.list_multipart_uploads(bucket)] == ["elsewhere/papers.duckdb"]
