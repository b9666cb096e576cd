"""Builds the figures and tables that follow the picked period and subject, as a Vega dataflow that is never drawn.

The signals `start` and `end` (milliseconds, UTC) hold the picked period; the signals `from` and `to` hold the whole
weeks around it. The signal `subject` holds the picked subject; it is empty for all papers. The data sets are `figures`,
which is one row of texts, and the tables. The page's script copies them to the page and computes nothing. Charts belong
in `charts`.
"""

from typing import Any

from dagster_project.dashboard.data import CHARTED, describe_format
from dagster_project.dashboard.expressions import DAY, floor_to_week, match_period, match_subject

Step = dict[str, Any]


def build_dataflow() -> dict[str, Any]:
    """Return the Vega specification of the dataflow, without rows."""
    return {
        "$schema": "https://vega.github.io/schema/vega/v6.json",
        "signals": [
            {"name": "start", "value": 0},
            {"name": "end", "value": 0},
            {"name": "subject", "value": ""},
            {"name": "built", "value": 0},
            {"name": "first", "update": "data('extent')[0] ? time(data('extent')[0].first) : 0"},
            {"name": "last", "update": "data('extent')[0] ? time(data('extent')[0].last) : 0"},
            {"name": "from", "update": floor_to_week("clamp(min(start, end), first, last)")},
            {"name": "to", "update": f"{floor_to_week('clamp(max(start, end), first, last)')} + {7 * DAY}"},
            {"name": "from_day", "update": "utcFormat(from, '%Y-%m-%d')"},
            {"name": "to_day", "update": f"utcFormat(to - {DAY}, '%Y-%m-%d')"},
            {
                "name": "period",
                "update": f"utcFormat(from, '%-d %B %Y') + ' to ' + utcFormat(to - {DAY}, '%-d %B %Y')"
                " + (subject ? ' · ' + subject : '')",
            },
            {"name": "hours", "update": "floor((now() - built) / 3600000)"},
            {
                "name": "age",
                "update": "hours < 1 ? 'less than an hour ago' : hours < 48 ? hours + ' h ago'"
                " : format(floor(hours / 24), ',') + ' days ago'",
            },
        ],
        "data": [
            *({"name": name, "format": describe_format(name)} for name in CHARTED),
            {
                "name": "extent",
                "source": "days",
                "transform": [_aggregate([], first=("min", "date"), last=("max", "date"))],
            },
            _select_papers("days_in_period", "days", "date"),
            _select_period("coverage_in_period", "coverage", "date"),
            _add_up_days(),
            _write_figures(),
            _list_top_papers(),
            _list_months(),
            _list_rising("authors", "author"),
            _list_rising("organizations", "organization"),
            _list_keywords(),
            _list_subjects(),
            _list_statuses(),
        ],
    }


def _aggregate(by: list[str], **measures: tuple[str, str | None]) -> Step:
    """Return a step that aggregates rows: `name=(operation, field)`."""
    return {
        "type": "aggregate",
        "groupby": by,
        "as": list(measures),
        "ops": [operation for operation, _ in measures.values()],
        "fields": [field for _, field in measures.values()],
    }


def _calculate(name: str, expression: str) -> Step:
    return {"type": "formula", "as": name, "expr": expression}


def _sort(field: str, order: str = "ascending") -> Step:
    return {"type": "collect", "sort": {"field": field, "order": order}}


def _keep_largest(measure: str, name: str, most: int) -> list[Step]:
    """Return the steps that keep the `most` rows with the largest measure, largest first; ties are sorted by name."""
    order = {"field": [measure, name], "order": ["descending", "ascending"]}
    return [
        {"type": "window", "sort": order, "ops": ["row_number"], "fields": [None], "as": ["rank"]},
        {"type": "filter", "expr": f"datum.rank <= {most}"},
        _sort("rank"),
    ]


def _format_number(field: str) -> str:
    """Return the expression for a number as text with commas; an unknown number is a dash."""
    return f"isValid(datum.{field}) ? format(datum.{field}, ',') : '–'"


def _select_period(name: str, query: str, field: str) -> Step:
    """Return the data set of a query's rows in the period."""
    return {"name": name, "source": query, "transform": [{"type": "filter", "expr": match_period(field)}]}


def _select_papers(name: str, query: str, field: str) -> Step:
    """Return the data set of a query's rows in the period and of the subject."""
    rows = _select_period(name, query, field)
    rows["transform"].append({"type": "filter", "expr": match_subject()})
    return rows


def _add_up_days() -> Step:
    return {
        "name": "sums",
        "source": "days_in_period",
        "transform": [
            _aggregate(
                [],
                days=("distinct", "date"),
                papers=("sum", "papers"),
                voted=("sum", "voted_papers"),
                votes=("sum", "votes"),
                new_authors=("sum", "new_authors"),
            )
        ],
    }


def _write_figures() -> Step:
    """Return the data set of the figures; it has one row even if the period has none."""
    return {
        "name": "figures",
        "values": [{}],
        "transform": [
            _calculate("sums", "data('sums')[0] || {}"),
            _calculate("votes_a_paper", "datum.sums.voted ? format(datum.sums.votes / datum.sums.voted, '.1f') : '–'"),
            _calculate("papers_a_day", "datum.sums.days ? format(datum.sums.papers / datum.sums.days, '.1f') : '–'"),
            _calculate("votes", _format_number("sums.votes")),
            *(_calculate(name, f"format(datum.sums.{name} || 0, ',')") for name in ("days", "papers", "new_authors")),
        ],
    }


def _list_top_papers() -> Step:
    rows = _select_papers("top", "top_papers", "listed_on")
    gained = _format_number("votes_gained")
    rows["transform"] += [
        _calculate("known", "isValid(datum.latest_votes) ? datum.latest_votes : -1"),
        *_keep_largest("known", "arxiv_id", 10),
        _calculate("by", "datum.organization ? datum.organization + ' · ' : ''"),
        _calculate("then", _format_number("first_votes")),
        _calculate("now", _format_number("latest_votes")),
        _calculate("gained", f"datum.votes_gained ? format(datum.votes_gained, '+,') : {gained}"),
        _calculate("day", "utcFormat(datum.listed_on, '%Y-%m-%d')"),
        _calculate("seen", "isValid(datum.seen_on) ? utcFormat(datum.seen_on, '%Y-%m-%d') : '–'"),
        _calculate("href", "'https://huggingface.co/papers/' + datum.arxiv_id"),
        _calculate("arxiv_href", "'https://arxiv.org/abs/' + datum.arxiv_id"),
    ]
    return rows


def _list_months() -> Step:
    return {
        "name": "months",
        "source": "days_in_period",
        "transform": [
            _calculate("month", "utcFormat(datum.date, '%Y-%m')"),
            _aggregate(["month"], days=("distinct", "date"), papers=("sum", "papers"), votes=("sum", "votes")),
            *(_calculate(name, _format_number(name)) for name in ("papers", "votes")),
            _sort("month", "descending"),
        ],
    }


def _list_rising(name: str, kind: str) -> Step:
    rows = _select_period(name, "rising", "month")
    rows["transform"] += [
        {"type": "filter", "expr": f"datum.kind === '{kind}'"},
        {"type": "joinaggregate", "ops": ["max"], "fields": ["month"], "as": ["newest"]},
        {"type": "filter", "expr": "time(datum.month) === time(datum.newest)"},
        _calculate("votes_as_text", _format_number("votes")),
        _calculate("up_to", "utcFormat(datum.month, '%Y-%m')"),
        _sort("place"),
    ]
    return rows


def _list_keywords() -> Step:
    rows = _select_period("leading_keywords", "keywords", "month")
    rows["transform"] += [
        _aggregate(["keyword"], total=("sum", "papers"), among=("sum", "month_papers")),
        {"type": "filter", "expr": "datum.total > 0"},
        *_keep_largest("total", "keyword", 8),
        _calculate("share", "format(datum.total / datum.among, '.1%')"),
        _calculate("papers", _format_number("total")),
    ]
    return rows


def _list_subjects() -> Step:
    """Return the data set of the subjects in the period, whichever is picked; shares are of the described papers."""
    rows = _select_period("leading_subjects", "days", "date")
    rows["transform"] += [
        {"type": "filter", "expr": "isValid(datum.subject)"},
        _aggregate(["subject"], total=("sum", "papers")),
        {"type": "joinaggregate", "ops": ["sum"], "fields": ["total"], "as": ["among"]},
        {"type": "lookup", "from": "subjects", "key": "subject", "fields": ["subject"], "values": ["name"]},
        {"type": "filter", "expr": "isValid(datum.name)"},
        *_keep_largest("total", "subject", 8),
        _calculate("share", "format(datum.total / datum.among, '.1%')"),
        _calculate("papers", _format_number("total")),
    ]
    return rows


def _list_statuses() -> Step:
    return {
        "name": "statuses",
        "source": "coverage_in_period",
        "transform": [
            _aggregate(
                ["source", "status"], days=("count", None), papers=("sum", "papers"), rejects=("sum", "rejects")
            ),
            {"type": "collect", "sort": {"field": ["source", "status"]}},
            *(_calculate(name, _format_number(name)) for name in ("days", "papers", "rejects")),
        ],
    }
