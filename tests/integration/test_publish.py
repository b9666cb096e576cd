"""Publishing: whole or not at all, and never in a reader's way."""

import datetime as dt
import errno
import os
import shutil
from pathlib import Path

import duckdb
import pytest

from dagster_project.config import SQL
from dagster_project.lake.home import Home
from dagster_project.models.contract import load_contract
from dagster_project.publish import release as release_module
from dagster_project.publish.checks import BrokenReleaseError
from dagster_project.publish.reader import read_release
from dagster_project.publish.release import publish, verify
from tests.integration.conftest import copy_home, names, release_of
from tests.loopback import Answer


@pytest.fixture
def home(built_week, tmp_path):
    """A copy of a home with one release, to publish more."""
    return Home(copy_home(built_week, tmp_path).home)


def test_a_failed_blocking_check_publishes_nothing_and_names_the_rows(home, sql):
    before, folders = release_of(home), names(home)
    (sql / "checks" / "no_zhou.sql").write_text(
        "-- error: nobody is called Zhou\nSELECT name FROM dim_author WHERE name LIKE '%Zhou' ORDER BY name\n"
    )
    with pytest.raises(BrokenReleaseError, match=r'no_zhou: \d+ rows break the rule, for example {"name": ".* Zhou"}'):
        publish(home, sql=sql)
    assert (release_of(home), names(home)) == (before, folders)


@pytest.fixture(scope="module")
def followed(built_week, tmp_path_factory):
    """The home, its newest release, and a reader that opened the one before; a broken build had left a folder."""
    home = Home(copy_home(built_week, tmp_path_factory.mktemp("followed")).home)
    sql = Path(shutil.copytree(SQL, tmp_path_factory.mktemp("checks") / "sql"))
    (sql / "checks" / "few_papers.sql").write_text("-- warn: few papers\nSELECT arxiv_id FROM dim_paper\n")
    (sql / "checks" / "limit.sql").write_text(
        "-- error: not above the limit\nSELECT current_setting('memory_limit') AS held "
        "WHERE current_setting('memory_limit') <> '1.0 GiB'\n"
    )
    (home.releases / ".building-20260101T000000-0123abcd").mkdir()
    with duckdb.connect(home.warehouse.resolve(), read_only=True) as reader:
        reader.execute("SELECT 1")
        release = publish(home, sql=sql, memory_limit=1024**3)
        assert release.is_new
        yield home, release, reader


class TestNextRelease:
    """The release that follows another: with a check that warns, a limit of memory, and a reader of the one before."""

    def test_a_failed_warning_is_recorded(self, followed):
        home, release, _ = followed
        with duckdb.connect(home.warehouse, read_only=True) as reader:
            [[passed, broken, sample]] = reader.execute(
                "SELECT passed, broken_rows, sample FROM meta_check WHERE name = 'few_papers'"
            ).fetchall()
        assert not passed
        assert broken == release.rows["dim_paper"]
        assert "arxiv_id" in sample

    def test_duckdb_is_held_to_the_memory_that_it_is_given(self, followed):
        home, _, _ = followed
        with duckdb.connect(home.warehouse, read_only=True) as reader:
            assert reader.execute("SELECT passed FROM meta_check WHERE name = 'limit'").fetchall() == [(True,)]

    def test_a_reader_of_the_one_before_goes_on_and_a_newcomer_sees_the_new_one(self, followed, built_week):
        home, release, reader = followed
        assert reader.execute("SELECT release_id FROM meta_release").fetchall() == [(built_week.release,)]
        assert reader.execute("SELECT count(title) FROM dim_paper").fetchall()[0][0] > 0
        with duckdb.connect(home.warehouse, read_only=True) as newcomer:
            assert newcomer.execute("SELECT release_id FROM meta_release").fetchall() == [(release.release_id,)]
        assert release.release_id != built_week.release

    def test_what_a_broken_build_left_behind_is_cleared_away(self, followed):
        home, _, _ = followed
        assert not list(home.releases.glob(".*"))


def test_a_broken_model_publishes_nothing(home, sql):
    before, folders = release_of(home), names(home)
    model = sql / "dim" / "dim_source.sql"
    model.write_text(model.read_text().replace("    licence,", "    NULL AS licence,", 1))
    with pytest.raises(Exception, match="dim_source"):
        publish(home, sql=sql)
    assert (release_of(home), names(home)) == (before, folders)


INDEXES = "SELECT count(*) FROM duckdb_constraints() WHERE constraint_type IN ('PRIMARY KEY', 'UNIQUE', 'FOREIGN KEY')"
CHECKS = "SELECT count(*) FROM duckdb_constraints() WHERE constraint_type IN ('CHECK', 'NOT NULL')"


@pytest.mark.parametrize(
    ("limits", "left"), [({"all": 10, "primary": 10**6}, "primary"), ({"all": 10, "primary": 10}, "none")]
)
def test_a_long_lake_is_published_with_fewer_keys_and_the_same_rows(home, monkeypatch, limits, left):
    def held():
        with duckdb.connect(home.warehouse, read_only=True) as reader:
            [[built_at]] = reader.execute("SELECT built_at FROM meta_release").fetchall()
            names = [
                name for (name,) in reader.execute("SELECT table_name FROM duckdb_tables() ORDER BY ALL").fetchall()
            ]
            rows = {
                name: reader.execute(f"SELECT count(*), bit_xor(hash({name})) FROM {name}").fetchall()
                for name in names
                if not name.startswith("meta_")
            }
            keys, rules = (reader.execute(query).fetchall()[0][0] for query in (INDEXES, CHECKS))
            return rows, built_at, keys, rules

    rows, built_at, keys, rules = held()
    assert keys > 0
    monkeypatch.setattr(release_module, "KEYED_ROWS", limits)
    assert publish(home, again=True, clock=lambda: built_at).is_new  # at the same time: coverage ends with its day
    again, *facts = held()
    assert {name: found for name, found in again.items() if found != rows[name]} == {}
    declared = {table.name: table.primary_key for table in load_contract()}
    single = sum(len(columns) == 1 for columns in declared.values()) if left == "primary" else 0
    assert facts == [built_at, single, rules]
    assert single < keys


def publish_again(home, number, keep=3):
    """Publish the same once more, at some hour."""
    publish(home, again=True, keep=keep, clock=lambda: dt.datetime(2100, 1, 1, number))


def test_the_newest_three_releases_are_kept_and_folders_of_others_stay(home):
    others = [".building-mine", ".hidden", "2024", "v1.0"]
    for name in others:
        (home.releases / name).mkdir()
        (home.releases / name / "artifact").write_text("mine")
    for number in range(3):
        shutil.copytree(home.current.resolve(), home.releases / f"21000101T{number:02}0000-0123abcd")
    publish_again(home, 3)
    kept = [name for name in names(home) if name not in others]
    assert [name[:11] for name in kept] == ["21000101T01", "21000101T02", "21000101T03"]
    assert names(home) == sorted([*others, *kept])
    assert release_of(home) == kept[-1]


def test_an_old_release_that_cannot_be_removed_is_said_and_the_new_one_is_published(home, monkeypatch, caplog):
    first = release_of(home)
    unlink = os.unlink

    def refuse(path, *args, **kwargs):
        if kwargs.get("dir_fd") is not None and path == "papers.duckdb":
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY), path)
        unlink(path, *args, **kwargs)

    with monkeypatch.context() as patched:
        patched.setattr(os, "unlink", refuse)
        publish_again(home, 1, keep=1)
        assert release_of(home) == names(home)[-1]
        assert "the next build tries again" in caplog.text
        assert first in names(home)
    publish_again(home, 2, keep=1)
    assert first not in names(home)


def test_a_clock_that_stands_still_stops_no_release(home):
    with duckdb.connect(home.warehouse, read_only=True) as reader:
        [[name, built_at]] = reader.execute("SELECT release_id, built_at FROM meta_release").fetchall()
    assert publish(home, again=True, clock=lambda: built_at).is_new
    assert release_of(home) == name.replace(
        f"{built_at:%Y%m%dT%H%M%S}", f"{built_at + dt.timedelta(seconds=1):%Y%m%dT%H%M%S}"
    )
    assert names(home) == [name, release_of(home)]


def test_a_release_is_read_only(built_week):
    release = built_week.warehouse.resolve()
    assert [path.stat().st_mode & 0o777 for path in (release.parent, release)] == [0o555, 0o444]


def test_a_release_with_a_forged_log_is_refused_and_replaced(built_week, tmp_path):
    papers = copy_home(built_week, tmp_path)
    before = papers.release
    for name in ("papers.duckdb.wal", "papers.duckdb.wal.recovery"):
        forged = papers.warehouse.resolve().with_name(name)
        forged.write_bytes(b"forged")
        [line] = papers("sql", "SELECT 1", status=1).splitlines()
        assert "make a new release with: " in line
        assert read_release(Home(papers.home)) is None
        forged = forged.rename(tmp_path / name)
    forged.rename(papers.warehouse.resolve().with_name(name))
    assert publish(Home(papers.home)).is_new
    assert papers.release != before
    assert "1 row" in papers("sql", "SELECT 1")


def test_a_torn_file_is_not_published(home, tmp_path):
    torn = tmp_path / "papers.duckdb"
    whole = home.warehouse.read_bytes()
    torn.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(Exception, match="cannot be read"):
        verify(torn)


def test_a_file_with_a_log_beside_it_is_not_published(home, tmp_path):
    shutil.copy(home.warehouse, tmp_path / "papers.duckdb")
    (tmp_path / "papers.duckdb.wal").write_bytes(b"")
    with pytest.raises(Exception, match="not closed cleanly"):
        verify(tmp_path / "papers.duckdb")


def test_surrogate_keys_depend_on_the_natural_key_alone(built_sample):
    expected = "CAST('0x' || substr(md5({}), 1, 15) AS BIGINT)"
    for table, key, natural in (
        ("dim_paper", "paper_key", "arxiv_id"),
        ("dim_author", "author_key", "name_normalized"),
        ("dim_source", "source_key", "source"),
        ("dim_archive", "archive_key", "archive"),
        ("dim_keyword", "keyword_key", "keyword"),
        ("dim_organization", "organization_key", "name"),
    ):
        assert built_sample.one(f"SELECT count(*) FROM {table} WHERE {key} <> {expected.format(natural)}") == 0


def test_a_lost_release_is_built_again(home):
    shutil.rmtree(home.releases)
    home.current.unlink()
    assert publish(home).is_new


def test_the_sample_is_set_aside_for_real_data_and_never_mixed(built_week, online):
    papers, web = online
    shutil.copytree(built_week.home, papers.home, symlinks=True)
    build = ("build", "--source", "digest", "--from", "2024-03-01", "--to", "2024-03-02")
    assert "No paper came, so the home still holds the sample." in papers(*build)
    assert papers.one("SELECT contents FROM meta_release") == "sample"
    web.play("2024/03/02", [Answer(body=b"### [On trees](https://arxiv.org/abs/2402.20000)\n\nVote: 3\n\n- a line\n")])
    assert "The home held the sample, which now lies in" in papers(*build)
    assert papers.one("SELECT contents FROM meta_release") == "real"
    assert papers.rows("SELECT arxiv_id FROM dim_paper") == [("2402.20000",)]
    assert papers.rows("SELECT date::VARCHAR, outcome FROM meta_fetch ORDER BY date") == [
        ("2024-03-01", "missing"),
        ("2024-03-02", "fetched"),
    ]
    aside = next(papers.home.glob("sample-set-aside-*"))
    assert (aside / "current" / "papers.duckdb").exists()
    assert "holds real data" in papers("build", "--source", "sample", status=1)
