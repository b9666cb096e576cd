"""A lock in a bucket: one holder at a time; a dead one is replaced; a holder that lost the lock notices it."""

import time

import pytest

pytest.importorskip("s3fs", reason="needs s3fs: uv sync --extra s3")
from dagster_project.errors import DiskError
from dagster_project.lake.home import MARK, Home
from dagster_project.lake.lease import Lease

pytestmark = pytest.mark.bucket


@pytest.fixture
def lock(place):
    return place / ".lock"


def test_one_holds_it_at_a_time(lock):
    one, other = Lease(lock, lasts=30), Lease(lock, lasts=30)
    one.acquire(0)
    with pytest.raises(TimeoutError):
        other.acquire(0)
    one.release()
    other.acquire(0)
    other.release()
    assert not lock.exists()


def test_it_says_who_holds_it(lock):
    lease = Lease(lock, lasts=30)
    lease.acquire(0)
    assert "process" in lock.read_text()
    lease.release()


def test_a_holder_that_lives_keeps_it_for_longer_than_a_sign_lasts(lock):
    one, other = Lease(lock, lasts=0.6), Lease(lock, lasts=0.6)
    one.acquire(0)
    with pytest.raises(TimeoutError):
        other.acquire(2)
    assert not one.lost
    one.release()


def test_a_dead_holder_is_replaced_after_as_long_as_its_sign_lasts(lock):
    lock.write_text("a process that is no more")
    heir = Lease(lock, lasts=0.6)
    since = time.monotonic()
    heir.acquire(10)
    assert time.monotonic() - since > 0.6
    heir.release()


def test_who_was_thought_dead_is_told_and_leaves_it_to_the_heir(lock):
    one = Lease(lock, lasts=1)
    one.acquire(0)
    lock.write_text("another")
    while not one.lost:
        time.sleep(0.05)
    one.release()
    assert lock.read_text() == "another"


def test_of_many_that_wait_for_a_dead_one_one_gets_it(lock):
    lock.write_text("a process that is no more")
    heirs = [Lease(lock, lasts=0.5) for _ in range(2)]
    heirs[0].acquire(10)
    with pytest.raises(TimeoutError):
        heirs[1].acquire(1)
    heirs[0].release()


def test_a_bucket_that_is_not_there_is_said(lock):
    missing = lock.with_segments("s3://no-such-bucket/papers/.lock")
    with pytest.raises(FileNotFoundError, match="bucket"):
        Lease(missing, lasts=1).acquire(0)


@pytest.mark.parametrize("header", ["If-None-Match", "If-Match"])
def test_a_bucket_that_ignores_conditions_is_refused_before_anything_is_written(place, store, tmp_path, header):
    store.ignores.add(f"HTTP_{header.upper().replace('-', '_')}")
    home = Home(place, tmp_path / "here")
    with pytest.raises(DiskError, match=rf"ignores {header}, so two runs .*--home DIR$"), home.lock_for_writing():
        pass
    assert [file.name for file in place.iterdir()] == [MARK]
    store.ignores.clear()
    with home.lock_for_writing():
        pass
