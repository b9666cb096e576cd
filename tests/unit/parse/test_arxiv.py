"""arXiv's answers: what the parts of an entry become, errors, lines of the snapshot, and whatever else comes."""

import datetime as dt
import json
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_project.parse.arxiv import CUT, find_error, find_time, parse_arxiv
from dagster_project.parse.purge import cut_papers
from dagster_project.parse.rows import Day, Parsed

DAY = Day("arxiv", dt.date(2025, 6, 1), dt.datetime(2025, 6, 1, 4))
NAMESPACES = 'xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom"'
LINE = {
    "id": "hep-th/9901001",
    "authors": "Ada Byrd and Kim Minji",
    "title": "An Old\n  Title",
    "comments": "12 pages",
    "journal-ref": "JHEP 1 (1999) 1",
    "doi": "10.1000/one",
    "categories": "hep-th gr-qc",
    "abstract": "  We make it\nsmaller.\n",
    "versions": [
        {"version": "v1", "created": "Mon, 2 Apr 2007 19:18:42 GMT"},
        {"version": "v2", "created": "Tue, 24 Jul 2007 20:10:27 GMT"},
    ],
    "authors_parsed": [["Byrd", "Ada", ""], ["Kim", "Minji", "Jr.", "Seoul"]],
}


def an_entry(paper="2501.00001v2", authors=("Ada Byrd", "Kim Minji"), categories=("cs.CL", "cs.AI"), **parts) -> str:
    """Return an entry as arXiv writes it; None leaves a part out."""
    whole = {"title": "A Small\n  Title", "summary": "We make it\nsmaller.", "updated": "2025-02-03T10:00:00Z"}
    whole |= {"id": f"http://arxiv.org/abs/{paper}", "published": "2025-01-01T18:30:00Z"} | parts
    texts = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in whole.items() if text is not None)
    people = "".join(f"<author><name>{escape(name)}</name></author>" for name in authors)
    subjects = "".join(f"<category term={quoteattr(term)}/>" for term in categories)
    primary = f"<arxiv:primary_category term={quoteattr(categories[0])}/>" if categories else ""
    return f"<entry>{texts}{people}{primary}{subjects}</entry>"


def a_feed(*entries: str) -> bytes:
    return f"<feed {NAMESPACES}><updated>2025-06-01T00:00:00-04:00</updated>{''.join(entries)}</feed>".encode()


def read(*entries: str) -> Parsed:
    return parse_arxiv([a_feed(*entries)], DAY)


def test_an_entry_is_read_whole():
    comment = "<arxiv:comment>12 pages, accepted to ACL 2025</arxiv:comment><arxiv:doi>10.1000/one</arxiv:doi>"
    rows = read(an_entry().replace("</entry>", f"{comment}<arxiv:journal_ref>J. 1</arxiv:journal_ref></entry>"))
    [entry] = rows.entry
    assert (entry.arxiv_id, entry.title, entry.abstract) == ("2501.00001", "A Small Title", "We make it smaller.")
    assert (entry.arxiv_version, entry.updated_at) == (2, dt.datetime(2025, 2, 3, 10))
    assert (entry.published_at, entry.votes) == (dt.datetime(2025, 1, 1, 18, 30), None)
    assert (entry.arxiv_comment, entry.doi) == ("12 pages, accepted to ACL 2025", "10.1000/one")
    assert (entry.journal_ref, entry.author_count) == ("J. 1", 2)
    assert [(author.position, author.name) for author in rows.author] == [(1, "Ada Byrd"), (2, "Kim Minji")]
    assert [(one.category, one.is_primary) for one in rows.category] == [("cs.CL", True), ("cs.AI", False)]
    assert rows.reject == []


def test_an_affiliation_belongs_to_its_author():
    entry = an_entry().replace("Kim Minji</name>", "Kim Minji</name><arxiv:affiliation>Seoul</arxiv:affiliation>")
    assert [author.affiliation for author in read(entry).author] == [None, "Seoul"]


def test_the_colon_after_a_group_is_no_author_and_a_list_that_was_cut_says_so():
    rows = read(an_entry(authors=["The Group", ":", "Ada Byrd", "et al."]))
    assert [(author.position, author.name) for author in rows.author] == [(1, "The Group"), (2, "Ada Byrd")]
    assert (rows.entry[0].author_count, rows.entry[0].authors_truncated) == (2, True)


def test_a_withdrawn_paper_stays_an_entry_whose_comment_says_so():
    said = "This paper has been withdrawn by the author"
    [entry] = read(an_entry().replace("</entry>", f"<arxiv:comment>{said}</arxiv:comment></entry>")).entry
    assert entry.arxiv_comment == said


def test_an_old_id_is_an_id():
    assert [entry.arxiv_id for entry in read(an_entry("math.GT/0309136v1")).entry] == ["math.GT/0309136"]


@pytest.mark.parametrize(
    ("entry", "rule"),
    [
        (an_entry(id="http://arxiv.org/api/errors#incorrect_id_format_for_x", title="Error"), "arxiv_error"),
        (an_entry(id="http://example.org/2501.00001"), "paper_id"),
        (an_entry(title=" \n "), "title"),
    ],
    ids=["an error", "another host", "no title"],
)
def test_what_describes_no_paper_is_a_reject_and_the_rest_goes_on(entry, rule):
    rows = read(entry, an_entry("2501.00002v1"))
    assert [reject.rule for reject in rows.reject] == [rule]
    assert [one.arxiv_id for one in rows.entry] == ["2501.00002"]


def test_a_paper_twice_counts_once():
    rows = read(an_entry(), an_entry(title="Another"))
    assert ([entry.title for entry in rows.entry], rows.reject[0].rule) == (["A Small Title"], "repeated_entry")


def test_an_error_is_told_from_an_answer():
    error = an_entry(id="http://arxiv.org/api/errors#x", summary="incorrect id format for x")
    assert find_error(a_feed(error)) == "incorrect id format for x"
    assert (find_error(a_feed(an_entry())), find_error(a_feed())) == (None, None)


def test_an_answer_says_when_it_was_written():
    assert find_time(a_feed()) == dt.datetime(2025, 6, 1, 4)
    assert find_time(b"<html></html>") is None


def test_a_line_of_the_snapshot_is_read_as_an_answer_is():
    rows = parse_arxiv([json.dumps(LINE).encode() + b"\n"], DAY)
    [entry] = rows.entry
    assert (entry.arxiv_id, entry.title, entry.abstract) == ("hep-th/9901001", "An Old Title", "We make it smaller.")
    assert (entry.arxiv_version, entry.published_at) == (2, dt.datetime(2007, 4, 2, 19, 18, 42))
    assert (entry.updated_at, entry.journal_ref) == (dt.datetime(2007, 7, 24, 20, 10, 27), "JHEP 1 (1999) 1")
    assert [(author.name, author.affiliation) for author in rows.author] == [
        ("Ada Byrd", None),
        ("Minji Kim Jr.", "Seoul"),
    ]
    assert [(one.category, one.is_primary) for one in rows.category] == [("hep-th", True), ("gr-qc", False)]


def test_an_entity_is_refused():
    bomb = f'<!DOCTYPE feed [<!ENTITY a "b">]><feed {NAMESPACES}>{an_entry(title="&a;")}</feed>'
    assert [reject.rule for reject in parse_arxiv([bomb.encode()], DAY).reject] == ["payload"]


@pytest.mark.parametrize(
    "body", [a_feed(an_entry(), an_entry("2501.00002v1")), b"\n".join([json.dumps(LINE).encode()] * 1)]
)
def test_a_purged_paper_leaves_the_others(body):
    papers = [entry.arxiv_id for entry in parse_arxiv([body], DAY).entry]
    left = cut_papers(body, papers[:1], CUT, [])
    assert papers[0].encode() not in left
    assert [entry.arxiv_id for entry in parse_arxiv([left], DAY).entry] == papers[1:]


@given(
    st.binary()
    | st.text().map(str.encode)
    | st.lists(st.sampled_from([an_entry(), "<entry/>", "x"])).map(lambda some: a_feed(*some))
)
def test_whatever_comes_is_an_entry_or_a_reject(body):
    rows = parse_arxiv([body], DAY)
    assert rows.entry or rows.reject or not body.strip() or b"<feed" in body


@given(
    st.dictionaries(
        st.sampled_from(list(LINE)), st.none() | st.integers() | st.text() | st.lists(st.none() | st.text())
    )
)
def test_whatever_a_line_holds_is_an_entry_or_a_reject(fields):
    rows = parse_arxiv([json.dumps(LINE | fields).encode()], DAY)
    assert len(rows.entry) + len(rows.reject) == 1
