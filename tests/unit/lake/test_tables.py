"""The lake's tables: a day is replaced as a whole and knows what it was made from; past months are one file each."""

import datetime as dt
from dataclasses import replace
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from dagster_project.lake import tables as tables_module
from dagster_project.lake.files import find_bucket, read_bytes, scan, write_parquet_atomically
from dagster_project.lake.tables import LEFT, LakeTables, is_settled
from dagster_project.parse.rows import Author, Category, Day, Entry, IndexEntry, Keyword, Parsed, Reject, Section
from dagster_project.sources.registry import SOURCES
from dagster_project.validate import schemas
from dagster_project.validate.schemas import TABLES, make_frame
from dagster_project.validate.split import Frames, split

DAY, NEXT_DAY = dt.date(2024, 1, 25), dt.date(2024, 1, 26)


def rows(day=DAY, title="A title") -> Parsed:
    """Return a day with a row in every table."""
    of = Day("digest", day, dt.datetime.combine(day, dt.time(23)))
    paper = (*of, "2401.12345")
    return Parsed(
        entry=[Entry(*paper, 1, title)],
        author=[Author(*paper, 1, "Ada", "Ada", "ada")],
        section=[Section(*paper, 1, None, None, "text", "en")],
        keyword=[Keyword(*paper, 1, "trees")],
        category=[Category(*paper, 1, "cs.CL", True)],
        reject=[Reject(*of, "rule", "reason", None, None, None, "raw")],
    )


def frames(*args, **kwargs) -> Frames:
    return {**_split(*args, **kwargs)}


@cache
def _split(*args, **kwargs) -> Frames:
    return split(rows(*args, **kwargs))


def nothing() -> Frames:
    return {table: frame.clear() for table, frame in frames().items()}


SOON = dt.date(2024, 3, 1)
"""A month after January 2024, but not yet the 31 days after which it is one period."""
LATER = dt.date(2024, 3, 3)


class Lake(LakeTables):
    """A lake into which days are put as if the newest day of the source was `newest`."""

    def __init__(self, folder, newest):
        super().__init__(folder)
        self.newest = newest

    def period(self, day):
        return self.find_period("digest", day, self.newest)


@pytest.fixture
def tables(folder):
    """Return a lake in which the days are fresh: each is a period."""
    return Lake(folder, SOON)


@pytest.fixture
def later(folder):
    """Return the same lake when the month is long past: it is one period."""
    return Lake(folder, LATER)


@pytest.fixture(params=[SOON, LATER], ids=["fresh", "past"])
def lake(request, folder):
    return Lake(folder, request.param)


def read(tables: Lake, day=DAY) -> Frames:
    paths = {table: tables.path(table, "digest", tables.period(day)) for table in TABLES}
    return {table: scan([path]).collect() for table, path in paths.items() if path.exists()}


def put(tables: Lake, day=DAY, mark="mark", of=None):
    tables.replace("digest", {day: mark}, frames(day) if of is None else of, tables.newest)


def entry(tables: Lake, day=DAY):
    return tables.path("entry", "digest", tables.period(day))


def files(folder) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_day_is_a_file_a_table_and_a_past_month_is_one(tables, later, folder):
    put(tables)
    assert files(folder) == sorted(f"{table}/digest/2024-01-25.parquet" for table in TABLES)
    put(later)
    assert files(folder) == sorted(f"{table}/digest/2024-01.parquet" for table in TABLES)


@pytest.mark.parametrize(
    ("day", "newest", "settled"),
    [
        (dt.date(2024, 1, 1), dt.date(2024, 3, 2), False),
        (dt.date(2024, 1, 1), dt.date(2024, 3, 3), True),
        (dt.date(2024, 1, 31), dt.date(2024, 3, 3), True),
        (dt.date(2024, 12, 31), dt.date(2025, 1, 31), False),
        (dt.date(2024, 12, 31), dt.date(2025, 2, 1), True),
    ],
)
def test_a_month_is_a_period_once_its_source_has_a_day_31_days_after_its_end(day, newest, settled):
    assert is_settled(day, newest) == settled


def test_the_newest_day_is_that_of_the_lake(tables, later):
    assert tables.find_newest_day("digest") == dt.date.min
    put(later, DAY)
    assert tables.find_newest_day("digest") == DAY
    put(tables, SOON)
    assert tables.find_newest_day("digest") == SOON
    assert tables.find_newest_day("huggingface") == dt.date.min


def test_a_month_that_has_a_file_keeps_it_whatever_days_come(tables, later, folder):
    put(later)
    put(tables, NEXT_DAY)
    put(tables, mark="new", of=frames(title="Another"))
    assert files(folder) == sorted(f"{table}/digest/2024-01.parquet" for table in TABLES)
    assert tables.read_mark("digest", DAY) == "new"
    assert read(tables)["entry"]["title"].to_list() == ["Another", "A title"]


def test_what_is_put_in_is_what_comes_out(lake):
    rows_of = frames()
    put(lake, of=rows_of)
    for got in (read(lake), lake.read_day("digest", DAY)):
        assert all(got[table].equals(rows_of[table]) and got[table].schema == rows_of[table].schema for table in TABLES)


def test_a_day_knows_what_it_was_made_from(lake):
    assert lake.read_mark("digest", DAY) is None
    put(lake)
    assert lake.read_mark("digest", DAY) == "mark"
    assert lake.read_mark("digest", NEXT_DAY) is None
    assert lake.read_mark("huggingface", DAY) is None


@pytest.mark.parametrize("left", [0, 4, 300])
def test_a_torn_day_is_no_day(lake, left):
    put(lake)
    entry(lake).write_bytes(entry(lake).read_bytes()[:left])
    assert lake.read_mark("digest", DAY) is None


@pytest.mark.parametrize("metadata", [None, {"papers.made_from": "mark"}], ids=["no mark", "the mark of an older lake"])
def test_a_file_without_a_mark_is_no_day(lake, metadata):
    write_parquet_atomically(entry(lake), frames()["entry"], metadata)
    assert lake.read_mark("digest", DAY) is None
    assert lake.list_damaged() == [("digest", lake.period(DAY))]


def test_a_day_is_replaced_as_a_whole(lake):
    put(lake, mark="old")
    put(
        lake, mark="new", of={**frames(title="Another"), "section": nothing()["section"], "reject": nothing()["reject"]}
    )
    assert lake.read_mark("digest", DAY) == "new"
    assert set(read(lake)) == {"entry", "author", "category", "keyword"}
    assert read(lake)["entry"]["title"].to_list() == ["Another"]


def test_a_day_without_papers_is_remembered(lake):
    put(lake, of=nothing())
    assert lake.read_mark("digest", DAY) == "mark"
    assert {table: frame.height for table, frame in read(lake).items()} == {"entry": 0}


def test_other_days_stay(lake):
    put(lake)
    put(lake, NEXT_DAY, "other")
    put(lake, NEXT_DAY, "another")
    assert [lake.read_mark("digest", day) for day in (DAY, NEXT_DAY)] == ["mark", "another"]
    assert lake.read_day("digest", DAY)["author"].equals(frames()["author"])
    assert sorted(lake.read_all_marks()) == [
        ("digest", DAY, "mark"),
        ("digest", NEXT_DAY, "another"),
    ]


def test_the_same_rows_make_the_same_file_in_whatever_order_they_came(later):
    put(later, NEXT_DAY)
    put(later, DAY)
    assert read(later)["entry"]["listed_on"].to_list() == [DAY, NEXT_DAY]


def test_days_that_were_read_together_are_written_apart(tables):
    both = rows()
    both.extend(rows(NEXT_DAY, "Another"))
    tables.replace("digest", {DAY: "mark", NEXT_DAY: "other"}, split(both))
    assert read(tables, DAY)["entry"]["title"].to_list() == ["A title"]
    assert read(tables, NEXT_DAY)["entry"]["title"].to_list() == ["Another"]


def test_a_day_that_was_ended_half_way_is_not_taken_for_done(lake, monkeypatch):
    put(lake, mark="old")
    rows_of = frames(title="Another")
    monkeypatch.setattr(pl.DataFrame, "write_parquet", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        put(lake, mark="new", of=rows_of)
    assert lake.read_mark("digest", DAY) == "old"


@pytest.mark.parametrize("table", [table for table in TABLES if table != "entry"])
@pytest.mark.parametrize(
    "damage", [lambda path: path.unlink(), lambda path: path.write_bytes(b"")], ids=["gone", "cut"]
)
def test_a_day_without_one_of_its_files_is_no_day(lake, folder, table, damage):
    put(lake)
    damage(lake.path(table, "digest", lake.period(DAY)))
    again = LakeTables(folder)
    assert again.read_mark("digest", DAY) is None
    assert again.list_damaged() == [("digest", lake.period(DAY))]


def test_whole_days_are_not_torn(lake):
    put(lake)
    put(lake, NEXT_DAY, of=nothing())
    assert lake.list_damaged() == []
    lake.drop_unreadable()
    assert lake.list_damaged() == []


@pytest.mark.parametrize("table", TABLES)
def test_a_day_with_bytes_that_cannot_be_read_to_their_end_is_made_again_and_keeps_its_other_files(lake, table):
    put(lake)
    path = lake.path(table, "digest", lake.period(DAY))
    body = path.read_bytes()
    path.write_bytes(body[:4] + bytes(byte ^ 255 for byte in body[4:-300]) + body[-300:])  # its foot is whole
    lake.drop_unreadable()
    assert lake.read_mark("digest", DAY) is None
    assert set(read(lake)) == set(TABLES) - {table}


def test_what_is_left_of_a_day_can_be_had(lake):
    rows_of = frames()
    put(lake, of=rows_of)
    lake.path("author", "digest", lake.period(DAY)).write_bytes(b"torn")
    left = lake.read_day("digest", DAY)
    assert left["entry"].equals(rows_of["entry"])
    assert left["author"].equals(rows_of["author"].clear())
    assert {table: frame.height for table, frame in lake.read_day("digest", NEXT_DAY).items()} == dict.fromkeys(
        TABLES, 0
    )


def test_a_torn_month_is_made_together(later):
    put(later)
    assert later.add_damaged("digest", [NEXT_DAY]) == {NEXT_DAY}
    later.path("author", "digest", "2024-01").unlink()
    again = LakeTables(later._folder)
    assert again.add_damaged("digest", [NEXT_DAY]) == {dt.date(2024, 1, day) for day in range(1, 32)}
    assert again.add_damaged("digest", [dt.date(2024, 2, 1)]) == {dt.date(2024, 2, 1)}
    assert again.add_damaged("huggingface", [NEXT_DAY]) == {NEXT_DAY}


IN_A_BUCKET = {True: [pytest.mark.bucket], False: [pytest.mark.bucket, pytest.mark.long]}
"""The marks of a case in a bucket, where each takes seconds, by whether it is one of the short form."""


class TestCompacting:
    def test_days_of_a_past_month_become_one_file_a_table_and_say_the_same(self, tables, later, folder):
        for day in (DAY, NEXT_DAY, SOON):
            put(tables, day)
        tables.compact("digest")
        assert len(files(folder)) == 3 * len(TABLES)
        put(tables, LATER)
        before = sorted(tables.read_all_marks())
        later.compact("digest")
        names = ("2024-01", SOON, LATER)
        assert files(folder) == sorted(f"{table}/digest/{name}.parquet" for table in TABLES for name in names)
        assert sorted(later.read_all_marks()) == before
        assert all(later.read_day("digest", day)["entry"].equals(frames(day)["entry"]) for day in (DAY, NEXT_DAY))

    def test_other_months_and_sources_stay(self, tables, folder):
        for day in (DAY, dt.date(2024, 2, 1), LATER):
            put(tables, day)
        tables.replace("huggingface", {DAY: "mark"}, nothing())
        for source in ("digest", "huggingface"):
            LakeTables(folder).compact(source)
        names = {file.relative_to(folder / "entry").as_posix() for file in folder.glob("entry/*/*")}
        fresh = {"digest/2024-02-01.parquet", "digest/2024-03-03.parquet", "huggingface/2024-01-25.parquet"}
        assert names == {"digest/2024-01.parquet"} | fresh

    def test_torn_days_wait_until_they_are_made_again(self, tables, later):
        for day in (DAY, NEXT_DAY, LATER):
            put(tables, day)
        tables.path("author", "digest", str(DAY)).unlink()
        later.compact("digest")
        assert later.list_damaged() == [("digest", str(DAY))]
        assert later.add_damaged("digest", [NEXT_DAY]) > {DAY, NEXT_DAY}

    def test_a_day_that_is_read_again_gathers_its_month(self, tables, later, folder):
        put(tables)
        put(later, NEXT_DAY)
        assert files(folder) == sorted(f"{table}/digest/2024-01.parquet" for table in TABLES)
        assert later.read_day("digest", DAY)["entry"].height == 1

    @pytest.mark.parametrize(
        ("folder", "changes"),
        [
            *(("on a disk", changes) for changes in range(15)),
            *(pytest.param("in a bucket", changes, marks=IN_A_BUCKET[changes in {5, 11}]) for changes in range(15)),
        ],
        indirect=["folder"],
    )
    def test_ended_at_any_change_of_a_file_it_loses_nothing_and_doubles_nothing(
        self, tables, folder, monkeypatch, changes
    ):
        for day in (DAY, NEXT_DAY, LATER):
            put(tables, day)
        left = iter(range(changes))

        def counted(change):
            def changed(path, *args, **kwargs):
                if next(left, None) is None:
                    raise KeyboardInterrupt
                return change(path, *args, **kwargs)

            return changed

        with monkeypatch.context() as patched:
            change_by = [(Path, "replace"), (Path, "unlink")]
            if find_bucket(folder) is not None:
                change_by = [(tables_module, "write_parquet_atomically"), (type(folder), "unlink")]
            for where, name in change_by:
                patched.setattr(where, name, counted(getattr(where, name)))
            with pytest.raises(KeyboardInterrupt):
                LakeTables(folder).compact("digest")
        again = LakeTables(folder)
        again.compact("digest")
        again.keep_what_is_left()
        assert again.list_damaged() == []
        assert [again.read_mark("digest", day) for day in (DAY, NEXT_DAY)] == ["mark", "mark"]
        held = {table: scan(sorted((folder / table / "digest").glob("*.parquet"))).collect() for table in TABLES}
        assert {table: rows.height for table, rows in held.items()} == dict.fromkeys(TABLES, 3)


class TestHeldTwice:
    """A month's file beside files of its days, as an older release or a copied file may leave them."""

    @pytest.fixture
    def twice(self, later, folder, tmp_path_factory):
        """A function that writes a day into its month, and beside it into a file of its own."""

        def write(day=DAY, mark="mark", of=None):
            aside = tmp_path_factory.mktemp("aside")
            put(Lake(aside, SOON), day, mark, of)
            put(later)
            for file in aside.glob("*/*/*.parquet"):
                copy = folder / file.relative_to(aside)
                copy.write_bytes(file.read_bytes())

        return write

    @pytest.fixture(autouse=True)
    def _on_a_disk(self, folder):
        if find_bucket(folder) is not None:
            pytest.skip("copies files")

    def test_it_is_damaged_and_the_same_rows_are_merged(self, twice, tables, folder):
        twice()
        assert tables.list_damaged() == [("digest", str(DAY))]
        assert tables.read_mark("digest", DAY) == "mark"
        tables.compact("digest")
        assert files(folder) == sorted(f"{table}/digest/2024-01.parquet" for table in TABLES)
        assert tables.list_damaged() == []
        assert all(rows.height == 1 for rows in read(tables).values())

    def test_a_day_that_its_month_lacks_is_merged(self, twice, tables):
        twice(NEXT_DAY, "other")
        assert tables.list_damaged() == [("digest", str(NEXT_DAY))]
        tables.compact("digest")
        assert [tables.read_mark("digest", day) for day in (DAY, NEXT_DAY)] == ["mark", "other"]
        assert read(tables)["entry"]["listed_on"].to_list() == [DAY, NEXT_DAY]

    def test_a_day_that_differs_waits_until_it_is_parsed_again(self, twice, tables, folder):
        twice(mark="other", of=frames(title="Another"))
        assert tables.read_mark("digest", DAY) is None
        tables.compact("digest")
        assert tables.list_damaged() == [("digest", str(DAY))]
        put(tables, mark="new", of=frames(title="Right"))
        assert tables.list_damaged() == []
        assert read(tables)["entry"]["title"].to_list() == ["Right"]
        assert files(folder) == sorted(f"{table}/digest/2024-01.parquet" for table in TABLES)

    def test_a_torn_day_beside_its_month_is_no_part_of_it(self, twice, tables):
        twice()
        tables.path("author", "digest", str(DAY)).write_bytes(b"torn")
        again = LakeTables(tables._folder)
        again.compact("digest")
        assert again.list_damaged() == [("digest", str(DAY))]
        again.keep_what_is_left()
        assert again.list_damaged() == []
        assert all(rows.height == 1 for rows in read(tables).values())

    def test_what_no_capture_explains_is_kept_once_and_marked(self, twice, tables):
        twice(mark="other", of=frames(title="Another"))
        tables.keep_what_is_left()
        assert tables.list_damaged() == []
        assert tables.read_mark("digest", DAY) == LEFT
        assert {table: rows.height for table, rows in read(tables).items()} == dict.fromkeys(TABLES, 1)


STRANGERS = [
    "._2024-01-25.parquet",
    "2024-01-25 (conflicted copy).parquet",
    "2024-01-25.sync-conflict-20261126-101010-ABCDEFG.parquet",
    "2024-13-45.parquet",
    "2024-02-31.parquet",
    "2024-01-2 .parquet",
    "notes.parquet",
]


@pytest.mark.parametrize("name", STRANGERS)
@pytest.mark.parametrize("body", [b"", None], ids=["torn", "a copy"])
def test_files_of_other_programs_are_passed_over_and_stay(lake, name, body):
    put(lake)
    stranger = entry(lake).with_name(name)
    stranger.write_bytes(read_bytes(entry(lake)) if body is None else body)
    again = LakeTables(lake._folder)
    assert again.list_damaged() == []
    assert list(again.read_all_marks()) == [("digest", DAY, "mark")]
    again.compact("digest")
    assert not again.drop_unreadable()
    assert stranger.exists()


class TestIndex:
    ROWS = make_frame(schemas.Index, [IndexEntry("digest", DAY, "2401.12345", "A title")])
    REJECTS = frames()["reject"]

    def put(self, lake, source="digest", mark="mark"):
        lake.replace_index(source, self.ROWS, self.REJECTS, mark)

    def test_it_knows_what_it_was_made_from(self, lake):
        assert lake.read_index_mark("digest") is None
        self.put(lake)
        assert lake.read_index_mark("digest") == "mark"
        assert lake.read_index_mark("huggingface") is None

    def test_its_rows_and_rejects_lie_beside_those_of_days_and_are_none_of_them(self, lake):
        put(lake, of=nothing())
        self.put(lake)
        assert scan([lake.path("index", "digest", "index")]).collect().equals(self.ROWS)
        assert scan([lake.path("reject", "digest", "index")]).collect().equals(self.REJECTS)
        assert lake.list_damaged() == []
        assert list(lake.read_all_marks()) == [("digest", DAY, "mark")]

    @pytest.mark.parametrize("table", ["index", "reject"])
    def test_where_one_of_its_files_cannot_be_read_it_is_made_again(self, lake, table):
        self.put(lake)
        self.put(lake, "huggingface")
        lake.path(table, "digest", "index").write_bytes(b"torn")
        lake.drop_unreadable()
        assert lake.read_index_mark("digest") is None
        assert lake.read_index_mark("huggingface") == "mark"


class TestSources:
    def path(self, lake):
        return lake.path("source", "all", "registry")

    def test_the_registry_is_written_as_a_table(self, lake):
        lake.write_sources()
        written = scan([self.path(lake)]).collect()
        assert written.schema == pl.Schema(schemas.Source)
        assert written.rows() == [source.describe() for source in SOURCES.values()]

    def test_it_is_written_once(self, lake, monkeypatch):
        lake.write_sources()
        monkeypatch.setattr(tables_module, "write_parquet_atomically", lambda *_: 1 / 0)
        lake.write_sources()

    def test_what_the_registry_says_now_takes_the_place_of_what_it_said(self, lake, monkeypatch):
        lake.write_sources()
        changed = replace(SOURCES["digest"], licence="another")
        monkeypatch.setitem(SOURCES, "digest", changed)
        lake.write_sources()
        assert scan([self.path(lake)]).filter(source="digest").collect()["licence"].to_list() == ["another"]

    def test_one_that_cannot_be_read_is_written_again(self, lake):
        lake.write_sources()
        before = read_bytes(self.path(lake))
        self.path(lake).write_bytes(before[:4] + bytes(byte ^ 255 for byte in before[4:-300]) + before[-300:])
        lake.drop_unreadable()
        lake.write_sources()
        assert read_bytes(self.path(lake)) == before

    def test_it_is_no_day_of_any_source(self, lake):
        lake.write_sources()
        assert lake.list_damaged() == []
        assert list(lake.read_all_marks()) == []
