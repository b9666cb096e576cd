"""Payloads of the API: every era of the fields, every value that may stand in one."""

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_project.parse.huggingface import describe_new_fields, parse_huggingface, read_payload
from dagster_project.parse.rows import Day, Entry, Parsed, Reject
from dagster_project.parse.text import LONGEST_LITERAL, fold_text

DAY = Day("huggingface", dt.date(2025, 1, 2), dt.datetime(2025, 1, 2, 15, 10))


def an_item(number: int = 1, top: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """An item of the first era, with other fields of its paper and of its top."""
    paper = {
        "id": f"2501.{number:05}",
        "title": "A Small Title",
        "summary": "We make it\nsmaller.",
        "publishedAt": "2025-01-01T18:30:00.000Z",
        "upvotes": 12,
        "authors": [{"name": "Ada Byrd", "hidden": False}],
    }
    shifted = "2025-01-01T13:30:00.000Z"
    return {
        "paper": paper | fields,
        "publishedAt": shifted,
        "title": "A Small Title",
        "numComments": 2,
        "thumbnail": "https://example.org/thumb.png",
        "submittedBy": {"name": "minji", "fullname": "Kim Minji"},
    } | (top or {})


def read(*items: object) -> Parsed:
    return parse_huggingface([json.dumps(items).encode()], DAY)


def read_paper(top: dict[str, Any] | None = None, **fields: Any) -> tuple[Entry, Parsed]:
    rows = read(an_item(1, top, **fields))
    (entry,) = rows.entry
    return entry, rows


def the_reject(rows: Parsed) -> Reject:
    (reject,) = rows.reject
    return reject


def test_a_paper_of_another_days_list_is_rejected_and_takes_no_rank():
    elsewhere = an_item(1, submittedOnDailyAt="2025-01-03T00:00:00.000Z")
    rows = read(elsewhere, an_item(2, submittedOnDailyAt="2025-01-02T23:59:59Z"), an_item(3))
    reject = the_reject(rows)
    assert (reject.rule, reject.reason) == ("another_day", "the paper stands on the list of 2025-01-03")
    assert (reject.arxiv_id, json.loads(reject.raw)) == ("2501.00001", elsewhere)
    assert [(entry.arxiv_id, entry.rank) for entry in rows.entry] == [("2501.00002", 1), ("2501.00003", 2)]


# The eras


def test_a_paper_of_the_first_era_is_read_whole():
    entry, rows = read_paper()
    assert (entry.arxiv_id, entry.rank, entry.title) == ("2501.00001", 1, "A Small Title")
    assert (entry.abstract, entry.votes, entry.comments) == ("We make it smaller.", 12, 2)
    assert (entry.thumbnail_url, entry.submitted_by) == ("https://example.org/thumb.png", "minji")
    assert [author.name for author in rows.author] == ["Ada Byrd"]
    assert rows.reject == []


def test_fields_of_later_eras_are_unknown_in_the_first():
    entry, rows = read_paper()
    later = (entry.github_repo, entry.github_stars, entry.project_page, entry.organization, entry.ai_summary)
    assert later == (None,) * 5
    assert (entry.submitted_at, entry.withdrawn_at, entry.keyword_count, rows.keyword) == (None, None, None, [])


@pytest.mark.parametrize(
    ("fields", "column", "value"),
    [
        ({"githubRepo": "https://github.com/ada/small"}, "github_repo", "https://github.com/ada/small"),
        ({"githubStars": 0}, "github_stars", 0),
        ({"projectPage": " https://example.org/small"}, "project_page", "https://example.org/small"),
        ({"githubRepo": "github.com/ada/small"}, "github_repo", "https://github.com/ada/small"),
        ({"submittedOnDailyAt": "2025-01-02T01:02:03.456Z"}, "submitted_at", dt.datetime(2025, 1, 2, 1, 2, 3, 456000)),
        ({"submittedOnDailyBy": {"user": "ada", "name": "Ada"}}, "submitted_by", "ada"),
        ({"ai_summary": "작게 \n 만든다"}, "ai_summary", "작게 만든다"),
        ({"organization": {"name": "lab", "fullname": "A Lab"}}, "organization_full_name", "A Lab"),
        ({"withdrawnAt": "2026-08-01T00:00:00.000Z"}, "withdrawn_at", dt.datetime(2026, 8, 1)),
        ({"mediaUrls": ["https://example.org/a.png", "https://example.org/b.MP4?x=1"]}, "video_url",
         "https://example.org/b.MP4?x=1"),
        ({"mediaUrls": ["https://example.org/a.png"]}, "video_url", None),
        ({"upvotes": 0}, "votes", 0),
        ({"upvotes": None}, "votes", None),
    ],
)  # fmt: skip
def test_a_field_of_a_paper_becomes_its_column(fields: dict[str, Any], column: str, value: object):
    entry, rows = read_paper(**fields)
    assert (getattr(entry, column), rows.reject) == (value, [])


@pytest.mark.parametrize(
    ("top", "column", "value"),
    [
        ({"organization": {"name": "lab", "fullname": "A Lab"}}, "organization", "lab"),
        ({"mediaUrls": ["https://example.org/a.mov"]}, "video_url", "https://example.org/a.mov"),
        ({"withdrawnAt": "2026-08-01T00:00:00Z"}, "withdrawn_at", dt.datetime(2026, 8, 1)),
        ({"thumbnail": "/avatars/a.svg"}, "thumbnail_url", "https://huggingface.co/avatars/a.svg"),
        ({"thumbnail": ""}, "thumbnail_url", None),
        ({"submittedBy": None}, "submitted_by", None),
        ({"thumbnail": None, "mediaUrl": "https://example.org/a.png"}, "thumbnail_url", "https://example.org/a.png"),
        ({"mediaUrl": "https://example.org/a.png"}, "thumbnail_url", "https://example.org/thumb.png"),
        ({"thumbnail": None, "mediaUrl": "https://example.org/a.mp4"}, "thumbnail_url", None),
        ({"mediaUrl": "https://example.org/a.mp4"}, "video_url", "https://example.org/a.mp4"),
    ],
)
def test_a_field_at_the_top_becomes_its_column(top: dict[str, Any], column: str, value: object):
    entry, rows = read_paper(top)
    assert (getattr(entry, column), rows.reject) == (value, [])


def test_votes_are_the_papers_own():
    assert read_paper({"upvotes": 99})[0].votes == 12


def test_the_date_is_the_papers_own():
    assert read_paper()[0].published_at == dt.datetime(2025, 1, 1, 18, 30)


def test_unknown_fields_are_passed_over():
    entry, rows = read_paper({"new": [1]}, newer={"deep": [None]})
    assert entry._replace(raw="") == read_paper()[0]._replace(raw="")
    assert rows.reject == []


def test_keywords_are_folded_and_stand_once():
    entry, rows = read_paper(ai_keywords=["Sparse  Attention", "언어 모델", "sparse attention"])
    assert [(row.position, row.keyword) for row in rows.keyword] == [(1, "sparse attention"), (2, "언어 모델")]
    assert entry.keyword_count == 2


@pytest.mark.parametrize("empty", ["", " \n", "\u200b", "\ufeff "])
def test_an_empty_keyword_says_nothing(empty: str):
    entry, rows = read_paper(ai_keywords=["one", empty, "two"])
    assert [(row.position, row.keyword) for row in rows.keyword] == [(1, "one"), (2, "two")]
    assert (entry.keyword_count, rows.reject) == (2, [])


def test_invisible_signs_make_no_second_text():
    entry, rows = read_paper(
        title="A\u200b Title\ufeff",
        ai_keywords=["deep\u00ad learning", "deep learning"],
        organization={"name": "la\u2060b", "fullname": "La\u200db"},
    )
    assert (entry.title, entry.organization, entry.organization_full_name) == ("A Title", "lab", "Lab")
    assert [row.keyword for row in rows.keyword] == ["deep learning"]


def test_a_suffix_and_a_cut_list_are_read_in_the_api_too():
    people = [
        {"name": "Ann Low", "user": {"user": "ann"}},
        {"name": "Jr."},
        {"name": "R and D Group"},
        {"name": "et al."},
    ]
    entry, rows = read_paper(authors=people)
    assert [(row.name, row.hf_user) for row in rows.author] == [("Ann Low Jr.", "ann"), ("R and D Group", None)]
    assert (entry.author_count, entry.authors_truncated, rows.reject) == (2, True, [])


def test_no_keywords_are_not_an_unknown_number_of_keywords():
    assert read_paper(ai_keywords=[])[0].keyword_count == 0


@pytest.mark.parametrize(
    ("printed", "title"),
    [
        ("A Long Title\n  in Two Lines", "A Long Title in Two Lines"),
        ("On $O(n^2)$ \\textbf{Costs}", "On $O(n^2)$ \\textbf{Costs}"),
        ("반쪽 \ud83d 문자", "반쪽 ? 문자"),
    ],
)
def test_a_title_is_kept_but_for_white_space(printed: str, title: str):
    assert read_paper(title=printed)[0].title == title


@pytest.mark.parametrize("missing", [None, "", " \n"])
def test_the_title_at_the_top_stands_in_for_the_papers(missing: str | None):
    entry, rows = read_paper({"title": "From the Top"}, title=missing)
    assert (entry.title, rows.reject) == ("From the Top", [])


def test_authors_are_kept_with_their_users_hidden_ones_too():
    _, rows = read_paper(
        authors=[
            {"name": "Ada Byrd", "hidden": False, "user": {"user": "ada", "fullname": "Ada"}},
            {"name": "Kim Minji", "hidden": True},
            {"name": "Kimi Team"},
        ]
    )
    assert [(row.position, row.name, row.hf_user, row.is_hidden) for row in rows.author] == [
        (1, "Ada Byrd", "ada", False),
        (2, "Kim Minji", None, True),
        (3, "Kimi Team", None, None),
    ]


def test_a_repeated_author_is_one_at_the_first_place():
    entry, rows = read_paper(authors=[{"name": name} for name in ("B", "A", "b", "A")])
    assert [row.name for row in rows.author] == ["B", "A"]
    assert entry.author_count == 2


def test_a_paper_may_have_thousands_of_authors():
    entry, rows = read_paper(authors=[{"name": f"Author {number}"} for number in range(3303)])
    assert (entry.author_count, len(rows.author), rows.reject) == (3303, 3303, [])


@pytest.mark.parametrize(("authors", "count"), [(None, None), ([], 0)])
def test_no_list_of_authors_is_not_an_empty_list(authors: list[Any] | None, count: int | None):
    assert read_paper(authors=authors)[0].author_count == count


@pytest.mark.parametrize(
    ("written", "time"),
    [
        ("2025-01-02T03:04:05.678Z", dt.datetime(2025, 1, 2, 3, 4, 5, 678000)),
        ("2025-01-02T03:04:05Z", dt.datetime(2025, 1, 2, 3, 4, 5)),
        ("2025-01-02T03:04:05", dt.datetime(2025, 1, 2, 3, 4, 5)),
        ("2025-01-02T12:04:05+09:00", dt.datetime(2025, 1, 2, 3, 4, 5)),
        ("2025-01-02", dt.datetime(2025, 1, 2)),
    ],
)
def test_times_are_utc(written: str, time: dt.datetime):
    assert read_paper(publishedAt=written)[0].published_at == time


@pytest.mark.parametrize("payload", [b"[]", b" [ ] ", b"\xef\xbb\xbf[]", b"1", b"1\n", b"\xef\xbb\xbf1"])
def test_a_day_without_papers_gives_nothing(payload: bytes):
    assert parse_huggingface([payload], DAY) == Parsed()


def test_ranks_run_on_over_pages():
    pages = [json.dumps([an_item(1), an_item(2)]).encode(), json.dumps([an_item(3)]).encode()]
    assert [(row.arxiv_id, row.rank) for row in parse_huggingface(pages, DAY).entry] == [
        ("2501.00001", 1),
        ("2501.00002", 2),
        ("2501.00003", 3),
    ]


def test_a_full_page_is_read():
    assert len(read(*map(an_item, range(50))).entry) == 50


# Forms in which archives keep payloads

ODD_NAMES: dict[str, Any] = {
    "title": 'O\'B "q" \\frac{a}{b}\n가 👩‍👧',
    "ai_summary": None,
    "authors": [{"name": "A", "hidden": True}],
}


@pytest.mark.parametrize(
    "write",
    [
        lambda items: [repr(item) for item in items],
        lambda items: [repr(items[0]), *items[1:]],
        lambda items: [*items[:1], *map(str, items[1:])],
    ],
    ids=["all", "first", "rest"],
)
@pytest.mark.parametrize("indent", [None, 4])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_items_that_python_printed_are_read_as_the_items(write: Callable[..., object], indent: int | None, mark: str):
    items = [an_item(1, **ODD_NAMES), an_item(2), an_item(3, upvotes=None)]
    page = mark + json.dumps(write(items), indent=indent, ensure_ascii=not mark)
    assert parse_huggingface([page.encode()], DAY) == read(*items)


@pytest.mark.parametrize(
    "text",
    [
        repr(an_item(1))[:-1],
        f"{{'paper': {{'id': '2501.00001', 'at': {dt.datetime(2025, 1, 2)!r}}}}}",
        "{'paper': nan}",
        "{'paper': b'bytes'}",
        "{'paper': {1, 2}}",
        "{(1, 2): 3}",
        "{'paper'}",
        "{'paper': 1j}",
        "{[]: 1}",
        "{'a': " + "9" * 5_000 + "}",
        "{'a': 0x" + "f" * 5_000 + "}",
        "{'a': '\ud800'}",
        "{'a': '\0'}",
        "{'a': '\\N{NO SUCH NAME}'}",
        "{'a': " + "[" * 300 + "]" * 300 + "}",
        "{'a': " + "[" * 100_000,
        "{'a': " + "-" * 100_000 + "1}",
        "{'a': " + "1+" * 50_000 + "1}",
        "{'a': " + "lambda:" * 10_000 + "0}",
        "{'a': '" + "a" * LONGEST_LITERAL + "'}",
        "{'a': __import__('os').abort()}",
        "['paper']",
        "",
    ],
    ids=lambda text: text[:20].encode("ascii", "backslashreplace").decode(),
)
def test_a_text_that_is_no_printed_item_is_one_reject_and_the_next_goes_on(text: str):
    rows = read(text, repr(an_item(1)))
    assert (the_reject(rows).rule, the_reject(rows).reason) == ("paper_id", "a text that is no printed item")
    assert the_reject(rows).raw == text.encode("utf-8", "replace").decode()
    assert [entry.rank for entry in rows.entry] == [1]


def test_a_printed_item_holds_what_json_can_hold():
    assert read_payload(json.dumps(["{'a': (1, None), 2: True, 'b': '\\d'}"]).encode()) == [
        {"a": [1, None], "2": True, "b": "\\d"}
    ]


# Damage


@pytest.mark.parametrize("same_page", [True, False])
def test_a_paper_listed_twice_counts_where_it_first_stands(same_page: bool):
    first, again = an_item(1, upvotes=1), an_item(1, upvotes=2)
    pages = [[first, again]] if same_page else [[first], [again]]
    rows = parse_huggingface([json.dumps(page).encode() for page in pages], DAY)
    assert [entry.votes for entry in rows.entry] == [1]
    assert (the_reject(rows).rule, json.loads(the_reject(rows).raw)) == ("repeated_entry", again)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xff\xff",
        b"null",
        b"{}",
        b"0",
        b"2",
        b"1.0",
        b"true",
        b'{"error": "not found"}',
        b'"text"',
        b"[1, 2",
        b"<html></html>",
        b"[" * 100_000,
    ],
)
def test_a_payload_that_is_no_list_is_one_reject_and_other_pages_go_on(payload: bytes):
    rows = parse_huggingface([payload, json.dumps([an_item(1)]).encode()], DAY)
    assert (the_reject(rows).rule, the_reject(rows).raw) == ("payload", payload.decode(errors="backslashreplace"))
    assert len(rows.entry) == 1


@pytest.mark.parametrize("field", ["upvotes", "numComments"])
def test_a_number_of_more_digits_than_python_reads_is_unreadable_alone(field: str):
    page = json.dumps([an_item(1, upvotes=77) | {"numComments": 77}, an_item(2)])
    rows = parse_huggingface([page.replace(f'"{field}": 77', f'"{field}": {"9" * 5_000}').encode()], DAY)
    assert [entry.arxiv_id for entry in rows.entry] == ["2501.00001", "2501.00002"]
    assert the_reject(rows).rule == "field_type"


@pytest.mark.parametrize("place", ["upvotes", "unknown"])
def test_nesting_of_any_depth_is_read_or_rejected_whole(place: str):
    for depth in (*range(900, 1000), 5_000, 100_000):
        page = json.dumps([an_item(1, **{place: "deep"})]).replace('"deep"', "[" * depth + "]" * depth)
        rows = parse_huggingface([page.encode()], DAY)
        assert len(rows.entry) + [reject.raw for reject in rows.reject].count(page) == 1


@pytest.mark.parametrize(
    "item",
    [None, 7, "words", [], {}, {"paper": None}, {"paper": []}, {"paper": {"title": "A"}}, {"id": "2501.00001"},
     {"paper": {"id": 2501.00001}}, {"paper": {"id": "none"}}, {"paper": {"id": "\ud800"}}],
)  # fmt: skip
def test_an_item_without_a_papers_id_is_a_reject_and_the_next_goes_on(item: object):
    rows = read(item, an_item(1))
    assert (the_reject(rows).rule, [entry.rank for entry in rows.entry]) == ("paper_id", [1])


@pytest.mark.parametrize("title", [None, "", " \n "])
def test_a_paper_without_any_title_is_a_reject(title: str | None):
    rows = read(an_item(1, {"title": title}, title=title), an_item(1))
    assert (the_reject(rows).rule, the_reject(rows).arxiv_id) == ("title", "2501.00001")
    assert [entry.title for entry in rows.entry] == ["A Small Title"]


WRONG = [
    ("summary", ["words"], "abstract"),
    ("upvotes", "12", "votes"),
    ("upvotes", True, "votes"),
    ("upvotes", 1.5, "votes"),
    ("upvotes", float("nan"), "votes"),
    ("publishedAt", 1735754400, "published_at"),
    ("submittedOnDailyAt", {}, "submitted_at"),
    ("githubRepo", 1, "github_repo"),
    ("githubStars", "many", "github_stars"),
    ("projectPage", False, "project_page"),
    ("organization", "A Lab", "organization"),
    ("ai_summary", 0, "ai_summary"),
    ("ai_keywords", "words", "keyword_count"),
    ("withdrawnAt", True, "withdrawn_at"),
    ("authors", "Ada Byrd", "author_count"),
    ("mediaUrls", "https://example.org/a.mp4", "video_url"),
    ("mediaUrls", [7], "video_url"),
]


@pytest.mark.parametrize(("field", "value", "column"), WRONG)
def test_a_field_of_another_type_is_a_reject_and_the_paper_stays(field: str, value: object, column: str):
    entry, rows = read_paper(**{field: value})
    assert (getattr(entry, column), the_reject(rows).rule) == (None, "field_type")
    assert the_reject(rows).raw == json.dumps({field: value})


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"upvotes": 2**31}, "field_range"),
        ({"githubStars": -(2**70)}, "field_range"),
        ({"publishedAt": "yesterday"}, "field_time"),
        ({"publishedAt": "2025-13-01T00:00:00Z"}, "field_time"),
        ({"publishedAt": "0001-01-01T00:00:00+09:00"}, "field_time"),
        ({"githubRepo": "soon, on github"}, "field_address"),
        ({"projectPage": "javascript:alert(1)"}, "field_address"),
        ({"authors": [{"name": "Ada Byrd"}, {"name": " "}]}, "author_name"),
        ({"authors": [{"name": "Ada Byrd"}, {"name": "\u200b"}]}, "author_name"),
        ({"authors": [{"name": "Ada Byrd"}, "Kim Minji"]}, "author_name"),
        ({"authors": [{"name": "Ada Byrd"}, {"user": {}}]}, "author_name"),
        ({"authors": [{"name": "Ada Byrd", "user": "ada"}]}, "field_type"),
        ({"authors": [{"name": "Ada Byrd", "hidden": 1}]}, "field_type"),
        ({"ai_keywords": ["one", 2]}, "keyword"),
        ({"ai_keywords": ["one", None]}, "keyword"),
    ],
)
def test_a_value_out_of_bounds_is_a_reject_with_its_text(fields: dict[str, Any], rule: str):
    _, rows = read_paper(**fields)
    assert (the_reject(rows).rule, the_reject(rows).arxiv_id) == (rule, "2501.00001")
    assert the_reject(rows).raw.strip("{}") in json.dumps(fields)


@pytest.mark.parametrize("text", [r"\ud800", r"\u0000", r"\udc00\ud800"])
def test_characters_that_cannot_be_stored_hurt_nothing(text: str):
    page = '[{"paper": {"id": "2501.00001", "title": "T@", "ai_summary": "@ x", "authors": [{"name": "N@"}]}}]'
    rows = parse_huggingface([page.replace("@", text).encode()], DAY)
    for row in (*rows.entry, *rows.author):
        "".join(value for value in row if isinstance(value, str)).encode()
    assert (len(rows.entry), len(rows.author), rows.reject) == (1, 1, [])


def test_of_a_key_written_twice_the_last_counts():
    page = b'[{"paper": {"id": "2501.00001", "title": "A", "upvotes": 1, "upvotes": 2}}]'
    assert parse_huggingface([page], DAY).entry[0].votes == 2


# Whatever comes

texts = st.text(st.characters(exclude_categories=()), max_size=8)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts
values = st.recursive(
    scalars,
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(texts | st.just("user"), inside, max_size=3),
    max_leaves=5,
)
people = st.lists(st.fixed_dictionaries({}, optional={"name": texts, "user": values, "hidden": values}) | values)
FIELDS = ["summary", "publishedAt", "upvotes", "ai_keywords", "githubRepo", "projectPage", "submittedOnDailyAt",
          "submittedOnDailyBy", "ai_summary", "githubStars", "organization", "withdrawnAt", "mediaUrls"]  # fmt: skip
papers = st.fixed_dictionaries(
    {"id": st.sampled_from(["2501.00001", "2501.00002", "math.GT/0309136"]) | values, "title": texts | values},
    optional=dict.fromkeys(FIELDS, values) | {"authors": people | values},
)
items = st.fixed_dictionaries(
    {"paper": papers | values},
    optional=dict.fromkeys(("title", "summary", "thumbnail", "numComments", "organization", "submittedBy"), values),
)
payloads = st.lists(items | values, max_size=4)


@given(st.lists(st.binary(max_size=40) | payloads.map(lambda items: json.dumps(items).encode()), max_size=3))
def test_reading_never_raises_and_the_rows_can_be_stored(pages: list[bytes]):
    rows = parse_huggingface(pages, DAY)
    for row in (*rows.entry, *rows.author, *rows.keyword, *rows.reject):
        "".join(value for value in row if isinstance(value, str)).encode()


@given(payloads)
def test_reading_twice_gives_the_same(items: list[Any]):
    assert read(*items) == read(*items)


@given(payloads)
def test_every_item_is_an_entry_or_a_reject(items: list[Any]):
    rows = read(*items)
    rejected = [one for one in rows.reject if one.rule in ("paper_id", "repeated_entry", "title")]
    assert len(rows.entry) + len(rejected) == len(items)


@given(st.lists(items, max_size=3))
def test_printed_items_give_the_rows_of_the_items(items: list[Any]):
    items = json.loads(json.dumps(items).replace("NaN", "0").replace("Infinity", "0"))
    assert read(*map(repr, items)) == read(*items)


@given(st.lists(texts.map(lambda text: "{" + text) | st.builds("{{{!r}: {!r}}}".format, values, values), max_size=3))
def test_a_text_in_place_of_an_item_never_raises_and_is_not_lost(items: list[str]):
    assert len(read(*items).reject) == len(items)


@given(payloads)
def test_entries_and_rejected_items_keep_their_text(items: list[Any]):
    rows = read(*items)
    kept = [row.raw for row in (*rows.entry, *rows.reject)]
    assert all(json.dumps(item) in kept for item in items if not isinstance(item, str))


@given(payloads)
def test_ranks_run_from_one_over_distinct_papers(items: list[Any]):
    entries = read(*items).entry
    assert [entry.rank for entry in entries] == list(range(1, len(entries) + 1))
    assert len({entry.arxiv_id for entry in entries}) == len(entries)


@given(people)
def test_every_author_of_a_list_is_a_row_a_repetition_or_a_reject(people: list[Any]):
    entry, rows = read_paper(authors=people)
    refused = [reject for reject in rows.reject if reject.rule == "author_name"]
    named = [one["name"] for one in people if isinstance(one, dict) and isinstance(one.get("name"), str)]
    assert len(refused) == len(people) - sum(bool(fold_text(name)) for name in named)
    assert len(rows.author) <= len(people) - len(refused)
    assert entry.authors_truncated or bool(rows.author) == (len(people) > len(refused))


class TestNewFields:
    def test_fields_that_were_seen_before_are_no_news(self):
        assert describe_new_fields([an_item(1), {"paper": {"ai_summary_model": "x"}, "title": "y"}]) is None

    def test_what_was_never_seen_is_named(self):
        items = [an_item(1) | {"hype": 1}, {"paper": {"votes_up": 2, "id": "2501.00001"}}]
        assert describe_new_fields(items) == "fields never seen before: hype, paper.votes_up"

    def test_however_many_and_odd_they_are_they_make_one_short_line(self):
        remark = describe_new_fields([{f"{number:02}\n" + "é" * 200: 1 for number in range(50)}])
        assert remark is not None
        assert remark.isascii()
        assert len(remark.splitlines()) == 1
        assert len(remark) < 500

    @pytest.mark.parametrize("items", [[], ["words"], [None], [{"paper": "words"}]])
    def test_what_is_no_item_has_no_fields(self, items):
        assert describe_new_fields(items) is None
