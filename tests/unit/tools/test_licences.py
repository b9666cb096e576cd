"""The page of licences is that of the lock, names what is needed on any system, and all of them are allowed."""

import re

from tools.licences import PAGE, PROJECT, find_needed, list_npm_packages, list_packages, write_page

ALLOWED = {
    *("0BSD", "Apache Software License", "Apache-2.0", "BSD", "BSD License", "3-Clause BSD License", "BSD-2-Clause"),
    *("BSD-3-Clause", "CC0-1.0", "MIT", "MIT License", "PSF-2.0", "Python Software Foundation License", "Zlib"),
    *("MPL-2.0", "Mozilla Public License 2.0 (MPL 2.0)"),  # docs/licences.md says why
}


def test_the_page_is_that_of_the_lock():
    assert PAGE.read_text(encoding="utf-8") == write_page(), "run: uv run just docs"


def test_every_licence_is_one_that_is_allowed():
    for package in [*list_packages(), *list_npm_packages()]:
        assert set(re.split(r"; | AND | OR ", package.licence)) <= ALLOWED, package


def test_needed_is_what_can_be_reached_without_extras_that_nobody_asks_for():
    def package(name, *needs, version="1", **extras):
        optional = {extra: [{"name": need}] for extra, need in extras.items()}
        return {"name": name, "version": version, "dependencies": needs, "optional-dependencies": optional}

    lock = [
        package(PROJECT, {"name": "web", "extra": ["fast"]}, dev="tester"),
        package("web", {"name": "text", "marker": "sys_platform == 'win32'"}, fast="speedups", slow="snail"),
        package("text", {"name": "web"}, version="2"),
        package("text", version="1"),
        *map(package, ("speedups", "snail", "tester")),
    ]
    assert [(one["name"], one["version"]) for one in find_needed(lock)] == [
        ("speedups", "1"),
        ("text", "1"),
        ("text", "2"),
        ("web", "1"),
    ]
