"""What a person sees: the command on a real terminal of some width."""

import re

import pexpect
import pytest
from rich.cells import cell_len

from tests.integration.conftest import PAPERS

WIDTHS = [40, 80, 100, 120]
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Shown(str):
    """What was shown, without its escapes; `raw` has them."""

    raw: str


def show(papers, width, *arguments, **env):
    """Run the command on a terminal, and return what it shows."""
    environment = {name: value for name, value in papers.environment.items() if name not in ("COLUMNS", "NO_COLOR")}
    environment |= {"TERM": "xterm-256color"} | env
    child = pexpect.spawn(
        str(PAPERS), list(arguments), dimensions=(40, width), env=environment, encoding="utf-8", timeout=120
    )
    raw = child.read().replace("\r\n", "\n")
    child.close()
    assert child.exitstatus == 0, raw
    shown = Shown(ESCAPE.sub("", raw))
    shown.raw = raw
    return shown


@pytest.mark.parametrize("width", WIDTHS)
def test_the_query_that_the_program_advertises_is_readable(built_sample, width):
    shown = show(built_sample, width, "sql", "FROM mart_paper LIMIT 5")
    assert max(map(cell_len, shown.splitlines())) <= width
    columns = [name for (name,) in built_sample.rows("SELECT column_name FROM (DESCRIBE mart_paper)")]
    assert len(shown.splitlines()) <= 5 * (len(columns) + 2) + 3
    for key, listed_on in built_sample.rows("SELECT paper_key, first_listed_on FROM mart_paper LIMIT 5"):
        assert re.search(rf"^paper_key +{key}$", shown, re.MULTILINE)
        assert re.search(rf"^first_listed_on +{listed_on}$", shown, re.MULTILINE)


@pytest.mark.parametrize("width", WIDTHS)
def test_korean_stands_in_columns_and_a_cut_is_said(built_sample, width):
    query = "SELECT text, listed_on FROM fact_section WHERE language = 'ko' ORDER BY length(text) DESC LIMIT 3"
    shown = show(built_sample, width, "sql", query)
    table = [line for line in shown.splitlines() if line[:1] in "┏┃┡│└"]
    assert len(table) == 7
    assert len(set(map(cell_len, table))) == 1
    assert cell_len(table[0]) == width
    assert "cut to fit; --format csv" in " ".join(shown.split())


def test_a_pipe_gets_whole_values_in_one_line_each(built_sample):
    [[title]] = built_sample.rows("SELECT title FROM dim_paper ORDER BY length(title) DESC LIMIT 1")
    printed = built_sample(
        "sql", "SELECT *, repeat('x', 500) AS more FROM dim_paper ORDER BY length(title) DESC LIMIT 1"
    )
    assert sum(title in line and "x" * 500 in line for line in printed.splitlines()) == 1
    assert "cut" not in printed.rsplit("row", 1)[1]


def test_the_plan_of_a_query_is_drawn_whole(built_sample):
    for shown in (
        show(built_sample, 40, "sql", "EXPLAIN FROM dim_paper"),
        built_sample("sql", "EXPLAIN FROM dim_paper"),
    ):
        assert [line[0] for line in shown.splitlines()[:3]] == ["┌", "│", "│"]
