"""The raw store: bytes by their name, kept once, never changed, never trusted."""

import hashlib

import pyarrow as pa
import pytest

from dagster_project.errors import RawMissingError
from dagster_project.lake.files import find_bucket, read_bytes
from dagster_project.lake.raw import RawStore

BODY = b"# Daily Papers"
NAME = hashlib.sha256(BODY).hexdigest()


@pytest.fixture
def raw(folder):
    return RawStore(folder)


def test_bytes_are_named_by_what_they_are(raw, folder):
    assert raw.put(BODY) == NAME
    assert raw.get(NAME) == BODY
    assert raw.path(NAME) == folder / NAME[:2] / f"{NAME}.zst"


def test_bytes_are_compressed_as_zstd_does(raw):
    raw.put(BODY * 100)
    packed = read_bytes(raw.path(hashlib.sha256(BODY * 100).hexdigest()))
    assert packed.startswith(bytes.fromhex("28b52ffd"))  # as RFC 8878 has it
    assert len(packed) < len(BODY * 10)
    assert pa.CompressedInputStream(pa.BufferReader(packed), "zstd").read() == BODY * 100


@pytest.fixture
def plain(folder):
    """The file that an older release wrote."""
    file = folder / NAME[:2] / NAME
    file.parent.mkdir(parents=True)
    file.write_bytes(BODY)
    return file


def test_bytes_of_older_releases_are_held_and_read(raw, plain):  # noqa: ARG001 - the file must be there
    assert NAME in raw
    assert raw.get(NAME) == BODY
    assert raw.list_held() == {NAME}


def test_bytes_of_older_releases_are_not_written_again(raw, plain):
    raw.put(BODY)
    assert raw.get(NAME) == BODY
    if find_bucket(plain) is None:
        assert not raw.path(NAME).exists()


def test_damaged_bytes_of_older_releases_are_set_aside_and_make_room(raw, plain):
    plain.write_bytes(BODY[:-1])
    with pytest.raises(RawMissingError, match="was damaged and is set aside; build the day again"):
        raw.get(NAME)
    assert NAME not in raw
    assert plain.with_suffix(".damaged").read_bytes() == BODY[:-1]
    assert raw.get(raw.put(BODY)) == BODY


def test_where_one_file_is_damaged_the_other_is_read(raw, plain):
    raw.path(NAME).write_bytes(b"torn")
    assert raw.get(NAME) == BODY
    assert plain.exists()
    assert not raw.path(NAME).exists()


def test_the_store_lists_what_it_holds(raw):
    assert raw.list_held() == set()
    names = {raw.put(BODY), raw.put(b"")}
    assert raw.list_held() == names
    raw.path(NAME).write_bytes(b"torn")
    with pytest.raises(RawMissingError):
        raw.get(NAME)
    assert raw.list_held() == names - {NAME}


def test_the_store_knows_what_it_holds(raw):
    assert NAME not in raw
    raw.put(BODY)
    assert NAME in raw


def test_no_bytes_are_bytes_too(raw):
    assert raw.get(raw.put(b"")) == b""


def test_the_same_bytes_are_written_once(raw):
    raw.put(BODY)
    before = raw.path(NAME).stat().st_mtime_ns
    raw.put(BODY)
    assert raw.get(NAME) == BODY
    if find_bucket(raw.path(NAME)) is None:  # in a bucket, a check would cost as much as a second write
        assert raw.path(NAME).stat().st_mtime_ns == before


def test_other_bytes_lie_beside_them(raw):
    other = raw.put(BODY + b"!")
    raw.put(BODY)
    assert (raw.get(NAME), raw.get(other)) == (BODY, BODY + b"!")


def test_bytes_that_are_gone_are_missed(raw):
    raw.put(BODY)
    raw.path(NAME).unlink()
    with pytest.raises(RawMissingError, match=rf"raw/{NAME[:2]}/{NAME} is missing; build the day again"):
        raw.get(NAME)


PACKED = pa.Codec("zstd").compress(BODY, asbytes=True)


@pytest.mark.parametrize(
    "damaged",
    [b"", PACKED[:-1], PACKED[:8] + b"!" + PACKED[9:], pa.Codec("zstd").compress(BODY + b"!", asbytes=True), BODY],
    ids=["emptied", "cut", "changed", "other bytes", "not compressed"],
)
def test_bytes_that_changed_are_never_given_out_and_make_room_for_the_right_ones(raw, damaged):
    raw.put(BODY)
    raw.path(NAME).write_bytes(damaged)
    with pytest.raises(RawMissingError, match="was damaged and is set aside; build the day again"):
        raw.get(NAME)
    assert NAME not in raw
    assert raw.path(NAME).with_suffix(".damaged").read_bytes() == damaged
    assert raw.get(raw.put(BODY)) == BODY
