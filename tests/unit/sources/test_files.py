"""`file:` addresses answer as a web server would."""

import asyncio
import os
from pathlib import Path

import pytest

from dagster_project.sources.attempt import Held
from dagster_project.sources.client import Client, PermanentFailure, Reply, TransientFailure


@pytest.fixture
def get(settings_for):
    """GET a `file:` address."""

    def get(url: str, held: Held | None = None, **given) -> Reply:
        async def run() -> Reply:
            async with Client(settings_for(**given)) as client:
                return await client.get(url, held=held)

        return asyncio.run(run())

    return get


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "25.md"
    path.write_bytes(b"# Daily Papers")
    return path


def held_from(reply: Reply) -> Held:
    return Held("", "", reply.etag, reply.last_modified)


def test_a_file_is_an_answer(get, file):
    reply = get(file.as_uri())
    assert (reply.status, reply.body) == (200, b"# Daily Papers")
    assert reply.etag
    assert reply.last_modified


@pytest.mark.parametrize("name", ["a b", "50%20off", "100%", "é", "사전", "a#b?c"])
def test_any_folder_name_will_do(get, file, name):
    folder = file.parent / name
    folder.mkdir()
    moved = file.rename(folder / file.name)
    assert get(moved.as_uri()).body == b"# Daily Papers"


def test_an_unchanged_file_is_304(get, file):
    reply = get(file.as_uri(), held_from(get(file.as_uri())))
    assert (reply.status, reply.body) == (304, None)


def test_a_changed_file_is_read_again(get, file):
    before = get(file.as_uri())
    file.write_bytes(b"# Daily papers")
    os.utime(file, ns=(1, 1))
    assert get(file.as_uri(), held_from(before)).body == b"# Daily papers"


@pytest.mark.parametrize("where", ["26.md", "", "25.md/26.md"], ids=["no file", "a folder", "under a file"])
def test_no_file_is_404(get, file, where):
    assert get(f"{file.parent.as_uri()}/{where}").status == 404


def test_a_file_that_may_not_be_read_is_403(get, file, monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "open", refuse)
    assert get(file.as_uri()).status == 403


def test_a_disk_that_fails_is_a_failure_and_no_missing_file(get, file, monkeypatch):
    def fail(*_: object, **__: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "open", fail)
    with pytest.raises(TransientFailure, match="Input/output error"):
        get(file.as_uri(), attempts=1)


def test_the_cap_holds_for_files(get, file):
    with pytest.raises(PermanentFailure, match="larger than"):
        get(file.as_uri(), max_bytes=5)


@pytest.mark.timeout(60)
def test_files_are_read_without_a_wait_at_the_slowest_pace(settings_for, file):
    async def run() -> list[Reply]:
        async with Client(settings_for(requests_per_second=0.001)) as client:
            return [await client.get(file.as_uri()) for _ in range(5)]

    assert [reply.status for reply in asyncio.run(run())] == [200] * 5
