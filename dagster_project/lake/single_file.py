"""A table that a home keeps in a single file, and replaces as a whole. What its rows mean belongs in other modules."""

from dataclasses import dataclass
from pathlib import Path

import dataframely as dy
import polars as pl

from dagster_project.lake.files import scan, write_parquet_atomically
from dagster_project.validate.schemas import make_frame


@dataclass(frozen=True, slots=True)
class SingleFile:
    """The file of a table: where it lies, the schema of its rows, and the columns by which they are sorted."""

    path: Path
    schema: type[dy.Schema]
    order: tuple[str, ...]

    def read(self) -> pl.DataFrame:
        """Return all rows, sorted; none if there is no file."""
        return scan([self.path]).collect() if self.path.exists() else make_frame(self.schema, [])

    def write(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Replace all rows, and return them sorted."""
        checked = self.schema.validate(rows.sort(self.order))
        write_parquet_atomically(self.path, checked)
        return checked

    def replace(self, is_old: pl.Expr, *new: tuple[object, ...]) -> None:
        """Remove the rows for which the expression holds, and add new ones."""
        if new or self.path.exists():
            self.write(pl.concat([self.read().filter(~is_old), make_frame(self.schema, new)]))
