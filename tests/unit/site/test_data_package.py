"""The data package of a published file that is written by hand: what it holds, what it withholds, how it is cut."""

import json
import shutil
import subprocess
from contextlib import ExitStack

import duckdb
import pytest
import yaml

from dagster_project.errors import ReleaseError
from dagster_project.models.contract import load_contract
from dagster_project.site.data_package import write_data_package
from dagster_project.site.descriptions import find_size_category
from dagster_project.site.origins import load_origins
from tests.unit.site.conftest import change_release

ADDRESS = "https://example.org/papers/data"
TEXTS = ("요약한 글", "결과", "거절된 글 digest")


ANY_SIGN = "what's new? 100 %"
"""Name of a folder, as people may give it."""


@pytest.fixture(scope="module")
def package(release, tmp_path_factory):
    """The package of the file: to read."""
    folder = tmp_path_factory.mktemp("package") / ANY_SIGN
    folder.mkdir()
    shutil.copy(release, folder / "papers.duckdb")
    return write_data_package(folder / "papers.duckdb", folder / "data")


@pytest.fixture(scope="module")
def package_with_texts(release, tmp_path_factory):
    """The package of the file with all texts, of an address that ends in a slash: to read."""
    folder = tmp_path_factory.mktemp("with_texts") / "data"
    return write_data_package(release, folder, base_url=f"{ADDRESS}/", with_texts=True)


@pytest.fixture
def rows():
    """Return what asks a file, which stays open."""
    with ExitStack() as stack:
        opened = {}

        def ask(path, sql):
            if path not in opened:
                opened[path] = stack.enter_context(duckdb.connect(path, read_only=True))
            return opened[path].execute(sql).fetchall()

        yield ask


def test_texts_that_may_not_be_changed_are_withheld_and_others_are_not(package, rows):
    database = package.folder / "papers.duckdb"
    assert rows(database, "SELECT heading, heading_as_printed, text FROM fact_section ORDER BY source_key") == [
        (None, None, "A text of the API."),
        ("Results", None, None),
    ]
    assert rows(database, "SELECT source, raw FROM meta_reject ORDER BY source") == [
        ("digest", None),
        ("huggingface", "거절된 글 huggingface"),
    ]
    assert package.languages == ("en",)


def test_the_pages_name_the_columns_that_are_withheld(package):
    assert "- `fact_section`: `heading_as_printed`, `text`" in (package.folder / "README.md").read_text("utf-8")
    resources = json.loads((package.folder / "datapackage.json").read_text("utf-8"))["resources"]
    fields = {
        (resource["name"], field["name"]): field for resource in resources for field in resource["schema"]["fields"]
    }
    withheld = {name for name, field in fields.items() if "Withheld" in field["description"]}
    assert withheld == {("fact_section", "heading_as_printed"), ("fact_section", "text"), ("meta_reject", "raw")}
    assert not any(fields[name].get("constraints", {}).get("required") for name in withheld)


def test_with_texts_they_are_there_and_needed(package_with_texts, rows):
    package = package_with_texts
    database = package.folder / "papers.duckdb"
    assert rows(database, "SELECT text FROM fact_section ORDER BY source_key")[1] == ("요약한 글입니다.",)
    assert package.languages == ("en", "ko")
    card = yaml.safe_load((package.folder / "README.md").read_text("utf-8").split("---")[1])
    assert card["language"] == ["en", "ko"]
    assert "pass them on only unchanged" in (package.folder / "README.md").read_text("utf-8")


@pytest.fixture(scope="module")
def forbidding(release, tmp_path_factory):
    """The package of a file in which an archive forbids derivatives, of an address without a slash: to read."""
    folder = tmp_path_factory.mktemp("forbidding")
    new = change_release(
        release,
        folder / "new.duckdb",
        "UPDATE dim_archive SET licence = 'CC BY-ND 4.0' WHERE archive = 'elsewhere'",
        "UPDATE meta_reject SET archive = 'elsewhere'",
    )
    return write_data_package(new, folder / "data", base_url=ADDRESS)


def test_an_archive_with_such_a_licence_withholds_its_rejects(forbidding, rows):
    assert rows(forbidding.folder / "papers.duckdb", "SELECT DISTINCT raw FROM meta_reject") == [(None,)]


def test_no_file_names_a_folder_of_the_machine(package, rows):
    database = package.folder / "papers.duckdb"
    assert rows(database, "SELECT url FROM dim_archive WHERE archive = 'elsewhere'") == [("file:elsewhere.bundle",)]
    assert rows(database, "SELECT DISTINCT url FROM meta_fetch ORDER BY url") == [
        ("file:06.md",),
        ("https://export.arxiv.org/api/query",),
    ]
    assert rows(database, "SELECT DISTINCT last_reason FROM mart_coverage") == [
        ("[Errno 5] Input/output error: '06.md'",)
    ]
    for file in package.folder.rglob("*"):
        if file.suffix not in (".duckdb", ".parquet") and file.is_file():
            assert "maker_of_it" not in file.read_text("utf-8")
    for table in package.rows:
        [[found]] = rows(database, f"SELECT count(*) FROM {table} AS t WHERE CAST(t AS VARCHAR) LIKE '%maker_of_it%'")
        assert found == 0


def test_every_table_is_parquet_with_its_rows_in_order(release, package, rows):
    for table in load_contract():
        if table.name in ("fact_section", "meta_reject", "dim_archive", "meta_fetch", "mart_coverage"):
            continue
        [file] = package.find_parquet(table.name)
        parquet = duckdb.execute("FROM read_parquet(?)", [str(package.folder / file.path)]).fetchall()
        assert (
            parquet
            == rows(release, f"FROM {table.name}")
            == rows(package.folder / "papers.duckdb", f"FROM {table.name}")
        )


def test_the_database_has_comments_and_rules_and_no_keys(package, rows):
    database = package.folder / "papers.duckdb"
    kinds = rows(database, "SELECT DISTINCT constraint_type FROM duckdb_constraints() ORDER BY ALL")
    assert kinds == [("CHECK",), ("NOT NULL",)]
    [[bare]] = rows(database, "SELECT count(*) FROM duckdb_columns() WHERE NOT internal AND comment IS NULL")
    assert bare == 0
    [[needed]] = rows(database, "SELECT count(*) FROM duckdb_constraints() WHERE constraint_type = 'NOT NULL'")
    declared = sum(
        "NOT NULL" in column.constraint or column.name in {name for key in table.keys[:1] for name in key}
        for table in load_contract()
        for column in table.columns
    )
    assert 0 < needed <= declared


def test_the_database_is_of_the_old_storage_version(package, rows):
    database = package.folder / "papers.duckdb"
    [[tags]] = rows(database, "SELECT tags FROM duckdb_databases() WHERE database_name = 'papers'")
    assert tags["storage_version"].startswith("v1.0.0")


def test_rules_of_the_contract_are_constraints(package):
    resources = json.loads((package.folder / "datapackage.json").read_text("utf-8"))["resources"]
    schemas = {resource["name"]: resource["schema"] for resource in resources}
    rules = {
        (name, field["name"]): field.get("constraints", {})
        for name, schema in schemas.items()
        for field in schema["fields"]
    }
    assert rules["dim_date", "month"] == {"required": True, "minimum": 1, "maximum": 12}
    assert rules["dim_paper", "title"] == {"required": True, "minLength": 1}
    assert rules["dim_paper", "arxiv_id"] == {"required": True, "unique": True}
    assert rules["fact_listing", "rank"] == {"minimum": 1}
    assert rules["bridge_paper_author", "weight"] == {"required": True, "maximum": 1}
    assert rules["meta_fetch", "time_basis"]["enum"] == ["measured", "committed", "assumed"]
    assert schemas["fact_listing"]["primaryKey"] == ["paper_key", "source_key", "listed_on"]
    assert {"fields": ["paper_key"], "reference": {"resource": "dim_paper", "fields": ["paper_key"]}} in schemas[
        "fact_listing"
    ]["foreignKeys"]
    assert schemas["fact_observation"]["uniqueKeys"] == [
        ["paper_key", "source_key", "archive_key", "observed_at", "listed_on"]
    ]


def test_sources_and_licences_of_a_column_are_those_that_bring_it(package):
    resources = json.loads((package.folder / "datapackage.json").read_text("utf-8"))["resources"]
    fields = {
        (resource["name"], field["name"]): field for resource in resources for field in resource["schema"]["fields"]
    }
    title, abstract = fields["dim_paper", "title"], fields["dim_paper", "abstract"]
    assert (title["sources"], title["licenses"]) == (["digest", "huggingface"], ["CC BY-NC-ND"])
    assert (abstract["sources"], abstract["licenses"]) == (["arxiv", "huggingface"], ["CC0"])
    subject, doi = fields["dim_category", "category"], fields["dim_paper", "doi"]
    for of_arxiv in (subject, doi):
        assert (of_arxiv["sources"], of_arxiv["licenses"]) == (["arxiv"], ["CC0"])
    assert "entry.abstract" in abstract["lake"]
    assert fields["meta_fetch", "url"]["sources"] == []


def check_address(package, base_url):
    dataset = json.loads((package.folder / "croissant.json").read_text("utf-8"))
    addresses = [file["contentUrl"] for file in dataset["distribution"]]
    assert f"{ADDRESS}/parquet/dim_paper.parquet" in addresses
    assert json.loads((package.folder / "datapackage.json").read_text("utf-8"))["homepage"] == base_url


def test_the_address_is_that_of_the_folder(package_with_texts, forbidding):
    check_address(package_with_texts, f"{ADDRESS}/")
    check_address(forbidding, ADDRESS)


def test_every_column_has_an_origin():
    origins = load_origins()
    for table in load_contract():
        if table.name not in ("meta_check", "meta_release"):  # which no model makes
            assert [column.name for column in table.columns] == list(origins[table.name])
            assert all(origin.lake for origin in origins[table.name].values()) or table.name.startswith("search")


def test_checksums_are_those_of_all_files(package):
    listed = subprocess.run(
        [shutil.which("sha256sum") or "sha256sum", "--check", "--strict", "SHA256SUMS"],
        cwd=package.folder,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    files = {path.relative_to(package.folder).as_posix() for path in package.folder.rglob("*") if path.is_file()}
    assert {line.removesuffix(": OK") for line in listed} == files - {"SHA256SUMS"}


def test_a_release_of_another_version_is_refused(release, tmp_path):
    new = change_release(release, tmp_path / "new.duckdb", "ALTER TABLE dim_paper DROP COLUMN abstract")
    with pytest.raises(ReleaseError, match=r"lacks dim_paper\.abstract; make a new release"):
        write_data_package(new, tmp_path / "data")


def test_a_release_that_was_changed_afterwards_is_refused(release, tmp_path):
    new = change_release(release, tmp_path / "new.duckdb", "DELETE FROM fact_vote WHERE paper_key = 11")
    with pytest.raises(ReleaseError, match="fact_vote of the release was changed"):
        write_data_package(new, tmp_path / "data")


def test_a_missing_release_is_named(tmp_path):
    with pytest.raises(ReleaseError, match="no warehouse at"):
        write_data_package(tmp_path / "none.duckdb", tmp_path / "data")


def test_a_limit_that_nothing_fits_into_is_said(release, tmp_path):
    with pytest.raises(ReleaseError, match="cannot be cut into DuckDB files of 90,000 bytes"):
        write_data_package(release, tmp_path / "data", limit=90_000)


def test_a_path_may_hold_any_sign(package):
    assert package.folder.parent.name == ANY_SIGN
    assert (package.folder / "papers.duckdb").exists()
    check_parquet(package)


def test_a_path_of_files_that_are_cut_may_hold_any_sign(release, tmp_path):
    folder = tmp_path / ANY_SIGN
    folder.mkdir()
    shutil.copy(release, folder / "papers.duckdb")
    package = write_data_package(folder / "papers.duckdb", folder / "data", limit=1_400_000)
    assert len(package.parts) > 1
    assert not (folder / "data" / "papers.duckdb").exists()
    check_parquet(package)


def check_parquet(package):
    [file] = package.find_parquet("dim_paper")
    assert (package.folder / file.path).stat().st_size == file.size


@pytest.mark.parametrize(
    ("count", "category"),
    [(0, "n<1K"), (999, "n<1K"), (1000, "1K<n<10K"), (2_321_414, "1M<n<10M"), (10**9, "n>1B"), (10**12, "n>1B")],
)
def test_the_hub_has_a_category_for_every_size(count, category):
    assert find_size_category(count) == category
