"""A home in a bucket: the same release as on a disk, whole whatever is killed, and downloaded by `papers pull`."""

import datetime as dt
import json
import os
import re
import shutil
import signal
import time
from contextlib import closing, contextmanager

import pytest

from tests import watching
from tests.fork_server import serve_papers
from tests.integration.conftest import WEEK, Papers, put_home, real_archives, told_apart, tree, wait_until

pytest.importorskip("s3fs", reason="needs s3fs: uv sync --extra s3")
from dagster_project.lake.lease import Lease

pytestmark = pytest.mark.bucket

FIRST, SECOND = "2024-03-01", "2024-03-04"
DIGEST = """## Daily Papers ({day})

### [{title}](https://arxiv.org/abs/{arxiv_id})

Vote: 7

Authors: Ada Kim, Bo Lee

- a line of its summary
"""


def on(place, store, folder):
    """Return the command on a home in a bucket, with a local folder of its own, as on another machine."""
    return Papers(folder, store.environment | {"PAPERS_HOME": str(place), "PAPERS_LOCAL": str(folder)})


@pytest.fixture
def bucket(place, store, tmp_path):
    return on(place, store, tmp_path / "local")


@pytest.fixture
def reader(place, store, tmp_path):
    return on(place, store, tmp_path / "reader")


@pytest.fixture(scope="module")
def digests(tmp_path_factory):
    """Two days of digests, by their address."""
    folder = tmp_path_factory.mktemp("digests")
    for day, arxiv_id in ((FIRST, "2403.00001"), (SECOND, "2403.00002")):
        (folder / f"{day}.md").write_text(DIGEST.format(day=day, title=f"Paper of {day}", arxiv_id=arxiv_id))
    return {"PAPERS_DIGEST_URL": folder.as_uri() + "/{date:%Y-%m-%d}.md", "PAPERS_LEASE": "1"}


@pytest.fixture(scope="module")
def on_a_disk(digests, tmp_path_factory):
    """A home on a disk with both days, built at once."""
    papers = Papers(tmp_path_factory.mktemp("undisturbed") / "home", dict(digests))
    build(papers, SECOND)
    return papers


@pytest.fixture(scope="module")
def undisturbed(on_a_disk):
    """The tables of both days."""
    return told_apart(on_a_disk)


@pytest.fixture(scope="module")
def originals():
    """The first home with the first day: its folder in the store, and the local one."""
    return []


@pytest.fixture
def with_first(bucket, place, digests, originals):
    """The command on a home in a bucket with the first day, which is built once and then copied."""
    bucket.env |= digests
    if originals:
        remote, local = originals
        place.fs.copy(remote, place.path, recursive=True)
        shutil.copytree(local, bucket.home, symlinks=True)
    else:
        build(bucket, FIRST)
        remote, local = f"{place.path}-original", bucket.home.with_name("original")
        place.fs.copy(place.path, remote, recursive=True)
        originals += [remote, shutil.copytree(bucket.home, local, symlinks=True)]
    return bucket


def build(papers, last):
    return papers("build", "--source", "digest", "--from", FIRST, "--to", last)


@contextmanager
def started(papers, last):
    """Start a build as a process in a group of its own; yield it, and the file that it prints to."""
    arguments = ["build", "--source", "digest", "--from", FIRST, "--to", last]
    printed = papers.home.with_name("printed")
    with printed.open("w") as out:
        process = serve_papers().start(
            arguments, env=papers.environment, cwd=papers.home.parent, streams=[0, out, out], new_session=True
        )
    with closing(process):
        yield process, printed


def objects(place, *folders):
    """Return the mark of each object below some folders."""
    found = [place.fs.find((place / folder).path, detail=True) for folder in folders]
    return {name: facts["ETag"] for files in found for name, facts in files.items()}


def publishes_the_same(bucket, place, on_a_disk):
    """Tell whether what was fetched into a home on a disk is published alike from a bucket."""
    put_home(on_a_disk.home, place)
    bucket("build", "--offline")
    mark = "SELECT fingerprint FROM meta_release"
    same_name = bucket.release.partition("-")[2] == on_a_disk.release.partition("-")[2]
    return same_name and bucket.one(mark) == on_a_disk.one(mark) and bucket.tables() == on_a_disk.tables()


def test_the_same_lake_publishes_the_same_release(bucket, place, on_a_disk):
    assert publishes_the_same(bucket, place, on_a_disk)


@pytest.mark.long
def test_the_real_archives_publish_the_same_release(bucket, place, shared_data, tmp_path):
    on_a_disk = Papers(tmp_path / "real", real_archives(shared_data))
    days = ["--from", "2023-11-20", "--to", "2025-05-10"]
    on_a_disk("build", "--source", "digest", "--source", "huggingface", *days)
    assert on_a_disk.one("SELECT count(*) FROM dim_paper") > 1_000
    assert publishes_the_same(bucket, place, on_a_disk)


def test_the_sample_fills_the_bucket_and_stays_as_it_is_until_real_data_sets_it_aside(
    bucket, reader, place, built_week, digests
):
    assert "Published release" in bucket(*WEEK)
    assert told_apart(bucket) == told_apart(built_week)
    kept = objects(place, "lake", "releases", "current", "raw")
    assert {name.removeprefix(place.path).split("/")[1] for name in kept} == {"lake", "releases", "current", "raw"}
    assert "Unchanged" in bucket(*WEEK)
    after = objects(place, "lake", "releases", "current", "raw")
    assert {name for name in after if after[name] != kept.get(name)} == {
        name for name in after if "/raw/fetch/" in name and name not in kept
    }
    assert not (place / ".lock").exists()
    assert not (place / ".writer").exists()

    bucket.env |= digests
    assert f"{place}/sample-set-aside-" in build(bucket, FIRST).replace("\n", "")
    reader("pull")
    assert reader.rows("SELECT contents FROM meta_release") == [("real",)]
    [aside] = [folder for folder in place.iterdir() if folder.name.startswith("sample-set-aside-")]
    assert {"lake", "fetch", "releases", "current"} <= {folder.name for folder in aside.iterdir()}


def test_a_watch_catches_up_in_a_bucket_and_keeps_a_second_one_away(bucket, place, reader, tmp_path):
    watching.write_digests(tmp_path / "digests")
    bucket.env["PAPERS_DIGEST_URL"] = (tmp_path / "digests").as_uri() + "/{date:%Y/%m/%d}.md"
    with watching.started(bucket, "--source", "digest") as (process, read):
        wait_until(lambda: len(read()) == 4, "it has caught up", pause=0.1)
        assert read()[0] == f"watching {place}; next: daily_digest now"
        assert re.fullmatch(r"daily_digest: done, after \d+ s", read()[2])
        assert bucket("watch", status=1) == f"papers: another process watches {place} already; end that first\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        assert read()[4:] == ["ended"]
    reader("pull")
    assert reader.one("SELECT count(*) FROM mart_coverage WHERE status = 'published'") == 4


def test_a_reader_of_a_bucket_without_a_release_is_told_so(reader):
    [line] = reader("sql", "SELECT 1", status=1).splitlines()
    assert "papers pull" in line
    [line] = reader("pull", status=1).splitlines()
    assert "nothing was published" in line


def test_a_reader_brings_the_release_to_its_own_disk(with_first, reader, store):
    bucket = with_first
    assert bucket.release in reader("pull")
    assert reader.one("SELECT count(*) FROM dim_paper") == 1
    assert reader.warehouse.stat().st_mode & 0o222 == 0
    asked = len(store.asked)
    assert bucket.release in reader("pull")
    assert [path for method, path in store.asked[asked:] if method == "GET" and path.endswith(".duckdb")] == []
    build(bucket, SECOND)
    assert reader.one("SELECT count(*) FROM dim_paper") == 1
    reader("pull")
    assert reader.one("SELECT count(*) FROM dim_paper") == 2
    assert "dashboard" in reader("dashboard")


@pytest.mark.usefixtures("with_first")
def test_a_local_folder_of_others_is_refused_in_a_line_and_stays_as_it_is(place, reader):
    for name in ("releases/v1.0/artifact", "current/notes", ".notes.tmp"):
        (reader.home / name).parent.mkdir(parents=True, exist_ok=True)
        (reader.home / name).write_text("mine")
    before, kept = tree(reader.home), objects(place, "")
    for command in ("pull", "build"):
        [line] = reader(command, status=2).splitlines()
        assert f"{reader.home} is not a home of papers" in line
    assert tree(reader.home) == before
    assert objects(place, "") == kept


def test_a_bucket_folder_of_others_is_refused_in_a_line_and_stays_as_it_is(place, reader):
    for name, text in (("current", "mine"), ("releases/v1.0/artifact", "mine")):
        place.fs.pipe_file((place / name).path, text.encode())
    kept = objects(place, "")
    [line] = reader("pull", status=2).splitlines()
    assert f"{place} is not a home of papers" in line
    assert not reader.home.exists()
    [line] = reader("build", status=2).splitlines()
    assert f"{place} is not a home of papers" in line
    assert objects(place, "") == kept


def test_a_release_is_brought_to_a_machine_that_builds_only_where_there_is_no_news(with_first, reader, digests, store):
    bucket = with_first
    reader.env |= digests
    asked = len(store.asked)
    build(reader, SECOND)
    assert [path for method, path in store.asked[asked:] if method == "GET" and path.endswith(".duckdb")] == []
    assert "Unchanged" in build(bucket, SECOND)
    assert bucket.release == reader.release


@pytest.mark.parametrize(
    ("method", "path", "granted"),
    [
        pytest.param("PUT", r"/raw/answer/", False, marks=pytest.mark.long),
        pytest.param("PUT", r"/lake/section/", True, marks=pytest.mark.long),
        ("PUT", r"/lake/entry/", False),
        ("PUT", r"/releases/.*\.duckdb$", True),
        pytest.param("PUT", r"/current$", False, marks=pytest.mark.long),
        ("PUT", r"/current$", True),
    ],
)
def test_a_build_that_is_killed_leaves_the_old_release_or_the_new(
    with_first, reader, place, store, undisturbed, method, path, granted
):
    bucket, before = with_first, with_first.release
    held = store.hold(method, path, granted=granted)
    with started(bucket, SECOND) as (process, _):
        assert held.arrived.wait(60)
        os.killpg(process.pid, signal.SIGKILL)
        assert process.wait(60) == -signal.SIGKILL
    held.let_go(let_in=False)

    reader("pull")
    is_new = granted and path.startswith("/current")
    assert (reader.release != before) == is_new
    assert reader.one("SELECT count(*) FROM dim_paper") == (2 if is_new else 1)

    build(bucket, SECOND)
    reader("pull")
    assert told_apart(reader) == told_apart(bucket) == undisturbed
    assert not (place / ".lock").exists()


def test_a_store_that_is_busy_is_asked_again_and_credentials_are_kept_nowhere(bucket, digests, place, store):
    bucket.env |= digests
    store.refuses = 15
    printed = build(bucket, SECOND)
    store.refuses = 0
    assert "Published release" in printed
    assert bucket.one("SELECT count(*) FROM dim_paper") == 2

    secret = store.environment["AWS_SECRET_ACCESS_KEY"]
    assert secret not in printed
    assert [file for file in bucket.home.rglob("*") if file.is_file() and secret.encode() in file.read_bytes()] == []
    assert [name for name in objects(place, "") if secret.encode() in place.fs.cat_file(name)] == []


def test_who_finds_another_at_work_waits_and_says_for_whom(bucket, place, digests):
    bucket.env |= digests
    other = Lease(place / ".lock", lasts=30)
    other.acquire(0)
    (place / ".writer").write_text("process 7")
    with started(bucket, FIRST) as (process, printed):
        while "wait for another run (process 7)" not in printed.read_text():
            assert process.poll() is None
            time.sleep(0.05)
        (place / ".writer").unlink()
        other.release()
        assert process.wait(60) == 0
    assert "Published release" in printed.read_text()


def test_one_that_slept_while_another_took_over_publishes_nothing(bucket, reader, store, digests):
    bucket.env |= digests
    reader.env |= digests
    held = store.hold("PUT", r"/current$")
    with started(bucket, FIRST) as (process, printed):
        assert held.arrived.wait(60)
        os.killpg(process.pid, signal.SIGSTOP)
        time.sleep(1)
        build(reader, SECOND)
        release = reader.release
        held.let_go(let_in=True)
        os.killpg(process.pid, signal.SIGCONT)
        assert process.wait(60) == 1
    said = printed.read_text()
    assert "another run" in said.splitlines()[-1]
    assert "Traceback" not in said
    reader("pull")
    assert reader.release == release
    assert reader.one("SELECT count(*) FROM dim_paper") == 2


def test_a_bucket_that_cannot_be_used_is_a_line(bucket, tmp_path):
    bucket.env["PAPERS_HOME"] = "s3://no-such-bucket/papers"
    [line] = bucket("build", status=1).splitlines()
    assert "s3://no-such-bucket/papers" in line
    assert "bucket does not exist" in line
    bucket.env["AWS_ENDPOINT_URL"] = "http://127.0.0.1:9"
    [line] = bucket("pull", status=1).splitlines()
    assert "Could not connect" in line
    assert "secret of someone" not in line
    on_a_disk = Papers(tmp_path / "home")
    assert "there is nothing to pull" in on_a_disk("pull", status=2)


def test_a_machine_that_pulled_nothing_can_say_whether_the_home_is_well(with_first, place, reader, digests):
    reader.env |= digests

    def ask(*arguments):
        said = reader("status", "--format", "json", *arguments, status=1 if arguments else 0)
        return json.loads(said[: said.rindex("\n}\n") + 2])

    health = ask("--check")
    assert [(one["kind"], one["subject"]) for one in health["problems"]] == [("source", "digest")]
    assert (
        f"has listed no papers for {(dt.datetime.now(dt.UTC).date() - dt.date.fromisoformat(FIRST)).days} days"
        in (health["problems"][0]["text"])
    )
    assert (health["home"], health["release"]["release_id"]) == (str(place), with_first.release)
    assert (health["checks"], health["release"]["rows"]) == (None, {})
    assert health["confirmed_at"] == health["last_build"]["ended_at"] > health["release"]["built_at"]
    reader("pull")
    pulled = ask("--check")
    assert pulled["release"]["rows"]["dim_paper"] == 1
    assert len(pulled["checks"]) > 20
    reader.env["PAPERS_ACCEPTED"] = "digest"
    assert reader("status", "--check").startswith("All is well")


def test_a_bucket_in_which_nothing_was_published_says_so(place, reader):
    said = reader("status", "--check", status=1)
    assert said.startswith(f"papers: nothing was published in {place}; do so with: ")
    assert said.endswith(f"papers build --home {place}\n")
