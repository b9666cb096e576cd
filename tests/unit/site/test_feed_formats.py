"""A feed in both formats: what a reader of feeds understands of it, whatever its texts hold."""

import datetime as dt
import json
import uuid

import feedparser
import pytest
from defusedxml.ElementTree import fromstring
from feedgenerator import Atom1Feed
from hypothesis import given
from hypothesis import strategies as st

from dagster_project.site.feed_formats import Entry, Feed, clean, make_id, write_atom, write_json
from dagster_project.site.feeds import Paper, _load_macros
from tests.reliability.hostile import TEXTS

AT = dt.datetime(2025, 1, 6, 12, 30, 15)


def make_feed(*entries, title="A feed"):
    return Feed("some", title, "What it holds.", AT, entries)


def make_entry(**more):
    given = {
        "key": "2501.00001",
        "title": "A title",
        "url": "https://example.org/1",
        "dated_at": AT,
        "html": "<p>x</p>",
    }
    return Entry(**given | more)


def read_both(feed, base_url=None):
    """Return a feed as readers of Atom and of JSON Feed see it."""
    atom = feedparser.parse(write_atom(feed, base_url).encode())
    assert not atom.bozo, atom.bozo_exception
    return atom, json.loads(write_json(feed, base_url))


def test_an_empty_feed_is_valid():
    atom, whole = read_both(make_feed())
    assert atom.entries == whole["items"] == []
    assert atom.feed.title == whole["title"] == "A feed"
    assert atom.feed.subtitle == whole["description"] == "What it holds."
    assert atom.feed.updated == "2025-01-06T12:30:15+00:00"
    assert whole["version"] == "https://jsonfeed.org/version/1.1"
    assert "feed_url" not in whole


def test_both_formats_say_the_same_of_an_entry():
    entry = make_entry(authors=["Ada", "B\u00f8"], tags=["kv cache", "agents"], external_url="https://example.org/2")
    atom, whole = read_both(make_feed(entry), "https://example.org/site/")
    [read], [item] = atom.entries, whole["items"]
    assert item == {
        "id": read.id,
        "url": "https://example.org/1",
        "title": "A title",
        "content_html": "<p>x</p>",
        "date_published": "2025-01-06T12:30:15+00:00",
        "external_url": "https://example.org/2",
        "authors": [{"name": "Ada"}, {"name": "B\u00f8"}],
        "tags": ["kv cache", "agents"],
    }
    assert read.link == item["url"]
    assert read.title == item["title"]
    assert read.content[0].value == item["content_html"]
    assert read.published == read.updated == item["date_published"]
    assert [author.name for author in read.authors] == ["Ada", "B\u00f8"]
    assert [tag.term for tag in read.tags] == ["kv cache", "agents"]
    assert whole["feed_url"] == "https://example.org/site/feeds/some.json"


def test_an_id_depends_on_names_alone_and_is_known():
    assert make_id("new") == "urn:uuid:" + str(uuid.UUID(make_id("new")[9:]))
    assert make_id("new", "2501.00001") == "urn:uuid:8201faef-546a-5d39-bd89-13ecebc9d867"
    assert len({make_id(*parts) for parts in [("new",), ("new", "2501.00001"), ("week", "2501.00001")]}) == 3


@pytest.mark.parametrize("name", TEXTS)
def test_hostile_texts_are_texts_and_nothing_else(name):
    text = clean(TEXTS[name])
    url = "https://example.org/1"
    paper = Paper("2501.00001", url, url, text, text, text, [text], [text], [text], AT, [])
    html = str(_load_macros().show_paper(paper, AT, 3)) + str(_load_macros().show_week([(paper, 3)]))
    assert "<script" not in html
    assert "<img" not in html
    assert "<svg" not in html
    feed = make_feed(make_entry(title=text, html=html, authors=[text], tags=[text]), title=text)
    atom, whole = read_both(feed)
    [read], [item] = atom.entries, whole["items"]
    assert item["title"] == whole["title"] == text
    assert item["content_html"] == html
    entry = fromstring(write_atom(feed, None).encode()).find(f"{{{Atom1Feed.ns}}}entry")
    assert [entry.findtext(f"{{{Atom1Feed.ns}}}{name}") for name in ("title", "content")] == [text, html]
    assert len(entry) == 8
    assert read.authors[0].name == text


@given(st.text())
def test_any_text_can_stand_in_both_formats(text):
    text = clean(text)
    atom, whole = read_both(make_feed(make_entry(title=text, authors=[text], tags=[text], html=text), title=text))
    assert whole["items"][0]["title"] == text
    assert len(atom.entries) == 1


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("  a \n b\t", "a b"),
        ("a\x00b\x1b[31m\x9bc", "a b [31m c"),
        ("\u202efdp.exe\u2066", "fdp.exe"),
        ("\ud83d alone \uffff", "alone"),
        ("]]> & <b>", "]]> & <b>"),
        ("\uc5f0\uad6c", "\uc5f0\uad6c"),
    ],
)
def test_a_clean_text_is_a_line_of_what_can_be_seen(text, cleaned):
    assert clean(text) == cleaned
