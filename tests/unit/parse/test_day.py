"""The captures of a day laid over each other."""

import datetime as dt
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dagster_project.parse.day import Capture, parse_day
from dagster_project.parse.digest import parse_digest
from dagster_project.parse.huggingface import parse_huggingface
from dagster_project.parse.rows import Parsed

DATE = dt.date(2025, 1, 2)
NIGHT = dt.datetime(2025, 1, 2, 23)


def at(minute: int) -> dt.datetime:
    return dt.datetime(2025, 1, 2, 15, minute)


def payload(*papers: dict[str, Any]) -> bytes:
    return json.dumps([{"paper": {"title": "A Small Title"} | paper} for paper in papers]).encode()


def paper(number: int, *authors: str, **fields: Any) -> dict[str, Any]:
    return {"id": f"2501.{number:05}", "authors": [{"name": name} for name in authors]} | fields


def from_site(*captures: tuple[int, bytes]) -> Parsed:
    return parse_day(parse_huggingface, "huggingface", DATE, [Capture(at(minute), [page]) for minute, page in captures])


def from_digest(*bodies: str) -> Parsed:
    return parse_day(parse_digest, "digest", DATE, [Capture(NIGHT, [body.encode()]) for body in bodies])


def in_digest(number: int, words: str, votes: int = 1) -> str:
    return f"### [Title {words}](https://arxiv.org/abs/2501.{number:05})\nVote: {votes}\nAuthors: {words}\n- {words}\n"


def test_a_day_without_captures_has_no_rows():
    assert parse_day(parse_digest, "digest", DATE, []) == Parsed()


def test_every_capture_keeps_its_votes():
    rows = from_site((10, payload(paper(1, upvotes=3))), (30, payload(paper(1, upvotes=5))))
    assert [(entry.captured_at, entry.votes) for entry in rows.entry] == [(at(10), 3), (at(30), 5)]


def test_authors_and_keywords_are_those_of_the_last_capture():
    rows = from_site(
        (10, payload(paper(1, "Ada Byrd", ai_keywords=["old"]))),
        (30, payload(paper(1, "Kim Minji", ai_keywords=["new"]))),
    )
    assert [(author.captured_at, author.name) for author in rows.author] == [(at(30), "Kim Minji")]
    assert [(row.captured_at, row.keyword) for row in rows.keyword] == [(at(30), "new")]


def test_captures_of_two_archives_at_one_time_are_two():
    votes = {"own": 3, "theirs": 4}
    captures = [Capture(at(10), [payload(paper(1, upvotes=votes[name]), {})], name) for name in votes]
    rows = parse_day(parse_huggingface, "huggingface", DATE, captures)
    assert [(entry.archive, entry.votes) for entry in rows.entry] == [("own", 3), ("theirs", 4)]
    assert [reject.archive for reject in rows.reject] == ["own", "theirs"]


def test_a_paper_that_vanished_keeps_its_last_rows():
    rows = from_site(
        (10, payload(paper(1, "Ada Byrd"), paper(2, "Kim Minji"))), (30, payload(paper(2, "Kim Minji", "Pat Bell")))
    )
    assert [(row.captured_at, row.arxiv_id, row.name) for row in rows.author] == [
        (at(10), "2501.00001", "Ada Byrd"),
        (at(30), "2501.00002", "Kim Minji"),
        (at(30), "2501.00002", "Pat Bell"),
    ]


def test_a_paper_that_came_back_speaks_by_its_last_capture():
    here, gone = payload(paper(1, "Ada Byrd", upvotes=1)), payload(paper(2, "Kim Minji"))
    rows = from_site((10, here), (20, gone), (30, here))
    assert [entry.captured_at for entry in rows.entry if entry.arxiv_id == "2501.00001"] == [at(10), at(30)]
    assert [row.captured_at for row in rows.author if row.arxiv_id == "2501.00001"] == [at(30)]


def test_a_capture_equal_to_the_one_before_is_an_observation_too():
    page = payload(paper(1, "Ada Byrd", upvotes=1))
    rows = from_site((10, page), (30, page))
    assert (len(rows.entry), len(rows.author)) == (2, 1)


def test_an_empty_capture_takes_nothing_away():
    page = payload(paper(1, "Ada Byrd"))
    assert from_site((10, page), (30, b"[]")) == from_site((10, page))


def test_an_unreadable_capture_takes_nothing_away():
    rows = from_site((10, payload(paper(1, "Ada Byrd"))), (30, b"<html>"))
    assert (len(rows.entry), len(rows.author)) == (1, 1)
    assert [(reject.captured_at, reject.rule) for reject in rows.reject] == [(at(30), "payload")]


def test_rejects_of_every_capture_are_kept():
    rows = from_site((10, payload(paper(1, upvotes="many"))), (30, payload(paper(1, upvotes="more"))))
    assert [(reject.captured_at, reject.rule) for reject in rows.reject] == [
        (at(10), "field_type"),
        (at(30), "field_type"),
    ]


def test_pages_of_one_capture_are_one_list():
    capture = Capture(at(10), [payload(paper(1, "Ada Byrd")), payload(paper(2, "Kim Minji"))])
    rows = parse_day(parse_huggingface, "huggingface", DATE, [capture])
    assert [(entry.arxiv_id, entry.rank) for entry in rows.entry] == [("2501.00001", 1), ("2501.00002", 2)]
    assert len(rows.author) == 2


def test_a_digest_in_pieces_is_one_file():
    body = (in_digest(1, "하나") + in_digest(2, "둘")).encode()
    whole, pieces = Capture(NIGHT, [body]), Capture(NIGHT, [body[:70], body[70:]])
    assert parse_day(parse_digest, "digest", DATE, [pieces]) == parse_day(parse_digest, "digest", DATE, [whole])


def test_a_digest_written_again_speaks_for_the_papers_that_it_holds():
    rows = from_digest(in_digest(1, "old", votes=1), in_digest(1, "new", votes=2))
    assert [(entry.title, entry.votes) for entry in rows.entry] == [("Title new", 2)]
    assert [author.name for author in rows.author] == ["new"]
    assert [section.text for section in rows.section] == ["new"]


def test_a_digest_written_again_with_fewer_papers_loses_none():
    rows = from_digest(in_digest(1, "one") + in_digest(2, "two"), in_digest(2, "later"))
    assert [(entry.arxiv_id, entry.title) for entry in rows.entry] == [
        ("2501.00001", "Title one"),
        ("2501.00002", "Title later"),
    ]
    assert [(row.arxiv_id, row.name) for row in rows.author] == [("2501.00001", "one"), ("2501.00002", "later")]
    assert [(row.arxiv_id, row.text) for row in rows.section] == [("2501.00001", "one"), ("2501.00002", "later")]


def test_the_same_digest_twice_is_the_digest():
    body = in_digest(1, "one") + in_digest(2, "two")
    assert from_digest(body, body) == from_digest(body)


captures_of_a_day = st.lists(
    st.tuples(
        st.integers(0, 59),
        st.lists(
            st.builds(
                lambda number, names, votes: paper(number, *names, upvotes=votes),
                st.integers(1, 3),
                st.lists(st.sampled_from(["Ada Byrd", "Kim Minji", "Pat Bell"]), max_size=3),
                st.integers(0, 9),
            ),
            max_size=3,
        ).map(lambda papers: payload(*papers)),
    ),
    max_size=5,
).map(lambda captures: sorted(captures, key=lambda capture: capture[0]))


@given(captures_of_a_day)
def test_a_paper_has_one_entry_a_capture(captures: list[tuple[int, bytes]]):
    keys = [(entry.captured_at, entry.arxiv_id) for entry in from_site(*captures).entry]
    assert len(set(keys)) == len(keys)


@given(captures_of_a_day)
def test_an_entry_has_as_many_authors_as_its_last_capture_says(captures: list[tuple[int, bytes]]):
    rows = from_site(*captures)
    latest = {entry.arxiv_id: entry for entry in sorted(rows.entry, key=lambda entry: entry.captured_at)}
    for entry in latest.values():
        authors = [row for row in rows.author if row.arxiv_id == entry.arxiv_id]
        assert [row.position for row in authors] == list(range(1, (entry.author_count or 0) + 1))
        assert {row.captured_at for row in authors} <= {entry.captured_at}


@given(captures_of_a_day)
def test_no_paper_of_any_capture_is_lost(captures: list[tuple[int, bytes]]):
    listed = {item["paper"]["id"] for _, page in captures for item in json.loads(page)}
    assert {entry.arxiv_id for entry in from_site(*captures).entry} == listed


def test_rejects_that_a_later_digest_mended_are_closed():
    cut, whole = (
        b"### [A](https://arxiv.org/abs/2401.00001)\n- one\nVote: 1",
        b"### [A](https://arxiv.org/abs/2401.00001)\n- one\n",
    )
    written = dt.datetime(2024, 1, 2, 23)
    captures = [Capture(written, [cut]), Capture(written, [whole])]
    assert parse_day(parse_digest, "digest", dt.date(2024, 1, 2), captures[:1]).reject
    assert parse_day(parse_digest, "digest", dt.date(2024, 1, 2), captures).reject == []
