"""A phase that fails is recorded and stops nothing; one whose figures stand is not run again."""

import pytest

from bench import archive, commands, plan, record, report
from bench.commands import Workplace
from bench.plan import PLAN, Phase, measure
from bench.record import SIZES, Figure, Record, read_records

NAMES_OF_SIZES = {
    "sample": {"first build", "fetch", "build", "plain", "unchanged"},
    "10": {"digests", "fetch", "publish in all"},
    "100": {"digests", "generate", "new day in all"},
}


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run some phases by name on size 1, and return the figures that the record's file holds then."""
    monkeypatch.setattr(record, "MEASURED", tmp_path)

    def run(figures=(), **works):
        phases = [Phase("phases", name, at_home(work), ["1"]) for name, work in works.items()]
        monkeypatch.setattr(plan, "PLAN", phases)
        measure(Record("1", "2026-11-25", "0123456789", {}, figures=list(figures)), tmp_path)
        return read_records(tmp_path / "1.json")[0].figures

    return run


def at_home(work):
    """Have a function run in this process, as those of `commands` do."""

    def here(place):
        assert isinstance(place, Workplace)
        return work()

    here.__module__ = commands.__name__
    return here


def breaks():
    raise OSError("no room is left")


def test_a_phase_that_fails_is_recorded_and_the_next_one_runs(run):
    figures = run(parse=breaks, publish=lambda: [Figure(name="verify", wall=1.0)])
    assert [(one.name, one.error) for one in figures] == [("parse", "OSError: no room is left"), ("verify", "")]


def test_a_run_that_goes_on_repeats_what_failed_alone(run):
    figures = run(parse=breaks, publish=lambda: [Figure(name="verify", wall=1.0)])
    figures = run(figures, publish=breaks, parse=lambda: [Figure(name="parse", wall=2.0)])
    assert {one.name: one.wall for one in figures} == {"verify": 1.0, "parse": 2.0}


def test_repeated_runs_start_anew_and_their_median_counts(tmp_path):
    walls = iter([1.0, 9.0, 2.0])

    def fill():
        (tmp_path / "home").mkdir()
        return [Figure(name="fill", wall=next(walls))]

    phase = Phase("phases", "fill", at_home(fill), clear=("home",), times=3, suffix=", thrice")
    with plan.Loopback() as web:
        [figure] = phase.run(Workplace("1", tmp_path, {}, web))
    assert (figure.part, figure.name, figure.wall, figure.facts) == ("phases", "fill, thrice", 2.0, {"phase": "fill"})


def test_writing_is_what_parsing_takes_beyond_its_steps():
    steps = [Figure(name=name, cpu=1.0, rows=10) for name in ("read raw bytes", "parse", "validate")]
    whole = Figure(name="raw bytes to Parquet", cpu=80.0, rows=100)
    kept = Record("1", "2026-11-25", "0123456789", {}, figures=[*steps, whole])
    [writing] = plan._subtract_steps(kept, whole)
    assert (writing.name, writing.cpu, writing.rows) == ("write Parquet", 50.0, 100)
    assert plan._subtract_steps(Record("1", "", "", {}, figures=[whole]), whole) == []


@pytest.mark.parametrize("size", SIZES)
def test_every_size_goes_from_bytes_to_a_release(size):
    names = [phase.name for phase in PLAN if size in phase.only]
    assert len(set(names)) == len(names)
    assert names.index("steps") < names.index("lake") < names.index("publish") < names.index("SQL")
    assert set(names) >= NAMES_OF_SIZES.get(size, set())
    assert ("fetch" in names) != ("generate" in names)


def test_floors_and_ratios_name_phases_that_are_measured():
    ratios = {name.removeprefix("-") for pair in report.RATIOS.values() for names in pair for name in names}
    kept = {one.name for record in read_records(record.KEPT) for one in record.figures}
    assert ratios <= kept


def test_a_size_that_is_not_there_is_not_found(monkeypatch, tmp_path):
    monkeypatch.setenv("PAPERS_SHARED_DATA", str(tmp_path / "nothing"))
    assert not archive.find_folder("shared").exists()
    assert archive.find_folder("sample").is_dir()
    assert archive.find_folder("1") is None
