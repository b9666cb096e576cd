"""The dashboard in a real browser: it shows the same as SQL, and the page sends nothing."""

import datetime as dt
import re
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

from dagster_project.dashboard.data import CHARTED, read_data
from dagster_project.dashboard.page import write_dashboard
from dagster_project.dashboard.render import render_page
from dagster_project.lake.home import Home
from dagster_project.publish.reader import open_warehouse
from dagster_project.publish.release import publish
from tests.integration.conftest import Papers
from tests.ten_years import ten_years

pytestmark = pytest.mark.browser
PERIODS = [
    None,
    ("2025-02-21", "2025-03-13"),
    ("2025-02-24", "2025-03-02"),
    ("2024-12-16", "2024-12-22"),
    ("2025-07-07", "2025-07-13"),
]
"""Days that a reader picks; None is the whole time. In the last week no paper is listed."""
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}


@pytest.fixture(scope="module")
def papers(built_sample):
    return built_sample


@contextmanager
def windows(browser, address):
    """Open pages as files, each in a window of any kind; any request or console message fails the test in the end."""
    contexts, requests, messages, addresses = [], [], [], set()

    def open_(address=address, **window):
        addresses.add(address)
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, "locale": "en-US"} | window)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: requests.append(request.url))
        page.on("console", lambda message: messages.append(message.text))
        page.on("pageerror", lambda error: messages.append(str(error)))
        page.goto(address)
        page.wait_for_selector("html[data-ready=yes]")
        return page

    yield open_
    for context in contexts:
        context.close()
    assert set(requests) <= addresses
    assert messages == []


@pytest.fixture(scope="module")
def address(papers):
    return (papers.home / "dashboard" / "index.html").as_uri()


@pytest.fixture
def opened(browser, address):
    """What opens the dashboard, or another page, in a window of its own."""
    with windows(browser, address) as open_:
        yield open_


def read_period(page):
    """Return the picked period of the page: a Monday and a Sunday."""
    first, last = page.locator("html").get_attribute("data-period").split("/")
    return dt.date.fromisoformat(first), dt.date.fromisoformat(last)


def pick(page, first, last):
    """Put two days into the controls, as a person does."""
    page.get_by_label("from", exact=True).fill(first)
    page.get_by_label("to", exact=True).fill(last)
    page.get_by_label("to", exact=True).blur()
    wait_for_period(page, f".*/{_sunday(last)}")


def pick_subject(page, subject):
    page.get_by_label("Main subject at arXiv").select_option(subject)
    expect(page.locator("html")).to_have_attribute("data-subject", subject)


def wait_for_period(page, pattern):
    expect(page.locator("html")).to_have_attribute("data-period", re.compile(f"^{pattern}$"))


def _sunday(day):
    day = dt.date.fromisoformat(day)
    return day + dt.timedelta(days=6 - day.weekday())


def figure(page, name):
    return page.locator(f"[data-figure={name}]").inner_text()


def table(page, name):
    """Return the texts of a table that follows the period, with those of hidden cells."""
    return page.locator(f"tbody[data-rows={name}] tr").evaluate_all(
        "rows => rows.map(row => [...row.cells].map(cell => cell.textContent.trim()))"
    )


def number(value):
    """Return a number as the page shows it: with commas, or a dash if it is unknown."""
    return "–" if value is None else f"{value:,}"


def between(column, first, last):
    return f"{column} BETWEEN DATE '{first}' AND DATE '{last}'"


@pytest.fixture(scope="module", params=PERIODS, ids=lambda period: "all" if period is None else period[0])
def picked(request, browser, address):
    """The page at a period, with the period; who is given it only reads, for others read it too."""
    with windows(browser, address) as open_:
        page = open_()
        if request.param:
            pick(page, *request.param)
            first, last = read_period(page)
            asked = [dt.date.fromisoformat(day) for day in request.param]
            assert first <= asked[0] < first + dt.timedelta(days=7)
            assert last - dt.timedelta(days=7) < asked[1] <= last
        yield page, *read_period(page)


def test_a_period_is_whole_weeks(picked):
    _page, first, last = picked
    assert (first.isoweekday(), last.isoweekday()) == (1, 7)


def test_every_figure_is_that_of_sql(picked, papers):
    page, first, last = picked
    [(days, count, votes, known)] = papers.rows(
        f"""
        SELECT count(DISTINCT first_listed_on), count(*), sum(latest_votes), count(latest_votes)
        FROM dim_paper WHERE {between("first_listed_on", first, last)}
        """
    )
    names = papers.one(f"SELECT count(*) FROM dim_author WHERE {between('first_listed_on', first, last)}")
    assert figure(page, "papers") == f"{count:,}"
    assert figure(page, "days") == f"{days:,}"
    assert figure(page, "papers_a_day") == (f"{count / days:.1f}" if days else "–")
    assert figure(page, "votes") == number(votes)
    assert figure(page, "votes_a_paper") == (f"{votes / known:.1f}" if known else "–")
    assert figure(page, "new_authors") == f"{names:,}"


def test_the_top_papers_are_those_of_sql(picked, papers):
    page, first, last = picked
    expected = papers.rows(
        f"""
        SELECT arxiv_id, title, first_listed_on, latest_votes,
            (SELECT arg_min(votes, captured_at) FROM fact_vote
             WHERE fact_vote.paper_key = dim_paper.paper_key AND votes IS NOT NULL),
            (SELECT observed_hours > 0 FROM mart_vote_velocity AS velocity
             WHERE velocity.paper_key = dim_paper.paper_key),
            votes_seen_at::DATE
        FROM dim_paper WHERE {between("first_listed_on", first, last)}
        ORDER BY latest_votes DESC NULLS LAST, arxiv_id LIMIT 10
        """
    )
    shown = page.locator("tbody[data-rows=top] tr")
    assert shown.count() == len(expected)
    for row, (arxiv_id, title, listed_on, now, then, is_observed_twice, seen_on) in zip(
        shown.all(), expected, strict=True
    ):
        links = [link.get_attribute("href") for link in row.get_by_role("link").all()]
        assert links == [f"https://huggingface.co/papers/{arxiv_id}", f"https://arxiv.org/abs/{arxiv_id}"]
        assert row.get_by_role("link").first.inner_text() == " ".join(title.split())
        texts = [cell.inner_text() for cell in row.locator("td").all()]
        assert texts[2] == str(listed_on)
        gained = "–" if not is_observed_twice else f"{now - then:+,}" if now - then else "0"
        assert texts[3:] == [number(then), number(now), gained, str(seen_on)]


@pytest.fixture(scope="module", params=[(None, "cs.CL"), (("2024-12-16", "2025-03-16"), "cs.CV")], ids=["all", "part"])
def of_subject(request, browser, address):
    """The page with a picked subject, with the condition of its papers in SQL; who is given it only reads."""
    period, subject = request.param
    with windows(browser, address) as open_:
        page = open_()
        if period:
            pick(page, *period)
        pick_subject(page, subject)
        first, last = read_period(page)
        yield page, f"primary_category = '{subject}' AND {between('first_listed_on', first, last)}"


def test_every_figure_of_a_subject_is_that_of_sql(of_subject, papers):
    page, condition = of_subject
    [(days, count, votes, known)] = papers.rows(
        f"""
        SELECT count(DISTINCT first_listed_on), count(*), sum(latest_votes), count(latest_votes)
        FROM dim_paper WHERE {condition}
        """
    )
    names = papers.one(
        f"""
        SELECT count(*) FROM (
            SELECT min_by(paper, (first_listed_on, arxiv_id)) AS paper
            FROM bridge_paper_author JOIN dim_paper AS paper USING (paper_key) GROUP BY author_key
        ) WHERE {condition.replace("primary_", "paper.primary_").replace("first_", "paper.first_")}
        """
    )
    assert count > 3
    assert [figure(page, name) for name in ("papers", "days", "papers_a_day", "votes", "votes_a_paper")] == [
        *(f"{count:,}", f"{days:,}", f"{count / days:.1f}", f"{votes:,}", f"{votes / known:.1f}")
    ]
    assert figure(page, "new_authors") == f"{names:,}"


def test_the_months_of_a_subject_add_up_as_in_sql(of_subject, papers):
    page, condition = of_subject
    expected = papers.rows(
        f"""
        SELECT strftime(first_listed_on, '%Y-%m'), count(DISTINCT first_listed_on), count(*), sum(latest_votes)
        FROM dim_paper WHERE {condition} GROUP BY 1 ORDER BY 1 DESC
        """
    )
    assert table(page, "months") == [[month, str(days), f"{n:,}", number(votes)] for month, days, n, votes in expected]


def test_the_top_papers_of_a_subject_are_those_of_sql_with_their_curves(of_subject, papers):
    page, condition = of_subject
    expected = papers.rows(
        f"""
        WITH leader AS (
            SELECT * FROM dim_paper QUALIFY row_number() OVER (
                PARTITION BY primary_category, date_trunc('month', first_listed_on)
                ORDER BY latest_votes DESC NULLS LAST, arxiv_id
            ) <= 5
        )
        SELECT title, exists(
            SELECT 1 FROM fact_observation WHERE fact_observation.paper_key = leader.paper_key
            AND hours_since_listed < 336 AND votes IS NOT NULL AND doubt IS NULL
        )
        FROM leader WHERE {condition} ORDER BY latest_votes DESC NULLS LAST, arxiv_id LIMIT 10
        """
    )
    assert page.locator("tbody[data-rows=top] td.title > a").all_inner_texts() == [
        " ".join(title.split()) for title, _ in expected
    ]
    drawn = page.locator("[data-chart=vote_curves] svg .mark-line path").evaluate_all(
        "lines => lines.map(line => line.getAttribute('stroke'))"
    )
    known = [place for place, (_, is_seen) in enumerate(expected[:5], start=1) if is_seen]
    assert sorted(drawn) == [f"var(--series-{place})" for place in known]


def test_the_subjects_of_a_period_are_those_of_sql_whichever_is_picked(of_subject, papers):
    page, condition = of_subject
    expected = papers.rows(
        f"""
        SELECT primary_category, name, count(*) AS papers, 100 * count(*) / sum(count(*)) OVER () AS share
        FROM dim_paper JOIN dim_category ON primary_category = category
        WHERE {condition.partition(" AND ")[2]} GROUP BY ALL ORDER BY papers DESC, primary_category
        """
    )
    assert len(expected) <= 8
    assert table(page, "leading_subjects") == [
        [subject, name, f"{count:,}", f"{share:.1f}%"] for subject, name, count, share in expected
    ]


def test_charts_of_papers_follow_the_subject_and_those_of_names_do_not(opened):
    page = opened()
    charts = page.locator("[data-chart]")

    def draw():
        """Return the shapes of each chart, sorted: a chart that is drawn again may have them in another order."""
        return charts.evaluate_all(
            "all => all.map(one => [...one.querySelectorAll('svg [class*=mark-] path')].map(path =>"
            " path.getAttribute('d') + path.getAttribute('stroke')).sort())"
        )

    names = [chart.get_attribute("data-chart") for chart in charts.all()]
    before = draw()
    pick_subject(page, "cs.RO")
    changed = {name for name, one, other in zip(names, before, draw(), strict=True) if one != other}
    assert changed == {"overview", "papers", "votes", "vote_curves", "vote_fan"}
    pick_subject(page, "")
    assert draw() == before


def test_a_period_and_a_subject_are_picked_in_any_order(opened):
    page = opened()
    pick(page, "2024-12-16", "2025-03-16")
    pick_subject(page, "cs.CL")
    shown = [figure(page, "papers"), table(page, "top")]
    page.get_by_role("button", name="All").click()
    wait_for_period(page, "2023-.*")
    assert figure(page, "papers") != shown[0]
    pick(page, "2024-12-16", "2025-03-16")
    assert [figure(page, "papers"), table(page, "top")] == shown
    assert page.locator("#figures").inner_text().endswith(" · cs.CL")


def test_a_subject_is_picked_by_keyboard_alone(opened):
    page = opened()
    for _ in range(100):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "subject":
            break
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.type("cs.CV")
    expect(page.locator("html")).to_have_attribute("data-subject", "cs.CV")
    assert page.evaluate("document.activeElement.name") == "subject"


def test_the_months_add_up_as_in_sql(picked, papers):
    page, first, last = picked
    expected = papers.rows(
        f"""
        SELECT strftime(first_listed_on, '%Y-%m'), count(DISTINCT first_listed_on), count(*),
            sum(latest_votes)
        FROM dim_paper WHERE {between("first_listed_on", first, last)}
        GROUP BY 1 ORDER BY 1 DESC
        """
    )
    assert table(page, "months") == [[month, str(days), f"{n:,}", number(votes)] for month, days, n, votes in expected]


def test_coverage_counts_days_as_in_sql(picked, papers):
    page, first, last = picked
    expected = papers.rows(
        f"""
        SELECT source, status, count(*), sum(papers), sum(rejects) FROM mart_coverage
        WHERE attempts > 0 AND {between("date", first, last)} GROUP BY ALL ORDER BY ALL
        """
    )
    assert table(page, "statuses") == [[*row[:2], *(f"{value:,}" for value in row[2:])] for row in expected]


def test_the_keywords_are_those_of_sql(picked, papers):
    page, first, last = picked
    expected = papers.rows(
        f"""
        WITH leading_keyword AS (
            SELECT keyword FROM mart_keyword_month GROUP BY keyword
            ORDER BY sum(papers) DESC, sum(votes) DESC NULLS LAST, keyword LIMIT 40
        ), month AS (
            SELECT month, max(month_papers) AS papers FROM mart_keyword_month
            WHERE month BETWEEN date_trunc('month', DATE '{first}') AND DATE '{last}' GROUP BY month
        )
        SELECT keyword, sum(counted.papers) AS papers, (SELECT sum(papers) FROM month) AS among
        FROM mart_keyword_month AS counted SEMI JOIN month USING (month) SEMI JOIN leading_keyword USING (keyword)
        GROUP BY keyword ORDER BY papers DESC, keyword LIMIT 8
        """
    )
    assert table(page, "leading_keywords") == [
        ["", keyword, f"{count:,}", f"{100 * count / among:.1f}%"] for keyword, count, among in expected
    ]


@pytest.mark.parametrize(
    ("name", "who", "joined"),
    [
        (
            "authors",
            "author.name",
            "JOIN bridge_paper_author USING (paper_key) JOIN dim_author AS author USING (author_key)",
        ),
        (
            "organizations",
            "coalesce(author.full_name, author.name)",
            "JOIN dim_organization AS author USING (organization_key)",
        ),
    ],
    ids=["authors", "organizations"],
)
def test_those_on_the_rise_are_those_of_sql(picked, papers, name, who, joined):
    page, first, last = picked
    counted = f"""
        SELECT {who} AS name, date_trunc('month', dim_paper.first_listed_on) AS month, latest_votes AS votes
        FROM dim_paper {joined}
    """
    month = papers.one(
        f"SELECT max(month) FROM ({counted}) WHERE month BETWEEN date_trunc('month', DATE '{first}') AND DATE '{last}'"
    )
    expected = month and papers.rows(
        f"""
        SELECT name, strftime(DATE '{month}', '%Y-%m'),
            count(*) FILTER (month <= DATE '{month}' - INTERVAL 3 MONTH) AS before,
            count(*) FILTER (month > DATE '{month}' - INTERVAL 3 MONTH) AS papers,
            coalesce(sum(votes) FILTER (month > DATE '{month}' - INTERVAL 3 MONTH), 0) AS votes
        FROM ({counted}) WHERE month > DATE '{month}' - INTERVAL 6 MONTH AND month <= DATE '{month}'
        GROUP BY name HAVING papers > before ORDER BY papers - before DESC, votes DESC, name LIMIT 10
        """
    )
    assert table(page, name) == [[*map(str, row[:4]), f"{row[4]:,}"] for row in expected or ()]


def test_the_newest_week_is_that_of_sql(opened, papers):
    expected = papers.rows(
        """
        SELECT title, latest_votes FROM dim_paper
        WHERE date_trunc('week', first_listed_on) = (SELECT max(date_trunc('week', first_listed_on)) FROM dim_paper)
        ORDER BY latest_votes DESC NULLS LAST, arxiv_id LIMIT 10
        """
    )
    rows = opened().locator("#this_week tr").all()
    assert [(row.get_by_role("link").first.inner_text(), row.locator("td").nth(4).inner_text()) for row in rows] == [
        (title, str(votes)) for title, votes in expected
    ]


def test_a_drag_over_the_bars_picks_the_weeks_under_it(opened, papers):
    page = opened()
    bars = page.locator("[data-chart=overview] svg")
    bars.scroll_into_view_if_needed()
    box = bars.bounding_box()
    y = box["y"] + box["height"] / 3
    page.mouse.move(box["x"] + box["width"] * 0.45, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.7, y, steps=8)
    page.mouse.up()
    whole = papers.rows("SELECT min(first_listed_on), max(first_listed_on) FROM dim_paper")[0]
    wait_for_period(page, f"(?!{whole[0]:%Y}).*")
    first, last = read_period(page)
    assert whole[0] < first < last < whole[1]
    assert page.get_by_label("from", exact=True).input_value() == str(first)
    assert page.get_by_label("to", exact=True).input_value() == str(last)
    count = papers.one(f"SELECT count(*) FROM dim_paper WHERE {between('first_listed_on', first, last)}")
    assert figure(page, "papers") == str(count)


def test_the_charts_follow_the_period(opened):
    page = opened()

    def drawn(name):
        return page.locator(f"[data-chart={name}] svg").inner_html()

    followers = page.locator("[data-chart]:not([data-chart=overview]) svg")
    before = [chart.inner_html() for chart in followers.all()]
    pick(page, "2025-03-10", "2025-03-23")
    after = [chart.inner_html() for chart in followers.all()]
    assert len(before) == len(after) == 10
    assert [chart for chart in after if chart in before] == []
    bars = page.locator("[data-chart=papers] svg .mark-rect path")
    assert bars.count() == 2
    assert "Mar 2025" in drawn("keywords")


def test_each_source_has_a_calendar_of_its_own_days(opened, papers):
    expected = papers.rows(
        """
        SELECT source, count(*) FROM mart_coverage JOIN dim_source USING (source) WHERE attempts > 0
        GROUP BY source, precedence ORDER BY precedence
        """
    )
    calendars = opened().locator("[data-chart=coverage]").all()
    assert [
        (calendar.get_attribute("data-source"), calendar.locator("svg .mark-rect path").count())
        for calendar in calendars
    ] == expected
    assert len({calendar.get_attribute("aria-label") for calendar in calendars}) == len(expected) == 2


def test_the_names_on_the_rise_are_those_of_their_table(opened):
    page = opened()
    for kind, name in [("author", "authors"), ("organization", "organizations")]:
        drawn = page.locator(f"[data-chart=rising][data-kind={kind}] svg text").all_text_contents()
        listed = {row[0][:9] for row in table(page, name)}  # long names are cut in the chart
        assert listed
        assert listed <= {text[:9] for text in drawn}


def test_the_buttons_pick_the_newest_weeks_and_all(opened, papers):
    page = opened()
    newest = papers.one("SELECT max(first_listed_on) FROM dim_paper")
    whole = read_period(page)
    for label, weeks in [("4 weeks", 4), ("13 weeks", 13), ("52 weeks", 52)]:
        page.get_by_role("button", name=label).click()
        wait_for_period(page, f"{_monday(newest, weeks)}/.*")
        first, last = read_period(page)
        assert (last - first).days + 1 == 7 * weeks
        assert first <= newest <= last
    page.get_by_role("button", name="All").click()
    wait_for_period(page, f"{whole[0]}/.*")
    assert read_period(page) == whole


def _monday(day, weeks):
    return day - dt.timedelta(days=day.weekday() + 7 * (weeks - 1))


def test_a_day_beyond_the_other_end_moves_that_end_too(opened):
    page = opened()
    begin, end = page.get_by_label("from", exact=True), page.get_by_label("to", exact=True)
    end.fill("2025-03-11")
    wait_for_period(page, ".*/2025-03-16")
    begin.fill("2025-04-14")
    wait_for_period(page, "2025-04-14/2025-04-20")
    end.fill("2025-03-11")
    wait_for_period(page, "2025-03-10/2025-03-16")


def test_of_periods_picked_in_a_hurry_the_last_one_stands(opened):
    page = opened()
    begin, end = page.get_by_label("from", exact=True), page.get_by_label("to", exact=True)
    for first, last in [("2024-12-16", "2024-12-22"), ("2025-02-24", "2025-03-02"), ("2025-07-07", "2025-07-13")]:
        begin.fill(first)
        end.fill(last)
        end.blur()
        wait_for_period(page, f"{first}/{last}")
        page.wait_for_timeout(300)
        assert [begin.input_value(), end.input_value(), *map(str, read_period(page))] == [first, last] * 2


def test_days_that_make_no_period_leave_a_period(opened):
    page = opened()
    whole = read_period(page)
    begin = page.get_by_label("from", exact=True)
    begin.fill("1999-01-01")
    wait_for_period(page, f"{whole[0]}/.*")
    begin.fill("")
    begin.blur()
    expect(begin).to_have_value(str(whole[0]))


def test_a_period_is_picked_by_keyboard_alone(opened):
    page = opened()
    for _ in range(100):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "from":
            break
    page.keyboard.type("03102025")
    page.keyboard.press("Tab")
    wait_for_period(page, "2025-03-10/.*")
    while page.evaluate("document.activeElement.tagName") != "BUTTON":
        page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    wait_for_period(page, f"{_monday(read_period(page)[1], 4)}/.*")


def test_a_period_without_papers_says_so(opened):
    page = opened()
    tables = page.locator("tbody[data-rows]")

    def said():
        return tables.evaluate_all("bodies => bodies.map(body => getComputedStyle(body, '::after').content)")

    assert set(said()) == {"none"}
    pick(page, "2025-07-07", "2025-07-13")
    assert said().count('"None in this period."') == tables.count() - (1 if table(page, "statuses") else 0)


def test_a_curve_has_the_marks_of_its_paper_though_the_first_has_no_curve(opened, papers, tmp_path):
    with open_warehouse(papers.warehouse) as connection:
        data = read_data(connection)
    leader = papers.one("SELECT arxiv_id FROM dim_paper ORDER BY latest_votes DESC NULLS LAST, arxiv_id LIMIT 1")
    curves = [row for row in data.charted["vote_curves"] if row[0] != leader]
    data.charted["vote_curves"] = [(leader, None, None), *curves]
    (tmp_path / "unseen.html").write_text(render_page(data, mark=""), encoding="utf-8")
    page = opened((tmp_path / "unseen.html").as_uri())
    drawn = page.locator("[data-chart=vote_curves] svg .mark-line path").evaluate_all(
        "lines => lines.map(line => line.getAttribute('stroke'))"
    )
    assert sorted(drawn) == [f"var(--series-{number})" for number in range(2, 6)]
    marks = page.locator("tbody[data-rows=top] td:first-child").evaluate_all(
        "cells => cells.map(cell => getComputedStyle(cell, '::before').content)"
    )
    assert len(set(marks[:5])) == 5
    assert set(marks[5:]) == {"none"}


def test_every_chart_has_a_text_for_screen_readers(opened):
    page = opened()
    for chart in page.locator("[data-chart]").all():
        assert chart.get_attribute("role") == "graphics-document"
        assert re.match(r"(Bars|Lines|Calendar): .{20,}", chart.get_attribute("aria-label"))


def test_korean_is_drawn_with_its_own_signs(opened):
    page = opened()
    quote = page.locator("blockquote[lang=ko]").first
    assert re.search("[가-힣]", quote.inner_text())
    # A font without Hangul draws every syllable as the same box.
    drawn = page.evaluate(
        """() => ["가", "힣"].map(sign => {
            const canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
            pen.font = "40px " + getComputedStyle(document.body).fontFamily;
            pen.fillText(sign, 0, 60);
            return canvas.toDataURL();
        })"""
    )
    assert drawn[0] != drawn[1]
    assert quote.evaluate("quote => getComputedStyle(quote).wordBreak") == "keep-all"


def test_the_page_fits_a_phone(opened, screenshots):
    page = opened(**PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.evaluate("Math.max(...[...document.querySelectorAll('svg')].map(svg => svg.clientWidth))") <= 390
    assert float(page.locator("main p").first.evaluate("p => parseFloat(getComputedStyle(p).fontSize)")) >= 14
    page.get_by_role("heading", name="Top papers").scroll_into_view_if_needed()
    page.evaluate("document.getElementById('period').scrollIntoView()")
    page.screenshot(path=screenshots / "dashboard-phone.png")


def test_what_a_phone_shows_is_not_cut_off(opened):
    page = opened(**PHONE)
    charts = page.locator("[data-chart=papers], [data-chart=coverage]").all()
    assert len(charts) == 3
    for chart in charts:
        marks = chart.locator("svg .mark-rect path")
        for mark in (marks.first, marks.nth(marks.count() // 2), marks.last):
            mark.scroll_into_view_if_needed()
            mark.hover()
            tip = page.locator("#vg-tooltip-element.visible").bounding_box()
            assert tip["x"] >= 0
            assert tip["x"] + tip["width"] <= 390
    for width in (390, 360):
        page.set_viewport_size({"width": width, "height": 800})
        wider = page.locator(".scroll").evaluate_all(
            "places => places.filter(place => place.scrollWidth > place.clientWidth).map(place => place.textContent)"
        )
        assert wider == []
    last = "[...row.children].filter(cell => !cell.matches('.wide')).at(-1)"  # wide windows alone show the others
    ends = f"rows => rows.filter(row => row.checkVisibility()).map(row => {last}.checkVisibility())"
    assert all(page.locator("table tr:has(> *)").evaluate_all(ends))


def test_the_page_is_dark_where_the_reader_prefers_it(opened, screenshots):
    page = opened(color_scheme="dark", viewport={"width": 1280, "height": 1100})
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert max(int(part) for part in re.findall(r"\d+", ground)) < 60
    label = page.locator("[data-chart=papers] svg text").first
    ink = label.evaluate("text => getComputedStyle(text).fill")
    assert min(int(part) for part in re.findall(r"\d+", ink)) > 180
    pick(page, "2025-01-06", "2025-06-01")
    page.evaluate("document.getElementById('figures').scrollIntoView()")
    page.screenshot(path=screenshots / "dashboard-dark.png")


def test_a_picture_of_the_page_is_kept(opened, screenshots):
    page = opened(viewport={"width": 1280, "height": 1720})
    page.screenshot(path=screenshots / "dashboard.png")


def test_a_window_that_changes_its_width_is_filled(opened):
    page = opened()
    pick(page, "2025-02-24", "2025-03-02")
    for width, drawn in [(700, r"[56]\d\d"), (1000, r"[89]\d\d"), (1300, r"1[12]\d\d"), (1280, r"1[12]\d\d")]:
        page.set_viewport_size({"width": width, "height": 900})
        expect(page.locator("[data-chart=overview] svg")).to_have_attribute("width", re.compile(f"^{drawn}$"))
        page.wait_for_timeout(300)
        assert read_period(page) == (dt.date(2025, 2, 24), dt.date(2025, 3, 2))


def test_no_title_or_name_runs_as_code(opened, papers, tmp_path):
    hostile = '<img src=x onerror="document.title=1">${document.title=2}</script><script>document.title=3</script>'
    with open_warehouse(papers.warehouse) as connection:
        data = read_data(connection)
    for query, rows in data.charted.items():
        texts = [at for at, kind in enumerate(CHARTED[query].values()) if kind in ("text", "word")]
        of_own = [at for at in texts if list(CHARTED[query])[at] not in ("arxiv_id", "source", "status", "kind")]
        rows[:] = [tuple(hostile + str(v) if at in of_own else v for at, v in enumerate(row)) for row in rows]
    for row in [*data.tables["this_week"], *data.tables["opening_words"]]:
        row |= {name: hostile for name in ("title", "text", "first_author", "organization") if name in row}
    (tmp_path / "hostile.html").write_text(render_page(data, mark=""), encoding="utf-8")
    page = opened((tmp_path / "hostile.html").as_uri())
    assert page.locator("[data-rows=top] a").first.inner_text().startswith(hostile)
    picked = page.get_by_label("Main subject at arXiv")
    picked.select_option(index=1)
    expect(page.locator("#figures")).to_contain_text(hostile)
    assert picked.input_value().startswith(hostile)
    page.locator("[data-chart=rising][data-kind=author] svg .mark-rect path").first.hover()
    expect(page.locator("#vg-tooltip-element")).to_contain_text(hostile)
    assert page.locator("img").count() == 0
    assert page.title() == "Daily Papers"


def test_a_warehouse_without_papers_has_a_page_too(opened, tmp_path):
    home = Home(tmp_path / "empty")
    publish(home)
    page = opened(write_dashboard(home).as_uri())
    assert figure(page, "papers") == "0"
    assert page.get_by_text("No paper has been listed yet.").is_visible()
    assert page.locator("select, [data-rows=leading_subjects]").count() == 0


def test_a_period_of_ten_years_is_picked_too(opened, tmp_path):
    with ten_years() as connection:
        (tmp_path / "ten.html").write_text(render_page(read_data(connection), mark=""), encoding="utf-8")
    page = opened((tmp_path / "ten.html").as_uri())
    assert figure(page, "papers") == "104,320"
    pick(page, "2020-03-02", "2020-03-08")
    assert figure(page, "papers") == "200"
    pick_subject(page, "cs.CV")
    assert 20 < int(figure(page, "papers")) < 100
    assert table(page, "statuses") == [
        [source, status, days, papers, "0"]
        for source in ("digest", "huggingface")
        for status, days, papers in (("missing", "2", "80"), ("published", "5", "200"))
    ]


def test_the_command_writes_the_page_and_opens_it(papers, tmp_path):
    seen = tmp_path / "seen"
    viewer = tmp_path / "viewer"
    viewer.write_text(f'#!/bin/sh\necho "$1" > {seen}\n')
    viewer.chmod(0o755)
    opener = Papers(papers.home, {"PATH": str(tmp_path), "BROWSER": str(viewer)})
    printed = opener("dashboard", "--open", "--output", str(tmp_path / "public.html"))
    assert f"Dashboard: {tmp_path / 'public.html'}" in printed
    assert (tmp_path / "public.html").read_bytes() == (papers.home / "dashboard" / "index.html").read_bytes()


def test_where_no_browser_is_found_a_line_says_so(papers, tmp_path):
    opener = Papers(papers.home, {"PATH": str(tmp_path), "DISPLAY": "", "WAYLAND_DISPLAY": ""})
    printed = opener("dashboard", "--open")
    assert printed.splitlines()[-1] == "No browser was found; open that file in one."
