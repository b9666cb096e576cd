"""Good rows and rejects: what goes in comes out, in its table or with the rule that it broke."""

import datetime as dt
import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dagster_project.parse.digest import parse_digest
from dagster_project.parse.huggingface import parse_huggingface
from dagster_project.parse.rows import Author, Category, Day, Entry, Keyword, Parsed, Reject, Section
from dagster_project.validate.schemas import TABLES
from dagster_project.validate.split import Frames, split

DATE = dt.date(2025, 1, 2)
DAY = Day("huggingface", DATE, dt.datetime(2025, 1, 2, 15))
PAPER = "2501.00001"

ENTRY = Entry(*DAY, PAPER, rank=1, title="A Small Title", raw='{"as": "it came"}')
AUTHOR = Author(*DAY, PAPER, 1, "Ada Byrd", "Ada Byrd", "ada byrd")
SECTION = Section(*DAY, PAPER, 1, "What's New", "새로운 점", "더 작은 모델", "ko", 3, 4)
KEYWORD = Keyword(*DAY, PAPER, 1, "sparse attention")
CATEGORY = Category(*DAY, PAPER, 1, "cs.CL", True)
REJECT = Reject(*DAY, "votes", "votes that are not a number", PAPER, 5, 5, "Vote: many")
GOOD = {"entry": ENTRY, "author": AUTHOR, "section": SECTION, "keyword": KEYWORD, "category": CATEGORY}


def rows_of(*rows: Any) -> Parsed:
    """Return the rows, each in its table."""
    parsed = Parsed()
    for row in rows:
        getattr(parsed, type(row).__name__.lower()).append(row)
    return parsed


def counts(frames: Frames) -> dict[str, int]:
    return {table: frame.height for table, frame in frames.items() if frame.height}


def split_cases(cases: Sequence[Parsed]) -> list[Frames]:
    """Return the frames of each case. All are split at once, which takes as long as one: each is of an archive."""
    together = Parsed()
    for number, rows in enumerate(cases):
        together.extend(
            Parsed(*([row._replace(archive=f"case_{number}") for row in found] for _, found in rows.tables()))
        )
    frames = split(together)
    return [
        {
            table: frame.filter(archive=f"case_{number}").with_columns(pl.lit(DAY.archive).alias("archive"))
            for table, frame in frames.items()
        }
        for number in range(len(cases))
    ]


def count(rows: Parsed) -> int:
    return sum(map(len, (rows.entry, rows.author, rows.section, rows.keyword, rows.category, rows.reject)))


def count_rows(frames: Frames) -> int:
    """Return the number of rows that came out; the reject of a single field is no row."""
    return sum(counts(frames).values()) - sum("the row is kept" in reason for reason in frames["reject"]["reason"])


def test_no_rows_give_every_table_empty():
    frames = split(Parsed())
    assert set(frames) == set(TABLES)
    assert counts(frames) == {}


def test_good_rows_come_out_in_their_tables():
    frames = split(rows_of(*GOOD.values(), REJECT))
    assert counts(frames) == dict.fromkeys(TABLES, 1)
    assert frames["author"].row(0) == AUTHOR
    assert frames["section"].row(0) == SECTION
    assert frames["keyword"].row(0) == KEYWORD
    assert frames["category"].row(0) == CATEGORY
    assert frames["reject"].row(0) == REJECT


def test_a_good_entry_leaves_its_text_behind():
    frames = split(rows_of(ENTRY))
    assert frames["entry"].columns == list(Entry._fields[:-1])
    assert frames["entry"].row(0) == ENTRY[:-1]


LONG = "말" * 100_001
PILED = f"e{chr(0x301) * 31}"
BROKEN = [
    ("entry", "captured_before_listed", {"captured_at": dt.datetime(2025, 1, 1, 23, 59)}),
    ("entry", "arxiv_id.nullability", {"arxiv_id": None}),
    ("entry", "arxiv_id.regex", {"arxiv_id": "2501.1"}),
    ("entry", "rank.nullability", {"rank": None}),
    ("entry", "rank.min", {"rank": 0}),
    ("entry", "title.nullability", {"title": None}),
    ("entry", "title.min_length", {"title": ""}),
    ("entry", "title.max_length", {"title": "말" * 2_001}),
    ("entry", "abstract.max_length", {"abstract": LONG}),
    ("entry", "abstract.piled_marks", {"abstract": PILED}),
    ("entry", "title.piled_marks", {"title": PILED}),
    ("entry", "votes.min", {"votes": -1}),
    ("entry", "votes.max", {"votes": 100_000_001}),
    ("entry", "comments.min", {"comments": -1}),
    ("entry", "comments.max", {"comments": 100_000_001}),
    ("entry", "submitted_by.max_length", {"submitted_by": LONG}),
    ("entry", "thumbnail_url.max_length", {"thumbnail_url": LONG}),
    ("entry", "video_url.max_length", {"video_url": LONG}),
    ("entry", "github_repo.max_length", {"github_repo": LONG}),
    ("entry", "github_stars.min", {"github_stars": -1}),
    ("entry", "github_stars.max", {"github_stars": 100_000_001}),
    ("entry", "project_page.max_length", {"project_page": LONG}),
    ("entry", "organization.max_length", {"organization": LONG}),
    ("entry", "organization_full_name.max_length", {"organization_full_name": LONG}),
    ("entry", "ai_summary.max_length", {"ai_summary": LONG}),
    ("entry", "arxiv_comment.max_length", {"arxiv_comment": LONG}),
    ("entry", "doi.max_length", {"doi": LONG}),
    ("entry", "journal_ref.max_length", {"journal_ref": LONG}),
    ("entry", "arxiv_version.min", {"arxiv_version": 0}),
    ("entry", "author_count.min", {"author_count": -1}),
    ("entry", "keyword_count.min", {"keyword_count": -1}),
    ("entry", "authors_truncated.nullability", {"authors_truncated": None}),
    ("entry", "line_start.min", {"line_start": 0}),
    ("entry", "line_end.min", {"line_end": 0}),
    ("author", "arxiv_id.nullability", {"arxiv_id": None}),
    ("author", "arxiv_id.regex", {"arxiv_id": "none"}),
    ("author", "position.nullability", {"position": None}),
    ("author", "position.min", {"position": 0}),
    ("author", "name_as_printed.nullability", {"name_as_printed": None}),
    ("author", "name_as_printed.min_length", {"name_as_printed": ""}),
    ("author", "name_as_printed.max_length", {"name_as_printed": "A" * 401}),
    ("author", "name.nullability", {"name": None}),
    ("author", "name.min_length", {"name": ""}),
    ("author", "name.max_length", {"name": "A" * 401}),
    ("author", "name_normalized.nullability", {"name_normalized": None}),
    ("author", "name_normalized.min_length", {"name_normalized": ""}),
    ("author", "name_normalized.max_length", {"name_normalized": "a" * 401}),
    ("author", "hf_user.max_length", {"hf_user": "a" * 201}),
    ("author", "affiliation.max_length", {"affiliation": LONG}),
    ("section", "arxiv_id.nullability", {"arxiv_id": None}),
    ("section", "arxiv_id.regex", {"arxiv_id": "none"}),
    ("section", "position.nullability", {"position": None}),
    ("section", "position.min", {"position": 0}),
    ("section", "heading.min_length", {"heading": ""}),
    ("section", "heading.max_length", {"heading": "A" * 201}),
    ("section", "heading_as_printed.max_length", {"heading_as_printed": "A" * 201}),
    ("section", "text.nullability", {"text": None}),
    ("section", "text.max_length", {"text": LONG}),
    ("section", "text.piled_marks", {"text": PILED}),
    ("section", "language.regex", {"language": "Korean"}),
    ("section", "line_start.min", {"line_start": 0}),
    ("section", "line_end.min", {"line_end": 0}),
    ("keyword", "arxiv_id.nullability", {"arxiv_id": None}),
    ("keyword", "arxiv_id.regex", {"arxiv_id": "none"}),
    ("keyword", "position.nullability", {"position": None}),
    ("keyword", "position.min", {"position": 0}),
    ("keyword", "keyword.nullability", {"keyword": None}),
    ("keyword", "keyword.min_length", {"keyword": ""}),
    ("keyword", "keyword.max_length", {"keyword": "a" * 401}),
    ("category", "arxiv_id.nullability", {"arxiv_id": None}),
    ("category", "arxiv_id.regex", {"arxiv_id": "none"}),
    ("category", "position.nullability", {"position": None}),
    ("category", "position.min", {"position": 0}),
    ("category", "category.nullability", {"category": None}),
    ("category", "category.min_length", {"category": ""}),
    ("category", "category.max_length", {"category": "a" * 201}),
    ("category", "is_primary.nullability", {"is_primary": None}),
]
OF_TWO_ROWS = {("entry", "primary_key"), ("section", "primary_key"), ("keyword", "primary_key"),
               ("category", "primary_key"), ("author", "primary_key"), ("author", "repeated_name")}  # fmt: skip
OF_THE_PROGRAM = ("source", "listed_on", "captured_at", "archive")
"""What was asked for, and when: the program's own words, never the content's."""


MENDED = {
    (table, rule): fault
    for table, rule, fault in BROKEN
    if all(TABLES[table].columns()[name].nullable for name in fault)
    or rule in ("title.max_length", "title.piled_marks")
}
LOST = [(table, rule, fault) for table, rule, fault in BROKEN if (table, rule) not in MENDED]


def test_a_row_that_breaks_a_rule_is_a_reject_with_the_rules_name_and_the_rows_text():
    broken = [GOOD[table]._replace(**fault) for table, _, fault in LOST]
    cases = [rows_of(row) if isinstance(row, Entry) else rows_of(ENTRY, row) for row in broken]
    for (table, rule, fault), row, frames in zip(LOST, broken, split_cases(cases), strict=True):
        (reject,) = (Reject(**reject) for reject in frames["reject"].rows(named=True))
        assert f"{table}.{rule}" in reject.rule.split(", ")
        assert reject[:3] == row[:3], (table, rule)
        assert reject.arxiv_id == row.arxiv_id, (table, rule)
        if table == "entry":
            assert reject.raw == ENTRY.raw, rule
        else:
            ((column, value),) = fault.items()
            assert json.loads(reject.raw)[column] == value, (table, rule)


def test_an_optional_field_that_breaks_a_rule_is_null_and_a_reject_and_its_row_stays():
    broken = [GOOD[table]._replace(**fault) for (table, _), fault in MENDED.items()]
    cases = [rows_of(row) if isinstance(row, Entry) else rows_of(ENTRY, row) for row in broken]
    for ((table, rule), fault), row, frames in zip(MENDED.items(), broken, split_cases(cases), strict=True):
        ((column, value),) = fault.items()
        (kept,) = frames[table].rows(named=True)
        wanted = row._replace(**{column: kept["title"] if column == "title" else None})._asdict()
        assert kept == {name: wanted[name] for name in kept}
        (reject,) = (Reject(**reject) for reject in frames["reject"].rows(named=True))
        assert (reject.rule, reject.arxiv_id) == (f"{table}.{rule}", PAPER)
        assert json.loads(reject.raw) == {column: value}, (table, rule)


def test_every_optional_column_of_an_entry_with_a_rule_is_tried_above():
    columns = TABLES["entry"].columns().items()
    ruled = {name for name, column in columns if column.nullable and column.validation_rules(pl.col(name))}
    assert ruled == {name for (table, _), fault in MENDED.items() if table == "entry" for name in fault} - {"title"}


CUT = {
    "at the limit": ("말" * 2_000, "말" * 2_000),
    "over it": ("말" * 2_001, "말" * 2_000),
    "blank at the cut": ("말" * 1_999 + " 말", "말" * 1_999),
    "marks": (f"Caf{PILED} society", f"Cafe{chr(0x301) * 30} society"),
    "marks and length": (PILED * 2_000, f"e{chr(0x301) * 30}" * 64 + f"e{chr(0x301) * 15}"),
}


def test_a_title_over_its_limits_is_cut_since_the_votes_of_its_paper_count():
    cases = [rows_of(ENTRY._replace(title=title, votes=7), AUTHOR) for title, _ in CUT.values()]
    for (case, (title, kept)), frames in zip(CUT.items(), split_cases(cases), strict=True):
        assert frames["entry"].select("title", "votes").rows() == [(kept, 7)], case
        assert frames["author"].height == 1, case
        assert frames["reject"].height == (title != kept), case


def test_limits_count_characters():
    limits = [
        ("author", "hf_user", 200),
        ("section", "heading", 200),
        ("keyword", "keyword", 400),
        ("author", "name", 400),
    ]
    cases = [(table, column, sign, most) for table, column, most in limits for sign in ("a", "말", "👩")]
    fit, over = (
        split_cases(
            [
                rows_of(ENTRY, GOOD[table]._replace(**{column: sign * (most + more)}))
                for table, column, sign, most in cases
            ]
        )
        for more in (0, 1)
    )
    for case, fits, breaks in zip(cases, fit, over, strict=True):
        assert (fits[case[0]].height, fits["reject"].height) == (1, 0), case
        assert breaks["reject"].height == 1, case


def test_every_rule_of_the_schemas_is_broken_by_a_row_above():
    tried = {(table, rule.replace(".", "|")) for table, rule, _ in BROKEN} | OF_TWO_ROWS
    rules = {
        (table, rule)
        for table in GOOD
        for rule in TABLES[table]._validation_rules(with_cast=False)
        if rule.partition("|")[0] not in OF_THE_PROGRAM
    }
    assert tried == rules


@pytest.mark.parametrize("table", GOOD)
def test_two_rows_of_one_key_are_two_rejects(table: str):
    good = [] if table == "entry" else [ENTRY]
    frames = split(rows_of(*good, GOOD[table], GOOD[table]))
    rules = frames["reject"]["rule"].to_list()
    assert len(rules) == 2
    assert all(f"{table}.primary_key" in rule.split(", ") for rule in rules)


def test_a_name_twice_in_a_list_is_two_rejects():
    frames = split(rows_of(ENTRY, AUTHOR, AUTHOR._replace(position=2)))
    assert frames["reject"]["rule"].to_list() == ["author.repeated_name"] * 2


def test_one_name_may_stand_in_two_lists():
    other = {"arxiv_id": "2501.00002"}
    frames = split(rows_of(ENTRY, AUTHOR, ENTRY._replace(**other), AUTHOR._replace(**other)))
    assert counts(frames) == {"entry": 2, "author": 2}


def test_a_row_that_breaks_many_rules_names_them_all():
    frames = split(rows_of(ENTRY._replace(rank=0, title="")))
    (rule,) = frames["reject"]["rule"]
    assert set(rule.split(", ")) == {"entry.rank.min", "entry.title.min_length"}


def test_a_field_of_a_rejected_row_is_a_reject_too():
    frames = split(rows_of(ENTRY._replace(rank=0, votes=-1)))
    assert frames["reject"]["rule"].to_list() == ["entry.rank.min", "entry.votes.min"]


def test_each_field_of_a_row_is_a_reject_of_its_own():
    frames = split(rows_of(ENTRY._replace(votes=-1, github_repo=LONG, abstract=PILED)))
    assert frames["reject"]["rule"].to_list() == [
        "entry.abstract.piled_marks",
        "entry.github_repo.max_length",
        "entry.votes.min",
    ]
    assert counts(frames) == {"entry": 1, "reject": 3}


@pytest.mark.parametrize("row", [AUTHOR, SECTION, KEYWORD])
def test_what_belongs_to_a_rejected_entry_is_a_reject_too(row: Any):
    frames = split(rows_of(ENTRY._replace(rank=0), row))
    table = type(row).__name__.lower()
    assert counts(frames) == {"reject": 2}
    assert set(frames["reject"]["rule"]) == {"entry.rank.min", f"{table}.without_entry"}


def test_what_belongs_to_no_entry_of_its_capture_is_a_reject():
    elsewhere = [{"arxiv_id": "2501.00002"}, {"captured_at": dt.datetime(2025, 1, 3)}, {"source": "digest"}]
    rows = [row._replace(**there) for row in (AUTHOR, SECTION, KEYWORD) for there in elsewhere]
    for row, frames in zip(rows, split_cases([rows_of(ENTRY, row) for row in rows]), strict=True):
        assert counts(frames) == {"entry": 1, "reject": 1}, row


def test_a_bad_author_does_not_take_the_entry_along():
    frames = split(rows_of(ENTRY, AUTHOR, AUTHOR._replace(position=0, name_normalized="other")))
    assert counts(frames) == {"entry": 1, "author": 1, "reject": 1}


@pytest.mark.parametrize("fault", [{"text": LONG}, {"language": "Korean"}], ids=["row", "field"])
def test_a_rejected_section_keeps_its_lines(fault: dict[str, str]):
    frames = split(rows_of(ENTRY, SECTION._replace(**fault)))
    assert frames["reject"].select("line_start", "line_end").row(0) == (3, 4)


def test_tables_are_sorted_by_their_keys():
    rows = rows_of(*(ENTRY._replace(arxiv_id=f"2501.0000{number}", rank=number) for number in (3, 1, 2)))
    assert split(rows)["entry"]["rank"].to_list() == [1, 2, 3]


few = settings(max_examples=max(1, settings().max_examples // 10))
"""As many examples, of several cases each, as there is time for: each runs every rule of every schema."""
papers = st.sampled_from([PAPER, "2501.00002", "math.GT/0309136", "none", ""])
days = st.sampled_from([DAY, DAY._replace(source="digest"), DAY._replace(captured_at=dt.datetime(2025, 1, 1, 9))])
small = st.none() | st.integers(-1, 2)
text = st.none() | st.sampled_from(["", "ko", "A" * 401]) | st.text(max_size=3)


def table_of(row: Any, **faulty: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(
        st.builds(lambda day, fields: row._replace(**day._asdict(), **fields), days, st.fixed_dictionaries(faulty)),
        max_size=6,
    )


def several(cases: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(cases, min_size=1, max_size=5)


parsed = st.builds(
    Parsed,
    entry=table_of(ENTRY, arxiv_id=papers, rank=small, title=text, votes=small, line_start=small, organization=text),
    author=table_of(AUTHOR, arxiv_id=papers, position=small, name=text, name_normalized=text, hf_user=text),
    section=table_of(SECTION, arxiv_id=papers, position=small, heading=text, text=text, language=text),
    keyword=table_of(KEYWORD, arxiv_id=papers, position=small, keyword=text),
    reject=table_of(REJECT, arxiv_id=st.none() | papers, line_start=small, raw=st.text(max_size=3)),
)


@few
@given(several(parsed))
def test_as_many_rows_come_out_as_go_in(cases: list[Parsed]):
    for rows, frames in zip(cases, split_cases(cases), strict=True):
        assert count_rows(frames) == count(rows)


@few
@given(several(parsed))
def test_every_optional_field_comes_out_or_is_a_reject_with_its_value(cases: list[Parsed]):
    for rows, frames in zip(cases, split_cases(cases), strict=True):
        rejects = [
            json.loads(raw)
            for raw in frames["reject"].filter(pl.col("rule").str.starts_with("entry.")).get_column("raw")
            if raw != ENTRY.raw
        ]
        for name in ("votes", "line_start", "organization"):
            given = Counter(getattr(row, name) for row in rows.entry)
            kept = Counter(frames["entry"][name]) + Counter(field[name] for field in rejects if name in field)
            lost = sum(raw == ENTRY.raw for raw in frames["reject"]["raw"])
            assert (given - kept).total() <= lost


@few
@given(several(parsed))
def test_what_comes_out_keeps_the_schemas_and_the_relations(cases: list[Parsed]):
    for frames in split_cases(cases):
        for table, schema in TABLES.items():
            assert schema.is_valid(frames[table])
        key = ["source", "listed_on", "captured_at", "arxiv_id"]
        for table in ("author", "section", "keyword"):
            assert frames[table].join(frames["entry"], on=key, how="anti").is_empty()


@few
@given(several(parsed))
def test_the_order_of_rows_that_come_in_does_not_matter(cases: list[Parsed]):
    turned = [Parsed(*(found[::-1] for _, found in rows.tables())) for rows in cases]
    for once, again in zip(split_cases(cases), split_cases(turned), strict=True):
        assert all(once[table].equals(again[table]) for table in TABLES)


lines = st.sampled_from(["한 줄", "Vote: 99", "Authors: {}, +", "- **\u3000**:", "\udcff"])


@few
@given(several(st.tuples(st.binary(max_size=200), lines)))
def test_all_that_a_digest_is_read_into_can_be_split(bodies: list[tuple[bytes, str]]):
    head = b"### [T](https://arxiv.org/abs/2501.00001)\n"
    texts = [head + line.encode(errors="surrogateescape") + b"\n" + body for body, line in bodies]
    cases = [parse_digest([text], DAY._replace(source="digest")) for text in texts]
    for rows, frames in zip(cases, split_cases(cases), strict=True):
        assert count_rows(frames) == count(rows)


texts = st.text(st.characters(exclude_categories=()), max_size=8)
values = st.none() | st.booleans() | st.integers() | st.floats() | texts | st.lists(texts, max_size=2)
people = st.fixed_dictionaries({"name": texts}, optional={"user": st.fixed_dictionaries({"user": texts})})
fields = st.fixed_dictionaries(
    {"id": st.just(PAPER), "title": texts},
    optional=dict.fromkeys(("summary", "upvotes", "ai_keywords", "githubStars", "organization"), values)
    | {"publishedAt": st.datetimes().map(dt.datetime.isoformat) | texts, "authors": st.lists(people)},
)


@few
@given(several(st.lists(fields.map(lambda paper: {"paper": paper}), max_size=3)))
def test_all_that_a_payload_is_read_into_can_be_split(payloads: list[list[Any]]):
    cases = [parse_huggingface([json.dumps(items).encode()], DAY) for items in payloads]
    for rows, frames in zip(cases, split_cases(cases), strict=True):
        assert count_rows(frames) == count(rows)
