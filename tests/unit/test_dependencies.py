"""What the project depends on is locked to the byte."""

import json
import re
import tomllib

import pytest

from dagster_project.config import CHECKOUT
from tools.licences import NPM_LOCK, read_lock

LOCKS = [CHECKOUT / folder / "uv.lock" for folder in (".", "bi/superset", "tests/validators")]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.parent.name)
def test_every_file_of_every_locked_package_has_its_hash(lock):
    fetched = [package for package in read_lock(lock) if "registry" in package["source"]]
    assert len(fetched) > 50
    for package in fetched:
        files = [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]
        assert files, package["name"]
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", file["hash"]) for file in files), package["name"]
    elsewhere = [package["source"] for package in read_lock(lock) if "registry" not in package["source"]]
    assert all(source in ({"editable": "."}, {"virtual": "."}) for source in elsewhere)


def test_every_package_of_the_browser_has_its_hash_and_names_no_host():
    locked = json.loads(NPM_LOCK.read_text(encoding="utf-8"))["packages"]
    fetched = {place: package for place, package in locked.items() if place}
    assert len(fetched) > 20
    assert [place for place, package in fetched.items() if not package["integrity"].startswith("sha512-")] == []
    assert [place for place, package in fetched.items() if "resolved" in package] == []


def test_what_builds_the_package_has_the_versions_of_the_lock():
    packages = {package["name"]: package for package in read_lock(LOCKS[0])}
    wanted, needed = [group["name"] for group in packages["daily-papers-warehouse"]["dev-dependencies"]["build"]], set()
    while wanted:
        needed.add(name := wanted.pop())
        wanted += [other["name"] for other in packages[name].get("dependencies", []) if other["name"] not in needed]
    pinned = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["build-system"]["requires"]
    assert sorted(pinned) == sorted(f"{name}=={packages[name]['version']}" for name in needed)
