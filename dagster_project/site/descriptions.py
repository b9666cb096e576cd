"""Writes what describes a data package, for programs and for people: all files but those with rows.

`datapackage.json` is a Data Package of Frictionless, `croissant.json` is Croissant's; both describe the Parquet files.
`parts.json` and `open.sql` say how the DuckDB files are opened, `README.md` is the card that Hugging Face's dataset hub
shows, and `COLUMNS.md` lists every column. Names, types, rules and comments are those of `sql/schema.sql`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlglot import exp

from dagster_project.config import PACKAGE, SQL
from dagster_project.models.catalog import load_macros
from dagster_project.models.contract import Column, Table, quote
from dagster_project.publish.shared import hash_file
from dagster_project.site.origins import find_origin
from dagster_project.site.tables import DATABASE, STORAGE_VERSION, DataFile, DataPackage

NAME, TITLE = "daily-papers", "Daily Papers"
DESCRIPTION = (
    "The papers on Hugging Face's Daily Papers lists since 2023: their authors, organisations, keywords and days, and "
    "their votes as they moved, as a star schema with flat tables beside it."
)
TAGS = ("arxiv", "bibliometrics", "daily-papers", "machine-learning", "papers", "upvotes")
SUMS = "SHA256SUMS"
DEFAULT = "mart_paper"
"""The table that the dataset hub shows first."""
NO_LICENCE = "none named"
"""What the registry says of a source that names no licence."""
SIZES = ("1K", "10K", "100K", "1M", "10M", "100M", "1B")
"""The limits of the dataset hub's categories of size, in rows."""
FRICTIONLESS = {"BOOLEAN": "boolean", "DATE": "date", "TEXT": "string", "TIMESTAMP": "datetime"}
CROISSANT = {
    "boolean": "sc:Boolean",
    "date": "sc:Date",
    "datetime": "sc:DateTime",
    "integer": "sc:Integer",
    "number": "sc:Float",
    "string": "sc:Text",
}
"""The types of Croissant, by those of a Data Package."""
MISSING = {"boolean": "<NA>", "datetime": "NaT", "integer": "<NA>", "number": "nan"}
"""How NULL reads in pandas, by which Frictionless reads Parquet, for each type of a Data Package that has a sign."""
CONTEXT: Mapping[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""The context that Croissant 1.0 asks for, word for word."""


def write_descriptions(
    package: DataPackage, base_url: str | None = None, changes: str | None = None, sql: Path = SQL
) -> None:
    """Write all files that describe a package into its folder.

    `base_url` is the address of that folder, if known, and `changes` the name of the file on what changed, if any.
    """
    texts = {
        "datapackage.json": _write_json(describe_package(package, base_url)),
        "croissant.json": _write_json(describe_dataset(package, base_url)),
        "parts.json": _write_json(list_parts(package, sql)),
        "open.sql": write_opening(package, sql),
        "README.md": _render("README.md", package, changes),
        "COLUMNS.md": _render("COLUMNS.md", package, changes),
    }
    for name, text in texts.items():
        (package.folder / name).write_text(text, encoding="utf-8", newline="\n")


def write_sums(package: DataPackage) -> None:
    """Write `SHA256SUMS` of all other files of a package, as `sha256sum --check` reads it."""
    folder, known = package.folder, {file.path: file.sha256 for file in (*package.parts, *package.parquet)}
    lines = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != SUMS:
            name = path.relative_to(folder).as_posix()
            lines.append(f"{known.get(name) or hash_file(path)}  {name}\n")
    (folder / SUMS).write_text("".join(lines), encoding="utf-8", newline="\n")


def _write_json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _render(name: str, package: DataPackage, changes: str | None) -> str:
    """Render a page. It is Markdown, so nothing is escaped but what would end a cell of a table."""
    pages = Environment(
        loader=FileSystemLoader(PACKAGE / "site" / "package"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701
    )
    pages.filters["cell"] = lambda text: str(text or "").replace("|", "\\|").replace("\n", " ")
    pages.filters["yaml"] = lambda text: json.dumps(str(text), ensure_ascii=False)
    return pages.get_template(f"{name}.j2").render(
        package=package,
        changes=changes,
        title=TITLE,
        description=DESCRIPTION,
        tags=TAGS,
        default=DEFAULT,
        database=DATABASE,
        size_category=find_size_category(sum(package.rows.values())),
        total=sum(package.rows.values()),
        list_sources=lambda table, column: list_sources(package, table, column),
        list_licences=lambda names: list_licences(package, names),
    )


def find_size_category(rows: int) -> str:
    """Return the dataset hub's category of a number of rows."""
    limits = [1000 * 10**place for place in range(len(SIZES))]
    place = next((place for place, limit in enumerate(limits) if rows < limit), len(SIZES))
    if place == 0:
        return f"n<{SIZES[0]}"
    return f"{SIZES[place - 1]}<n<{SIZES[place]}" if place < len(SIZES) else f"n>{SIZES[-1]}"


def list_sources(package: DataPackage, table: str, column: str) -> list[str]:
    """Return the sources that a column's values come from: none for what the warehouse says of itself."""
    return [name for name in find_origin(table, column).sources if name in package.table_sources[table]]


def list_licences(package: DataPackage, names: Iterable[str]) -> list[str]:
    """Return the licences of sources, without those that name none."""
    licences = {source.name: source.licence or NO_LICENCE for source in package.sources}
    return sorted({licences[name] for name in names} - {NO_LICENCE})


def describe_package(package: DataPackage, base_url: str | None) -> dict[str, Any]:
    """Return the Data Package: a resource a Parquet file.

    It names no sizes and hashes, because Frictionless does not find those of Parquet files; `SHA256SUMS` has them.
    """
    described: dict[str, Any] = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": NAME,
        "title": TITLE,
        "description": DESCRIPTION,
        "version": package.release.release_id,
        "created": f"{package.release.built_at.isoformat(timespec='seconds')}Z",
        "keywords": [*TAGS],
        "sources": [
            *({"title": source.description, "path": source.url} for source in package.sources if source.url),
            *({"title": f"archive {archive.name}", "path": archive.url} for archive in package.archives if archive.url),
        ],
        "resources": [
            _describe_resource(package, table, file)
            for table in package.contents.contract
            for file in package.find_parquet(table.name)
        ],
    }
    if licences := _name_licences(list_licences(package, (source.name for source in package.sources))):
        described["licenses"] = licences
    return described | ({"homepage": base_url} if base_url else {})


def _name_licences(licences: Iterable[str]) -> list[dict[str, str]]:
    return [{"name": licence.replace(" ", "-"), "title": licence} for licence in licences]


def _describe_resource(package: DataPackage, table: Table, file: DataFile) -> dict[str, Any]:
    is_whole = file.slices[0].rows == package.rows[table.name]
    resource: dict[str, Any] = {
        "name": Path(file.path).stem,
        "title": table.name,
        "description": table.comment,
        "path": file.path,
        "type": "table",
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "schema": _describe_schema(package, table),
    }
    if not is_whole:
        resource["description"] += f" Rows {file.slices[0].first + 1} to {file.slices[0].first + file.slices[0].rows}."
    names = package.table_sources[table.name]
    sources = [{"title": source.description, "name": source.name} for source in package.sources if source.name in names]
    return resource | ({"sources": sources} if sources else {})


def _describe_schema(package: DataPackage, table: Table) -> dict[str, Any]:
    schema: dict[str, Any] = {"fields": [_describe_field(package, table, column) for column in table.columns]}
    if primary := table.primary_key:
        schema["primaryKey"] = [*primary]
    unique = [[*key] for key in table.keys if key != primary]
    if unique:
        schema["uniqueKeys"] = unique
    references = [
        {"fields": [key.column], "reference": {"resource": key.parent, "fields": [key.parent_column]}}
        for key in table.foreign_keys
        if len(package.find_parquet(key.parent)) == 1  # a reference names one file
    ]
    return schema | ({"foreignKeys": references} if references else {})


def _describe_field(package: DataPackage, table: Table, column: Column) -> dict[str, Any]:
    field: dict[str, Any] = {"name": column.name, "type": find_type(column), "description": column.comment}
    if rules := list_rules(package, table, column):
        field["constraints"] = rules
    if not rules.get("required") and field["type"] in MISSING:
        field["missingValues"] = [MISSING[field["type"]]]
    origin, sources = find_origin(table.name, column.name), list_sources(package, table.name, column.name)
    field["sources"], field["licenses"] = sources, list_licences(package, sources)
    return field | {"lake": [*origin.lake]}


def find_type(column: Column) -> str:
    """Return the type of a column in a Data Package."""
    kind = column.type.partition("(")[0]
    if kind in ("DOUBLE", "DECIMAL", "FLOAT"):
        return "number"
    return FRICTIONLESS.get(kind, "integer")


def list_rules(package: DataPackage, table: Table, column: Column) -> dict[str, Any]:
    """Return the constraints of a column in a Data Package: what its own NOT NULL, UNIQUE and CHECK say."""
    rules: dict[str, Any] = {}
    definitions = [each for each in table.statement.this.expressions if isinstance(each, exp.ColumnDef)]
    [defined] = [each for each in definitions if each.name == column.name]
    is_key = defined.find(exp.PrimaryKeyColumnConstraint) is not None or column.name in table.primary_key
    is_needed = is_key or defined.find(exp.NotNullColumnConstraint) is not None
    if is_needed and column.name not in package.contents.withheld.get(table.name, ()):
        rules["required"] = True
    if defined.find(exp.UniqueColumnConstraint) is not None:
        rules["unique"] = True
    for check in defined.find_all(exp.CheckColumnConstraint):
        for rule in check.this.flatten() if isinstance(check.this, exp.And) else [check.this]:
            rules |= _translate_rule(rule, find_type(column))
    return rules


def _translate_rule(rule: exp.Expr, kind: str) -> dict[str, Any]:
    """Return a condition on one column as constraints; nothing for a condition that has no such form."""
    if not isinstance(rule.this, exp.Column):
        return {}
    match rule:
        case exp.In() if all(isinstance(item, exp.Literal) for item in rule.expressions):
            return {"enum": [item.to_py() for item in rule.expressions]}
        case exp.Between(args={"low": exp.Literal() as low, "high": exp.Literal() as high}):
            return {"minimum": low.to_py(), "maximum": high.to_py()}
        case exp.GTE(expression=exp.Literal() as least):
            return {"minimum": least.to_py()}
        case exp.LTE(expression=exp.Literal() as most):
            return {"maximum": most.to_py()}
        case exp.GT(expression=exp.Literal() as below) if kind == "integer":
            return {"minimum": int(below.this) + 1}
        case exp.NEQ(expression=exp.Literal(this="")):
            return {"minLength": 1}
        case _:
            return {}


def describe_dataset(package: DataPackage, base_url: str | None) -> dict[str, Any]:
    """Return the Croissant description: a record set a Parquet file, as mlcroissant reads none from several.

    It names no references, because mlcroissant then fails to read the records; `datapackage.json` has the foreign keys.
    """
    tables = package.contents.contract
    released = package.release.built_at.date()
    described: dict[str, Any] = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": NAME,
        "alternateName": TITLE,
        "description": DESCRIPTION,
        "creator": {"@type": "sc:Organization", "name": "daily-papers-warehouse"},
        "datePublished": released.isoformat(),
        "inLanguage": [*package.languages],
        "isLiveDataset": True,
        "keywords": [*TAGS],
        "license": [
            *list_licences(package, (source.name for source in package.sources)),
            "README.md says which licence each source names",
        ],
        "version": f"{released.year}.{released.month}.{released.day}",
        "url": base_url or "https://huggingface.co/papers",
        "citeAs": f"@misc{{daily_papers, title = {{{TITLE}}}, version = {{{package.release.release_id}}}, "
        f"year = {{{released.year}}}}}",
        "distribution": [*_list_distribution(package, base_url)],
        "recordSet": [_describe_records(table, file) for table in tables for file in package.find_parquet(table.name)],
    }
    return described


def _list_distribution(package: DataPackage, base_url: str | None) -> Iterator[dict[str, Any]]:
    kind = "application/x-parquet"
    for file in package.parquet:
        yield {
            "@type": "cr:FileObject",
            "@id": file.path,
            "name": Path(file.path).name,
            "contentUrl": urljoin(_as_folder(base_url), file.path) if base_url else file.path,
            "contentSize": f"{file.size} B",
            "encodingFormat": kind,
            "sha256": file.sha256,
        }


def _as_folder(base_url: str) -> str:
    return base_url if base_url.endswith("/") else f"{base_url}/"


def _describe_records(table: Table, file: DataFile) -> dict[str, Any]:
    name = Path(file.path).stem
    source = {"fileObject": {"@id": file.path}}
    records: dict[str, Any] = {"@type": "cr:RecordSet", "@id": name, "name": name, "description": table.comment}
    if primary := table.primary_key:
        records["key"] = [{"@id": f"{name}/{column}"} for column in primary]
    records["field"] = [
        {
            "@type": "cr:Field",
            "@id": f"{name}/{column.name}",
            "name": column.name,
            "description": column.comment,
            "dataType": CROISSANT[find_type(column)],
            "source": source | {"extract": {"column": column.name}},
        }
        for column in table.columns
    ]
    return records


def list_parts(package: DataPackage, sql: Path = SQL) -> dict[str, Any]:
    """Return which DuckDB files hold which tables, and the statements that join them.

    A reader attaches each file by its alias. If there are several, it then runs `views` and `macros` in a database of
    its own, as one in memory.
    """
    aliases = _list_aliases(package)
    return {
        "release_id": package.release.release_id,
        "storage_version": STORAGE_VERSION,
        "rows": package.rows,
        "parts": [
            {
                "file": part.path,
                "alias": alias,
                "bytes": part.size,
                "sha256": part.sha256,
                "tables": [{"table": each.table, "first_row": each.first, "rows": each.rows} for each in part.slices],
            }
            for alias, part in aliases.items()
        ],
        "views": _list_views(package),
        "macros": _list_macros(package, sql),
    }


def _list_aliases(package: DataPackage) -> dict[str, DataFile]:
    if len(package.parts) == 1:
        return {DATABASE: package.parts[0]}
    return {f"part_{place}": part for place, part in enumerate(package.parts, start=1)}


def _list_views(package: DataPackage) -> list[str]:
    """Return the statements that make a view of every table over the parts that hold its rows."""
    aliases = _list_aliases(package)
    if len(aliases) == 1:
        return []
    views = []
    for table in package.contents.contract:
        held = sorted(
            (each.first, alias) for alias, part in aliases.items() for each in part.slices if each.table == table.name
        )
        rows = " UNION ALL ".join(f"SELECT * FROM {alias}.{table.name}" for _, alias in held)
        views.append(f"CREATE VIEW {table.name} AS {rows}")
        views.append(f"COMMENT ON VIEW {table.name} IS {quote(table.comment)}")
        views += [
            f"COMMENT ON COLUMN {table.name}.{column.name} IS {quote(column.comment)}" for column in table.columns
        ]
    return views


def _list_macros(package: DataPackage, sql: Path) -> list[str]:
    """Return the statements that make the functions; none if the one file holds them."""
    if len(package.parts) == 1:
        return []
    return [macro.sql.strip().rstrip(";") for macro in load_macros(sql)]


def write_opening(package: DataPackage, sql: Path = SQL) -> str:
    """Return the SQL that opens the package in DuckDB's shell, started in the package's folder."""
    aliases = _list_aliases(package)
    statements: Sequence[str] = [f"ATTACH {quote(part.path)} AS {alias} (READ_ONLY)" for alias, part in aliases.items()]
    if len(aliases) == 1:
        statements = [*statements, f"USE {DATABASE}"]
    lines = [*statements, *_list_views(package), *_list_macros(package, sql)]
    return "-- duckdb -init open.sql\n" + "".join(f"{line};\n" for line in lines)
