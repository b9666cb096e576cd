"""`docs/licences.md`: the packages that the program needs to run, from the lock, each with its licence.

`python -m tools.licences` writes it; a test fails when the page is another. Which licences are allowed belongs in
`tests/unit/tools/test_licences.py`.
"""

import json
import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from dagster_project.config import CHECKOUT

PAGE = CHECKOUT / "docs" / "licences.md"
LOCK = CHECKOUT / "uv.lock"
NPM_LOCK = CHECKOUT / "dagster_project" / "site" / "npm" / "package-lock.json"
PROJECT = "daily-papers-warehouse"
READ_BY_HAND = {
    "dataframely": "BSD-3-Clause",  # only its licence file says so
    "json-bignum": "MIT",  # likewise; nothing of it reaches a page
    # These are not installed everywhere, or not in the same version: the page must not depend on where it is made.
    "colorama": "BSD License",
    "numpy": "BSD-3-Clause AND 0BSD AND MIT AND Zlib AND CC0-1.0",
    # Only Windows needs these.
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

BROWSER = """
## In the browser

The public site carries DuckDB for browsers, CodeMirror and a writer of Parquet, which the build of the package bundles
from npm in the versions of `package-lock.json`, each file of which has its hash there. Their licences go along with
each site, in `assets/vendor/LICENSES.txt`.

| package | version | licence |
|---|---|---|
"""

LockedPackage = dict[str, Any]
"""A package as a lock names it: `name`, `version`, `source`, `dependencies`, …"""


class Package(NamedTuple):
    """A row of the page."""

    name: str
    version: str
    licence: str


def main() -> None:
    """Write the page."""
    PAGE.write_text(write_page(), encoding="utf-8")


def write_page() -> str:
    """Return the page as Markdown."""
    return INTRODUCTION + _write_rows(list_packages()) + BROWSER + _write_rows(list_npm_packages())


def _write_rows(packages: Iterable[Package]) -> str:
    return "".join(f"| {one.name} | {one.version} | {one.licence} |\n" for one in packages)


def list_npm_packages() -> list[Package]:
    """Return the npm packages of which the site's pages may carry something: all but those that only bundle."""
    locked = json.loads(NPM_LOCK.read_text(encoding="utf-8"))["packages"]
    named = {place.rpartition("node_modules/")[2]: package for place, package in locked.items() if place}
    return [
        Package(name, package["version"], package.get("license") or READ_BY_HAND[name])
        for name, package in named.items()
        if not package.get("dev")
    ]


def list_packages() -> list[Package]:
    """Return the packages that the program needs to run, by name, with their versions and licences."""
    licences = read_licences() | READ_BY_HAND
    return [
        Package(package["name"], package["version"], licences[package["name"]])
        for package in find_needed(read_lock(LOCK))
    ]


@cache  # to read the whole lock takes a while
def read_lock(lock: Path) -> list[LockedPackage]:
    """Return the packages that a lock names."""
    return tomllib.loads(lock.read_text(encoding="utf-8"))["package"]


def find_needed(packages: Iterable[LockedPackage]) -> list[LockedPackage]:
    """Return the packages that the program needs to run, whatever the system and Python, without the program."""
    by_name: dict[str, list[LockedPackage]] = defaultdict(list)
    for package in packages:
        by_name[package["name"]].append(package)
    reached: set[tuple[str, str | None]] = set()
    ahead: list[tuple[str, str | None]] = [(PROJECT, None)]
    while ahead:
        name, extra = ahead.pop()
        if (name, extra) in reached:
            continue
        reached.add((name, extra))
        for package in by_name[name]:
            needs = (
                package.get("optional-dependencies", {}).get(extra, []) if extra else package.get("dependencies", [])
            )
            ahead += [(need["name"], wanted) for need in needs for wanted in (None, *need.get("extra", []))]
    names = {name for name, _ in reached} - {PROJECT}
    return sorted((one for name in names for one in by_name[name]), key=lambda one: (one["name"], one["version"]))


@cache
def read_licences() -> dict[str, str]:
    """Return the licence that each installed package declares, by the package's normalized name."""
    command = [sys.executable, "-m", "piplicenses", "--from=mixed", "--format=json"]
    declared = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return {re.sub(r"[-_.]+", "-", package["Name"]).lower(): package["License"] for package in declared}


if __name__ == "__main__":
    main()
