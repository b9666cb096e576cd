"""What was announced is kept as it was, on a disk and in a bucket."""

import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_project.errors import DamagedLakeError
from dagster_project.lake.announcements import announce, read_announcements, remove_announcements
from dagster_project.lake.home import Home

MORNING, EVENING = dt.datetime(2025, 1, 6, 6), dt.datetime(2025, 1, 6, 18)
TYPES = {"feed": pl.String, "arxiv_id": pl.String, "number": pl.Int64, "dated_at": pl.Datetime("us"), "votes": pl.Int32}


def find(*rows):
    return pl.DataFrame(rows, TYPES, orient="row")


def test_nothing_was_announced_at_first(folder):
    assert read_announcements(Home(folder / "home")).is_empty()
    assert announce(Home(folder / "home"), find()).is_empty()
    assert not Home(folder / "home").announcements.exists()


def test_what_is_found_again_keeps_its_number_date_and_votes(folder):
    home = Home(folder / "home")
    first = [("new", "2501.00001", 1, EVENING, 5), ("new", "2501.00002", 2, EVENING, None)]
    assert announce(home, find(*first)).rows() == first
    later = [
        ("new", "2501.00003", 1, MORNING, 1),
        ("new", "2501.00001", 2, MORNING, 1),
        ("other", "2501.00001", 1, MORNING, 1),
    ]
    expected = [*first, ("new", "2501.00003", 3, MORNING, 1), ("other", "2501.00001", 1, MORNING, 1)]
    assert announce(home, find(*later)).rows() == expected
    assert read_announcements(home).rows() == expected


def test_papers_of_one_entry_share_its_number(folder):
    home = Home(folder / "home")
    announce(home, find(("week", "2501.00001", 1, MORNING, 5), ("week", "2501.00002", 1, MORNING, 4)))
    announce(home, find(("week", "2501.00003", 7, EVENING, 5), ("week", "2501.00004", 7, EVENING, 4)))
    assert read_announcements(home)["number"].to_list() == [1, 1, 2, 2]


def test_nothing_is_written_without_news(folder):
    home, row = Home(folder / "home"), ("new", "2501.00001", 1, EVENING, 5)
    announce(home, find(row))
    [file] = [home.announcements / "all" / "announced.parquet"]
    before = file.read_bytes(), file.stat().st_mtime
    announce(home, find(row))
    assert (file.read_bytes(), file.stat().st_mtime) == before


def test_a_removed_paper_leaves_every_feed_and_the_numbers_of_others_stay(folder):
    home = Home(folder / "home")
    remove_announcements(home, "2501.00001")
    announce(
        home,
        find(
            ("new", "2501.00001", 1, EVENING, 5),
            ("new", "2501.00002", 2, EVENING, 5),
            ("a", "2501.00001", 1, EVENING, 5),
        ),
    )
    remove_announcements(home, "2501.00001")
    assert read_announcements(home).rows() == [("new", "2501.00002", 2, EVENING, 5)]


def test_a_damaged_file_is_named_with_the_way_out(tmp_path):
    home = Home(tmp_path / "home")
    file = home.announcements / "all" / "announced.parquet"
    announce(home, find(("new", "2501.00001", 1, EVENING, 5)))
    for damaged in (b"", b"PAR1", file.read_bytes()[:-9]):
        file.write_bytes(damaged)
        with pytest.raises(DamagedLakeError, match=r"announced\.parquet is damaged; remove it"):
            announce(home, find(("new", "2501.00001", 1, EVENING, 5)))
    pl.DataFrame({"feed": ["new"]}).write_parquet(file)
    with pytest.raises(DamagedLakeError, match=r"announced\.parquet is damaged; remove it"):
        read_announcements(home)
    file.unlink()
    assert len(announce(home, find(("new", "2501.00001", 1, EVENING, 5)))) == 1


ROWS = st.lists(
    st.tuples(st.sampled_from(["new", "some"]), st.integers(1, 9), st.integers(0, 5), st.none() | st.integers(0, 9)),
    unique_by=lambda row: row[:2],
)


@given(st.lists(ROWS, max_size=5))
def test_whatever_comes_in_whatever_order_each_paper_is_announced_once_and_stays(tmp_path_factory, times):
    home, known = Home(tmp_path_factory.mktemp("home")), {}
    for found in times:
        rows = [
            (feed, f"2501.{paper:05}", number, MORNING + dt.timedelta(hours=hours), votes)
            for number, (feed, paper, hours, votes) in enumerate(found, start=1)
        ]
        announced = announce(home, find(*rows))
        for feed, paper, _, at, votes in rows:
            known.setdefault((feed, paper), (at, votes))
        assert {(row[0], row[1]): row[3:] for row in announced.rows()} == known
        for feed in ("new", "some"):
            numbers = announced.filter(feed=feed)["number"].to_list()
            assert numbers == list(range(1, len(numbers) + 1))
        assert read_announcements(home).equals(announced)
