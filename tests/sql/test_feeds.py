"""What the feeds announce and when: each rule on a few rows by hand."""

import datetime as dt
import json
import re
import shutil
from functools import cache

import feedparser
import pytest

from dagster_project.lake.home import Home
from dagster_project.models.catalog import find_tables, load_models, load_questions
from dagster_project.parse.text import replace_surrogates
from dagster_project.site.feeds import MOST_PAPERS, TOP, write_feeds
from dagster_project.site.searches import SavedSearch
from tests.reliability.hostile import TEXTS

QUESTIONS = load_questions(kind="feeds")
MONDAY, TUESDAY, SUNDAY, NEXT_MONDAY = "2025-01-06", "2025-01-07", "2025-01-12", "2025-01-13"


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


@cache
def check_atom(body):
    """Check that a reader of feeds finds no fault; most feeds are the same in many tests."""
    read = feedparser.parse(body)
    assert not read.bozo, read.bozo_exception


@pytest.fixture
def publish_all(home, tmp_path):
    """Write the feeds of a lake; return the entries of each as JSON Feed has them, the newest first."""

    def write(lake, searches=None, base_url=None):
        searches = [SavedSearch(name=name, title="A search", **search) for name, search in (searches or {}).items()]
        macros = [
            macro
            for macro, condition in (("search", "words"), ("search_phrase", "phrases"))
            if any(getattr(search, condition) for search in searches)
        ]
        connection = lake.build().connect(*(question.sql for question in QUESTIONS), *macros)
        feeds = write_feeds(connection, home, tmp_path / "site", searches, base_url)
        for feed in feeds:
            check_atom((tmp_path / "site" / feed.atom_file).read_bytes())
        return {feed.name: json.loads((tmp_path / "site" / feed.json_file).read_text())["items"] for feed in feeds}

    return write


@pytest.fixture
def publish(publish_all):
    """Write the feeds of a lake; return the entries of one."""

    def write(lake, name="new", base_url=None, **search):
        searches = {name: search} if name not in ("new", "week") else {}
        return publish_all(lake, searches, base_url)[name]

    return write


def dates(items):
    return [(item["url"].rpartition("/")[2], item["date_published"][:16]) for item in items]


def test_a_question_names_its_grain_and_reads_published_tables():
    published = {model.name for model in load_models() if model.is_published}
    assert [question.name for question in QUESTIONS] == ["matches", "papers", "weeks"]
    for question in QUESTIONS:
        assert question.description.startswith(f"{question.name}: one row")
        assert find_tables(question.sql, question.name) <= published


def test_a_warehouse_without_papers_has_valid_feeds_without_entries(lake, publish_all):
    assert publish_all(lake, {"any": {"min_votes": 1}}) == {"new": [], "week": [], "any": []}


def test_a_new_paper_is_dated_by_the_first_capture_that_holds_it(lake, publish):
    lake.entry("2501.00001", listed_on=TUESDAY, captured_at=f"{TUESDAY} 15:10")
    lake.entry("2501.00001", listed_on=MONDAY, captured_at=f"{MONDAY} 12:00")
    lake.entry("2501.00002", "digest", listed_on=MONDAY)
    assert dates(publish(lake)) == [("2501.00002", f"{MONDAY}T23:00"), ("2501.00001", f"{MONDAY}T12:00")]


def test_what_is_later_than_the_build_says_nothing_yet(lake, publish):
    lake.entry("2501.00001", captured_at=f"{MONDAY} 12:00", votes=1)
    lake.entry("2501.00001", captured_at="2031-01-01 12:00", votes=9)
    assert publish(lake, "nine", min_votes=9) == []
    lake.entry("2501.00002", listed_on="2029-12-31", captured_at="2031-01-01 12:00")
    assert dates(publish(lake)) == [("2501.00001", f"{MONDAY}T12:00")]


def test_votes_that_are_doubted_fulfil_nothing(lake, publish):
    lake.entry("2501.00001", captured_at=f"{MONDAY} 12:00", votes=3)
    lake.entry("2501.00001", captured_at=f"{TUESDAY} 12:00", votes=200_000)
    assert publish(lake, "nine", min_votes=9) == []


def test_a_paper_comes_when_it_has_the_votes_and_names_them(lake, publish):
    lake.entry("2501.00001", captured_at=f"{MONDAY} 12:00", votes=3)
    assert publish(lake, "five", min_votes=5) == []
    lake.entry("2501.00001", captured_at=f"{TUESDAY} 12:00", votes=5)
    [item] = publish(lake, "five", min_votes=5)
    assert item["date_published"] == f"{TUESDAY}T12:00:00+00:00"
    assert "5 votes on 2025-01-07 at 12:00 UTC" in item["content_html"]
    lake.entry("2501.00001", captured_at=f"{TUESDAY} 18:00", votes=50)
    assert publish(lake, "five", min_votes=5) == [item]


def test_what_was_announced_keeps_its_date_and_votes_when_older_captures_come(lake, publish):
    lake.entry("2501.00001", captured_at=f"{TUESDAY} 12:00", votes=6)
    before = publish(lake, "five", min_votes=5)
    lake.archive("theirs")
    lake.entry("2501.00001", captured_at=f"{MONDAY} 20:00", archive="theirs", votes=5)
    assert publish(lake, "five", min_votes=5) == before
    assert dates(publish(lake, "other", min_votes=5)) == [("2501.00001", f"{MONDAY}T20:00")]


def test_an_age_counts_from_the_submission_or_else_from_the_first_day(lake, publish_all):
    for paper, submitted_at in (("2501.00001", None), ("2501.00002", f"{MONDAY} 06:00")):
        lake.entry(paper, captured_at=f"{MONDAY} 12:00", votes=1, submitted_at=submitted_at)
        lake.entry(paper, captured_at=f"{TUESDAY} 12:00", votes=5, submitted_at=submitted_at)
    found = {0.5: [], 1.0: [], 1.25: ["2501.00002"], 1.5: ["2501.00001", "2501.00002"]}
    feeds = publish_all(lake, {f"days-{100 * days:.0f}": {"min_votes": 5, "max_age_days": days} for days in found})
    for days, papers in found.items():
        assert sorted(dates(feeds[f"days-{100 * days:.0f}"])) == [(paper, f"{TUESDAY}T12:00") for paper in papers], days


def test_an_age_alone_leaves_out_what_was_only_seen_later(lake, publish):
    lake.entry("2501.00001", captured_at="2025-02-06 12:00")
    lake.entry("2501.00002", captured_at=f"{MONDAY} 12:00")
    assert dates(publish(lake, "fresh", max_age_days=2)) == [("2501.00002", f"{MONDAY}T12:00")]


@pytest.fixture
def varied(lake):
    """A lake of papers that differ in all that a search may ask for."""
    lab = {"organization": "lab", "organization_full_name": "The Caf\u00e9 Lab"}
    lake.entry("2501.00001", authors=["Ada Lovelace"], keywords=["kv-cache"], abstract="A sparse cache.", **lab)
    lake.entry("2501.00002", authors=["Bo", "Ada Lovelace"], keywords=["kv cache", "agents"], abstract="Agents.")
    lake.entry("2501.00003", authors=["Ada"], abstract="A cache of sparse things.", organization="other")
    lake.describe("2501.00001", categories=["cs.CL", "cs.LG"])
    lake.describe("2501.00002", categories=["eess.AS", "cs.CL", "68T50"])
    return lake


SEARCHES = [
    ({"words": "sparse cache"}, [1, 3]),
    ({"words": ["sparse cache", "AGENT"]}, [1, 2, 3]),
    ({"phrases": "sparse cache"}, [1]),
    ({"phrases": ["sparse cache", "sparse things"]}, [1, 3]),
    ({"phrases": "sparse cache", "words": "agents"}, []),
    ({"authors": "ada  LOVELACE"}, [1, 2]),
    ({"authors": ["Ada", "Bo"]}, [2, 3]),
    ({"organizations": "LAB"}, [1]),
    ({"organizations": ["the cafe lab", "Other"]}, [1, 3]),
    ({"keywords": "KV-Cache"}, [1, 2]),
    ({"keywords": "agents", "authors": "Bo"}, [2]),
    ({"keywords": "agents", "authors": "Ada"}, []),
    ({"organizations": "nobody"}, []),
    ({"categories": "cs.CL"}, [1, 2]),
    ({"categories": "CS.lg"}, [1]),
    ({"categories": ["cs.LG", "EESS"]}, [1, 2]),
    ({"categories": "cs"}, [1, 2]),
    ({"categories": "68t50"}, [2]),
    ({"categories": "cs.", "keywords": "agents"}, []),
    ({"categories": "cs.CL", "keywords": "agents"}, [2]),
    ({"categories": ["c", "cs.C", "nothing.XX"]}, []),
]


def test_a_paper_matches_if_it_fulfils_all_conditions(varied, publish_all):
    feeds = publish_all(varied, {f"search-{number}": search for number, (search, _) in enumerate(SEARCHES)})
    for number, (search, found) in enumerate(SEARCHES):
        papers = {item["url"].rpartition("/")[2] for item in feeds[f"search-{number}"]}
        assert papers == {f"2501.{paper:05}" for paper in found}, search


def test_a_paper_that_is_described_late_comes_then_and_keeps_its_date(lake, publish):
    lake.entry("2501.00001", captured_at=f"{MONDAY} 12:00", votes=3)
    lake.entry("2501.00001", captured_at=f"{TUESDAY} 12:00", votes=5)
    lake.entry("2501.00002", captured_at=f"{TUESDAY} 18:00", votes=5)
    lake.describe("2501.00002", categories=["cs.CL"])
    before = publish(lake, "some", categories="cs", min_votes=5)
    assert dates(before) == [("2501.00002", f"{TUESDAY}T18:00")]
    lake.describe("2501.00001", "2025-02-03 02:45", categories=["cs.LG"])
    after = publish(lake, "some", categories="cs", min_votes=5)
    assert dates(after) == [("2501.00002", f"{TUESDAY}T18:00"), ("2501.00001", f"{TUESDAY}T12:00")]
    assert after[:1] == before
    lake.describe("2501.00001", "2025-03-03 02:45", categories=["stat.ML", "math.ST"])
    [_, again] = publish(lake, "some", categories="cs", min_votes=5)
    assert [again[name] for name in ("id", "date_published")] == [after[1][name] for name in ("id", "date_published")]
    assert dates(publish(lake, "other", categories="math")) == [("2501.00001", f"{MONDAY}T12:00")]


def test_an_entry_names_its_subjects_the_main_one_first(lake, publish, tmp_path):
    lake.entry("2501.00001", keywords=["agents"])
    lake.describe("2501.00001", categories=["stat.ML", "cs.CL"])
    [item] = publish(lake)
    assert item["tags"] == ["stat.ML", "cs.CL", "agents"]
    assert "<p>Subjects: stat.ML, cs.CL</p>" in item["content_html"]
    [entry] = feedparser.parse((tmp_path / "site" / "feeds" / "new.atom.xml").read_bytes()).entries
    assert [tag.term for tag in entry.tags] == item["tags"]


def test_after_a_change_of_a_search_what_it_announced_stays_and_what_it_finds_comes(varied, publish):
    before = publish(varied, "some", keywords="agents")
    after = publish(varied, "some", authors="Ada")
    assert [item["url"][-10:] for item in after] == ["2501.00003", "2501.00002"]
    assert after[1:] == before


def test_a_paper_that_a_release_does_not_hold_is_out_and_comes_back_as_it_was(lake, publish):
    lake.entry("2501.00001", votes=9)
    lake.entry("2501.00002", votes=9)
    before = publish(lake, "nine", min_votes=9)
    lake.exclude_paper("2501.00001")
    assert dates(publish(lake, "nine", min_votes=9)) == [("2501.00002", f"{MONDAY}T12:00")]
    lake.rows["exclusion"].clear()
    assert publish(lake, "nine", min_votes=9) == before


def test_a_feed_holds_what_was_announced_last_whatever_its_date(lake, publish):
    for number in range(MOST_PAPERS + 5):
        lake.entry(f"2501.{number:05}", listed_on=TUESDAY)
    before = {item["id"] for item in publish(lake)}
    assert len(before) == MOST_PAPERS
    lake.entry("2501.09999", listed_on=MONDAY)
    after = publish(lake)
    assert len(after) == MOST_PAPERS
    assert dates(after)[-1] == ("2501.09999", f"{MONDAY}T12:00")
    assert len({item["id"] for item in after} - before) == 1


def test_a_week_comes_once_a_later_one_has_a_list_with_its_leading_papers(lake, publish):
    for number in range(TOP + 2):
        lake.entry(f"2501.000{number:02}", votes=number)
    lake.entry("2501.00020", listed_on=SUNDAY, votes=100)
    lake.entry("2501.00021", listed_on=SUNDAY)
    assert publish(lake, "week") == []
    lake.entry("2501.00001", captured_at="2025-02-01 12:00", votes=1)
    assert publish(lake, "week") == []
    lake.entry("2501.00030", listed_on=NEXT_MONDAY, votes=500)
    [item] = publish(lake, "week")
    assert item["title"] == "Top of the week from 2025-01-06 to 2025-01-12"
    assert item["date_published"] == f"{NEXT_MONDAY}T00:00:00+00:00"
    assert item["url"] == "https://huggingface.co/papers/week/2025-W02"
    lines = item["content_html"].splitlines()[1:-1]
    assert [line.split("</a>: ")[1].split(" ")[0] for line in lines] == ["100", *map(str, range(TOP + 1, 2, -1))]
    lake.entry("2501.00000", captured_at=f"{SUNDAY} 12:00", votes=900)
    assert publish(lake, "week") == [item]


def test_a_week_counts_the_votes_at_its_end_or_else_the_first_that_were_seen(lake, publish):
    for captured_at, votes in ((f"{MONDAY} 12:00", 1), (f"{SUNDAY} 23:59", 5), (f"{NEXT_MONDAY} 00:00", 9)):
        lake.entry("2501.00001", captured_at=captured_at, votes=votes)
    for captured_at, votes in (("2025-02-01 12:00", 3), ("2025-03-01 12:00", 30)):
        lake.entry("2501.00002", captured_at=captured_at, votes=votes)
    lake.entry("2501.00030", listed_on=NEXT_MONDAY, votes=500)
    [item] = publish(lake, "week")
    assert [line.split("</a>: ")[1] for line in item["content_html"].splitlines()[1:-1]] == [
        "5 votes</li>",
        "3 votes</li>",
    ]


def test_a_week_goes_on_while_a_list_of_the_next_one_is_ahead_of_its_day(lake, publish):
    lake.entry("2501.00001", votes=1)
    lake.entry("2501.00002", listed_on=NEXT_MONDAY, captured_at=f"{SUNDAY} 23:59", votes=1)
    assert publish(lake, "week") == []
    lake.entry("2501.00002", listed_on=NEXT_MONDAY, captured_at=f"{NEXT_MONDAY} 00:00", votes=1)
    assert len(publish(lake, "week")) == 1


def test_a_week_without_papers_or_votes_has_no_entry_until_it_has_some(lake, publish):
    lake.entry("2501.00001")
    lake.entry("2501.00002", listed_on="2025-01-20", votes=1)
    lake.entry("2501.00003", listed_on="2025-01-27", votes=1)
    assert [item["title"][21:31] for item in publish(lake, "week")] == ["2025-01-20"]
    lake.entry("2501.00001", captured_at=f"{TUESDAY} 12:00", votes=1)
    assert [item["title"][21:31] for item in publish(lake, "week")] == ["2025-01-20", MONDAY]


def test_a_paper_that_is_out_leaves_its_week_and_a_week_without_papers_leaves(lake, publish):
    lake.entry("2501.00001", votes=1)
    lake.entry("2501.00002", votes=2)
    lake.entry("2501.00003", listed_on=NEXT_MONDAY, votes=1)
    [before] = publish(lake, "week")
    lake.exclude_paper("2501.00002")
    [after] = publish(lake, "week")
    assert after["id"] == before["id"]
    assert "2501.00002" in before["content_html"]
    assert "2501.00002" not in after["content_html"]
    lake.exclude_paper("2501.00001")
    assert publish(lake, "week") == []


def test_a_paper_leads_one_week_though_an_older_list_held_it(lake, publish):
    lake.entry("2501.00001", listed_on=NEXT_MONDAY, votes=9)
    lake.entry("2501.00009", listed_on="2025-01-20", votes=1)
    [before] = publish(lake, "week")
    lake.entry("2501.00001", listed_on=MONDAY, captured_at="2025-01-20 12:00", votes=9)
    others = [f"2501.001{number:02}" for number in range(TOP)]
    for paper in others:
        lake.entry(paper, listed_on=MONDAY, votes=1)
    newer, older = publish(lake, "week")
    assert newer == before
    assert [paper in older["content_html"] for paper in ["2501.00001", *others]] == [False, *[True] * TOP]


def test_a_site_with_an_address_links_to_its_own_pages_and_keeps_the_ids(lake, publish, tmp_path):
    lake.entry("2501.00001", votes=1, github_repo="https://github.com/a/b", project_page="javascript:alert(1)")
    [plain] = publish(lake)
    assert plain["url"] == "https://huggingface.co/papers/2501.00001"
    assert "external_url" not in plain
    for base_url in ("https://example.org/sub", "https://example.org/sub/"):
        [item] = publish(lake, base_url=base_url)
        assert item["id"] == plain["id"]
        assert item["url"] == "https://example.org/sub/view.html#/paper/2501.00001"
        assert item["external_url"] == plain["url"]
        assert "javascript" not in item["content_html"]
    whole = json.loads((tmp_path / "site" / "feeds" / "new.json").read_text())
    assert whole["feed_url"] == "https://example.org/sub/feeds/new.json"
    read = feedparser.parse((tmp_path / "site" / "feeds" / "new.atom.xml").read_bytes())
    assert {link.rel: link.href for link in read.feed.links} == {
        "alternate": "https://example.org/sub/",
        "self": "https://example.org/sub/feeds/new.atom.xml",
    }


def test_no_text_of_a_section_is_in_a_feed(lake, publish, tmp_path):
    lake.entry("2501.00001", "digest", sections=["Secret sauce of somebody"])
    assert len(publish(lake, "found", words="secret sauce")) == 1
    for file in (tmp_path / "site").rglob("*.*"):
        assert "ecret sauce of" not in file.read_text()


def test_hostile_texts_act_nowhere(lake, publish_all, tmp_path):
    for number, hostile in enumerate(TEXTS.values()):
        text = replace_surrogates(hostile).replace("\0", " ")
        texts = {"title": text, "abstract": text, "organization": text, "project_page": text, "github_repo": text}
        lake.entry(f"2501.{number:05}", votes=number, authors=[text], keywords=[text], **texts)
        lake.describe(f"2501.{number:05}", categories=[text])
    lake.entry("2501.09999", listed_on=NEXT_MONDAY, votes=1)
    feeds = publish_all(lake)
    assert len(feeds["new"]) == len(TEXTS) + 1
    for feed in ("new", "week"):
        for item in feeds[feed]:
            tags = set(re.findall(r"<(\w+)", item["content_html"]))
            assert tags <= {"p", "a", "ol", "li"}
            assert set(re.findall(r"<\w+ ([\w-]+)=", item["content_html"])) <= {"href"}
            links = re.findall(r'href="([^"]*)"', item["content_html"])
            assert all(re.match(r"https://(huggingface\.co|arxiv\.org)/", link) for link in links), links
    assert b"<script" not in (tmp_path / "site" / "feeds" / "new.atom.xml").read_bytes()


def test_the_same_release_gives_the_same_bytes_wherever_it_is_written(lake, publish, tmp_path):
    lake.entry("2501.00001", votes=1)
    publish(lake)
    before = {file.name: file.read_bytes() for file in (tmp_path / "site" / "feeds").iterdir()}
    shutil.rmtree(tmp_path / "site")
    publish(lake)
    assert {file.name: file.read_bytes() for file in (tmp_path / "site" / "feeds").iterdir()} == before


def test_without_what_was_announced_ids_stay_and_dates_are_those_of_the_captures(lake, home, publish):
    lake.entry("2501.00001", captured_at=f"{TUESDAY} 12:00")
    [before] = publish(lake)
    lake.archive("theirs")
    lake.entry("2501.00001", captured_at=f"{MONDAY} 20:00", archive="theirs")
    shutil.rmtree(home.announcements)
    [after] = publish(lake)
    assert after["id"] == before["id"]
    assert after["date_published"][:16] == f"{MONDAY}T20:00"
    assert dt.datetime.fromisoformat(before["date_published"]) > dt.datetime.fromisoformat(after["date_published"])
