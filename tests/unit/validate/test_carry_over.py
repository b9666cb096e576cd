"""Rows of earlier captures, and of lost ones, stay beside those that are parsed now."""

import datetime as dt

import polars as pl

from dagster_project.parse.rows import OWN, Author, Day, Entry, Parsed, Reject
from dagster_project.validate.carry_over import add_captures, carry_over
from dagster_project.validate.repeats import LONG
from dagster_project.validate.split import Frames, list_broken_days, sort_frames, split

DAY = dt.date(2024, 1, 25)
FIRST, SECOND = dt.datetime(2024, 1, 25, 12), dt.datetime(2024, 1, 25, 18)
LOST = {(FIRST, OWN): "it is gone"}


def day(captured_at: dt.datetime, *papers: str, by: str = "Ada", rejects: int = 0, archive: str = OWN) -> Parsed:
    """Return one capture of a day, whose papers have one author each."""
    of = Day("huggingface", DAY, captured_at, archive)
    return Parsed(
        entry=[Entry(*of, paper, rank, "A title") for rank, paper in enumerate(papers, start=1)],
        author=[Author(*of, paper, 1, by, by, by.lower()) for paper in papers],
        reject=[Reject(*of, "rule", "reason", None, None, None, str(number)) for number in range(rejects)],
    )


def frames(*captures: Parsed) -> Frames:
    together = Parsed()
    for capture in captures:
        together.extend(capture)
    return split(together)


def carry(new: Frames, old: Frames) -> Frames:
    return carry_over("huggingface", DAY, new, old, LOST)


def test_entries_of_the_lost_capture_stay():
    both = carry(frames(day(SECOND, "2401.00001")), frames(day(FIRST, "2401.00001", "2401.00002")))
    assert both["entry"].select("captured_at", "arxiv_id").rows() == [
        (FIRST, "2401.00001"),
        (FIRST, "2401.00002"),
        (SECOND, "2401.00001"),
    ]


def test_a_paper_keeps_the_authors_of_one_capture():
    new = frames(day(SECOND, "2401.00001", by="Grace"))
    both = carry(new, frames(day(FIRST, "2401.00001", "2401.00002")))
    assert both["author"].select("arxiv_id", "name").rows() == [("2401.00002", "Ada"), ("2401.00001", "Grace")]


def test_rejects_of_the_lost_capture_stay_and_no_other():
    old = frames(day(FIRST, "2401.00001", rejects=1), day(SECOND, rejects=2))
    assert carry(frames(day(SECOND, "2401.00001")), old)["reject"]["captured_at"].to_list() == [FIRST]


def test_what_another_archive_captured_at_that_time_is_not_lost():
    of_both = frames(day(FIRST, "2401.00001", rejects=1), day(FIRST, "2401.00002", rejects=1, archive="theirs"))
    both = carry(frames(day(FIRST, "2401.00002", archive="theirs")), of_both)
    assert both["entry"].select("archive", "arxiv_id").rows() == [(OWN, "2401.00001"), ("theirs", "2401.00002")]
    assert both["reject"]["archive"].to_list() == [OWN]


def test_a_capture_of_which_nothing_is_left_is_a_reject():
    both = carry(frames(day(SECOND, "2401.00001")), frames())
    assert both["reject"].select("captured_at", "rule", "reason").rows() == [(FIRST, "answer.lost", "it is gone")]


def test_carrying_over_twice_changes_nothing():
    new, old = frames(day(SECOND, "2401.00001")), frames(day(FIRST, "2401.00002", rejects=1))
    once = carry(new, old)
    twice = carry(new, once)
    assert all(once[table].equals(twice[table]) for table in once)


def test_a_reject_that_stands_for_a_capture_is_there_once():
    new = frames(day(SECOND, "2401.00001"))
    once = carry(new, frames())
    assert carry(new, once)["reject"].height == 1


def test_a_later_capture_adds_its_entries_and_replaces_the_authors_of_its_papers():
    old = frames(day(FIRST, "2401.00001", "2401.00002", rejects=1))
    both = add_captures(frames(day(SECOND, "2401.00001", by="Grace", rejects=1)), old)
    assert [both[table].height for table in ("entry", "author", "reject")] == [3, 2, 2]
    assert sorted(both["author"].select("arxiv_id", "name").rows()) == [("2401.00001", "Grace"), ("2401.00002", "Ada")]


def test_a_paper_of_another_day_keeps_its_authors():
    old = frames(day(FIRST, "2401.00001"))
    new = {
        table: frame.with_columns(listed_on=pl.lit(DAY + dt.timedelta(1)))
        for table, frame in frames(day(SECOND, "2401.00001")).items()
    }
    assert add_captures(new, old)["author"]["listed_on"].sort().to_list() == [DAY, DAY + dt.timedelta(1)]


def test_equal_rejects_of_one_capture_stay_two_and_a_long_text_is_kept_once():
    def refuse(captured_at: dt.datetime, *texts: str) -> Parsed:
        of = Day("huggingface", DAY, captured_at, OWN)
        return Parsed(reject=[Reject(*of, "rule", "reason", None, None, None, text) for text in texts])

    first, second = refuse(FIRST, "a", "a", "b" * LONG), refuse(SECOND, "b" * LONG)
    both = sort_frames(add_captures(frames(second), frames(first)))
    assert both["reject"].equals(frames(first, second)["reject"])
    assert both["reject"]["raw"].to_list() == ["a", "a", "b" * LONG, ""]


def test_a_day_is_broken_if_a_row_or_a_field_breaks_a_rule_of_its_table():
    of = Day("huggingface", DAY, FIRST, OWN)
    good, field, row = (Entry(*of, "2401.00001", 1, "A title", votes=votes) for votes in (1, -1, 2))
    assert list_broken_days(split(Parsed(entry=[good]))["reject"]) == set()
    assert list_broken_days(split(Parsed(entry=[field]))["reject"]) == {DAY}
    assert list_broken_days(split(Parsed(entry=[row._replace(rank=0)]))["reject"]) == {DAY}
    assert list_broken_days(frames(day(FIRST, "2401.00001", rejects=1))["reject"]) == set()
