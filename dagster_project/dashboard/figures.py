"""The figures and tables that follow the picked period: a Vega dataflow that is never drawn.

It is told what a reader asked for as the signals `start` and `end` (milliseconds, UTC), widens that to whole weeks,
`from` and `to`, and answers with its data sets: `figures`, one row of texts, and tables. The page's script writes them
where the page names them, and computes nothing.
"""

from typing import Any

from dagster_project.dashboard.charts import DAY, in_period, week_of
from dagster_project.dashboard.data import CHARTED, vega_format

Step = dict[str, Any]


def dataflow() -> dict[str, Any]:
    """Return the Vega specification, without its rows."""
    return {
        "$schema": "https://vega.github.io/schema/vega/v6.json",
        "signals": [
            {"name": "start", "value": 0},
            {"name": "end", "value": 0},
            {"name": "built", "value": 0},
            {"name": "first", "update": "data('extent')[0] ? time(data('extent')[0].first) : 0"},
            {"name": "last", "update": "data('extent')[0] ? time(data('extent')[0].last) : 0"},
            {"name": "from", "update": week_of("clamp(min(start, end), first, last)")},
            {"name": "to", "update": f"{week_of('clamp(max(start, end), first, last)')} + {7 * DAY}"},
            {"name": "from_day", "update": "utcFormat(from, '%Y-%m-%d')"},
            {"name": "to_day", "update": f"utcFormat(to - {DAY}, '%Y-%m-%d')"},
            {"name": "period", "update": f"utcFormat(from, '%-d %B %Y') + ' to ' + utcFormat(to - {DAY}, '%-d %B %Y')"},
            {"name": "hours", "update": "floor((now() - built) / 3600000)"},
            {
                "name": "age",
                "update": "hours < 1 ? 'less than an hour ago' : hours < 48 ? hours + ' h ago'"
                " : format(floor(hours / 24), ',') + ' days ago'",
            },
        ],
        "data": [
            *({"name": name, "format": vega_format(name)} for name in CHARTED),
            {
                "name": "extent",
                "source": "days",
                "transform": [_aggregate([], first=("min", "date"), last=("max", "date"))],
            },
            _period("days_in_period", "days", "date"),
            _period("coverage_in_period", "coverage", "date"),
            _sums(),
            _figures(),
            _top(),
            _months(),
            _rising("authors", "author"),
            _rising("organizations", "organization"),
            _leading_keywords(),
            _statuses(),
        ],
    }


def _aggregate(by: list[str], **measures: tuple[str, str | None]) -> Step:
    """Return a step that sums up: `name=(operation, field)`."""
    return {
        "type": "aggregate",
        "groupby": by,
        "as": list(measures),
        "ops": [operation for operation, _ in measures.values()],
        "fields": [field for _, field in measures.values()],
    }


def _formula(name: str, expression: str) -> Step:
    return {"type": "formula", "as": name, "expr": expression}


def _sorted(field: str, order: str = "ascending") -> Step:
    return {"type": "collect", "sort": {"field": field, "order": order}}


def _ranked(measure: str, name: str, most: int) -> list[Step]:
    """Return the steps that keep, in order, the `most` rows with the largest measure; ties go by name."""
    order = {"field": [measure, name], "order": ["descending", "ascending"]}
    return [
        {"type": "window", "sort": order, "ops": ["row_number"], "fields": [None], "as": ["rank"]},
        {"type": "filter", "expr": f"datum.rank <= {most}"},
        _sorted("rank"),
    ]


def _number(field: str) -> str:
    """Return an expression for a number as people read it; none for what is not known."""
    return f"isValid(datum.{field}) ? format(datum.{field}, ',') : '–'"


def _period(name: str, source: str, day: str) -> Step:
    """Return the rows of a query that belong to the period."""
    return {"name": name, "source": source, "transform": [{"type": "filter", "expr": in_period(day)}]}


def _sums() -> Step:
    return {
        "name": "sums",
        "source": "days_in_period",
        "transform": [
            _aggregate(
                [],
                days=("count", None),
                papers=("sum", "papers"),
                voted=("sum", "voted_papers"),
                votes=("sum", "votes"),
                new_authors=("sum", "new_authors"),
            )
        ],
    }


def _figures() -> Step:
    """Return one row in any case: days that no row is about have no papers, not no figures."""
    return {
        "name": "figures",
        "values": [{}],
        "transform": [
            _formula("sums", "data('sums')[0] || {}"),
            _formula("votes_a_paper", "datum.sums.voted ? format(datum.sums.votes / datum.sums.voted, '.1f') : '–'"),
            _formula("papers_a_day", "datum.sums.days ? format(datum.sums.papers / datum.sums.days, '.1f') : '–'"),
            _formula("votes", _number("sums.votes")),
            *(_formula(name, f"format(datum.sums.{name} || 0, ',')") for name in ("days", "papers", "new_authors")),
        ],
    }


def _top() -> Step:
    rows = _period("top", "top_papers", "listed_on")
    rows["transform"] += [
        _formula("known", "isValid(datum.votes_now) ? datum.votes_now : -1"),
        *_ranked("known", "arxiv_id", 10),
        _formula("by", "datum.organization ? datum.organization + ' · ' : ''"),
        _formula("then", _number("votes_then")),
        _formula("now", _number("votes_now")),
        _formula("gained", f"datum.votes_gained ? format(datum.votes_gained, '+,') : {_number('votes_gained')}"),
        _formula("day", "utcFormat(datum.listed_on, '%Y-%m-%d')"),
        _formula("href", "'https://huggingface.co/papers/' + datum.arxiv_id"),
        _formula("arxiv_href", "'https://arxiv.org/abs/' + datum.arxiv_id"),
    ]
    return rows


def _months() -> Step:
    return {
        "name": "months",
        "source": "days_in_period",
        "transform": [
            _formula("month", "utcFormat(datum.date, '%Y-%m')"),
            _aggregate(["month"], days=("count", None), papers=("sum", "papers"), votes=("sum", "votes")),
            *(_formula(name, _number(name)) for name in ("papers", "votes")),
            _sorted("month", "descending"),
        ],
    }


def _rising(name: str, kind: str) -> Step:
    rows = _period(name, "rising", "month")
    rows["transform"] += [
        {"type": "filter", "expr": f"datum.kind === '{kind}'"},
        {"type": "joinaggregate", "ops": ["max"], "fields": ["month"], "as": ["newest"]},
        {"type": "filter", "expr": "time(datum.month) === time(datum.newest)"},
        _formula("votes", _number("votes_now")),
        _formula("up_to", "utcFormat(datum.month, '%Y-%m')"),
        _sorted("place"),
    ]
    return rows


def _leading_keywords() -> Step:
    rows = _period("leading_keywords", "keywords", "month")
    rows["transform"] += [
        _aggregate(["keyword"], total=("sum", "papers"), of=("sum", "month_papers")),
        {"type": "filter", "expr": "datum.total > 0"},
        *_ranked("total", "keyword", 8),
        _formula("share", "format(datum.total / datum.of, '.1%')"),
        _formula("papers", _number("total")),
    ]
    return rows


def _statuses() -> Step:
    return {
        "name": "statuses",
        "source": "coverage_in_period",
        "transform": [
            _aggregate(
                ["source", "status"], days=("count", None), papers=("sum", "papers"), rejects=("sum", "rejects")
            ),
            {"type": "collect", "sort": {"field": ["source", "status"]}},
            *(_formula(name, _number(name)) for name in ("days", "papers", "rejects")),
        ],
    }
