"""The page of licences is that of the lock, and names what is needed on any system."""

from tools.licences import PAGE, PROJECT, find_needed, write_page


def test_the_page_is_that_of_the_lock():
    assert PAGE.read_text(encoding="utf-8") == write_page(), "run: uv run just docs"


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
