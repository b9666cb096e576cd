"""The raw store: bytes by their name, kept once, never changed, never trusted."""

import hashlib

import pytest

from dagster_project.errors import RawMissingError
from dagster_project.lake.files import find_bucket
from dagster_project.lake.raw import RawStore

BODY = b"# Daily Papers"
NAME = hashlib.sha256(BODY).hexdigest()


@pytest.fixture
def raw(folder):
    return RawStore(folder)


def test_bytes_are_named_by_what_they_are(raw, folder):
    assert raw.put(BODY) == NAME
    assert raw.get(NAME) == BODY
    assert raw.path(NAME) == folder / NAME[:2] / NAME


def test_the_store_knows_what_it_holds(raw):
    assert NAME not in raw
    raw.put(BODY)
    assert NAME in raw


def test_no_bytes_are_bytes_too(raw):
    assert raw.get(raw.put(b"")) == b""


def test_the_same_bytes_are_written_once(raw):
    raw.put(BODY)
    before = raw.path(NAME).stat()
    raw.put(BODY)
    assert raw.get(NAME) == BODY
    if find_bucket(raw.path(NAME)) is None:  # in a bucket, a check would cost as much as a second write
        assert raw.path(NAME).stat() == before


def test_other_bytes_lie_beside_them(raw):
    other = raw.put(BODY + b"!")
    raw.put(BODY)
    assert (raw.get(NAME), raw.get(other)) == (BODY, BODY + b"!")


def test_bytes_that_are_gone_are_missed(raw):
    raw.put(BODY)
    raw.path(NAME).unlink()
    with pytest.raises(RawMissingError, match=rf"raw/{NAME[:2]}/{NAME} is missing; build the day again"):
        raw.get(NAME)


@pytest.mark.parametrize("damaged", [b"", BODY[:-1], BODY + b"\n"], ids=["emptied", "cut", "longer"])
def test_bytes_that_changed_are_never_given_out_and_make_room_for_the_right_ones(raw, damaged):
    raw.put(BODY)
    raw.path(NAME).write_bytes(damaged)
    with pytest.raises(RawMissingError, match="was damaged and is set aside; build the day again"):
        raw.get(NAME)
    assert NAME not in raw
    assert raw.path(NAME).with_suffix(".damaged").read_bytes() == damaged
    assert raw.get(raw.put(BODY)) == BODY
