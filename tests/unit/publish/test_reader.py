"""Reading a release: nothing can be written, nothing else can be read."""

import shutil
import tempfile
from itertools import islice

import duckdb
import psutil
import pytest

from dagster_project.errors import QueryError, ReleaseError
from dagster_project.lake.files import remove_sealed, seal
from dagster_project.lake.home import Home
from dagster_project.publish import reader
from dagster_project.publish.reader import BATCH, open_warehouse, query, query_batches, read_release


@pytest.fixture(scope="module")
def made_once(tmp_path_factory):
    folder = tmp_path_factory.mktemp("release")
    with duckdb.connect(folder / "papers.duckdb") as connection:
        connection.execute("CREATE TABLE dim_paper (arxiv_id VARCHAR)")
    return folder


@pytest.fixture
def file(made_once, tmp_path):
    return shutil.copytree(made_once, tmp_path / "release") / "papers.duckdb"


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO dim_paper VALUES ('x')",
        "SELECT * FROM read_text('/etc/hostname')",
        "SELECT * FROM glob('/*')",
        "COPY (SELECT 1) TO '/dev/null'",
        "ATTACH '/dev/null' AS other",
        "SET lock_configuration = false",
        "INSTALL httpfs",
        "SELEC",
        "SET threads = 1",
        "SELECT CAST('many' AS INTEGER)",
        "SELECT 1; SELECT 2",
        "CREATE TEMP TABLE other AS SELECT 1",
        "CREATE TEMP TABLE other AS SELECT 1; FROM other",
        "EXPLAIN CALL enable_logging()",
        "CHECKPOINT",
        "-- nothing",
    ],
)
def test_what_is_not_a_query_on_the_warehouse_is_refused_in_one_line(file, sql):
    for run in (query, query_batches):
        with open_warehouse(file) as connection, pytest.raises(QueryError, match=r"^[^\n]+$"):
            run(connection, sql)


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SELECT count(*) FROM dim_paper", [(0,)]),
        ("FROM (VALUES (1), (2)) AS numbers (n) ORDER BY n; -- two", [(1,), (2,)]),
        ("PIVOT (SELECT 'a' AS name, 'b' AS text, 1 AS n) ON text USING sum(n)", [("a", 1)]),
        ("SELECT column_name FROM (DESCRIBE dim_paper)", [("arxiv_id",)]),
    ],
)
def test_a_query_is_answered_with_its_rows(file, sql, rows):
    with open_warehouse(file) as connection:
        answer = query(connection, sql)
        assert answer.fetchall() == rows
        assert answer.fetchall() == []
        schema, batches = query_batches(connection, sql)
        assert schema.names == answer.columns
        assert [tuple(row.values()) for batch in batches for row in batch.to_pylist()] == rows


def test_an_answer_says_the_names_and_types_of_its_columns(file):
    with open_warehouse(file) as connection:
        answer = query(connection, "SELECT 1 AS n, 'a' AS text, 0.5::DECIMAL(3, 1) AS share")
    assert (answer.columns, answer.types) == (["n", "text", "share"], ["INTEGER", "VARCHAR", "DECIMAL(3,1)"])


def test_an_answer_that_is_not_read_to_its_end_is_in_nobodys_way(file):
    with open_warehouse(file) as connection:
        long = query(connection, f"FROM range({3 * BATCH})")
        assert next(long.rows) == (0,)
        _, batches = query_batches(connection, f"FROM range({3 * BATCH})")
        next(batches)
        assert query(connection, "SELECT 1").fetchall() == [(1,)]
        assert connection.sql("SELECT 2").fetchall() == [(2,)]
        assert len(long.fetchall()) == 3 * BATCH - 1


def test_a_long_answer_is_never_held_in_memory_as_a_whole(file):
    memory = psutil.Process().memory_info
    with open_warehouse(file) as connection:
        query(connection, f"SELECT repeat('x', 1000) || range FROM range({BATCH})").fetchall()  # what any answer takes
        before = memory().rss
        answer = query(connection, f"SELECT repeat('x', 1000) || range FROM range({30 * BATCH})")
        read = sum(len(text) for (text,) in islice(answer.rows, 20 * BATCH))
        assert memory().rss - before < read  # where it was held, 1.5 times as much


@pytest.mark.parametrize("name", ["papers.duckdb.wal", "papers.duckdb.wal.recovery", "papers.duckdb.wal.checkpoint"])
@pytest.mark.parametrize("sql", ["{}", "EXPLAIN ANALYZE {}", "EXPLAIN {}", "SELECT 1; {}"])
def test_no_query_writes_a_log_beside_a_release(file, sql, name):
    copy = f"COPY (SELECT 'x'::BLOB) TO '{file.with_name(name)}' (FORMAT blob, USE_TMP_FILE false)"
    for run in (query, query_batches):
        with open_warehouse(file) as connection, pytest.raises(QueryError, match=r"^[^\n]+$"):
            run(connection, sql.format(copy))
    assert [left.name for left in file.parent.iterdir()] == [file.name]


@pytest.mark.parametrize(
    "sql",
    [
        "EXPLAIN SELECT 1",
        "explain analyze SELECT 1;",
        "-- a plan\nEXPLAIN (ANALYZE, FORMAT json) FROM dim_paper",
        "EXPLAIN (SELECT 1)",
        "EXPLAIN (FORMAT json) SELECT 1",
    ],
)
def test_the_plan_of_a_query_is_shown(file, sql):
    with open_warehouse(file) as connection:
        assert query(connection, sql).fetchall()


@pytest.mark.parametrize(
    "sql",
    [
        "/* /* */ EXPLAIN SELECT 1 -- */ EXPLAIN ANALYZE {}",
        "--\rEXPLAIN ANALYZE {} /*\nEXPLAIN SELECT 1 --*/",
        "EXPLAIN /* */ ANALYZE {}",
        "EXPLAIN (ANALYZE) {}",
        "EXPLAIN -- SELECT 1\n ANALYZE {}",
    ],
)
def test_no_comment_hides_what_is_explained(file, sql):
    written = file.with_name("papers.duckdb.wal")
    with open_warehouse(file) as connection, pytest.raises(QueryError, match=r"^[^\n]+$"):
        query(connection, sql.format(f"COPY (SELECT 'x'::BLOB) TO '{written}' (FORMAT blob, USE_TMP_FILE false)"))
    assert not written.exists()


@pytest.mark.parametrize("name", ["papers.duckdb.wal", "papers.duckdb.wal.recovery"])
def test_a_release_with_a_log_beside_it_is_refused(file, name):
    file.with_name(name).write_bytes(b"")
    with (
        pytest.raises(ReleaseError, match=rf"{name} was not written by papers, .*; make a new .* papers build$"),
        open_warehouse(file),
    ):
        pass


def test_a_file_is_read_in_a_folder_with_any_sign_in_its_name(file, tmp_path):
    for name in ("what?", "[a]", "50%", "#1", "a*b"):
        (tmp_path / name).mkdir()
        copy = tmp_path / name / "papers.duckdb"
        copy.write_bytes(file.read_bytes())
        with open_warehouse(copy) as connection:
            assert query(connection, "SELECT count(*) FROM dim_paper").fetchall() == [(0,)]


def test_a_query_larger_than_memory_is_answered_from_a_sealed_release(file, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    seal(file.parent)
    try:
        monkeypatch.setattr(reader, "LIMITS", f"SET memory_limit = '40MB'; SET threads = 1; {reader.LIMITS}")
        with open_warehouse(file) as connection:
            texts = "SELECT repeat('x', 100) || range AS text FROM range(1_000_000) ORDER BY hash(range)"
            assert query(connection, f"SELECT last(text) FROM ({texts})").fetchall()[0][0].startswith("x")
    finally:
        file.parent.chmod(0o755)
    assert not list(tmp_path.glob("papers-*"))


def test_a_release_that_is_removed_lets_a_query_on_it_end(file):
    with duckdb.connect(file) as connection:
        connection.execute(f"INSERT INTO dim_paper SELECT hash(range) FROM range({5 * BATCH})")
    with open_warehouse(file) as connection:
        answer = query(connection, "SELECT arxiv_id FROM dim_paper")
        assert next(answer.rows)
        seal(file.parent)
        remove_sealed(file.parent)
        assert not file.exists()
        assert len(answer.fetchall()) == 5 * BATCH - 1


def test_no_file_says_how_to_make_one(tmp_path):
    with pytest.raises(ReleaseError, match="papers build"):
        open_warehouse(tmp_path / "papers.duckdb").__enter__()


def test_a_file_that_is_none_is_said_to_be_none(tmp_path):
    (tmp_path / "papers.duckdb").write_bytes(b"not a database at all")
    with pytest.raises(
        ReleaseError, match=r"cannot be read: .*; if it is damaged, make it again with: .*papers build --offline"
    ):
        open_warehouse(tmp_path / "papers.duckdb").__enter__()


def test_a_damaged_file_is_the_files_fault_and_not_the_querys(file):
    with duckdb.connect(file) as connection:
        connection.execute("INSERT INTO dim_paper SELECT hash(range) FROM range(300_000)")
    size = file.stat().st_size
    with file.open("r+b") as opened:
        for place in range(size // 4, size, 4096):  # past the headers
            opened.seek(place)
            opened.write(b"damaged")
    with (
        pytest.raises(ReleaseError, match=r"cannot be read: .*; if it is damaged, make it again with"),
        open_warehouse(file) as connection,
    ):
        query(connection, "SELECT max(arxiv_id) FROM dim_paper")


def test_a_home_without_a_readable_release_has_none(tmp_path):
    home = Home(tmp_path)
    assert read_release(home) is None
    home.current.mkdir()
    home.warehouse.write_bytes(b"torn")
    assert read_release(home) is None
