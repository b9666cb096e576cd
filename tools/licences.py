"""`docs/licences.md`: the packages that the program needs to run, from the lock, each with its licence.

`python -m tools.licences` writes it; a test fails when it is not what this makes. Which licences are allowed belongs in
the test.
"""

import json
import re
import subprocess
import sys
import tomllib
from functools import cache

from dagster_project.config import CHECKOUT

PAGE = CHECKOUT / "docs" / "licences.md"
PROJECT = "daily-papers-warehouse"
READ_BY_HAND = {
    "dataframely": "BSD-3-Clause",  # says so in its licence file alone
    # These are not installed everywhere, or not in the same version: the page must not depend on where it is made.
    "colorama": "BSD License",
    "numpy": "BSD-3-Clause AND 0BSD AND MIT AND Zlib AND CC0-1.0",
    # Windows alone has these.
    "psutil": "BSD-3-Clause",
    "pyreadline3": "BSD License",
    "pywin32": "Python Software Foundation License",
}
INTRODUCTION = """# Licences

The packages that `papers` needs to run, on any system and any Python that it supports, in the versions that `uv.lock`
names, with the licence that each declares. Written by `uv run python -m tools.licences` with `pip-licenses`.

None of them is part of this repository or changed by it: whoever installs the program gets each from its authors.
`certifi` (a list of certificates) and `tqdm` are under the Mozilla Public License, a weak copyleft: it asks that
changes to their own files stay under it, and asks nothing of programs that use them.

The dashboard carries Vega, Vega-Lite and Vega-Embed (BSD-3-Clause), which `vl-convert-python` (BSD-3-Clause) bundles
when the package is built.

| package | version | licence |
|---|---|---|
"""


def locked(lock):
    """Return the packages that a lock names, as they stand there."""
    return tomllib.loads(lock.read_text(encoding="utf-8"))["package"]


def runtime(packages):
    """Return the (name, version) of each package that the program needs to run, on whatever system and Python."""
    by_name = {}
    for package in packages:
        by_name.setdefault(package["name"], []).append(package)
    reached, ahead = set(), [(PROJECT, None)]
    while ahead:
        name, extra = ahead.pop()
        if (name, extra) in reached:
            continue
        reached.add((name, extra))
        for package in by_name[name]:
            needs = (
                package.get("optional-dependencies", {}).get(extra, []) if extra else package.get("dependencies", [])
            )
            for need in needs:
                ahead += [(need["name"], extra) for extra in (None, *need.get("extra", []))]
    names = {name for name, _ in reached} - {PROJECT}
    return sorted((name, package["version"]) for name in names for package in by_name[name])


@cache
def declared():
    """Return what each installed package declares as its licence."""
    command = [sys.executable, "-m", "piplicenses", "--from=mixed", "--format=json"]
    found = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return {re.sub(r"[-_.]+", "-", package["Name"]).lower(): package["License"] for package in found}


def licences():
    """Return each package with its version and licence."""
    known = declared() | READ_BY_HAND
    return [(name, version, known[name]) for name, version in runtime(locked(CHECKOUT / "uv.lock"))]


def page():
    """Return the page as Markdown."""
    return INTRODUCTION + "".join(f"| {name} | {version} | {licence} |\n" for name, version, licence in licences())


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
