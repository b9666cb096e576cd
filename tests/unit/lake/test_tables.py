"""The lake's tables: a day is replaced as a whole and knows what it was made from."""

import datetime as dt

import polars as pl
import pytest

from dagster_project.lake.tables import TABLES, LakeTables, by_day
from dagster_project.parse.rows import Author, Entry, Keyword, Parsed, Reject, Section
from dagster_project.validate.part import Frames, part

DAY, NEXT_DAY = dt.date(2024, 1, 25), dt.date(2024, 1, 26)


def rows(day=DAY, title="A title") -> Parsed:
    """Return a day with a row in every table."""
    of = ("digest", day, dt.datetime.combine(day, dt.time(23)))
    paper = (*of, "2401.12345")
    return Parsed(
        entry=[Entry(*paper, 1, title)],
        author=[Author(*paper, 1, "Ada", "Ada", "ada")],
        section=[Section(*paper, 1, None, None, "text", "en")],
        keyword=[Keyword(*paper, 1, "trees")],
        reject=[Reject(*of, "rule", "reason", None, None, None, "raw")],
    )


def frames(*args, **kwargs) -> Frames:
    return part(rows(*args, **kwargs))


def nothing() -> Frames:
    return {table: frame.clear() for table, frame in frames().items()}


@pytest.fixture
def tables(tmp_path):
    return LakeTables(tmp_path)


def read(tables: LakeTables, day=DAY) -> Frames:
    return {table: pl.read_parquet(path) for table in TABLES if (path := tables.path(table, "digest", day)).exists()}


def test_a_day_is_a_file_a_table(tables, tmp_path):
    tables.replace_day("digest", DAY, frames(), "mark")
    files = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())
    assert files == sorted(f"{table}/digest/2024-01-25.parquet" for table in TABLES)


def test_what_is_put_in_is_what_comes_out(tables):
    put = frames()
    tables.replace_day("digest", DAY, put, "mark")
    got = read(tables)
    assert all(got[table].equals(put[table]) and got[table].schema == put[table].schema for table in TABLES)


def test_a_day_knows_what_it_was_made_from(tables):
    assert tables.made_from("digest", DAY) is None
    tables.replace_day("digest", DAY, frames(), "mark")
    assert tables.made_from("digest", DAY) == "mark"
    assert tables.made_from("digest", NEXT_DAY) is None
    assert tables.made_from("huggingface", DAY) is None


@pytest.mark.parametrize("left", [0, 4, 300])
def test_a_torn_day_is_no_day(tables, left):
    tables.replace_day("digest", DAY, frames(), "mark")
    path = tables.path("entry", "digest", DAY)
    path.write_bytes(path.read_bytes()[:left])
    assert tables.made_from("digest", DAY) is None


def test_a_file_without_a_mark_is_no_day(tables):
    path = tables.path("entry", "digest", DAY)
    path.parent.mkdir(parents=True)
    frames()["entry"].write_parquet(path)
    assert tables.made_from("digest", DAY) is None


def test_a_day_is_replaced_as_a_whole(tables):
    tables.replace_day("digest", DAY, frames(), "old")
    without = {**frames(title="Another"), "section": nothing()["section"], "reject": nothing()["reject"]}
    tables.replace_day("digest", DAY, without, "new")
    assert tables.made_from("digest", DAY) == "new"
    assert set(read(tables)) == {"entry", "author", "keyword"}
    assert read(tables)["entry"]["title"].to_list() == ["Another"]


def test_a_day_without_papers_is_remembered(tables):
    tables.replace_day("digest", DAY, nothing(), "mark")
    assert tables.made_from("digest", DAY) == "mark"
    assert {table: frame.height for table, frame in read(tables).items()} == {"entry": 0}


def test_other_days_stay(tables):
    tables.replace_day("digest", DAY, frames(), "mark")
    tables.replace_day("digest", NEXT_DAY, frames(NEXT_DAY), "other")
    assert tables.made_from("digest", DAY) == "mark"


def test_a_day_that_was_ended_half_way_is_not_taken_for_done(tables, monkeypatch):
    tables.replace_day("digest", DAY, frames(), "old")
    put = frames(title="Another")
    monkeypatch.setattr(pl.DataFrame, "write_parquet", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        tables.replace_day("digest", DAY, put, "new")
    assert tables.made_from("digest", DAY) == "old"


def test_days_that_were_read_together_are_parted():
    both = rows()
    both.extend(rows(NEXT_DAY, "Another"))
    of_day = dict(by_day(part(both)))
    assert {day: of_table["entry"]["title"].to_list() for day, of_table in of_day.items()} == {
        DAY: ["A title"],
        NEXT_DAY: ["Another"],
    }
    assert all(of_table[table].height == 1 for of_table in of_day.values() for table in TABLES)


def test_a_day_of_rejects_alone_is_a_day():
    assert [day for day, _ in by_day(part(Parsed(reject=rows().reject)))] == [DAY]


@pytest.mark.parametrize("table", [table for table in TABLES if table != "entry"])
@pytest.mark.parametrize(
    "damage", [lambda path: path.unlink(), lambda path: path.write_bytes(b"")], ids=["gone", "cut"]
)
def test_a_day_without_one_of_its_files_is_no_day(tables, table, damage):
    tables.replace_day("digest", DAY, frames(), "mark")
    damage(tables.path(table, "digest", DAY))
    assert tables.made_from("digest", DAY) is None
    assert tables.torn_days() == [("digest", DAY)]


def test_whole_days_are_not_torn(tables):
    tables.replace_day("digest", DAY, frames(), "mark")
    tables.replace_day("digest", NEXT_DAY, nothing(), "other")
    assert tables.torn_days() == []
    tables.drop_unreadable()
    assert tables.torn_days() == []


@pytest.mark.parametrize("table", TABLES)
def test_a_day_with_bytes_that_cannot_be_read_to_their_end_is_made_again_and_keeps_its_other_files(tables, table):
    tables.replace_day("digest", DAY, frames(), "mark")
    path = tables.path(table, "digest", DAY)
    body = path.read_bytes()
    path.write_bytes(body[:4] + bytes(byte ^ 255 for byte in body[4:-300]) + body[-300:])  # its foot is whole
    tables.drop_unreadable()
    assert tables.made_from("digest", DAY) is None
    assert set(read(tables)) == set(TABLES) - {table}


def test_what_is_left_of_a_day_can_be_had(tables):
    put = frames()
    tables.replace_day("digest", DAY, put, "mark")
    tables.path("author", "digest", DAY).write_bytes(b"torn")
    left = tables.day("digest", DAY)
    assert left["entry"].equals(put["entry"])
    assert left["author"].equals(put["author"].clear())
    assert {table: frame.height for table, frame in tables.day("digest", NEXT_DAY).items()} == dict.fromkeys(TABLES, 0)
