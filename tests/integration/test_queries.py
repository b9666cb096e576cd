"""The questions of `sql/queries/` on the bundled sample, held against facts worked out by hand from its files.

Votes of the API are `upvotes` in `api/<day>/<capture>.json`, those of a digest stand under `Vote:` and count at 23:00
UTC of its day. The comments say which of the files an answer comes from, and how. The votes in `archives/` are
invented, so most questions are asked of a home without them.
"""

import datetime as dt
import re
from collections import Counter, defaultdict
from itertools import combinations
from pathlib import Path
from statistics import median

import duckdb
import pytest
from defusedxml.ElementTree import parse

from dagster_project.build import BuildRequest, build
from dagster_project.config import SAMPLE, Settings
from dagster_project.lake.home import Home
from dagster_project.models.catalog import find_tables, load_questions
from tests.integration import plain
from tests.integration.conftest import Papers
from tools.sample_archive import REORDERED, RETITLED, age_items, list_feeds, list_payloads

QUESTIONS = {question.name: question for question in load_questions()}


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """The sample's own captures, without its archives."""
    urls = {"digest_url": "digests/{date:%Y/%m/%d}.md", "huggingface_url": "api"}
    addresses = {name: f"{SAMPLE.as_uri()}/{path}" for name, path in urls.items()}
    papers = Papers(tmp_path_factory.mktemp("own") / "home")
    days = {"first": dt.date(2023, 11, 21), "last": dt.date(2026, 8, 21)}
    settings = Settings(home=papers.home, addresses=addresses)
    build(Home(papers.home), settings, BuildRequest(sources=["digest", "huggingface"], **days))
    return papers


def make_asker(papers):
    """Return a function from a question's name and some of its answer's columns to rows of these; days as text."""

    def answer(name, *columns):
        with duckdb.connect(papers.warehouse, read_only=True) as connection:
            cursor = connection.execute(QUESTIONS[name].sql)
            places = [[column[0] for column in cursor.description].index(name) for name in columns]
            rows = cursor.fetchall()
        return [tuple(_plain(row[place]) for place in places) for row in rows]

    return answer


@pytest.fixture(scope="module")
def ask(own):
    return make_asker(own)


@pytest.fixture(scope="module")
def ask_all(built_sample):
    return make_asker(built_sample)


def _plain(value):
    return value.isoformat() if isinstance(value, dt.date) else value


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_a_question_is_a_question_and_its_answer_is_short_and_in_order(question):
    first, *rest = question.sql.splitlines()
    assert first.startswith("-- ")
    assert first.endswith("?")
    assert len(rest) < 25
    assert "\nORDER BY" in question.sql


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_a_question_asks_what_is_published(question):
    read = find_tables(question.sql, question.name)
    assert read
    assert {name.partition("_")[0] for name in read} <= {"dim", "bridge", "fact", "mart", "meta"}


@pytest.mark.parametrize("name", QUESTIONS)
def test_an_answer_is_the_same_each_time(built_sample, name):
    assert built_sample.rows(QUESTIONS[name].sql) == built_sample.rows(QUESTIONS[name].sql) != []


def test_every_question_is_tested_here():
    asked = re.findall(r"ask(?:_all)?\(\s*\"(\w+)\"", Path(__file__).read_text(encoding="utf-8"))
    assert set(asked) == QUESTIONS.keys()
    assert len(asked) >= 15


def test_most_voted_papers(ask_all):
    # 72 hours lie between the feed of 62:07 hours and the archive's capture of 100:07.
    (_, then), (_, later) = age_items("2026-08-13", 62), age_items("2026-08-13", 100)
    before, after = (items[0]["paper"] for items in (then, later))
    votes = before["upvotes"] + (after["upvotes"] - before["upvotes"]) * (72 - 62 - 7 / 60) / 38
    assert ask_all("most_voted_papers", "arxiv_id", "votes_72h")[0] == (before["id"], round(votes))


def test_most_votes_gained(ask):
    # 3 in the first capture of 2026-08-13, gone from the second, 35 in the first of 2026-08-19; then 19 and 45 in the
    # two captures of 2024-12-17.
    answer = ask("most_votes_gained", "arxiv_id", "votes_before", "votes", "votes_gained")
    assert answer[:2] == [("2608.12313", 3, 35, 32), ("2412.09871", 19, 45, 26)]


def test_papers_of_a_week(ask):
    # The week of Monday 2026-08-17 has the lists of the 19th and the 21st. 2608.12313, with 35, was listed before.
    answer = ask("papers_of_a_week", "rank_then", "rank_now", "arxiv_id", "votes_then", "votes_now")
    assert answer[:4] == [
        (1, 1, "2608.14036", 66, 69),
        (2, 2, "2608.19799", 49, 50),
        (3, 3, "2608.20335", 45, 45),
        (4, 4, "2608.16157", 41, 41),
    ]
    assert "2608.12313" not in [row[2] for row in answer]
    assert len(answer) == 10


LISTS = {"2025-10-01": 6, "2025-10-09": 6, "2025-10-23": 6, "2026-08-05": 5, "2026-08-13": 6, "2026-08-21": 6}
"""Papers in the archive's lists. That of 2026-08-19 has six, too, one of which was listed first on 2026-08-13."""


def test_vote_velocity_by_weekday(ask_all):
    rows = ask_all("vote_velocity_by_weekday", "weekday", "papers_known_at_72h")
    # On 2026-08-13 also 2608.12313: 3 votes at 15:50:05 of its day and 35 at 15:21:09 six days later.
    known = {"Wednesday": 6 + 5 + 5, "Thursday": 6 + 6 + 6 + 1, "Friday": 6}
    assert {weekday: papers for weekday, papers in rows if papers} == known


def test_time_to_peak(ask_all):
    # All papers of the archive, which captured them at 185 and at 343 hours.
    assert ask_all("time_to_peak", "year", "papers_seen_for_14_days") == [(2025, 18), (2026, 5 + 6 + 6 + 6)]


def test_median_curve_by_month(ask_all):
    answer = ask_all("median_curve_by_month", "year", "month", "papers_at_24h", "papers_at_7d")
    # In 2026 all but 2608.12313 were seen around 24 hours.
    assert answer[-2:] == [(2025, 10, 18, 18), (2026, 8, 22, 23)]


def test_papers_that_rose_late(ask_all):
    # 3 + 32 x (259200 - 57005) / 516664 are 15.5 votes at 72 hours; then it was listed again.
    assert ask_all("papers_that_rose_late", "arxiv_id", "votes_72h")[0] == ("2608.12313", 16)


def test_votes_foretold(ask_all):
    answer = ask_all("votes_foretold", "year", "papers", "correlation_of_ranks", "growth_of_slowest_tenth")
    # 2509.18538, 2510.05152 and 2608.17379 had no votes yet.
    assert [(year, papers) for year, papers, *_ in answer] == [(2025, 18 - 2), (2026, 22 - 1)]
    # The invented votes keep nearly the order of the first day, and all grow.
    assert all(0.9 < correlation <= 1 < growth for *_, correlation, growth in answer)


def test_how_late_votes_were_seen(ask_all):
    answer = dict(ask_all("how_late_votes_were_seen", "age_hours", "papers_known_closely"))
    assert list(answer) == [6, 12, 24, 48, 72, 168, 336]
    assert (answer[168], answer[336]) == (41, 41)


def test_differences_from_arxiv(ask_all):
    answer = ask_all("differences_from_arxiv", "kind", "papers", "example")
    assert answer == [("order of authors", 1, REORDERED), ("title", 1, RETITLED)]


def test_who_captured_what(ask_all):
    # Own: 21 digests, 27 payloads, one answer of arXiv. An archive whose list did not change since has no new version.
    payloads, feeds = list_payloads(), {file.body for file in list_feeds()}
    expected = [
        ("own", 49),
        ("sample_api", len({(file.path, file.body) for file in payloads})),
        ("sample_feed", len(feeds)),
    ]
    assert ask_all("who_captured_what", "archive", "captures") == expected


def test_rank_moves_within_a_day(ask):
    # 2024-12-17: 2412.12004 is fifth with 2 (19, 19, 15, 13, 2, 1, 0) and shares the seventh place with 3 (45, 25, 17,
    # 17, 9, 5, 3, 3). 2025-03-13: 2503.04388 goes from 8, fourth after 9, to 9 and shares the third place.
    answer = ask("rank_moves_within_a_day", "arxiv_id", "listed_on", "rank_first", "rank_last")
    assert answer[0] == ("2412.12004", "2024-12-17", 5, 7)
    assert ("2503.04388", "2025-03-13", 4, 3) in answer
    assert ("2412.10316", "2024-12-17", 1, 2) in answer


def test_votes_as_volume_grows(ask):
    columns = ("hours_since_listed_from", "year", "quarter", "days", "papers_per_list", "votes_per_paper")
    answer = ask("votes_as_volume_grows", *columns)
    # 2024-12-17 at 15:32: 69 votes on 7 papers; at 06:24 of the next day, 30 hours after: 124 on 8.
    assert answer[0] == (15, 2024, 4, 1, 7.0, 9.9)
    assert answer[-1] == (30, 2024, 4, 1, 8.0, 15.5)
    # The only digest of 2023 with votes, 2023-12-15, has five papers, counted at 23:00.
    assert [row[:5] for row in answer if row[1] == 2023] == [(21, 2023, 4, 1, 5.0)]


def test_most_listed_authors(ask):
    # The digest of 2023-12-05 and the payloads of 2025-03-13 and 2025-03-19; no other name stands on three papers.
    assert ask("most_listed_authors", "name", "papers")[:2] == [("Mike Zheng Shou", 3), ("Bichen Wu", 2)]


def test_first_and_last_authors(ask):
    # Last of 2502.14382 and 2608.16157; of 2503.09566 and 2503.14378; of 2608.11924 and 2608.11274. No name is first
    # on two papers of the payloads. Digests don't count: they know no order.
    answer = ask("first_and_last_authors", "first_author_papers", "last_author", "last_author_papers")
    assert answer[:3] == [(1, "Ion Stoica", 2), (1, "Mike Zheng Shou", 2), (1, "Wenhao Wang", 2)]
    assert {row[::2] for row in answer[3:]} == {(1, 1)}


def test_fractional_credit(ask):
    # Alone on a paper: 2407.13481 (digest) and 2509.24732 (payload). One of 10, of 2 and of 3 authors, with unknown
    # votes, 33 of a digest (30 in the payload before) and 43: 1/10 + 1/2 + 1/3 and 33/2 + 43/3.
    answer = ask("fractional_credit", "name", "papers", "credit", "votes_to_their_credit")
    assert [row[:3] for row in answer[:2]] == [("Damien Sileo", 1, 1.0), ("Juergen Schmidhuber", 1, 1.0)]
    assert answer[1][3] == 1.0
    assert answer[2] == ("Mike Zheng Shou", 3, 0.93, 30.8)


def test_coauthor_pairs(ask):
    # 2502.14382 and 2608.16157; the digests of 2023-12-05 (2312.02087) and 2024-01-01 (2312.17681).
    columns = ("name_a", "name_b", "papers", "first_listed_on", "last_listed_on")
    answer = ask("coauthor_pairs", *columns)
    assert answer[:2] == [
        ("Ion Stoica", "Kurt Keutzer", 2, "2025-02-21", "2026-08-19"),
        ("Bichen Wu", "Licheng Yu", 2, "2023-12-05", "2024-01-01"),
    ]
    assert {row[2] for row in answer[2:]} == {1}


def test_organization_board(ask):
    # Every organisation of the payloads has one paper, so that votes decide: 76 for 2608.12307 and 69 for 2608.14036,
    # whose repository has a star.
    answer = ask("organization_board", "organization", "papers", "votes", "github_stars")
    assert answer[:2] == [
        ("University of Illinois at Urbana-Champaign", 1, 76, None),
        ("University of California at San Diego", 1, 69, 1),
    ]


@pytest.fixture(scope="module")
def keywords(files):
    """The keywords of every paper whose last payload has any list of them, in lower case and white space folded."""
    return {
        paper: {" ".join(keyword.split()).casefold() for keyword in item["paper"]["ai_keywords"]}
        for capture in files[1]
        for paper, item in capture.papers.items()
        if "ai_keywords" in item["paper"]
    }


def test_keyword_trend(ask, keywords, first_listed):
    spellings = {"large language models", "large language models (llms)", "large language model", "llms"}
    spellings |= {"large language model (llm)", "llm"}
    with_any, with_this = (
        Counter(month_of(first_listed[paper]) for paper, named in keywords.items() if named & wanted)
        for wanted in (set().union(*keywords.values()), spellings)
    )
    expected = [
        ("large language models", month, papers, with_any[month], round(100 * papers / with_any[month], 1))
        for month, papers in sorted(with_this.items())
    ]
    answer = ask("keyword_trend", "keyword", "month", "papers", "month_papers", "percent_of_month")
    assert [row for row in answer if row[0] == "large language models"] == expected
    assert expected[2] == ("large language models", "2025-10-01", 4, 18, 22.2)


def test_stars_against_votes(ask):
    # `githubStars` of the last captures, by `upvotes`: 0, 3, 0, 2, 87 and 15 below 10; 80, 20, 1, 34 and 9 below 20;
    # 1, 25, 26, 4, 48 and 162 below 50; 13, 18, 1 and 1 below 100; and 531.
    assert ask("stars_against_votes", "votes", "papers", "median_stars", "papers_with_100_stars", "most_stars") == [
        ("0 to 9", 6, 2.5, 0, 87),
        ("10 to 19", 5, 20.0, 0, 80),
        ("20 to 49", 6, 25.5, 1, 162),
        ("50 to 99", 4, 7.0, 0, 18),
        ("100 or more", 1, 531.0, 1, 531),
    ]


def test_lag_from_arxiv_to_listing(ask):
    # Of the 81 papers of the payloads, by `publishedAt` and the first folder that holds them. The longest is
    # 2607.28661, of 2026-07-22, listed on 2026-08-05.
    assert ask("lag_from_arxiv_to_listing", "days", "papers", "percent", "longest") == [
        ("1", 46, 56.8, 1),
        ("2", 13, 16.0, 2),
        ("3", 3, 3.7, 3),
        ("4 to 7", 14, 17.3, 7),
        ("8 to 30", 5, 6.2, 14),
    ]


def test_most_active_submitters(ask):
    answer = ask("most_active_submitters", "submitted_by", "papers", "days", "votes", "votes_per_paper", "best_votes")
    # By the digests of the evening, which count last: 121 and 38, 28 and 12; and 4 of 2502.14669, which has no digest.
    # 2509.26476 on 2025-10-01 and three papers of 2025-10-23: 6, 57, 11 and 5.
    assert answer[:3] == [
        ("akhaliq", 5, 2, 203, 40.6, 121),
        ("taesiri", 4, 2, 79, 19.8, 57),
        ("WenhaoWang", 2, 1, 164, 82.0, 161),
    ]


@pytest.fixture(scope="module")
def files():
    """The digests by day and the payloads in the order of their capture, read in plain Python."""
    return plain.digests(SAMPLE / "digests"), plain.captures(SAMPLE / "api")


@pytest.fixture(scope="module")
def first_listed(files):
    """The first day of every paper on any list."""
    digests, captures = files
    days = [(day, paper) for day, entries in digests.items() for paper, *_ in entries]
    days += [(capture.day, paper) for capture in captures for paper in capture.papers]
    found = {}
    for day, paper in sorted(days):
        found.setdefault(paper, day)
    return found


def month_of(day):
    return f"{day:%Y-%m}-01"


def test_share_with_code(ask, files, first_listed):
    _, captures = files
    with_code = {
        paper for capture in captures for paper, item in capture.papers.items() if "githubRepo" in item["paper"]
    }
    began = min(capture.captured_at for capture in captures if with_code & capture.papers.keys())
    known = {paper for capture in captures if capture.captured_at >= began for paper in capture.papers}
    months = Counter(map(month_of, first_listed.values()))
    expected = []
    for month, papers in sorted(months.items()):
        of_month = {paper for paper in known if month_of(first_listed[paper]) == month}
        share = round(100 * len(of_month & with_code) / len(of_month), 1) if of_month else None
        expected.append((month, papers, len(of_month), len(of_month & with_code), share))
    assert ask("share_with_code", "month", "papers", "known_papers", "papers_with_code", "percent") == expected
    assert expected[0][2:] == (0, 0, None)


def test_months_in_numbers(ask, first_listed):
    answer = ask("months_in_numbers", "month_start", "month_name", "papers")
    months = Counter(map(month_of, first_listed.values()))
    expected = [(month, f"{dt.date.fromisoformat(month):%B}", papers) for month, papers in sorted(months.items())]
    assert answer == expected


def test_hidden_authors(ask, files):
    _, captures = files
    expected = {
        (paper, author["name"], place)
        for capture in captures
        for paper, item in capture.papers.items()
        for place, author in enumerate(item["paper"]["authors"], start=1)
        if author["hidden"]
    }
    assert set(ask("hidden_authors", "arxiv_id", "name_as_printed", "position")) == expected
    assert expected


def test_organization_trend(ask, files, first_listed):
    _, captures = files
    named = {
        paper: item["organization"].get("fullname") or item["organization"]["name"]
        for capture in captures
        for paper, item in capture.papers.items()
        if item.get("organization")
    }
    began = min(capture.captured_at for capture in captures if named.keys() & capture.papers.keys())
    known = {paper for capture in captures if capture.captured_at >= began for paper in capture.papers}
    month_papers = Counter(month_of(first_listed[paper]) for paper in known)
    papers = Counter((name, month_of(first_listed[paper])) for paper, name in named.items())
    answer = ask("organization_trend", "organization", "month", "papers", "month_papers")
    assert len(answer) == 5
    assert all(count == papers[name, month] and of == month_papers[month] for name, month, count, of in answer)


def test_authors_who_come_back(own, ask):
    rows = own.rows("""
        SELECT author_key, date_trunc('month', first_listed_on)
        FROM bridge_paper_author INNER JOIN dim_paper USING (paper_key)
    """)
    months = {}
    for author, month in rows:
        months.setdefault(author, set()).add(month)
    expected = Counter(
        (f"{first:%Y-%m}-01", 12 * (month.year - first.year) + month.month - first.month)
        for held in months.values()
        for first in [min(held)]
        for month in held - {first}
    )
    answer = ask("authors_who_come_back", "cohort", "months_since", "active_authors")
    assert answer == [(*key, count) for key, count in sorted(expected.items())]


def test_spellings_of_a_name(ask, keywords):
    papers = Counter(keyword for named in keywords.values() for keyword in named)
    answer = ask("spellings_of_a_name", "also_spelled", "canonical_name", "rule", "papers", "canonical_papers")
    assert [row[3:] for row in answer] == [(papers[row[0]], papers[row[1]]) for row in answer]
    assert [(row[0], row[2]) for row in answer if row[1] == "large language models"] == [
        ("large language models (llms)", "parentheses"),
        ("large language model", "plural"),
        ("large language model (llm)", "parentheses"),
        ("llms", "abbreviation"),
    ]


def test_papers_off_their_lists(ask, files):
    _, captures = files
    newest = {capture.day: capture for capture in captures}
    gone = {
        (paper, capture.day.isoformat())
        for capture in captures
        for paper in capture.papers.keys() - newest[capture.day].papers.keys()
    }
    assert set(ask("papers_off_their_lists", "arxiv_id", "listed_on")) == gone


def test_days_nobody_asked_for(ask_all, files):
    digests, _ = files
    first, last = min(digests), max(digests)
    span = [first + dt.timedelta(days=number) for number in range((last - first).days + 1)]
    never = Counter(month_of(day) for day in span if day not in digests and day.weekday() < 5)
    answer = [row[1:] for row in ask_all("days_nobody_asked_for", "source", "month", "days") if row[0] == "digest"]
    assert answer == sorted(never.items())


def test_days_by_status(ask_all):
    # 21 digests; 16 folders of payloads, of which 2025-02-15, 2025-04-19 and 2026-08-15 hold `[]`. 81 papers, one of
    # them listed on two days.
    assert ask_all("days_by_status", "source", "status", "days", "papers") == [
        ("digest", "never asked", 515, 0),
        ("digest", "published", 21, 88),
        ("huggingface", "never asked", 597, 0),
        ("huggingface", "published", 13, 82),
        ("huggingface", "empty", 3, 0),
    ]


@pytest.fixture(scope="module")
def described():
    """What `arxiv.xml` says: by paper its subjects, the main one first, its day and its comment or None."""
    atom, arxiv = "{http://www.w3.org/2005/Atom}", "{http://arxiv.org/schemas/atom}"
    found = {}
    for entry in parse(SAMPLE / "arxiv.xml").iter(f"{atom}entry"):
        paper = re.search(r"abs/(.*)v\d+$", entry.findtext(f"{atom}id"))[1]
        main = entry.find(f"{arxiv}primary_category").get("term")
        others = [category.get("term") for category in entry.iter(f"{atom}category")]
        published = dt.date.fromisoformat(entry.findtext(f"{atom}published")[:10])
        found[paper] = ([main, *sorted(set(others) - {main})], published, entry.findtext(f"{arxiv}comment"))
    return found


@pytest.fixture(scope="module")
def votes(built_sample):
    """The last known votes of the papers that have any."""
    return dict(built_sample.rows("SELECT arxiv_id, latest_votes FROM dim_paper WHERE latest_votes IS NOT NULL"))


@pytest.fixture(scope="module")
def by_subject(described):
    """The papers of each subject."""
    found = defaultdict(set)
    for paper, (subjects, *_) in described.items():
        for subject in subjects:
            found[subject].add(paper)
    return found


def test_category_board(ask_all, described, by_subject, votes):
    expected = []
    for subject, papers in sorted(by_subject.items(), key=lambda item: (-len(item[1]), item[0]))[:10]:
        main = sum(described[paper][0][0] == subject for paper in papers)
        crossed = sum(len(described[paper][0]) > 1 for paper in papers)
        middle = median(votes[paper] for paper in papers & votes.keys())
        expected.append((subject, len(papers), main, round(100 * crossed / len(papers), 1), middle))
    columns = ("category", "papers", "primary_papers", "percent_with_other_subjects", "median_votes")
    assert ask_all("category_board", *columns) == expected
    assert expected[0][:4] == ("cs.CL", 47, 47, 66.0)


def test_category_trend(ask_all, described, by_subject, first_listed):
    months = Counter(month_of(first_listed[paper]) for paper in described)
    common = sorted(by_subject, key=lambda subject: (-len(by_subject[subject]), subject))[:5]
    expected = []
    for subject in common:
        of_subject = Counter(month_of(first_listed[paper]) for paper in by_subject[subject])
        for month, papers in sorted(of_subject.items()):
            expected.append((subject, month, papers, months[month], round(100 * papers / months[month], 1)))
    answer = ask_all("category_trend", "category", "month", "papers", "month_papers", "percent_of_month")
    assert answer == expected
    # The archive and the feeds saw all papers of August 2026 around the age of 48 hours, but for 2608.12313 (cs.CV).
    aged = ask_all("category_trend", "category", "month", "papers", "papers_48h")
    assert [row[2:] for row in aged if row[:2] == ("cs.CL", "2026-08-01")] == [(8, 8)]
    assert [row[2:] for row in aged if row[:2] == ("cs.CV", "2026-08-01")] == [(6, 5)]
    assert described["2608.12313"][0][0] == "cs.CV"


def test_category_growth(ask_all, described, by_subject, first_listed):
    years = Counter(first_listed[paper].year for paper in described)
    expected = {}
    for subject, papers in by_subject.items():
        of_subject = Counter(first_listed[paper].year for paper in papers)
        for year in sorted(years)[1:]:
            if of_subject[year] or of_subject[year - 1]:
                before, now = of_subject[year - 1], of_subject[year]
                shares = round(100 * before / years[year - 1], 1), round(100 * now / years[year], 1)
                expected[year, subject] = (before, now, *shares, round(shares[1] - shares[0], 1))
    columns = ("papers_before", "papers_now", "percent_before", "percent_now", "percent_gained")
    answer = ask_all("category_growth", "year", "category", *columns)
    assert {row[:2]: row[2:] for row in answer} == expected
    # Robotics had four papers in 2025 and none in 2026.
    assert expected[2026, "cs.RO"] == (4, 0, 8.0, 0.0, -8.0)
    order = [(-row[0], -row[6], row[1]) for row in answer]
    assert order == sorted(order)


def test_leading_papers_by_category(ask_all, described, votes):
    main = defaultdict(list)
    for paper, (subjects, *_) in described.items():
        main[subjects[0]].append(paper)
    expected = []
    for subject, papers in sorted(main.items(), key=lambda item: (-len(item[1]), item[0])):
        ranked = sorted(votes.keys() & papers, key=lambda paper: (-votes[paper], paper))[:5]
        expected += [(subject, place, paper, votes[paper]) for place, paper in enumerate(ranked, start=1)]
    answer = ask_all("leading_papers_by_category", "primary_category", "place", "arxiv_id", "latest_votes")
    assert answer == expected
    assert len(main) == 7


def test_category_pairs(ask_all, described, by_subject):
    pairs = Counter(pair for subjects, *_ in described.values() for pair in combinations(sorted(subjects), 2))
    expected = [
        (one, two, papers, *(round(100 * papers / len(by_subject[each]), 1) for each in (one, two)))
        for (one, two), papers in sorted(pairs.items(), key=lambda item: (-item[1], item[0]))
    ]
    answer = ask_all("category_pairs", "category_a", "category_b", "papers", "percent_of_a", "percent_of_b")
    assert answer == expected
    # All 14 papers of cs.SD are of eess.AS, too, and mainly of cs.SD.
    mainly = ask_all("category_pairs", "category_a", "category_b", "mainly_a", "mainly_b")
    assert ("cs.SD", "eess.AS", 14, 0) in mainly


def test_lag_by_category(ask_all, described, files, first_listed):
    # Where the API gives a day, it counts.
    printed = {paper: item["paper"]["publishedAt"] for capture in files[1] for paper, item in capture.papers.items()}
    lags = defaultdict(list)
    for paper, (subjects, published, _) in described.items():
        day = dt.date.fromisoformat(printed[paper][:10]) if paper in printed else published
        lags[subjects[0]].append((first_listed[paper] - day).days)
    expected = {
        subject: (len(days), median(days), round(100 * sum(lag <= 3 for lag in days) / len(days), 1), max(days))
        for subject, days in lags.items()
    }
    columns = ("papers", "median_days", "percent_within_3_days", "longest")
    answer = ask_all("lag_by_category", "primary_category", *columns)
    assert {subject: row for subject, *row in answer} == {subject: list(row) for subject, row in expected.items()}
    assert [-row[1] for row in answer] == sorted(-row[1] for row in answer)


def test_venues_in_comments(ask_all, described, votes):
    printed = {
        "Sample Conference 2026": "Accepted to the Sample Conference 2026",
        "Sample Workshop on Trees": "Accepted at Sample Workshop on Trees",
    }
    papers = {
        venue: [paper for paper, (*_, comment) in described.items() if words in str(comment)]
        for venue, words in printed.items()
    }
    expected = [(venue, len(of), 1, median(votes[each] for each in votes.keys() & of)) for venue, of in papers.items()]
    answer = ask_all("venues_in_comments", "venue", "papers", "spellings", "median_votes")
    assert answer == expected
    assert [row[1] for row in answer] == [32, 30]


def test_code_only_in_comments(ask_all, built_sample, described, votes):
    with_repository = {paper for (paper,) in built_sample.rows("SELECT arxiv_id FROM dim_paper WHERE has_github_repo")}
    urls = {paper: f"https://github.com/example/{paper}" for paper in described}
    with_code = {paper for paper, url in urls.items() if url in str(described[paper][-1])}
    only = sorted(with_code - with_repository, key=lambda paper: (-votes.get(paper, -1), paper))
    assert len(only) < len(with_code)
    expected = [(paper, urls[paper]) for paper in only[:20]]
    assert ask_all("code_only_in_comments", "arxiv_id", "code_url_in_comment") == expected
