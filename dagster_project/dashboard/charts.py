"""The charts, drawn by Altair: pure functions that return Vega-Lite specifications, without their rows.

A chart reads the rows of a query under `sql/dashboard/` by its name; the page holds them once for all. The period
that a reader picked is in every chart as the parameters `from` (first midnight, UTC, in milliseconds) and `to` (the
first midnight after it).
"""

from collections.abc import Callable, Mapping
from typing import Any

import altair as alt

from dagster_project.dashboard.data import vega_format

Spec = dict[str, Any]

DAY = 86_400_000
"""Milliseconds in a day, the unit of time in Vega."""
MONDAY = 4 * DAY
"""The first Monday of Vega's time, from which weeks are counted."""
FROM_ZERO = alt.Scale(zero=True)
SPACED = {"expr": "max(2, floor(width / 90))"}
"""As many ticks along x as leave room for their labels."""
STATUSES = {
    "published": "var(--good)",
    "empty": "var(--quiet)",
    "incomplete": "var(--warn)",
    "missing": "var(--gap)",
    "failed": "var(--bad)",
}
"""What can become of a day, with its colour; the page's text beside the calendars is their legend."""
SERIES = [f"var(--series-{number})" for number in range(1, 9)]
"""Colours of lines; the page's style sheet says what they are by day and by night."""
SHAPES = ["circle", "square", "triangle-up", "diamond", "triangle-down", "triangle-left", "triangle-right", "cross"]
"""Shapes of their points, for those who do not tell the colours apart; the style sheet draws the same."""


def week_of(time: str) -> str:
    """Return a Vega expression for the Monday of the week that a time lies in, in milliseconds."""
    return f"({MONDAY} + floor(({time} - {MONDAY}) / {7 * DAY}) * {7 * DAY})"


def _chart(query: str, height: int, description: str) -> alt.Chart:
    """Return a chart as wide as its place on the page, over the rows of a query."""
    named = alt.NamedData(name=query, format=alt.DataFormat(**vega_format(query)))
    return alt.Chart(named, width="container", height=height, description=description)


def in_period(time: str) -> str:
    """Return a Vega expression that keeps the rows of the picked period: by its days, or by months that it touches."""
    begin = "utc(utcyear(from), utcmonth(from), 1)" if time == "month" else "from"
    return f"datum.{time} >= {begin} && datum.{time} < to"


def _in_period(chart: alt.Chart, time: str) -> alt.Chart:
    return chart.add_params(alt.param(name="from", value=0), alt.param(name="to", value=0)).transform_filter(
        in_period(time)
    )


def _time(field: str) -> alt.X:
    """Lay days or months out along x, UTC; a label tells the year wherever more than one can be in sight."""
    label = f"to - from > {300 * DAY} ? utcFormat(datum.value, '%b %Y') : utcFormat(datum.value, '%-d %b')"
    axis = alt.Axis(labelExpr=label, tickCount=SPACED, labelOverlap=True, labelSeparation=8, labelFlush=20)
    if field == "month":
        axis.labelExpr, axis.tickMinStep = "utcFormat(datum.value, '%b %Y')", 31 * DAY
    return alt.X(f"{field}:T", scale=alt.Scale(type="utc"), title=None, axis=axis)


def _whole_period(x: alt.X) -> alt.X:
    """Lay out the whole period, also where it holds no rows."""
    return x.scale(type="utc", domainMin=alt.ExprRef("from"), domainMax=alt.ExprRef("to"))


def _by_rank(most: int) -> dict[str, Any]:
    """Mark lines by rank; the table beside them, whose first rows bear the same marks, is their legend."""
    ranks = list(range(1, most + 1))
    return {
        "color": alt.Color("rank:N", scale=alt.Scale(domain=ranks, range=SERIES[:most]), legend=None),
        "shape": alt.Shape("rank:N", scale=alt.Scale(domain=ranks, range=SHAPES[:most]), legend=None),
    }


def overview() -> Spec:
    """Return papers week by week, with the brush that picks the period."""
    brush = alt.selection_interval(name="brush", encodings=["x"], zoom=False)
    chart = (
        _chart("days", 90, "Bars: papers first listed in each week. Drag over them to pick a period.")
        .transform_calculate(week=week_of("datum.date"))
        .transform_aggregate(papers="sum(papers)", groupby=["week"])
        .transform_calculate(week_end=f"datum.week + {7 * DAY}")
        .mark_bar(aria=False)
        .encode(
            x=_time("week"),
            x2="week_end:T",
            y=alt.Y("papers:Q", title="papers a week", axis=alt.Axis(tickCount=3), scale=FROM_ZERO),
            y2=alt.Y2Datum(0),
            color=alt.condition(brush, alt.value(SERIES[0]), alt.value("var(--quiet)")),
            tooltip=[
                alt.Tooltip("week:T", title="week of", format="%Y-%m-%d", timeUnit="utcyearmonthdate"),
                alt.Tooltip("papers:Q"),
            ],
        )
        .add_params(brush, alt.param(name="from", value=0), alt.param(name="to", value=0))
    )
    return chart.to_dict()


def per_day(measure: str, title: str, color: str) -> Spec:
    """Return a measure of the days in the period as bars; of weeks, when that is longer than 400 days."""
    span = f"(to - from > {400 * DAY} ? {7 * DAY} : {DAY})"
    chart = (
        _in_period(_chart("days", 220, f"Bars: {title}, in the picked period."), "date")
        .transform_calculate(
            begin=f"to - from > {400 * DAY} ? {week_of('datum.date')} : time(datum.date)",
        )
        .transform_aggregate(total=f"sum({measure})", groupby=["begin"])
        .transform_calculate(end=f"datum.begin + {span}")
        .mark_bar(color=color, aria=False)
        .encode(
            x=_whole_period(_time("begin")),
            x2="end:T",
            y=alt.Y("total:Q", title=title, axis=alt.Axis(tickCount=5), scale=FROM_ZERO),
            y2=alt.Y2Datum(0),
            tooltip=[
                alt.Tooltip("begin:T", title="from", format="%Y-%m-%d", timeUnit="utcyearmonthdate"),
                alt.Tooltip("total:Q", title=title, format=","),
            ],
        )
    )
    return chart.to_dict()


def vote_curves() -> Spec:
    """Return how the votes of the period's five leading papers grew in their first two weeks."""
    leaders = alt.NamedData(name="top_papers", format=alt.DataFormat(**vega_format("top_papers")))
    curves = (
        _chart(
            "vote_curves",
            260,
            "Lines: votes of the five leading papers of the picked period, by days since their list.",
        )
        .transform_lookup(
            lookup="arxiv_id",
            from_=alt.LookupData(data=leaders, key="arxiv_id", fields=["title", "listed_on", "votes_now"]),
        )
        .transform_calculate(listed_on="toDate(datum.listed_on)")
    )  # a lookup leaves the days of its rows as text
    chart = (
        _in_period(curves, "listed_on")
        .transform_window(
            rank="dense_rank()",
            sort=[alt.SortField("votes_now", order="descending"), alt.SortField("arxiv_id")],
            frame=[None, None],
        )
        .transform_filter("datum.rank <= 5 && isValid(datum.hours)")
        .transform_calculate(days="datum.hours / 24")
        .mark_line(point=alt.OverlayMarkDef(size=60, filled=True), interpolate="monotone")
        .encode(
            x=alt.X("days:Q", title="days since the day of its list began (UTC)", axis=alt.Axis(tickCount=SPACED)),
            y=alt.Y("votes:Q", title="votes"),
            **_by_rank(5),
            tooltip=["title:N", alt.Tooltip("hours:Q", format=".1f"), alt.Tooltip("votes:Q", format=",")],
        )
    )
    return chart.to_dict()


def _papers(field: str) -> alt.X:
    axis = alt.Axis(tickMinStep=1, tickCount=5, format="d")
    return alt.X(f"{field}:Q", title="papers in three months", axis=axis)


def rising(kind: str, who: str) -> Spec:
    """Return who gained most papers in the three months up to the period's last, against the three before."""
    description = f"Bars: papers of {who} on the rise; ticks: in the three months before."
    newest = (
        _in_period(_chart("rising", 260, description), "month")
        .transform_filter(alt.datum.kind == kind)
        .transform_joinaggregate(newest="max(month)")
        .transform_filter("time(datum.month) === time(datum.newest)")
    )
    y = alt.Y("name:N", title=None, sort=None, axis=alt.Axis(labelLimit=180))
    tooltip = [
        alt.Tooltip("name:N"),
        alt.Tooltip("papers_now:Q", title="papers now"),
        alt.Tooltip("papers_before:Q", title="papers before"),
        alt.Tooltip("votes_now:Q", title="votes now", format=","),
    ]
    now = newest.mark_bar(color=SERIES[0], aria=False).encode(_papers("papers_now"), y=y, tooltip=tooltip)
    before = newest.mark_tick(color="currentColor", thickness=3, aria=False)
    before = before.encode(_papers("papers_before"), y=y, tooltip=tooltip)
    return alt.layer(now, before, description=description).to_dict()


def keywords() -> Spec:
    """Return the share of papers with each of the period's eight leading keywords, month by month."""
    chart = (
        _in_period(_chart("keywords", 260, "Lines: share of each month's papers with a leading keyword."), "month")
        .transform_joinaggregate(total="sum(papers)", groupby=["keyword"])
        .transform_window(
            rank="dense_rank()",
            sort=[alt.SortField("total", order="descending"), alt.SortField("keyword")],
            frame=[None, None],
        )
        .transform_filter("datum.rank <= 8 && datum.total > 0")
        .transform_calculate(share="datum.papers / datum.month_papers")
        .mark_line(point=alt.OverlayMarkDef(size=60, filled=True))
        .encode(
            x=_time("month"),
            y=alt.Y("share:Q", title="share of papers", axis=alt.Axis(format="%")),
            **_by_rank(8),
            tooltip=[
                alt.Tooltip("keyword:N"),
                alt.Tooltip("month:T", title="month", format="%Y-%m", timeUnit="utcyearmonth"),
                alt.Tooltip("papers:Q", format=","),
                alt.Tooltip("share:Q", format=".1%"),
            ],
        )
    )
    return chart.to_dict()


def coverage(source: str) -> Spec:
    """Return what became of each day of a source in the period, as a calendar of weeks by weekdays."""
    chart = (
        _in_period(_chart("coverage", 130, f"Calendar: what became of each day of the source {source}."), "date")
        .transform_filter(alt.datum.source == source)
        .transform_calculate(
            week=week_of("datum.date"),
            week_end=f"{week_of('datum.date')} + {7 * DAY}",
            weekday="(utcday(datum.date) + 6) % 7",
        )
        .transform_calculate(next_weekday="datum.weekday + 1")
        .mark_rect(aria=False)
        .encode(
            x=_whole_period(_time("week")),
            x2="week_end:T",
            y=alt.Y(
                "weekday:Q",
                title=None,
                scale=alt.Scale(domain=[0, 7], reverse=True, nice=False),
                axis=alt.Axis(
                    values=[0, 2, 4, 6],
                    labelExpr="['Mon','','Wed','','Fri','','Sun'][datum.value]",
                    labelBaseline="top",
                    grid=False,
                ),
            ),
            y2="next_weekday:Q",
            color=alt.Color(
                "status:N",
                title=None,
                scale=alt.Scale(domain=list(STATUSES), range=list(STATUSES.values())),
                legend=None,
            ),
            tooltip=[
                alt.Tooltip("date:T", title="day", format="%A %Y-%m-%d", timeUnit="utcyearmonthdate"),
                alt.Tooltip("status:N"),
                alt.Tooltip("papers:Q"),
                alt.Tooltip("rejects:Q"),
            ],
        )
    )
    return chart.to_dict()


CHARTS: Mapping[str, Callable[[], Spec]] = {
    "overview": overview,
    "papers": lambda: per_day("papers", "papers first listed", SERIES[0]),
    "votes": lambda: per_day("votes", "votes of the papers listed", SERIES[1]),
    "vote_curves": vote_curves,
    "rising_authors": lambda: rising("author", "author names"),
    "rising_organizations": lambda: rising("organization", "organisations"),
    "keywords": keywords,
    "coverage_digest": lambda: coverage("digest"),
    "coverage_huggingface": lambda: coverage("huggingface"),
}
"""Every chart by its place on the page."""
