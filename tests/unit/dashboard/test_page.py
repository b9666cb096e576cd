"""The page as text: what it shows, that no data can run on it, and when it is written."""

import datetime as dt
import json
import re
import shutil
import subprocess
import sys
from html import unescape

import pytest

from dagster_project.config import PACKAGE
from dagster_project.dashboard import render
from dagster_project.dashboard.data import CHARTED, DashboardData
from dagster_project.dashboard.figures import build_dataflow
from dagster_project.dashboard.page import write_dashboard
from dagster_project.errors import ReleaseError
from dagster_project.lake.home import Home
from dagster_project.publish.release import publish
from tools.charts import CHARTS, STATUSES

DAY = dt.date(2025, 1, 6)
HOSTILE = '</script><img src=x onerror="alert(1)">\N{RIGHT-TO-LEFT OVERRIDE}${alert(1)}{{ 7 * 7 }}'
RELEASE = {
    "release_id": "20250107T000000-abcdef12",
    "built_at": dt.datetime(2025, 1, 7),
    "contents": "real",
    "papers": 1,
    "first_day": DAY,
    "last_day": DAY,
    "first_day_with_organization": DAY,
    "first_month_with_keyword": None,
    "authors": 1,
    "rejects": 0,
    "checks": 2,
    "failed_checks": 0,
}
SOURCE = {"source": "newcomer", "description": "A list of papers"}
PAPER = {
    "week": DAY,
    "week_end": dt.date(2025, 1, 12),
    "place": 1,
    "place_by_first_votes": 2,
    "arxiv_id": "2501.00001",
    "title": "A title",
    "first_author": "Ada",
    "author_count": 3,
    "organization": "The Lab",
    "listed_on": DAY,
    "first_votes": 1000,
    "latest_votes": 1234,
    "votes_gained": 234,
    "seen_on": DAY,
    "page_url": "https://huggingface.co/papers/2501.00001",
    "arxiv_url": "https://arxiv.org/abs/2501.00001",
    "github_repo": "https://github.com/example/code",
}


def make_page(release=None, this_week=(), title="A title", subjects=(), **tables):
    charted = {name: [] for name in CHARTED} | {
        "days": [(DAY, "cs.CL", 1, 1, 1234, 1)],
        "subjects": list(subjects),
        "top_papers": [("2501.00001", title, None, "cs.CL", DAY, 1000, 1234, 234, DAY)],
    }
    empty = {name: [] for name in ("gaps", "rejects", "checks", "opening_words", "sources", "archives")}
    rows = {"release": [RELEASE | (release or {})], "this_week": list(this_week)} | empty | tables
    return render.render_page(DashboardData(charted, rows), mark="the mark")


def markup(page):
    """Return a page without the script that draws on it."""
    return re.sub(r"<script type=\"module\">.*?</script>", "", page, flags=re.DOTALL)


def test_a_paper_has_its_places_votes_and_links():
    page = make_page(this_week=[PAPER])
    row = re.search(r'<tbody id="this_week">(.*?)</tbody>', page, re.DOTALL)[1]
    for text in ("1,000", "1,234", "+234", "#2", "Ada and 2 more", "The Lab"):
        assert text in row
    assert re.findall(r'href="([^"]+)"', row) == [PAPER["page_url"], PAPER["arxiv_url"], PAPER["github_repo"]]


def test_an_unknown_value_is_a_dash_not_a_zero():
    unknown = dict.fromkeys(["first_votes", "latest_votes", "votes_gained", "organization", "first_author"])
    page = make_page(this_week=[PAPER | unknown])
    row = re.search(r'<tbody id="this_week">(.*?)</tbody>', page, re.DOTALL)[1]
    assert row.count("–") == 3
    assert "None" not in row
    assert "3 authors" in row


def test_no_title_can_add_markup_or_code():
    page = make_page(this_week=[PAPER | {"title": HOSTILE}], title=HOSTILE)
    assert HOSTILE not in page
    assert page.count("</script>") == 3
    assert "<img" not in markup(page)
    embedded = json.loads(re.search(r'id="data">(.*?)</script>', page, re.DOTALL)[1])
    assert embedded["tables"]["top_papers"]["rows"][0][1] == HOSTILE
    assert HOSTILE in unescape(re.search(r'<tbody id="this_week">(.*?)</tbody>', page, re.DOTALL)[1])


def test_a_subject_is_a_choice_where_the_release_has_one():
    assert "<select" not in markup(make_page())
    page = markup(make_page(subjects=[("cs.CL", "Computation and Language"), ("68T50", "68T50"), (HOSTILE, HOSTILE)]))
    options = re.findall(r'<option value="([^"]*)">(.*?)</option>', page)
    assert [(unescape(value), unescape(text)) for value, text in options] == [
        ("", "all subjects"),
        ("cs.CL", "cs.CL Computation and Language"),
        ("68T50", "68T50"),
        (HOSTILE, HOSTILE),
    ]
    assert "<img" not in page


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "//example.org", "http://example.org"])
def test_a_repository_is_a_link_only_under_https(address):
    assert address not in make_page(this_week=[PAPER | {"github_repo": address}])


def test_a_summary_is_in_its_own_language():
    words = PAPER | {"text": "좋은 논문", "language": "ko", "source_description": "What it is"}
    assert '<blockquote lang="ko">좋은 논문</blockquote>' in make_page(opening_words=[words])


def test_the_page_says_what_it_was_made_from():
    page = make_page()
    assert "the mark" in page[:2000]
    assert RELEASE["release_id"] in page
    assert "All 2 checks passed" in page
    assert "bundled sample" not in page


def test_the_page_of_a_sample_says_so():
    assert "bundled sample" in make_page({"contents": "sample"})


def test_failures_rejects_and_checks_are_counted():
    page = make_page(
        {"failed_checks": 1, "rejects": 1200},
        gaps=[{"date": DAY, "source": "digest", "status": "failed", "rejects": 3, "last_reason": "<timed out>"}],
        rejects=[{"source": "digest", "rule": "title", "pieces": 1200, "first_day": DAY, "last_day": DAY}],
        checks=[{"name": "a_check", "description": "finds rows", "severity": "warn", "broken_rows": 7}],
    )
    assert "1 of 2 checks found rows, 1,200 pieces of text were rejected" in page
    assert "&lt;timed out&gt;" in page
    assert re.search(r"a_check.*finds rows.*>7<", page, re.DOTALL)


def test_nothing_on_the_page_is_fetched():
    page = markup(make_page(this_week=[PAPER]))
    assert re.findall(r'(?:src|srcset|action|poster)="', page) == []
    assert [link for link in re.findall(r"<link[^>]*>", page) if 'href="data:,"' not in link] == []
    assert "@import" not in page
    assert "url(" not in re.search(r"<style>(.*?)</style>", page, re.DOTALL)[1]
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)[1]
    assert "default-src 'none'" in policy
    assert "unsafe-eval" not in policy


def test_every_table_has_headings_for_all_its_columns():
    page = markup(make_page(this_week=[PAPER], subjects=[("cs.CL", "Computation and Language")]))
    for table in re.findall(r"<table.*?</table>", page, re.DOTALL):
        rows = re.findall(r"<tr>.*?</tr>", table, re.DOTALL)
        assert {len(re.findall(r"<t[hd][ >]", row)) for row in rows} == {len(re.findall(r"<th[ >]", rows[0]))}


def test_every_place_that_follows_the_period_names_data_that_exists():
    page = markup(make_page(sources=[SOURCE], subjects=[("cs.CL", "Computation and Language")]))
    flow = build_dataflow()
    data, signals = ({part["name"] for part in flow[kind]} for kind in ("data", "signals"))
    assert set(re.findall(r'data-rows="(\w+)"', page)) <= data
    assert set(re.findall(r'data-signal="(\w+)"', page)) <= signals
    assert set(re.findall(r'data-chart="(\w+)"', page)) == CHARTS.keys()
    [figures] = (part for part in flow["data"] if part["name"] == "figures")
    assert set(re.findall(r'data-figure="(\w+)"', page)) <= {step.get("as") for step in figures["transform"][1:]}


def test_an_attribute_of_a_chart_is_a_parameter_of_its_specification():
    page = make_page(sources=[SOURCE])
    for chart, name in re.findall(r'data-chart="(\w+)" data-(\w+)="', page):
        assert name in {param["name"] for param in CHARTS[chart]()["params"]}
    assert page.count('data-chart="rising" data-kind="') == 2


def test_a_source_that_the_page_has_never_heard_of_has_a_calendar():
    page = make_page(sources=[SOURCE, SOURCE | {"source": 'a "quoted" one'}])
    calendars = re.findall(r'<div data-chart="coverage" data-source="([^"]+)" aria-label="([^"]+)"', page)
    assert [unescape(source) for source, _ in calendars] == ["newcomer", 'a "quoted" one']
    assert "newcomer" in calendars[0][1]
    assert "<h3>newcomer</h3>" in page
    assert "A list of papers." in page


def test_a_page_says_since_when_papers_have_organizations_and_keywords_if_any_has():
    page = make_page({"first_day_with_organization": None, "first_month_with_keyword": dt.date(2024, 3, 1)})
    assert "The first paper with keywords was listed in March 2024." in page
    assert "The first paper with an organisation" not in page


def test_every_control_and_section_has_a_name():
    page = make_page(this_week=[PAPER])
    ids = set(re.findall(r'id="([^"]+)"', page))
    assert set(re.findall(r'aria-labelledby="([^"]+)"', page)) <= ids
    assert len(re.findall(r"<label>[^<]+<input", page)) == page.count("<input")


def _luminance(color):
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one, other):
    """Return the contrast of two colours as WCAG 2 defines it, 1 to 21."""
    dark, light = sorted([_luminance(one), _luminance(other)])
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("mode", [0, 1], ids=["by day", "by night"])
def test_text_and_lines_stand_out(mode):
    style = (PACKAGE / "dashboard" / "page.css").read_text(encoding="utf-8")
    colors = dict(re.findall(r"--([\w-]+): (#\w{6});", re.findall(r":root \{(.*?)\}", style, re.DOTALL)[mode]))
    for ground in ("ground", "card"):
        assert min(_contrast(colors[name], colors[ground]) for name in ("ink", "soft", "link")) >= 4.5
        assert min(_contrast(colors[f"series-{number}"], colors[ground]) for number in range(1, 9)) >= 3
        assert min(_contrast(colors[name], colors[ground]) for name in ("good", "warn", "bad")) >= 3


def test_the_calendars_have_a_legend():
    legend = re.findall(r'background: (var\(--\w+\))"></i>(\w+)', make_page())
    assert {status: color for color, status in legend} == STATUSES


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A home with an empty release, and no page."""
    home = Home(tmp_path_factory.mktemp("published") / "home")
    publish(home)
    return home


@pytest.fixture
def home(published, tmp_path):
    """A copy of it."""
    return Home(shutil.copytree(published.root, tmp_path / "home", symlinks=True))


def test_a_page_is_written_once_for_a_release(home, monkeypatch):
    path = write_dashboard(home)
    assert path == home.dashboard
    before = path.stat().st_mtime_ns
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, render.__name__, None)
        write_dashboard(home)
    assert path.stat().st_mtime_ns == before
    path.write_text("spoilt")
    assert write_dashboard(home).stat().st_size > 500_000


def test_jinja_is_imported_only_to_render_a_page_and_altair_not_even_then():
    code = """import sys, dagster_project.dashboard.page
print('jinja2' in sys.modules)
import dagster_project.dashboard.render
print('altair' in sys.modules)"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "False\nFalse\n"


def test_a_page_may_be_written_elsewhere(home, tmp_path):
    assert write_dashboard(home, tmp_path / "public" / "index.html").exists()
    assert not home.dashboard.exists()


def test_the_error_says_what_to_do_where_the_package_was_not_built(home, tmp_path, monkeypatch):
    monkeypatch.setattr(render, "VEGA", tmp_path / "vega.js")
    with pytest.raises(ReleaseError, match="uv sync --reinstall-package"):
        write_dashboard(home)


def test_the_error_says_what_to_do_without_a_release(tmp_path):
    with pytest.raises(ReleaseError, match="papers build"):
        write_dashboard(Home(tmp_path / "home"))
