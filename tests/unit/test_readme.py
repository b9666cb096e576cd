"""What the README says of the project is so."""

import re
import shlex

import pytest
from click.testing import CliRunner

from dagster_project.cli import main
from tools.settings_table import README

TEXT = README.read_text(encoding="utf-8")
COMMANDS = sorted(set(re.findall(r"^papers (.+?)(?:  +#.*)?$", TEXT, re.MULTILINE)))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_that_is_shown_exists_with_its_options(command):
    name, *words = shlex.split(command)
    printed = CliRunner().invoke(main, [name, "--help"])
    assert printed.exit_code == 0
    for option in (word for word in words if word.startswith("--")):
        assert option in printed.output


@pytest.mark.parametrize("link", re.findall(r"\]\((?!https?:)([^)]+)\)", TEXT))
def test_every_link_into_the_project_leads_somewhere(link):
    assert (README.parent / link).exists()
