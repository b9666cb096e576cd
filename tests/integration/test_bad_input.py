"""Bad answers of every kind in one run: each has its own clear outcome, and the other days are published."""

import datetime as dt
import json

import pytest

from dagster_project.build import BuildRequest, build
from dagster_project.config import load_settings
from dagster_project.lake.home import Home
from tests.integration.conftest import Papers
from tests.loopback import Answer, Loopback

ENTRY = """### [{title}](https://arxiv.org/abs/{id})

![](https://cdn-thumbnails.huggingface.co/social-thumbnails/papers/{id}.png)

Vote: {votes}

Authors: Ada Lovelace, Charles Babbage

- **What's New**: 한 문장으로 적은 요약입니다.

"""
TODAY = dt.datetime.now(dt.UTC).date()
TOMORROW = TODAY + dt.timedelta(days=1)
ENDLESS = b"- " + b"x" * 65_534


def entry(number, title="A Paper", votes="7"):
    return ENTRY.format(title=title, id=f"2403.{number:05}", votes=votes)


def digest(day, *entries):
    return f"## Daily Papers ({day})\n\n" + "".join(entries)


GOOD = digest("2024-03-01", entry(1), entry(2, votes="-"))
DAYS = {
    "2024-03-01": Answer(body=GOOD.encode()),
    "2024-03-02": Answer(body=b"<!DOCTYPE html><html><body>Rate limited</body></html>"),
    "2024-03-03": Answer(
        body=digest("2024-03-03", entry(3), entry(4, title="%%")).encode().replace(b"%%", b"\xff\xfe")
    ),
    "2024-03-04": Answer(body=digest("2024-03-04", entry(5), entry(6, votes="16")).encode()[:-20]),
    "2024-03-05": Answer(body=digest("2024-03-06", entry(7)).encode()),
    "2024-03-06": Answer(body=b""),
    "2024-03-07": Answer(pieces=(ENDLESS for _ in range(300 * 16))),
    "2024-03-08": Answer(500, b"broken"),
    "2024-03-09": Answer(301, headers={"Location": "http://127.0.0.1:9/elsewhere"}),
    "2024-03-10": Answer(
        body=digest("2024-03-10", entry(8), "### [No link](nowhere)\n\nVote: 3\n\n", entry(9)).encode()
    ),
    "2024-03-11": Answer(body=digest("2024-03-11", entry(10, votes="many"), entry(11)).encode()),
    "2024-03-12": Answer(body=digest("2024-03-12", entry(12)).encode()),
}


def ask(papers, web, day):
    """Build a day's digest in this process."""
    settings = load_settings(home=papers.home, attempts=1, addresses={"digest_url": web.digest_url})
    build(Home(papers.home), settings, BuildRequest(sources=["digest"], first=day, last=day))


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """A home built from good and bad days of both sources."""
    with Loopback() as web:
        for day, answer in DAYS.items():
            web.play(day.replace("-", "/"), [answer])
        item = {
            "title": "One",
            "paper": {"id": "2403.00001", "title": "One", "upvotes": 9, "authors": [{"name": "Ada"}]},
        }
        web.serve_papers(dt.date(2024, 3, 1), [item])
        web.play("date=2024-03-02", [Answer(body=json.dumps({"error": "overloaded"}).encode())])
        web.play("date=2024-03-03", [Answer(body=b'[{"paper": ')])
        web.play("date=2024-03-04", [Answer(400, b'{"error": "bad date"}')])
        web.play("date=2024-03-05", [Answer(body=json.dumps([{"paper": {"upvotes": 1}}, item]).encode())])
        web.play(
            "date=2024-03-06", [Answer(body=json.dumps([item | {"paper": item["paper"] | {"upvotes": -3}}]).encode())]
        )
        papers = Papers(
            tmp_path_factory.mktemp("mixed") / "home",
            {
                "PAPERS_DIGEST_URL": web.digest_url,
                "PAPERS_HUGGINGFACE_URL": web.huggingface_url,
                "PAPERS_ATTEMPTS": "1",
            },
        )
        sources = ("--source", "digest", "--source", "huggingface")
        papers.printed = papers("build", *sources, "--from", "2024-03-01", "--to", "2024-03-12")
        ask(papers, web, TOMORROW)
        papers.status = papers("status", "--all")
        yield papers


def outcome(mixed, source, day):
    [[found, reason]] = mixed.rows(
        f"SELECT outcome, reason FROM meta_fetch WHERE source = '{source}' AND date = '{day}' AND page = 0"
    )
    return found, reason or ""


@pytest.mark.parametrize(
    ("source", "day", "expected", "says"),
    [
        ("digest", "2024-03-01", "fetched", ""),
        ("digest", "2024-03-02", "failed", "an HTML page, not a Markdown digest"),
        ("digest", "2024-03-06", "failed", "the answer is empty"),
        ("digest", "2024-03-07", "failed", "larger than 32.0MiB (PAPERS_MAX_BYTES)"),
        ("digest", "2024-03-08", "failed", "HTTP 500"),
        ("digest", "2024-03-09", "failed", "redirected to"),
        ("digest", str(TOMORROW), "future", "has not begun in UTC"),
        ("huggingface", "2024-03-02", "failed", "not a list of papers"),
        ("huggingface", "2024-03-03", "failed", "not JSON"),
        ("huggingface", "2024-03-04", "failed", "HTTP 400"),
        ("huggingface", "2024-03-07", "empty", ""),
    ],
)
def test_a_bad_answer_has_its_outcome_in_one_line(mixed, source, day, expected, says):
    found, reason = outcome(mixed, source, day)
    assert found == expected
    assert says in reason
    assert "\n" not in reason


def rules(mixed, source, day):
    return {
        rule for (rule,) in mixed.rows(f"SELECT rule FROM meta_reject WHERE source = '{source}' AND date = '{day}'")
    }


@pytest.mark.parametrize(
    ("source", "day", "rule"),
    [
        ("digest", "2024-03-03", "not_utf8"),
        ("digest", "2024-03-04", "truncated"),
        ("digest", "2024-03-05", "another_day"),
        ("digest", "2024-03-10", "entry_head"),
        ("digest", "2024-03-11", "votes"),
        ("huggingface", "2024-03-05", "paper_id"),
        ("huggingface", "2024-03-06", "entry.votes.min"),
    ],
)
def test_a_bad_piece_is_a_reject_with_its_rule(mixed, source, day, rule):
    assert rule in rules(mixed, source, day)


def listed(mixed, day):
    return {
        arxiv_id
        for (arxiv_id,) in mixed.rows(
            f"SELECT arxiv_id FROM fact_listing JOIN dim_paper USING (paper_key) WHERE listed_on = '{day}'"
        )
    }


@pytest.mark.parametrize(
    ("day", "papers"),
    [
        ("2024-03-01", {"2403.00001", "2403.00002"}),
        ("2024-03-03", {"2403.00003"}),
        ("2024-03-04", {"2403.00005", "2403.00006"}),
        ("2024-03-05", {"2403.00001"}),
        ("2024-03-10", {"2403.00008", "2403.00009"}),
        ("2024-03-11", {"2403.00010", "2403.00011"}),
        ("2024-03-12", {"2403.00012"}),
    ],
)
def test_the_good_rest_of_a_day_is_published(mixed, day, papers):
    assert listed(mixed, day) == papers


def test_votes_that_cannot_be_read_are_unknown_not_zero(mixed):
    assert mixed.one("SELECT latest_votes FROM dim_paper WHERE arxiv_id = '2403.00010'") is None


def test_coverage_tells_the_days_apart(mixed):
    status = {
        (source, str(day)): status
        for source, day, status in mixed.rows("SELECT source, date, status FROM mart_coverage")
    }
    assert status["digest", "2024-03-01"] == "published"
    assert status["digest", "2024-03-04"] == "incomplete"
    assert status["digest", "2024-03-05"] == "failed"
    assert status["digest", "2024-03-08"] == "failed"
    assert status["huggingface", "2024-03-07"] == "empty"
    assert ("digest", str(TOMORROW)) not in status


def test_the_build_and_the_status_page_name_the_failed_days(mixed):
    assert "failed  digest 2024-03-02: an HTML page, not a Markdown digest" in mixed.printed
    assert "an HTML page" in mixed.status
    assert "has not begun in UTC" in mixed.status


def test_a_build_in_which_every_day_failed_ends_with_status_1_and_the_next_mends_it(online):
    papers, web = online
    web.play("2024/03/01", [Answer(503), Answer(body=GOOD.encode())])
    printed = papers("build", "--source", "digest", "--from", "2024-03-01", "--to", "2024-03-01", status=1)
    assert "none of 1 days could be fetched; digest 2024-03-01: HTTP 503" in printed
    assert papers.one("SELECT outcome FROM meta_fetch") == "failed"
    assert papers.one("SELECT status FROM mart_coverage WHERE date = '2024-03-01'") == "failed"
    ask(papers, web, dt.date(2024, 3, 1))
    assert papers.one("SELECT status FROM mart_coverage WHERE date = '2024-03-01'") == "published"
