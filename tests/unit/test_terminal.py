"""What the terminal says beside its tables."""

import pytest

from dagster_project.terminal import find_command


@pytest.mark.parametrize(
    ("uv", "found", "typed"),
    [
        (None, None, "papers"),
        ("/somewhere/uv", "/usr/bin/uv", "uv run --no-dev papers"),
        ("/somewhere/uv", None, "python3 -m uv run --no-dev papers"),
    ],
)
def test_a_person_is_told_the_command_that_works_for_them(monkeypatch, uv, found, typed):
    monkeypatch.delenv("UV", raising=False)
    if uv:
        monkeypatch.setenv("UV", uv)
    monkeypatch.setattr("shutil.which", lambda _: found)
    assert find_command() == typed
