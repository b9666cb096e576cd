"""What is corrected: fields of papers, as the lake keeps values, remembered with the reason, and taken back."""

import datetime as dt
import shutil

import pytest

from dagster_project.errors import CorrectionError, ExclusionError
from dagster_project.lake.corrections import correct, read_corrections, remove_corrections, undo_correction
from dagster_project.lake.home import Home
from dagster_project.lake.tables import LakeTables
from dagster_project.parse.rows import CORRECTED_FIELDS, Entry, Parsed
from dagster_project.validate.schemas import Entry as Schema
from dagster_project.validate.split import split

DAY, NOW = dt.date(2025, 3, 1), dt.datetime(2025, 3, 9)
PAPER, OTHER = "2503.00001", "2503.00002"


@pytest.fixture(scope="module")
def made_once(tmp_path_factory):
    home = Home(tmp_path_factory.mktemp("homes") / "home")
    of_day = ("huggingface", DAY, dt.datetime(2025, 3, 1, 6), "own")
    entries = [
        Entry(*of_day, PAPER, 1, "A title", organization="a-lab"),
        Entry(*of_day, OTHER, 2, "Another title"),
    ]
    LakeTables(home.lake).replace("huggingface", {DAY: "mark"}, split(Parsed(entry=entries)), DAY)
    return home.root


@pytest.fixture
def home(made_once, tmp_path):
    """A home with two papers, one of which an organisation put on the list."""
    return Home(shutil.copytree(made_once, tmp_path / "home"))


def read(home):
    return read_corrections(home).select("arxiv_id", "field", "value", "reason").rows()


def test_there_are_none_at_first(home):
    assert read_corrections(home).is_empty()


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [
        ("title", "  The right\n title of \uc5f0\uad6c ", "The right title of \uc5f0\uad6c"),
        ("published_on", "2025-02-03", "2025-02-03"),
        ("published_on", "2025-02-03T23:30-02:00", "2025-02-04"),
        ("submitted_at", "2025-02-03T06:15:30.5+09:00", "2025-02-02 21:15:30"),
        ("github_repo", "github.com/theirs/code", "https://github.com/theirs/code"),
        ("organization", "a-lab", "a-lab"),
        ("project_page", None, None),
    ],
)
def test_a_value_is_kept_as_those_of_sources_are(home, field, value, kept):
    assert correct(home, f"https://arxiv.org/abs/{PAPER}v2", field, value, "because", NOW) == PAPER
    assert read(home) == [(PAPER, field, kept, "because")]


def test_corrected_again_it_has_the_newer_value(home):
    for title in ("One", "Two"):
        correct(home, PAPER, "title", title, f"for {title}", NOW)
    assert read(home) == [(PAPER, "title", "Two", "for Two")]


def test_a_correction_is_taken_back_alone(home):
    for paper, field in ((PAPER, "title"), (PAPER, "abstract"), (OTHER, "title")):
        correct(home, paper, field, "A text", "because", NOW)
    assert undo_correction(home, PAPER, "title") == PAPER
    assert [row[:2] for row in read(home)] == [(PAPER, "abstract"), (OTHER, "title")]
    with pytest.raises(CorrectionError, match=f"title of {PAPER} is not corrected; corrected are: abstract"):
        undo_correction(home, PAPER, "title")
    remove_corrections(home, PAPER)
    assert [row[:2] for row in read(home)] == [(OTHER, "title")]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("title", None, "every paper has a title"),
        ("title", " \n", "is not a text for title"),
        ("title", "x" * 2_001, "too long"),
        ("title", "e" + "\u0301" * 31, "piles up marks"),
        ("published_on", "2025-02-30", "write it as 2025-03-01"),
        ("submitted_at", "yesterday", "write it as 2025-03-01"),
        ("video_url", "javascript:alert(1)", "is not a web address for video_url"),
        ("organization", "a-lap", "no source names the organisation 'a-lap'"),
    ],
)
def test_a_value_that_the_field_cannot_have_is_refused(home, field, value, said):
    with pytest.raises(CorrectionError, match=said):
        correct(home, PAPER, field, value, "because", NOW)
    assert read(home) == []


@pytest.mark.parametrize("paper", ["2503.00009", "no paper"])
def test_an_unknown_paper_is_refused(home, paper):
    with pytest.raises(ExclusionError):
        correct(home, paper, "title", "A text", "because", NOW)


def test_every_field_that_can_be_corrected_is_a_column_of_entries():
    assert set(CORRECTED_FIELDS.values()) <= set(Schema.column_names())
