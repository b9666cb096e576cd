"""The tools of `bi/README.md`, run on the sample as that page shows them."""

import json
import os
import re
import shlex
import signal
import time
from contextlib import contextmanager, suppress

import pexpect
import pyte
import pytest

from dagster_project.config import CHECKOUT
from tests.bi.conftest import skip_without
from tests.refused import ANSWERED, HIDDEN, REFUSED, SEVERAL, list_files

pytestmark = pytest.mark.bi

PAGE_FILE = CHECKOUT / "bi" / "README.md"
PAGE = PAGE_FILE.read_text()
SECTIONS = dict(re.findall(r"^### (.+)\n((?:.*\n)+?)(?=^##|\Z)", PAGE, re.MULTILINE))
RECIPES = {
    tool: dict(re.findall(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))
    for tool, text in SECTIONS.items()
    if "(not run by a test)" not in tool
}
# With `UPDATE_SNAPSHOT=1 just bi -n 0` the page and the notebook hold what is printed now.
UPDATE = bool(os.environ.get("UPDATE_SNAPSHOT"))
SHOWN = [tool for tool in RECIPES if tool not in ("Harlequin", "JupySQL")]


def test_every_recipe_is_on_the_page():
    files = {file.name for file in (CHECKOUT / "bi" / "recipes").glob("*.*")}
    assert files | {"node/authors.js", "mcp/server.py"} == set(re.findall(r"\]\(recipes/([\w./]+)\)", PAGE))


@pytest.mark.parametrize("tool", SHOWN)
def test_a_recipe_prints_what_its_page_shows(tool, checkout):
    printed = checkout.run(tool, RECIPES[tool]["sh"])
    if UPDATE:
        PAGE_FILE.write_text(PAGE_FILE.read_text().replace(RECIPES[tool]["text"], printed))
        return
    assert printed == RECIPES[tool]["text"]


@pytest.mark.parametrize(
    ("statements", "refused"), [([*REFUSED, SEVERAL], True), (ANSWERED, False)], ids=["refused", "answered"]
)
def test_an_assistant_gets_answers_to_queries_alone(checkout, tmp_path, statements, refused):
    (tmp_path / "secret.txt").write_text(HIDDEN)
    release = checkout.warehouse.resolve().parent
    before = list_files(release, tmp_path)
    asked = [statement.format(folder=tmp_path, release=release) for statement in statements]
    printed = checkout.run("Assistants (MCP)", f"{RECIPES['Assistants (MCP)']['sh'].strip()} {shlex.join(asked)}")
    assert HIDDEN not in printed
    _, *answers = printed.split("\n> ")
    assert len(answers) == len(asked)
    for statement, answer in zip((said.replace("\r", "\n") for said in asked), answers, strict=True):
        said = answer.removeprefix(statement).strip()
        assert bool(re.match(r"not a query: |[\w ]+ Error: ", said)) is refused, answer
    assert list_files(release, tmp_path) == before


def test_a_notebook_holds_the_answers_that_it_gives(checkout):
    file = checkout.folder / "bi" / "recipes" / "jupysql.ipynb"
    notebook = json.loads(file.read_text())
    held = shown_by(notebook)
    assert all(held[1:])
    for cell in notebook["cells"]:
        cell.pop("outputs", None)
    file.write_text(json.dumps(notebook))
    checkout.run("JupySQL", RECIPES["JupySQL"]["sh"])
    if UPDATE:
        filled = json.loads(file.read_text())
        for cell in filled["cells"]:
            cell["metadata"] = {}  # when it ran
        held_file = CHECKOUT / "bi" / "recipes" / file.name
        held_file.write_text(json.dumps(filled, indent=1, ensure_ascii=False) + "\n")
        return
    assert shown_by(json.loads(file.read_text())) == held


def shown_by(notebook):
    """Return what the cells of a notebook with code show, each as a list of outputs."""
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    return [[output["data"] for output in cell["outputs"]] for cell in code]


@contextmanager
def terminal(checkout, needs, command):
    """Run a command in a terminal: what types on its keyboard, and what waits for a text on its screen."""
    lines, columns = 40, 140
    screen = pyte.Screen(columns, lines)
    stream = pyte.ByteStream(screen)
    shell, *arguments = checkout.typed(command)
    env = checkout.env | {"TERM": "xterm-256color", "LINES": f"{lines}", "COLUMNS": f"{columns}"}
    child = pexpect.spawn(shell, arguments, cwd=checkout.folder, env=env, dimensions=(lines, columns))

    def wait_for(*lines):
        """Wait until all of `lines`, each as words, are on the screen."""
        wanted = [re.compile(r"\s+".join(map(re.escape, line.split()))) for line in lines]
        deadline = time.monotonic() + 60
        while not all(line.search("\n".join(screen.display)) for line in wanted):
            skip_without(needs, "".join(screen.display))
            assert time.monotonic() < deadline, "\n".join(screen.display)
            with suppress(pexpect.TIMEOUT):
                stream.feed(child.read_nonblocking(1 << 16, timeout=1))

    try:
        yield child.send, wait_for
    finally:
        # All that it started too: a program whose terminal is gone may spin for ever.
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.close(force=True)


def test_harlequin_shows_the_answer_to_what_is_typed(checkout):
    recipe = RECIPES["Harlequin"]
    with terminal(checkout, "Harlequin", recipe["sh"]) as (type_in, wait_for):
        wait_for("Query Editor", "papers db")
        type_in(recipe["sql"].strip())
        wait_for(recipe["sql"])
        type_in("\n")  # Ctrl+J
        lines = recipe["text"].splitlines()
        wait_for(f"Query Results ({len(lines)} Records)", *lines)
