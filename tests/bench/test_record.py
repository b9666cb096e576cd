"""Figures are kept as they were measured, and those of a size give way to newer ones of the same size alone."""

import json

import pytest

from bench import record as records
from bench import report
from bench.record import Figure, Record, combine, read_records, take_median

BUSY = "import time; started = time.process_time()\nwhile time.process_time() < started + 0.3: pass"


def record(size, *figures, day="2026-11-25"):
    return Record(size, day, "0123456789", {}, 360, 5_000, {}, list(figures))


@pytest.fixture(autouse=True)
def measured(tmp_path, monkeypatch):
    for module in (records, report):
        monkeypatch.setattr(module, "MEASURED", tmp_path)
    return tmp_path


def test_what_is_saved_is_read_again(measured):
    figure = Figure(
        part="phases", name="parse", wall=1.5, cpu=1.25, peak=2**20, rows=9, unit="entries", facts={"days": 3}
    )
    saved = record("10", figure)
    saved.save()
    assert read_records(measured / "10.json") == [saved]


def test_a_figure_takes_the_place_of_an_older_one():
    kept = record("1", Figure(name="parse", wall=2.0), Figure(name="read", wall=3.0))
    kept.replace("steps", [Figure(name="parse", wall=1.0)])
    assert [(one.name, one.wall) for one in kept.figures] == [("read", 3.0), ("parse", 1.0)]


def test_the_figures_of_a_phase_go_with_it():
    kept = record("1", Figure(name="verify", facts={"phase": "publish"}), Figure(name="read"))
    kept.replace("publish", [Figure(name="publish", error="no room")])
    assert [one.name for one in kept.figures] == ["read", "publish"]


def test_a_failed_figure_is_not_found():
    assert record("1", Figure(name="parse", error="no room")).find("parse") is None


def test_cpu_is_known_only_where_all_of_it_is():
    kept = record("1", Figure(name="a", cpu=1.0), Figure(name="b", cpu=0.5))
    assert report.add_cpu(kept, ["a", "b"]) == 1.5
    assert report.add_cpu(kept, ["a", "-b"]) == 0.5
    assert report.add_cpu(kept, ["a", "c"]) is None


def test_sizes_that_were_not_measured_again_stay(measured, monkeypatch, tmp_path):
    names = ("KEPT", "PAGE", "README", "SCALING", "PICTURE")
    files = {name: tmp_path / "docs" / f"{name}.svg" for name in names}
    for name, file in files.items():
        file.parent.mkdir(exist_ok=True)
        file.write_text("[]", encoding="utf-8")
        monkeypatch.setattr(report, name, file)
    monkeypatch.setattr(report, "draw", lambda _: files["PICTURE"])
    older = [record(size, day="old") for size in ("sample", "1")]
    for one in older:
        one.machine = {"cores": 2, "memory": 2**34, "processor": "p", "system": "s"}
        one.machine |= dict.fromkeys(("python", "duckdb", "polars", "pyarrow", "dagster"), "1.0")
        one.save()
    report.write()
    (measured / "sample.json").unlink()
    older[1].day = "new"
    older[1].save()
    report.write()
    assert [(one.size, one.day) for one in read_records(files["KEPT"])] == [("sample", "old"), ("1", "new")]


def test_json_is_plain(measured):
    record("1", Figure(name="Hwanhee's ü", wall=1.0)).save()
    assert json.loads((measured / "1.json").read_text(encoding="utf-8"))["figures"][0]["name"] == "Hwanhee's ü"


def test_timings_add_up():
    figure = Figure(name="busy")
    for _ in range(2):
        with figure.timing():
            exec(BUSY, {})  # noqa: S102
    assert 0.6 <= figure.cpu < 2
    assert figure.wall >= 0.6


def test_sums_and_differences_of_figures():
    whole, part = Figure(name="whole", wall=3.0, cpu=4.0), Figure(name="part", wall=1.0, cpu=1.5)
    rest = combine("rest", [whole], [part])
    assert (rest.name, rest.wall, rest.cpu) == ("rest", 2.0, 2.5)


def test_the_median_of_each_measure_counts():
    runs = [Figure(name="parse", wall=wall, cpu=cpu, rows=7) for wall, cpu in ((1.0, 9.0), (5.0, 2.0), (2.0, 3.0))]
    assert take_median(runs) == Figure(name="parse", wall=2.0, cpu=3.0, rows=7)
