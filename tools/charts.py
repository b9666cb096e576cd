"""The dashboard's charts, drawn with Altair: pure functions that return Vega-Lite specifications without rows.

`python -m tools.charts` writes them to `dashboard/charts.json`, which the page holds; a test fails when the file is
another. So a build needs no Altair.

A chart names the query under `sql/dashboard/` whose rows it draws; the page holds the rows once. Every chart has the
parameters `from` (the first midnight of the picked period) and `to` (the first midnight after it), both in milliseconds
UTC, and `subject`, which is empty for all papers. A chart that the page draws several times has more parameters, which
the page sets by `data-` attributes. Figures and tables belong in `figures`.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

import altair as alt

from dagster_project.config import PACKAGE
from dagster_project.dashboard.data import describe_format
from dagster_project.dashboard.expressions import DAY, floor_to_week, match_period, match_subject

FILE = PACKAGE / "dashboard" / "charts.json"

Spec = dict[str, Any]

FROM_ZERO = alt.Scale(zero=True)
SPACED = {"expr": "max(2, floor(width / 90))"}
"""The number of ticks along x that leaves room for their labels."""
STATUSES = {
    "published": "var(--good)",
    "empty": "var(--quiet)",
    "incomplete": "var(--warn)",
    "missing": "var(--gap)",
    "failed": "var(--bad)",
}
"""The colour of each status of a day; the legend is in the text above the calendars."""
SERIES = [f"var(--series-{number})" for number in range(1, 9)]
"""The colours of lines; the style sheet defines them for light and dark mode."""
SHAPES = ["circle", "square", "triangle-up", "diamond", "triangle-down", "triangle-left", "triangle-right", "cross"]
"""The shapes of points, for readers who cannot distinguish the colours; the style sheet has the same shapes."""


def _read_rows(query: str) -> alt.NamedData:
    return alt.NamedData(name=query, format=alt.DataFormat(**describe_format(query)))


def _start_chart(query: str, height: int, description: str) -> alt.Chart:
    """Return a chart of the rows of a query, as wide as its container."""
    return alt.Chart(_read_rows(query), width="container", height=height, description=description)


def _add_parameters(chart: alt.Chart, **others: str) -> alt.Chart:
    """Return the chart with the parameters of the period and the subject, and others with their default values."""
    defaults = {"from": 0, "to": 0, "subject": ""} | others
    return chart.add_params(*(alt.param(name=name, value=value) for name, value in defaults.items()))


def _follow_period(chart: alt.Chart, field: str, **others: str) -> alt.Chart:
    """Return the chart with the parameters, limited to the rows of the period."""
    return _add_parameters(chart, **others).transform_filter(match_period(field))


def _follow_both(chart: alt.Chart, field: str) -> alt.Chart:
    """Return the chart with the parameters, limited to the rows of the period and of the subject."""
    return _follow_period(chart, field).transform_filter(match_subject())


def _lay_out_time(field: str) -> alt.X:
    """Return the x axis for days or months in UTC; its labels name the year if the period is longer than 300 days."""
    label = f"to - from > {300 * DAY} ? utcFormat(datum.value, '%b %Y') : utcFormat(datum.value, '%-d %b')"
    axis = alt.Axis(labelExpr=label, tickCount=SPACED, labelOverlap=True, labelSeparation=8, labelFlush=20)
    if field == "month":
        axis.labelExpr, axis.tickMinStep = "utcFormat(datum.value, '%b %Y')", 31 * DAY
    return alt.X(f"{field}:T", scale=alt.Scale(type="utc"), title=None, axis=axis)


def _lay_out_period(field: str) -> alt.X:
    """Return the x axis for the whole period, including parts without rows."""
    return _lay_out_time(field).scale(type="utc", domainMin=alt.ExprRef("from"), domainMax=alt.ExprRef("to"))


def _mark_ranks(most: int) -> dict[str, Any]:
    """Return a colour and a shape for each rank; the table beside the chart shows both and serves as the legend."""
    ranks = list(range(1, most + 1))
    return {
        "color": alt.Color("rank:N", scale=alt.Scale(domain=ranks, range=SERIES[:most]), legend=None),
        "shape": alt.Shape("rank:N", scale=alt.Scale(domain=ranks, range=SHAPES[:most]), legend=None),
    }


def _draw_overview() -> Spec:
    """Return the chart of papers by week, with the brush that picks the period."""
    brush = alt.selection_interval(name="brush", encodings=["x"], zoom=False)
    chart = (
        _start_chart("days", 90, "Bars: papers first listed in each week. Drag over them to pick a period.")
        # Weeks without papers of the subject stay, so that the axis and the brush do.
        .transform_calculate(week=floor_to_week("datum.date"), counted=f"{match_subject()} ? datum.papers : 0")
        .transform_aggregate(papers="sum(counted)", groupby=["week"])
        .transform_calculate(week_end=f"datum.week + {7 * DAY}")
        .mark_bar(aria=False)
        .encode(
            x=_lay_out_time("week"),
            x2="week_end:T",
            y=alt.Y("papers:Q", title="papers a week", axis=alt.Axis(tickCount=3), scale=FROM_ZERO),
            y2=alt.Y2Datum(0),
            color=alt.condition(brush, alt.value(SERIES[0]), alt.value("var(--quiet)")),
            tooltip=[
                alt.Tooltip("week:T", title="week of", format="%Y-%m-%d", timeUnit="utcyearmonthdate"),
                alt.Tooltip("papers:Q"),
            ],
        )
        .add_params(brush)
    )
    return _add_parameters(chart).to_dict()


def _draw_days(measure: str, title: str, color: str) -> Spec:
    """Return a bar chart of a measure by day, or by week if the period is longer than 400 days."""
    span = f"(to - from > {400 * DAY} ? {7 * DAY} : {DAY})"
    chart = (
        _follow_both(_start_chart("days", 220, f"Bars: {title}, in the picked period."), "date")
        .transform_calculate(
            begin=f"to - from > {400 * DAY} ? {floor_to_week('datum.date')} : time(datum.date)",
        )
        .transform_aggregate(total=f"sum({measure})", groupby=["begin"])
        .transform_calculate(end=f"datum.begin + {span}")
        .mark_bar(color=color, aria=False)
        .encode(
            x=_lay_out_period("begin"),
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


def _draw_vote_curves() -> Spec:
    """Return the chart of the votes of the period's five leading papers in their first two weeks."""
    fields = ["title", "subject", "listed_on", "latest_votes"]
    leaders = alt.LookupData(data=_read_rows("top_papers"), key="arxiv_id", fields=fields)
    description = "Lines: votes of the five leading papers of the picked period, by days since their list."
    curves = (
        _start_chart("vote_curves", 260, description)
        .transform_lookup(lookup="arxiv_id", from_=leaders)
        .transform_calculate(listed_on="toDate(datum.listed_on)")  # a lookup returns days as text
    )
    chart = (
        _follow_both(curves, "listed_on")
        .transform_window(
            rank="dense_rank()",
            sort=[alt.SortField("latest_votes", order="descending"), alt.SortField("arxiv_id")],
            frame=[None, None],
        )
        .transform_filter("datum.rank <= 5 && isValid(datum.hours)")
        .transform_calculate(days="datum.hours / 24")
        .mark_line(point=alt.OverlayMarkDef(size=60, filled=True), interpolate="monotone")
        .encode(
            x=alt.X("days:Q", title="days since the day of its list began (UTC)", axis=alt.Axis(tickCount=SPACED)),
            y=alt.Y("votes:Q", title="votes"),
            **_mark_ranks(5),
            tooltip=["title:N", alt.Tooltip("hours:Q", format=".1f"), alt.Tooltip("votes:Q", format=",")],
        )
    )
    return chart.to_dict()


def _draw_vote_fan() -> Spec:
    """Return the chart of the quartiles of votes by age, of the papers first listed in the period."""
    description = "Lines: median votes of the picked papers by age, in a band that holds the middle half of them."
    rows = (
        _follow_both(_start_chart("vote_ages", 260, description), "week")
        .transform_aggregate(papers="sum(papers)", groupby=["age_hours", "votes"])
        .transform_joinaggregate(known="sum(papers)", groupby=["age_hours"])
        .transform_window(up_to="sum(papers)", sort=[alt.SortField("votes")], groupby=["age_hours"], frame=[None, 0])
        .transform_calculate(
            low=_select_quartile(0.25),
            middle=_select_quartile(0.5),
            high=_select_quartile(0.75),
            days="datum.age_hours / 24",
        )
        .transform_aggregate(
            low="min(low)", middle="min(middle)", high="min(high)", known="max(known)", groupby=["days"]
        )
    )
    x = alt.X(
        "days:Q",
        title="age in days",
        scale=alt.Scale(type="sqrt"),
        axis=alt.Axis(values=[0.25, 1, 2, 3, 7, 14], format="~g"),
    )
    tooltip = [
        alt.Tooltip("days:Q", title="age in days"),
        alt.Tooltip("known:Q", title="papers known", format=","),
        alt.Tooltip("low:Q", title="a quarter has at most"),
        alt.Tooltip("middle:Q", title="median"),
        alt.Tooltip("high:Q", title="three quarters have at most"),
    ]
    band = rows.mark_area(color=SERIES[0], opacity=0.25, aria=False).encode(
        x=x, y=alt.Y("low:Q", title="votes"), y2="high:Q"
    )
    line = rows.mark_line(color=SERIES[0], point=alt.OverlayMarkDef(size=60, filled=True), aria=False).encode(
        x=x, y=alt.Y("middle:Q", title="votes"), tooltip=tooltip
    )
    return alt.layer(band, line, description=description).to_dict()


def _select_quartile(share: float) -> str:
    """Return the expression for the votes that this share of the papers has at most; `null` for rows below it."""
    return f"datum.up_to >= {share} * datum.known ? datum.votes : null"


def _draw_captures() -> Spec:
    """Return the chart of the captures of each archive by week."""
    description = "Bars: captures of each archive, by week; the darker, the more captures."
    chart = (
        _follow_period(_start_chart("captures", 150, description), "week")
        .transform_calculate(
            week_end=f"time(datum.week) + {7 * DAY}",
            who="datum.archive === 'own' ? 'own: ' + datum.source : datum.archive",
        )
        .mark_rect(color=SERIES[0], aria=False)
        .encode(
            x=_lay_out_period("week"),
            x2="week_end:T",
            y=alt.Y("who:N", title=None),
            opacity=alt.Opacity("captures:Q", legend=None, scale=alt.Scale(type="sqrt", range=[0.3, 1])),
            tooltip=[
                alt.Tooltip("who:N", title="archive"),
                alt.Tooltip("week:T", title="week of", format="%Y-%m-%d", timeUnit="utcyearmonthdate"),
                alt.Tooltip("captures:Q", format=","),
                alt.Tooltip("papers:Q", title="papers seen", format=","),
            ],
        )
    )
    return chart.to_dict()


def _draw_rising() -> Spec:
    """Return the chart of the names of a `kind` that gained most papers in the period's last three months."""
    description = "Bars: papers of the names on the rise; ticks: in the three months before."
    newest = (
        _follow_period(_start_chart("rising", 260, description), "month", kind="author")
        .transform_filter("datum.kind === kind")
        .transform_joinaggregate(newest="max(month)")
        .transform_filter("time(datum.month) === time(datum.newest)")
    )
    y = alt.Y("name:N", title=None, sort=None, axis=alt.Axis(labelLimit=180))
    tooltip = [
        alt.Tooltip("name:N"),
        alt.Tooltip("papers:Q", title="papers now"),
        alt.Tooltip("papers_before:Q", title="papers before"),
        alt.Tooltip("votes:Q", title="current votes", format=","),
    ]
    now = newest.mark_bar(color=SERIES[0], aria=False)
    now = now.encode(_lay_out_papers("papers"), y=y, tooltip=tooltip)
    before = newest.mark_tick(color="currentColor", thickness=3, aria=False)
    before = before.encode(_lay_out_papers("papers_before"), y=y, tooltip=tooltip)
    return alt.layer(now, before, description=description).to_dict()


def _lay_out_papers(field: str) -> alt.X:
    axis = alt.Axis(tickCount={"expr": "min(5, domain('x')[1])"}, format="d")
    return alt.X(f"{field}:Q", title="papers in three months", axis=axis)


def _draw_keywords() -> Spec:
    """Return the chart of the share of papers with each of the period's eight leading keywords, by month."""
    description = "Lines: share of each month's papers with a leading keyword."
    chart = (
        _follow_period(_start_chart("keywords", 260, description), "month")
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
            x=_lay_out_time("month"),
            y=alt.Y("share:Q", title="share of papers", axis=alt.Axis(format="%")),
            **_mark_ranks(8),
            tooltip=[
                alt.Tooltip("keyword:N"),
                alt.Tooltip("month:T", title="month", format="%Y-%m", timeUnit="utcyearmonth"),
                alt.Tooltip("papers:Q", format=","),
                alt.Tooltip("share:Q", format=".1%"),
            ],
        )
    )
    return chart.to_dict()


def _draw_coverage() -> Spec:
    """Return the calendar of the status of each day of a `source` in the period, by week and weekday."""
    calendar = _start_chart("coverage", 130, "Calendar: the status of each day of a source.")
    chart = (
        _follow_period(calendar, "date", source="")
        .transform_filter("datum.source === source")
        .transform_calculate(
            week=floor_to_week("datum.date"),
            week_end=f"{floor_to_week('datum.date')} + {7 * DAY}",
            weekday="(utcday(datum.date) + 6) % 7",
        )
        .transform_calculate(next_weekday="datum.weekday + 1")
        .mark_rect(aria=False)
        .encode(
            x=_lay_out_period("week"),
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
    "overview": _draw_overview,
    "papers": lambda: _draw_days("papers", "papers first listed", SERIES[0]),
    "votes": lambda: _draw_days("votes", "votes of the papers listed", SERIES[1]),
    "vote_curves": _draw_vote_curves,
    "vote_fan": _draw_vote_fan,
    "rising": _draw_rising,
    "keywords": _draw_keywords,
    "captures": _draw_captures,
    "coverage": _draw_coverage,
}
"""The function that draws each chart, by the chart's name on the page."""


def main() -> None:
    """Write the file."""
    FILE.write_text(write_charts(), encoding="utf-8")


def write_charts() -> str:
    """Return all charts as JSON, by name."""
    return json.dumps({name: draw() for name, draw in CHARTS.items()}, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    main()
