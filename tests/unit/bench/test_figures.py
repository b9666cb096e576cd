"""Figures are kept as they were measured, and those of a size give way to newer ones of the same size alone."""

import json

from bench.figures import Figure, Record, measured, together


def record(size, *figures, day="2026-11-25"):
    return Record(size, day, "0123456789", {}, 360, 5_000, {}, list(figures))


def test_what_is_saved_is_read_again(tmp_path):
    saved = record("10", Figure("phases", "parse", 1.5, 1.25, 2**20, 5_000, "entries", {"days": 360}))
    saved.save(tmp_path)
    assert measured(tmp_path) == [saved]


def test_a_figure_takes_the_place_of_an_older_one():
    told = record("1", Figure("phases", "parse", 2.0), Figure("floors", "parse", 3.0))
    told.add([Figure("phases", "parse", 1.0)])
    assert [(one.part, one.wall) for one in told.figures] == [("floors", 3.0), ("phases", 1.0)]


def test_a_failed_figure_is_not_found():
    assert record("1", Figure("phases", "parse", error="no room")).find("phases", "parse") is None


def test_cpu_is_known_only_where_all_of_it_is():
    told = record("1", Figure("phases", "a", cpu=1.0), Figure("phases", "b", cpu=0.5))
    assert told.cpu("phases", "a", "b") == 1.5
    assert told.cpu("phases", "a", "c") is None


def test_sizes_that_were_not_measured_again_stay():
    older, newer = record("1", day="old"), record("1", day="new")
    assert together([older, record("sample", day="old")], [newer]) == [record("sample", day="old"), newer]


def test_json_is_plain(tmp_path):
    record("1", Figure("phases", "Hwanhee's ü", 1.0)).save(tmp_path)
    assert json.loads((tmp_path / "1.json").read_text(encoding="utf-8"))["figures"][0]["name"] == "Hwanhee's ü"


def test_a_run_that_goes_on_names_every_commit_and_measures_anew_what_it_is_told_to():
    told = record("1", Figure("phases", "verify", facts={"phase": "publish"}), Figure("floors", "read"))
    told.go_on("0123456789", [])
    assert (told.commit, len(told.figures)) == ("0123456789", 2)
    told.go_on("abcdef0123", ["publish"])
    assert (told.commit, [one.name for one in told.figures]) == ("0123456789 abcdef0123", ["read"])
