"""Feeds: what an item's parts become, every damage that a feed may have, and whatever else comes."""

import datetime as dt
from collections import Counter
from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_project.parse.feed import count_items, parse_feed
from dagster_project.parse.rows import MOST, Day, Entry, Parsed, Reject

DAY = Day("feed", dt.date(2025, 1, 2), dt.datetime(2025, 1, 2, 1, 30))
MARKUP = (
    '<p><img src="https://example.org/a.png" alt="Paper thumbnail" style="max-width: 300px;" /></p>'
    "<p><b>Authors:</b> Ada Byrd, Kim Minji</p><p><b>Upvotes:</b> 12</p><p><b>Summary:</b> We make it\nsmaller.</p>"
)


def an_item(number: int = 1, markup: str | None = MARKUP, **parts: str | None) -> str:
    """An item of the form that all known feeds have; None leaves a part out."""
    link = f"https://arxiv.org/abs/2501.{number:05}"
    date = "Wed, 01 Jan 2025 18:30:00 +0000"
    whole = {"title": "A Small Title", "link": link, "description": markup, "guid": link, "pubDate": date} | parts
    inner = (f"<{name}>{escape(text, quote=False)}</{name}>" for name, text in whole.items() if text is not None)
    return f"<item>{''.join(inner)}</item>"


def a_feed(*items: str, head: str = "<?xml version='1.0' encoding='UTF-8'?>\n") -> bytes:
    channel = f"<title>Daily Papers</title><link>https://example.org</link>{''.join(items)}"
    return f'{head}<rss version="2.0"><channel>{channel}</channel></rss>'.encode()


def read(*items: str) -> Parsed:
    return parse_feed([a_feed(*items)], DAY)


def read_paper(markup: str | None = MARKUP, **parts: str | None) -> tuple[Entry, Parsed]:
    rows = read(an_item(1, markup, **parts))
    (entry,) = rows.entry
    return entry, rows


def the_reject(rows: Parsed) -> Reject:
    (reject,) = rows.reject
    return reject


def test_an_item_is_read_whole():
    entry, rows = read_paper()
    assert (entry.arxiv_id, entry.rank, entry.title) == ("2501.00001", 1, "A Small Title")
    assert (entry.votes, entry.published_at) == (12, dt.datetime(2025, 1, 1, 18, 30))
    assert (entry.raw, rows.reject) == (an_item(), [])


def test_authors_summary_and_picture_stay_in_the_raw_bytes():
    entry, rows = read_paper()
    assert (entry.author_count, entry.abstract, entry.thumbnail_url) == (None, None, None)
    assert (rows.author, rows.section, rows.keyword) == ([], [], [])


def test_the_listing_is_the_days_and_never_the_date_of_the_item():
    assert (read_paper()[0].listed_on, read_paper()[0].captured_at) == (DAY.listed_on, DAY.captured_at)


def test_the_rank_is_the_place_in_the_feed_and_runs_on_over_pages():
    pages = [a_feed(an_item(2), an_item(1)), a_feed(an_item(3))]
    ranks = [(row.arxiv_id, row.rank) for row in parse_feed(pages, DAY).entry]
    assert ranks == [("2501.00002", 1), ("2501.00001", 2), ("2501.00003", 3)]


@pytest.mark.parametrize(
    ("link", "guid"),
    [
        ("https://arxiv.org/abs/2501.00001v2", None),
        ("https://huggingface.co/papers/2501.00001", "tag:example.org,2025:7"),
        ("https://example.org/post", "https://arxiv.org/abs/2501.00001"),
        (None, "oai:2501.00001, or 2501.00001"),
        (None, " 2501.00001\n"),
    ],
)
def test_link_or_guid_names_the_paper(link: str | None, guid: str | None):
    rows = read(an_item(1, link=link, guid=guid))
    named = [row.arxiv_id for row in rows.entry] or [reject.rule for reject in rows.reject]
    assert named == (["paper_id"] if guid and "oai" in guid else ["2501.00001"])


@pytest.mark.parametrize(
    ("printed", "time"),
    [
        ("Thu, 06 Aug 2026 00:00:00 +0000", dt.datetime(2026, 8, 6)),
        ("Thu, 06 Aug 2026 02:00:00 +0900", dt.datetime(2026, 8, 5, 17)),
        ("6 Aug 2026 10:00 GMT", dt.datetime(2026, 8, 6, 10)),
        ("Thu, 06 Aug 2026 00:00:00 -0000", dt.datetime(2026, 8, 6)),
        (None, None),
        ("", None),
    ],
)
def test_dates_are_utc(printed: str | None, time: dt.datetime | None):
    entry, rows = read_paper(pubDate=printed)
    assert (entry.published_at, rows.reject) == (time, [])


@pytest.mark.parametrize("printed", ["yesterday", "Thu, 32 Aug 2026 00:00:00 +0000", "0001-01-01T00:00:00+09:00",
                                     "9" * 5_000, "2026-13-01", "1 Jan 2026 99999999999:00 +9999999999"])  # fmt: skip
def test_what_is_no_date_is_a_reject_and_the_paper_stays(printed: str):
    entry, rows = read_paper(pubDate=printed)
    assert (entry.published_at, the_reject(rows).rule, the_reject(rows).raw) == (None, "field_time", printed)


@pytest.mark.parametrize(
    ("markup", "votes"),
    [
        ("<p><b>Upvotes:</b> 0</p>", 0),
        ("<p><b>Upvotes:</b> -</p>", None),
        ("<p><b>Upvotes:</b></p>", None),
        ("<p><b>Authors:</b> </p>", None),
        ("<p><b>Authors:</b> Ada Byrd</p>", None),
        ("<b>Authors:</b> Ada Byrd, Jr., et al.<br><b>Upvotes:</b> 3<br/><b>Summary:</b> It\nis.", 3),
        ("<P><STRONG>UPVOTES</STRONG>: 7</P>", 7),
        ("<p><b>Upvotes:</b> &#55;</p>", 7),
        ("<p><b>Stars:</b> 8</p><p><b>Upvotes:</b> 1</p>", 1),
        ("<p><b>Upvotes:</b> 1</p><p><b>Upvotes:</b> 2</p>", 1),
        ("<p><b>Summary:</b> a <b>Upvotes:</b> 9</p><p>of b:</p>", None),
        ("<p><b>Summary:</b> a &lt; b &amp; <think> c</p>\n", None),
    ],
)
def test_a_description_is_read_by_its_labels(markup: str, votes: int | None):
    entry, rows = read_paper(markup)
    assert (entry.votes, rows.reject) == (votes, [])


@pytest.mark.parametrize("votes", ["many", "-1", "1.5", "1,000", "٣", str(MOST + 1), "9" * 5_000])
def test_votes_that_are_no_number_are_a_reject_and_unknown(votes: str):
    entry, rows = read_paper(f"<p><b>Upvotes:</b> {votes}</p>")
    assert (entry.votes, the_reject(rows).rule, the_reject(rows).raw) == (None, "votes", f"Upvotes: {votes}")
    assert the_reject(rows).arxiv_id == "2501.00001"


def test_a_description_without_labels_is_a_reject_and_the_paper_stays():
    entry, rows = read_paper("Only words, and 3 upvotes")
    assert entry.votes is None
    assert (the_reject(rows).rule, the_reject(rows).raw) == ("description", "Only words, and 3 upvotes")


def test_no_description_is_no_reject():
    assert read_paper(None)[1].reject == []


@pytest.mark.parametrize("title", [None, "", " \n ", "\u200b"])
def test_an_item_without_a_title_is_a_reject_with_its_text(title: str | None):
    rows = read(an_item(1, title=title), an_item(1))
    assert (the_reject(rows).rule, the_reject(rows).raw) == ("title", an_item(1, title=title))
    assert [entry.rank for entry in rows.entry] == [1]


def test_a_paper_that_stands_twice_counts_at_its_first_place():
    rows = read(an_item(1), an_item(2), again := an_item(1, MARKUP.replace("12", "13")))
    assert [(entry.arxiv_id, entry.votes) for entry in rows.entry] == [("2501.00001", 12), ("2501.00002", 12)]
    assert (the_reject(rows).rule, the_reject(rows).raw) == ("repeated_entry", again)
    assert parse_feed([a_feed(an_item(1)), a_feed(again)], DAY).reject == rows.reject


@pytest.mark.parametrize("odd", ["<item/>", '<item a=">" />', "<item></item\n>", "<item><item/></item>",
                                 "<item><!-- </item> --><title><![CDATA[</item>]]></title></item>"])  # fmt: skip
def test_the_text_of_an_item_is_kept_to_the_byte(odd: str):
    rows = read(an_item(2), odd, an_item(3, title="가 é"), odd)
    assert [reject.raw for reject in rows.reject] == [odd, odd]
    assert [entry.raw for entry in rows.entry] == [an_item(2), an_item(3, title="가 é")]


# Forms of feeds


def test_cdata_is_text():
    described = f"<description><![CDATA[{MARKUP}]]></description>"
    rows = read(an_item(1, None).replace("<guid>", f"{described}<guid>"))
    assert (rows.entry[0].votes, rows.reject) == (12, [])


@pytest.mark.parametrize("kind", ["published", "updated"])
def test_atom_is_read_too(kind: str):
    entry = f"""<entry><title>A Small Title</title><id>tag:example.org,2025:1</id>
        <link rel="alternate" href="https://arxiv.org/abs/2501.00001"/>
        <{kind}>2025-01-01T18:30:00Z</{kind}><content type="html">{escape(MARKUP)}</content></entry>"""
    rows = parse_feed([f'<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title>{entry}</feed>'.encode()], DAY)
    published_at = dt.datetime(2025, 1, 1, 18, 30) if kind == "published" else None
    expected = read_paper()[0]._replace(raw=entry, published_at=published_at)
    assert (rows.entry, rows.reject) == ([expected], [])


HEADS = [f"<?xml version='1.0' encoding='{name}'?>" for name in ("utf-8", "latin-1", "utf-16", "odd")]


@pytest.mark.parametrize("head", ["", "\ufeff", "\n", *HEADS, f"\ufeff{HEADS[0]}"])
def test_what_is_utf_8_is_read_as_such_whatever_it_declares(head: str):
    rows = parse_feed([a_feed(an_item(1, title="가 é"), head=head)], DAY)
    assert ([entry.title for entry in rows.entry], rows.reject) == (["가 é"], [])


def test_a_feed_without_items_gives_nothing():
    assert (read(), count_items(a_feed())) == (Parsed(), 0)


BOMB = "<!DOCTYPE rss [<!ENTITY a '{}'>{}]>".format(
    "a" * 100, "".join(f"<!ENTITY {new} '{f'&{old};' * 50}'>" for old, new in zip("abcdefg", "bcdefgh", strict=True))
)
BROKEN = {
    "nothing": (b"", "not XML in UTF-8: no element found"),
    "words": (b"404: Not Found", "not XML in UTF-8: syntax error"),
    "cut": (a_feed(an_item(1))[:-30], "not XML in UTF-8: "),
    "JSON": (b"[]", "not XML in UTF-8: syntax error"),
    "HTML": (b"\xef\xbb\xbf\n<!doctype html><html><br></html>", "an HTML page, where a feed was due"),
    "XHTML": (b'<x:html xmlns:x="http://www.w3.org/1999/xhtml"/>', "XML, but not a feed: {http://www.w3.org/1999/xhtml}"),
    "RDF": (b"<rdf><item/></rdf>", "XML, but not a feed: rdf"),
    "entity bomb": (a_feed(an_item(1, title="&h;"), head=BOMB), "XML with a document type"),
    "external entity": (b'<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/passwd">]><rss>&a;</rss>', "XML with a"),
    "external type": (b'<!DOCTYPE rss SYSTEM "https://example.org/rss.dtd"><rss/>', "XML with a document type"),
    "undeclared entity": (b"<rss>&nbsp;</rss>", "not XML in UTF-8: undefined entity"),
    "Latin-1": (a_feed(an_item(1, title="é")).decode().encode("latin-1"), "not XML in UTF-8: 'utf-8' codec"),
    "UTF-16": (a_feed(an_item(1)).decode().encode("utf-16"), "not XML in UTF-8: 'utf-8' codec"),
    "NUL": (b"<rss>\0</rss>", "not XML in UTF-8: not well-formed"),
    "two feeds": (a_feed(head="") * 2, "not XML in UTF-8: junk after document element"),
}  # fmt: skip


@pytest.mark.parametrize(("body", "reason"), BROKEN.values(), ids=BROKEN)
def test_what_is_no_feed_is_one_reject_and_other_pages_go_on(body: bytes, reason: str):
    rows = parse_feed([body, a_feed(an_item(1))], DAY)
    assert (the_reject(rows).rule, the_reject(rows).raw) == ("payload", body.decode(errors="backslashreplace"))
    assert the_reject(rows).reason.startswith(reason)
    assert len(rows.entry) == 1
    with pytest.raises(ValueError, match="^" + reason.partition(":")[0]):
        count_items(body)


@pytest.mark.parametrize("tag", ["item", "title", "odd"])
def test_nesting_of_any_depth_is_read(tag: str):
    deep = f"<{tag}>" * 50_000 + f"</{tag}>" * 50_000
    rows = read(deep, f"<item>{deep}</item>", an_item(1))
    assert len(rows.entry) == 1
    assert sum(len(reject.raw) for reject in rows.reject) < 2 * len(deep) + 100


def test_a_long_name_of_a_namespace_does_not_grow_with_each_item():
    feed = a_feed(*["<item><x:a/></item>"] * 100).replace(b"<rss", b'<rss xmlns:x="' + b"x" * 100_000 + b'"')
    assert [reject.raw for reject in parse_feed([feed], DAY).reject] == ["<item><x:a/></item>"] * 100


@pytest.mark.parametrize(
    "part", ["<b>", "<b>a:</b>", "<b>Upvotes:</b>", "<img ", "<img src='", "<p", "&amp;", "<b>Summary:"]
)
def test_a_long_description_takes_no_long_time(part: str):
    rows = read(an_item(1, part * 100_000))
    assert len(rows.entry) == 1


# Whatever comes

OF_A_PAGE = {"paper_id", "repeated_entry", "title"}
texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)
printed = texts | st.sampled_from(["2501.00001", "https://arxiv.org/abs/2501.00002", "-", "12", MARKUP, "1 Jan 2025"])
markups = st.lists(
    st.builds("<p><b>{}:</b> {}</p>".format, st.sampled_from(["Authors", "Upvotes", "Summary", "x"]), printed)
    | st.sampled_from(
        ["<p>", "</p>", "<b>", "Upvotes: 3", '<img src="/a.png">', "<br>", "&amp;", "&#0;", "<b>Upvotes:</b>"]
    )
    | texts,
    max_size=5,
).map("".join)
items = st.builds(
    an_item,
    st.integers(1, 3),
    st.none() | markups,
    title=st.none() | texts,
    guid=st.none() | printed,
    pubDate=st.none() | printed,
) | st.builds(an_item, st.just(1), markups, link=st.none() | printed, guid=st.none() | printed)
ODD = [b"<item>", b"</item>", b"<item/>", b"<![CDATA[", b"]]>", b"<!--", b"-->", b"&", b"<", b">", b'"', b"\0", b"\xff",
       b"<?x ?>", b"&lt;b&gt;Upvotes:&lt;/b&gt;", b"<x:y>", b"<entry/>", b"<!DOCTYPE rss>"]  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A feed to which something happened."""
    body = draw(st.lists(items, max_size=3).map(lambda items: a_feed(*items)))
    for _ in range(draw(st.integers(0, 3))):
        place, length = draw(st.integers(0, len(body))), draw(st.integers(0, 20))
        body = body[:place] + draw(st.sampled_from(ODD) | st.binary(max_size=4) | st.just(b"")) + body[place + length :]
    return body


anything = st.binary(max_size=100) | mutated()


@given(st.lists(anything, max_size=3))
def test_reading_never_raises_and_the_rows_can_be_stored(pages: list[bytes]):
    rows = parse_feed(pages, DAY)
    for row in (*rows.entry, *rows.reject):
        "".join(value for value in row if isinstance(value, str)).encode()


@given(anything)
def test_every_item_is_an_entry_or_a_reject_and_every_other_body_one_reject(body: bytes):
    rows = parse_feed([body], DAY)
    rules = Counter(reject.rule for reject in rows.reject)
    try:
        count = count_items(body)
    except ValueError:
        assert (rows.entry, rules) == ([], {"payload": 1})
    else:
        assert len(rows.entry) + sum(rules[rule] for rule in OF_A_PAGE) == count


@given(st.lists(items, max_size=4))
def test_entries_and_rejected_items_keep_their_text(items: list[str]):
    rows = read(*items)
    kept = [row.raw for row in rows.entry] + [reject.raw for reject in rows.reject if reject.rule in OF_A_PAGE]
    assert Counter(kept) == Counter(items)


@given(anything)
def test_reading_twice_gives_the_same(body: bytes):
    assert parse_feed([body], DAY) == parse_feed([body], DAY)


@given(st.lists(items, max_size=4))
def test_ranks_run_from_one_over_distinct_papers(items: list[str]):
    entries = read(*items).entry
    assert [entry.rank for entry in entries] == list(range(1, len(entries) + 1))
    assert len({entry.arxiv_id for entry in entries}) == len(entries)
