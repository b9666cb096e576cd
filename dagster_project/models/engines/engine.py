"""Declares what an engine can do, and opens the chosen one. How DuckDB or Spark does it belongs in their modules."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from dagster_project.models.catalog import Model
from dagster_project.models.engines.duckdb_engine import DuckDB, DuckEngine


class Engine(Protocol):
    """Registers lake tables, runs models in order, and fills the file to be published."""

    def register(self, name: str, folder: Path, columns: Mapping[str, str], condition: str = "TRUE") -> None:
        """Create the view `lake_<name>` of a folder's Parquet files; `columns` maps names to DuckDB's types.

        It holds the rows for which a condition in SQL holds. Without files, the view is empty.
        """
        ...

    def run(self, model: Model) -> int:
        """Fill a model's table in the published file, and return its number of rows.

        Raises:
            ModelError: the engine refused the model; the text names the model and says why.
        """
        ...

    def format_table(self, name: str) -> str:
        """Return the FROM item by which DuckDB reads a model's rows."""
        ...


@contextmanager
def open_engine(connection: DuckDB, folder: Path, spark_master: str | None = None) -> Generator[Engine]:
    """Yield the engine that fills the file of `connection`: Spark if a master is named, otherwise DuckDB.

    Spark also leaves each published table as Parquet in `folder`.

    Raises:
        SettingsError: Spark is not installed, or does not start.
    """
    duck = DuckEngine(connection)
    if spark_master is None:
        yield duck
        return
    # A heavy import, and an extra.
    from dagster_project.models.engines.spark_engine import SparkEngine
    from dagster_project.models.engines.spark_session import spark_session

    with spark_session(spark_master) as spark:
        engine = SparkEngine(spark, duck, folder)
        yield engine
        engine.drop_staging()
