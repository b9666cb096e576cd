"""Makes the metadata by which Dagster's UI shows a table: its columns, some rows, and a picture of papers a day.

Rows are tables of typed values and never Markdown, since texts from the internet cannot act in a table. Reading the
rows belongs in `preview`.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import dagster as dg
import dataframely as dy

from dagster_project.defs.preview import Days, Preview, Row, draw_days, embed_picture
from dagster_project.validate.schemas import list_sql_columns

Metadata = dict[str, Any]

COLUMNS = "dagster/column_schema"
ROW_COUNT = "dagster/row_count"
"""Dagster's own name for the number of rows."""


def describe_columns(schema: type[dy.Schema]) -> Metadata:
    """Return the columns of a lake table with their descriptions, as metadata."""
    declared = schema.columns()
    listed = [dg.TableColumn(name, kind, declared[name].description) for name, kind in list_sql_columns(schema).items()]
    return {COLUMNS: dg.TableSchema(listed)}


def make_table(shown: Iterable[Row], types: Mapping[str, str] | None = None) -> dg.TableMetadataValue:
    """Return rows as a table; its columns come from `types`, or else from the first row."""
    records = [dg.TableRecord(one) for one in shown]
    named = dg.TableSchema([dg.TableColumn(name, kind) for name, kind in (types or {}).items()])
    return dg.MetadataValue.table(records, named if types or not records else None)


def draw(days: Days, unit: str = "papers") -> dg.MarkdownMetadataValue:
    """Return a picture of an amount of each day."""
    return dg.MetadataValue.md(f"![{unit} a day]({embed_picture(draw_days(days, unit))})")


def draw_all(by_source: Mapping[str, Days]) -> Metadata:
    """Return a picture of the papers a day of each source, as metadata."""
    return {f"papers_a_day_{source}": draw(days) for source, days in by_source.items()}


def describe(table: Preview, unit: str = "papers") -> Metadata:
    """Return a preview as metadata."""
    days = {f"{unit}_a_day": draw(table.days, unit)} if table.days else {}
    return {ROW_COUNT: table.count, **days, "preview": make_table(table.rows, table.columns)}
