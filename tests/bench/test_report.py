"""The page and the README hold what the writer makes of the figures that are kept, whichever of them there are."""

import copy
from dataclasses import replace

import pytest

from bench.record import KEPT, Figure, Record, read_records
from bench.report import (
    BEGIN,
    END,
    PAGE,
    README,
    SCALING,
    STEPS,
    draw,
    find_cost,
    list_comparable,
    write_seconds,
    write_template,
)

RECORDS = read_records(KEPT)
TEXT = PAGE.read_text(encoding="utf-8")
RENEW = "run: python -m bench --write"


def test_the_page_is_what_the_figures_make():
    assert write_template("page.md", RECORDS) == TEXT, RENEW


def test_the_readme_says_what_the_page_says():
    text = README.read_text(encoding="utf-8")
    said = text.partition(BEGIN)[2].partition(END)[0].strip().splitlines()
    assert said
    assert set(said) <= set(TEXT.splitlines()), RENEW
    assert write_template("short.md", RECORDS, text) == text, RENEW


def test_the_page_on_scaling_says_what_the_figures_make():
    text = SCALING.read_text(encoding="utf-8")
    assert BEGIN in text
    assert write_template("scaling.md", RECORDS, text) == text, RENEW


def test_every_size_has_its_machine_and_commit():
    for record in RECORDS:
        assert record.commit
        commits = " and ".join(f"`{commit}`" for commit in record.commit.split())
        assert f"commit {commits} on {record.machine['cores']} cores" in TEXT


def test_nothing_measured_makes_a_page_without_figures():
    assert "## How to repeat" in write_template("page.md", [])
    assert write_template("short.md", []).strip() == ""


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.size)
def test_a_size_alone_makes_a_page(record):
    written = write_template("page.md", [record])
    assert f"## Size `{record.size}`" in written
    assert "None" not in written
    assert "nan" not in written


SHORT = ("1", "shared")
"""The sizes, invented and real, of which every figure is left out in turn; the others are the long form."""


@pytest.mark.parametrize(
    "record",
    [pytest.param(one, id=one.size, marks=[pytest.mark.long] * (one.size not in SHORT)) for one in RECORDS],
)
def test_any_figure_may_be_missing_or_have_failed(record):
    for place, figure in enumerate(record.figures):
        without, failed = copy.copy(record), copy.copy(record)
        without.figures = record.figures[:place] + record.figures[place + 1 :]
        failed.figures = [*without.figures, Figure(part=figure.part, name=figure.name, error="no room is left")]
        assert "None" not in write_template("page.md", [without])
        assert "None" not in write_template("page.md", [failed])


def test_a_failed_phase_is_shown_as_failed():
    publish = Figure(part="phases", name="publish", error="killed")
    record = Record("1", "2026-11-25", "0123456789", machine(), figures=[publish])
    assert "| publish | failed |" in write_template("page.md", [record])


def invent(times: int, *figures: Figure) -> Record:
    """Return the record of an invented archive of 5,000 entries, or so many times as many."""
    return Record(f"{times}", "2026-11-25", "0123456789", machine(), 360 * times, 5_000 * times, {}, [*figures])


def test_a_phase_that_grows_in_a_straight_line_has_the_power_one():
    # Of the largest, half the entries were parsed, and the fetch counted days.
    parsed = Figure(part="phases", name="parse", unit="entries")
    fetched = Figure(part="phases", name="fetch", unit="days", rows=360)
    records = [
        invent(times, replace(parsed, cpu=0.0004 * entries, rows=entries), replace(fetched, cpu=1.0 * times))
        for times, entries in ((1, 5_000), (10, 50_000), (100, 250_000))
    ]
    assert "| fetch | 0.200 | 0.200 | 0.200 | 1.00 |" in write_template("page.md", records)
    assert "| parse | 0.400 | 0.400 | 0.400 | 1.00 |" in write_template("page.md", records)


def test_times_of_machines_that_are_not_as_fast_are_not_compared():
    records = [
        invent(
            times,
            Figure(part="imports", name="bare Python", cpu=seconds),
            Figure(part="phases", name="fetch", cpu=100 * seconds * times),
        )
        for times, seconds in ((1, 0.020), (10, 0.022), (100, 0.010))
    ]
    assert [record.size for record in list_comparable(records)] == ["1", "10"]
    page = write_template("page.md", records)
    assert "| fetch | 0.400 | 0.440 | 0.200 | 1.04 |" in page
    assert "20.0 ms at `1`, 22.0 ms at `10`, 10.0 ms at `100`." in page


def test_the_dearest_models_of_both_engines_stand_side_by_side():
    duck = [{"name": "a", "wall": 1.5, "cpu": 2.0, "rows": 7}, {"name": "b", "wall": 3.0, "cpu": 4.0, "rows": 9}]
    spark = [{"name": "a", "wall": 8.0, "rows": 7}, {"name": "c", "wall": 0.5, "rows": 1}]
    figures = [
        Figure(part="phases", name="publish", wall=5.0, cpu=6.0, facts={"models": duck}),
        Figure(part="engines", name="publish, models on Spark", wall=9.0, cpu=18.0, facts={"models": spark}),
    ]
    record = Record("10", "2026-11-25", "0123456789", machine(), entries=100, figures=figures)
    told = write_template("scaling.md", [record], f"{BEGIN}\n{END}")
    rows = ["| `a` | 7 | 1.500 | 8.000 |", "| `b` | 9 | 3.000 | |", "| `c` | 1 | | 0.500 |"]
    assert "\n".join(rows) in told
    assert "size `10`" in told


def test_the_picture_has_a_line_a_phase(tmp_path):
    drawn = draw(RECORDS, tmp_path / "picture.svg").read_text(encoding="utf-8")
    steps = [step for step in STEPS if any(find_cost(record, step) for record in RECORDS)]
    assert steps
    assert all(f">{step}<" in drawn for step in steps)


@pytest.mark.parametrize(
    ("value", "written"),
    [(0.0123, "12.3 ms"), (0.1, "0.10 s"), (9.876, "9.88 s"), (12.34, "12.3 s"), (600, "10.0 min")],
)
def test_times_are_written_as_a_person_says_them(value, written):
    assert write_seconds(value) == written


def machine():
    known = {"cores": 2, "memory": 2**34, "processor": "a processor", "system": "a system", "python": "3.11.7"}
    return known | dict.fromkeys(("duckdb", "polars", "pyarrow", "dagster"), "1.0")
