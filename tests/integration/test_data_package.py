"""The data package of real releases: of the sample, and of ten years."""

import json
import subprocess

import duckdb
import pytest
import yaml

from dagster_project.config import CHECKOUT
from dagster_project.errors import ReleaseError
from dagster_project.lake.home import Home
from dagster_project.models.contract import load_contract
from dagster_project.site.changes import choose_releases, compare_releases
from dagster_project.site.contents import NAMED_FILES, TEXTS
from dagster_project.site.data_package import write_data_package
from dagster_project.site.origins import FILE
from dagster_project.site.tables import LIMIT
from tests.integration.conftest import copy_home
from tests.ten_years import multiply_release
from tests.unit.site.conftest import change_release
from tools.column_origins import compute_mark, find_origins, format_origins

VALIDATORS = CHECKOUT / "tests" / "validators"
SMALL = 850_000
"""A limit that cuts the sample into many files, and its longest table into slices."""


@pytest.fixture(scope="module")
def package(built_sample, tmp_path_factory):
    """The package of the sample: to read."""
    return write_data_package(built_sample.warehouse, tmp_path_factory.mktemp("package") / "data")


@pytest.fixture(scope="module")
def long_release(built_sample, tmp_path_factory):
    """The sample with so many invented terms that they fit into no file of `SMALL` bytes: to read."""
    terms = "SELECT CAST(hash(number) >> 4 AS BIGINT), 1 + number % 144, 1 FROM range(100000) AS numbers (number)"
    path = tmp_path_factory.mktemp("long") / "papers.duckdb"
    return change_release(built_sample.warehouse, path, f"INSERT INTO search_term {terms}")


@pytest.fixture(scope="module")
def parts(built_sample, long_release, tmp_path_factory):
    """The same in small files, with what changed: to read."""
    return write_data_package(
        long_release,
        tmp_path_factory.mktemp("parts") / "data",
        previous=built_sample.warehouse,
        limit=SMALL,
    )


def open_package(package):
    """Return a connection in which `open.sql` ran, as DuckDB's shell does in the package's folder."""
    connection = duckdb.connect()
    opening = (package.folder / "open.sql").read_text("utf-8")
    connection.execute(f"SET file_search_path = '{package.folder}'")
    for part in package.parts:  # Python does not start in that folder
        opening = opening.replace(f"'{part.path}'", f"'{package.folder / part.path}'")
    connection.execute(opening)
    return connection


def hash_tables(connection, names):
    """Return the number of rows and a hash of each table."""
    return {
        name: connection.execute(f"SELECT count(*), sum(hash(t)::HUGEINT) FROM {name} AS t").fetchall()[0]
        for name in names
    }


@pytest.fixture(scope="module")
def published(built_sample, package):
    """The rows of the release, but those of tables in which something is withheld or no folder is named."""
    names = [name for name in package.rows if name not in {*TEXTS, *NAMED_FILES, "search_term"}]
    with duckdb.connect(built_sample.warehouse, read_only=True) as connection:
        return hash_tables(connection, names)


def test_one_file_holds_the_tables_of_the_release(package, published):
    assert [part.path for part in package.parts] == ["papers.duckdb"]
    with open_package(package) as connection:
        assert hash_tables(connection, published) == published
        assert not connection.execute("SELECT * FROM duckdb_indexes()").fetchall()


def test_parts_together_hold_the_tables_of_the_release(parts, published):
    assert len(parts.parts) > 10
    assert all(part.size == (parts.folder / part.path).stat().st_size <= SMALL for part in parts.parts)
    with open_package(parts) as connection:
        assert hash_tables(connection, published) == published


def test_the_first_reader_needs_only_the_list_of_parts(parts, published):
    listed = json.loads((parts.folder / "parts.json").read_text("utf-8"))
    with duckdb.connect() as connection:
        for part in listed["parts"]:
            connection.execute(f"ATTACH '{parts.folder / part['file']}' AS {part['alias']} (READ_ONLY)")
            for each in part["tables"]:
                held = connection.execute(f"SELECT count(*) FROM {part['alias']}.{each['table']}").fetchall()
                assert held == [(each["rows"],)]
        for statement in (*listed["views"], *listed["macros"]):
            connection.execute(statement)
        assert hash_tables(connection, published) == published
        comments = "SELECT count(*) FROM duckdb_columns() WHERE database_name = 'memory' AND comment IS NULL"
        assert connection.execute(comments).fetchall() == [(0,)]


@pytest.mark.parametrize("made", ["package", "parts"])
@pytest.mark.parametrize("search", ["search('language models')", "search_any('강화 학습')", "search('2509.26476')"])
def test_search_answers_as_in_the_release(built_sample, request, made, search):
    with open_package(request.getfixturevalue(made)) as connection:
        found = connection.execute(f"SELECT arxiv_id, title FROM {search}").fetchall()
    assert found == built_sample.rows(f"SELECT arxiv_id, title FROM {search}") != []


def test_long_tables_are_cut_into_slices_that_follow_each_other(long_release, parts):
    assert all(file.size <= SMALL for file in parts.parquet)
    assert len(parts.find_parquet("search_term")) > 1
    held = [each for part in parts.parts for each in part.slices if each.table == "search_term"]
    assert len(held) > 1
    with duckdb.connect(long_release, read_only=True) as connection:
        rows = connection.execute("FROM search_term").fetchall()
    with open_package(parts) as connection:
        assert connection.execute("FROM search_term").fetchall() == rows
    files = [str(parts.folder / file.path) for file in parts.find_parquet("search_term")]
    assert duckdb.execute("FROM read_parquet(?)", [files]).fetchall() == rows


def test_no_digest_text_is_in_it_and_all_are_with_texts(built_sample, package, tmp_path):
    texts = "SELECT text FROM fact_section JOIN dim_source USING (source_key) WHERE licence LIKE '%ND%'"
    printed = {text for (text,) in built_sample.rows(texts) if len(text) > 15}
    assert len(printed) > 100
    with open_package(package) as connection:
        for table in package.contents.contract:
            for column in table.columns:
                if column.type == "TEXT":
                    values = connection.execute(f'SELECT DISTINCT "{column.name}" FROM {table.name}').fetchall()
                    whole = "\n".join(value for (value,) in values if value)
                    assert not [text for text in printed if text in whole], (table.name, column.name)
    for file in package.folder.rglob("*.*"):
        if file.suffix in (".json", ".md", ".sql"):
            assert not [text for text in printed if text in file.read_text("utf-8")], file.name
    whole = write_data_package(built_sample.warehouse, tmp_path / "data", with_texts=True)
    with open_package(whole) as connection:
        assert printed <= {text for (text,) in connection.execute(texts).fetchall()}


def test_no_folder_of_this_machine_is_in_it(built_sample, package):
    folders = (str(built_sample.home), str(CHECKOUT), str(package.folder))
    for table in package.rows:
        [file] = package.find_parquet(table)
        rows = duckdb.execute(f"SELECT CAST(t AS VARCHAR) FROM read_parquet('{package.folder / file.path}') AS t")
        told = "\n".join(row for (row,) in rows.fetchall())
        assert not [folder for folder in folders if folder in told], table
    for file in package.folder.rglob("*.*"):
        if file.suffix in (".json", ".md", ".sql"):
            assert not [folder for folder in folders if folder in file.read_text("utf-8")], file.name


def test_two_packages_of_a_release_have_the_same_bytes_but_for_duckdb(built_sample, package, tmp_path):
    again = write_data_package(built_sample.warehouse, tmp_path / "data")
    files = {
        path.relative_to(package.folder): path.read_bytes() for path in package.folder.rglob("*") if path.is_file()
    }
    others = {path.relative_to(again.folder): path.read_bytes() for path in again.folder.rglob("*") if path.is_file()}
    assert files.keys() == others.keys()
    differ = {path.name for path in files if files[path] != others[path]}
    assert differ <= {"papers.duckdb", "parts.json", "SHA256SUMS"}


def test_every_column_of_the_contract_is_described_everywhere(package):
    described = json.loads((package.folder / "datapackage.json").read_text("utf-8"))["resources"]
    records = json.loads((package.folder / "croissant.json").read_text("utf-8"))["recordSet"]
    page = (package.folder / "COLUMNS.md").read_text("utf-8")
    fields = {(each["title"], field["name"]): field for each in described for field in each["schema"]["fields"]}
    sets = {tuple(field["@id"].split("/")): field for each in records for field in each["field"]}
    for table in load_contract():
        section = page.partition(f"\n## {table.name}\n")[2].partition("\n## ")[0]
        for column in table.columns:
            name = (table.name, column.name)
            assert fields[name]["description"].startswith(column.comment)
            assert sets[name]["description"].startswith(column.comment)
            assert f"\n| `{column.name}` | {column.type} | {column.comment}"[:60].replace("|", "") in section.replace(
                "|", ""
            )


@pytest.mark.parametrize("made", ["package", "parts"])
def test_the_hub_finds_a_configuration_for_every_table(request, made):
    package = request.getfixturevalue(made)
    card = yaml.safe_load((package.folder / "README.md").read_text("utf-8").split("---\n")[1])
    named = {each["config_name"]: each["data_files"][0]["path"] for each in card["configs"]}
    assert named == {table: [file.path for file in package.find_parquet(table)] for table in package.rows}
    assert all((package.folder / path).is_file() for paths in named.values() for path in paths)
    assert [each["config_name"] for each in card["configs"] if each.get("default")] == ["mart_paper"]
    assert (card["license"], card["pretty_name"], card["language"]) == ("other", "Daily Papers", ["en"])
    assert card["size_categories"] == ["10K<n<100K" if made == "package" else "100K<n<1M"]


def test_what_changed_is_in_it_where_there_is_a_release_before(package, parts):
    told = json.loads((parts.folder / "what-changed.json").read_text("utf-8"))
    assert told["old"] == told["new"]
    assert [table["table"] for table in told["tables"] if table["old_rows"] != table["new_rows"]] == ["search_term"]
    assert [table["table"] for table in told["tables"]] == list(parts.rows)
    assert "what-changed.json" in (parts.folder / "SHA256SUMS").read_text("utf-8")
    assert "what-changed.json" in (parts.folder / "README.md").read_text("utf-8")
    assert not (package.folder / "what-changed.json").exists()


def test_a_rebuild_of_a_home_changes_nothing(built_week, tmp_path):
    papers = copy_home(built_week, tmp_path)
    home, before = Home(papers.home), papers.warehouse.resolve()
    assert choose_releases(home) is None
    papers.rebuild()
    chosen = choose_releases(home)
    assert chosen == (before, papers.warehouse.resolve())
    assert [table.table for table in compare_releases(*chosen).tables if table.is_changed] == []
    assert choose_releases(home, papers.release, before.parent.name) == chosen[::-1]
    with pytest.raises(ReleaseError, match=f"no release 'another'; kept are {before.parent.name}, {papers.release}"):
        choose_releases(home, "another")


def test_a_home_without_a_release_has_nothing_to_compare(tmp_path):
    with pytest.raises(ReleaseError, match="no release in"):
        choose_releases(Home(tmp_path / "home"))


def test_the_origins_are_those_of_the_models():
    assert json.loads(FILE.read_text("utf-8"))["sql"] == compute_mark(), "run: uv run just docs"


def test_when_votes_were_seen_is_no_origin_of_them():
    origins = json.loads(FILE.read_text("utf-8"))["tables"]["dim_paper"]
    assert origins["latest_votes"] == {"lake": ["entry.votes"], "sources": ["digest", "feed", "huggingface"]}


@pytest.mark.long
def test_the_origins_are_those_that_the_sample_shows(built_sample):
    assert FILE.read_text("utf-8") == format_origins(find_origins(built_sample.home / "lake"))


@pytest.fixture
def package_of_a_week(built_week, tmp_path):
    """A package in which each table is one file, of few rows: the validators take a millisecond for each."""
    package = write_data_package(built_week.warehouse, tmp_path / "data")
    assert len(package.parts) == 1
    return package


@pytest.fixture
def parts_of_long_texts(built_week, tmp_path):
    """The package of a week with its texts, some so long that their table is cut into slices."""
    text = "SELECT string_agg(md5(CAST(100 * number + piece AS TEXT)), '') FROM range(90) AS pieces (piece)"
    sections = f"""
        SELECT * EXCLUDE (number) REPLACE (1000 + number AS position, ({text}) AS text)
        FROM (FROM fact_section ORDER BY ALL LIMIT 1)
        CROSS JOIN range(900) AS numbers (number)
    """
    release = change_release(
        built_week.warehouse, tmp_path / "papers.duckdb", f"INSERT INTO fact_section BY NAME {sections}"
    )
    package = write_data_package(release, tmp_path / "data", with_texts=True, limit=SMALL)
    assert len(package.find_parquet("fact_section")) > 1
    return package


@pytest.mark.validators
@pytest.mark.timeout(1_200)
@pytest.mark.parametrize("made", [pytest.param("package_of_a_week", marks=pytest.mark.long), "parts_of_long_texts"])
def test_frictionless_and_croissant_find_nothing_and_read_every_row(request, made):
    package = request.getfixturevalue(made)
    found = subprocess.run(
        [VALIDATORS / ".venv" / "bin" / "python", VALIDATORS / "validate.py", package.folder],
        capture_output=True,
        text=True,
        check=True,
    )
    said = json.loads(found.stdout)
    for validator in ("frictionless", "croissant"):
        assert (said[validator]["errors"], said[validator]["warnings"]) == ([], [])
    assert sum(said["frictionless"]["rows"].values()) == sum(package.rows.values())
    assert said["croissant"]["rows"] == said["frictionless"]["rows"]
    assert not found.stderr


@pytest.mark.long
def test_ten_years_are_below_the_limits_of_static_hosts(built_sample, tmp_path):
    copies = 720  # of 144 papers: as many as 40 papers on each of 2,600 working days
    release = multiply_release(built_sample.warehouse.resolve(), tmp_path / "papers.duckdb", copies)
    package = write_data_package(release, tmp_path / "data")
    assert package.rows["dim_paper"] == 144 * copies
    sizes = {path.name: path.stat().st_size for path in package.folder.rglob("*") if path.is_file()}
    assert max(sizes.values()) <= LIMIT < 100_000_000, sizes
    assert len(package.parts) > 1
    with open_package(package) as connection:
        for table, rows in package.rows.items():
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchall() == [(rows,)]
