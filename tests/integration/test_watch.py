"""`papers watch` without anything to do. `tests/reliability` has what it does, and what goes wrong."""

import pytest

from dagster_project.errors import SettingsError
from dagster_project.lake.home import Home
from dagster_project.watch import watch


def test_a_home_without_real_data_is_told_what_to_do(built_week, tmp_path):
    said = built_week("watch", status=2)
    assert said.startswith(f"papers: {built_week.home} holds no real data, so nothing is scheduled; build some first")
    with pytest.raises(SettingsError):
        watch(Home(tmp_path / "none"), [], print)
    assert not (tmp_path / "none").exists()
