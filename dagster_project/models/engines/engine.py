"""What runs models: DuckDB, or Spark. Nothing else knows which of them does."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from dagster_project.models.catalog import Model
from dagster_project.models.engines.duckdb_engine import DuckDB, DuckEngine


class Engine(Protocol):
    """Takes lake tables and models in their order, and fills the file that is published."""

    def register(self, name: str, folder: Path, columns: Mapping[str, str]) -> None:
        """Make the Parquet files `folder/*/*.parquet` the source `lake_<name>` of `columns` (name to DuckDB's type).

        Without any file it is empty, but there.
        """
        ...

    def run(self, model: Model) -> int:
        """Run a model into its table of the published file, and return its number of rows.

        Raises:
            ModelError: the engine refused it; the text names the model and says why.
        """
        ...

    def table(self, name: str) -> str:
        """Return where the rows of a model lie, as DuckDB's FROM takes it."""
        ...


@contextmanager
def open_engine(connection: DuckDB, folder: Path, spark_master: str | None = None) -> Generator[Engine]:
    """Lend the engine that fills the file behind `connection`: DuckDB, or Spark where a master is named.

    Spark leaves each table as Parquet in `folder` too.

    Raises:
        SettingsError: Spark is not installed, or does not start.
    """
    duck = DuckEngine(connection)
    if spark_master is None:
        yield duck
        return
    # Heavy, and an extra.
    from dagster_project.models.engines.spark_engine import SparkEngine
    from dagster_project.models.engines.spark_session import spark_session

    with spark_session(spark_master) as spark:
        engine = SparkEngine(spark, duck, folder)
        yield engine
        engine.drop_staging()
