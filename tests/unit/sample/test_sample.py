"""The bundled sample: every era of both formats, real facts, and no sentence that belongs to somebody else."""

import datetime as dt
import json

import pytest

from dagster_project.config import SAMPLE
from dagster_project.parse.day import Capture, parse_day
from dagster_project.parse.digest import parse_digest
from dagster_project.parse.huggingface import parse_huggingface
from dagster_project.parse.rows import Parsed

LONGEST_SHARED_RUN = 25
"""Letters in a row that a sentence of the sample may share with a real one: terms are longer than words."""


@pytest.fixture(scope="module")
def digests():
    rows = Parsed()
    for file in sorted((SAMPLE / "digests").glob("*/*/*.md")):
        day = dt.date(*map(int, file.with_suffix("").parts[-3:]))
        captured_at = dt.datetime.combine(day, dt.time(23))
        rows.extend(parse_day(parse_digest, "digest", day, [Capture(captured_at, [file.read_bytes()])]))
    return rows


@pytest.fixture(scope="module")
def payloads():
    rows = Parsed()
    for folder in sorted((SAMPLE / "api").iterdir()):
        captures = [
            Capture(dt.datetime.strptime(file.stem, "%Y-%m-%dT%H%M%SZ"), [file.read_bytes()])
            for file in sorted(folder.glob("*.json"))
        ]
        rows.extend(parse_day(parse_huggingface, "huggingface", dt.date.fromisoformat(folder.name), captures))
    return rows


def test_it_holds_enough_days_and_papers(digests, payloads):
    assert len({entry.listed_on for entry in digests.entry}) >= 12
    assert len({entry.listed_on for entry in payloads.entry}) >= 12
    assert len({entry.arxiv_id for entry in digests.entry + payloads.entry}) >= 100


def test_every_line_and_item_is_understood(digests, payloads):
    assert digests.reject == []
    assert payloads.reject == []


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(lambda entry: entry.votes is None and entry.listed_on.year == 2023, id="no votes yet"),
        pytest.param(lambda entry: entry.votes is None and entry.listed_on.year == 2024, id="votes not counted"),
        pytest.param(lambda entry: entry.votes == 0, id="no votes, counted"),
        pytest.param(lambda entry: entry.thumbnail_url is None, id="no picture"),
        pytest.param(lambda entry: entry.author_count is None, id="no authors"),
        pytest.param(lambda entry: entry.authors_truncated, id="a list that was cut"),
        pytest.param(lambda entry: entry.video_url, id="a video"),
        pytest.param(lambda entry: "/avatars/" in (entry.thumbnail_url or ""), id="an avatar for a picture"),
        pytest.param(lambda entry: "$" in entry.title, id="TeX in a title"),
        pytest.param(lambda entry: entry.listed_on.isoweekday() == 6, id="a Saturday"),
    ],
)
def test_digests_show_every_hazard(digests, found):
    assert any(found(entry) for entry in digests.entry)


def test_digests_show_every_era_of_headings(digests):
    printed = {section.heading_as_printed for section in digests.section}
    assert {None, "What's New", "What’s New", "Technical Details", "Performance Highlights"} <= printed
    assert any("\n" in section.text for section in digests.section)


@pytest.mark.parametrize(
    "field",
    [
        "keyword_count",
        "github_repo",
        "project_page",
        "submitted_at",
        "ai_summary",
        "github_stars",
        "organization",
    ],
)
def test_payloads_show_eras_with_and_without_a_field(payloads, field):
    assert {getattr(entry, field) is None for entry in payloads.entry} == {True, False}


def test_payloads_show_votes_that_move_and_papers_that_come_and_go(payloads):
    seen = {}
    for entry in payloads.entry:
        seen.setdefault((entry.listed_on, entry.arxiv_id), {})[entry.captured_at] = entry.votes
    assert any(len(set(votes.values())) > 1 for votes in seen.values())
    captures = {day: {entry.captured_at for entry in payloads.entry if entry.listed_on == day} for day, _ in seen}
    assert any(len(votes) < len(captures[day]) for (day, _), votes in seen.items())
    assert any(author.is_hidden for author in payloads.author)


def test_no_sentence_is_taken_from_the_real_archives(shared_data, digests, payloads):
    real = []
    for file in (shared_data / "digests").glob("*/*/*.md"):
        real += [line for line in file.read_text(encoding="utf-8").splitlines() if line.startswith(("- ", "1", "2"))]
    for file in (shared_data / "api").glob("*/*.json"):
        for item in json.loads(file.read_text(encoding="utf-8")):
            real += [item["paper"].get("summary", ""), item["paper"].get("ai_summary") or ""]
    runs = set()
    for text in real:
        folded = "".join(text.split()).casefold()
        runs.update(folded[start : start + LONGEST_SHARED_RUN] for start in range(len(folded) - LONGEST_SHARED_RUN + 1))
    titles = ["".join(entry.title.split()).casefold() for entry in digests.entry + payloads.entry]
    own = [section.text for section in digests.section]
    own += [text for entry in payloads.entry for text in (entry.abstract, entry.ai_summary) if text]
    for sentence in own:
        folded = "".join(sentence.split()).casefold()
        for start in range(len(folded) - LONGEST_SHARED_RUN + 1):
            run = folded[start : start + LONGEST_SHARED_RUN]
            assert run not in runs or any(run in title for title in titles), sentence
