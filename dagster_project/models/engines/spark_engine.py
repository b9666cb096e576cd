"""Runs models on Apache Spark: each becomes Parquet, from which DuckDB fills the file to be published.

Translation to Spark's SQL belongs in `spark_sql`, the session in `spark_session`.
"""

import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.pandas.types import to_arrow_schema

from dagster_project.errors import ModelError
from dagster_project.lake.files import find_bucket, format_path, list_parquet
from dagster_project.models.catalog import LAKE, Model
from dagster_project.models.engines.duckdb_engine import DuckEngine, read_parquet
from dagster_project.models.engines.spark_session import read_first_line
from dagster_project.models.engines.spark_sql import DUCKDB_ALONE, spark_type, to_spark


def read_from_bucket(spark: SparkSession, files: Sequence[Path], columns: Mapping[str, str]) -> DataFrame:
    """Return the rows of Parquet files in a bucket. Arrow reads them on the workers: Spark would need another jar."""
    nulls = ", ".join(f"CAST(NULL AS {spark_type(kind)}) AS {column}" for column, kind in columns.items())
    schema = spark.sql(f"SELECT {nulls}").schema
    as_spark_knows, bucket = to_arrow_schema(schema), find_bucket(files[0])

    def read(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for name in batch["file"].to_pylist():
                rows = pq.ParquetFile(name, filesystem=bucket).read(columns=list(columns))
                yield from rows.select(list(columns)).cast(as_spark_knows).to_batches()

    names = [(format_path(file),) for file in files]
    return spark.createDataFrame(names, "file string").repartition(len(names)).mapInArrow(read, schema)


def escape(path: Path) -> str:
    """Return a path as Spark reads it: a backslash before each sign of a pattern."""
    return re.sub(r"[\\*?{}\[\]]", r"\\\g<0>", str(path))


@dataclass(frozen=True, slots=True)
class SparkEngine:
    """Writes each model as Parquet to a folder that all workers share, and loads it from there into DuckDB.

    Models of the layers in `DUCKDB_ALONE` run on DuckDB.
    """

    spark: SparkSession
    duck: DuckEngine
    folder: Path

    def register(self, name: str, folder: Path, columns: Mapping[str, str], condition: str = "TRUE") -> None:
        """Create the view of a lake table in Spark, and in DuckDB for the checks."""
        self.duck.register(name, folder, columns, condition)
        files = list_parquet(folder)
        there = [f"CAST({column} AS {spark_type(kind)}) AS {column}" for column, kind in columns.items()]
        if files and find_bucket(folder) is not None:
            # Kept, since many models read it and each file should be requested once.
            view = read_from_bucket(self.spark, files, columns).persist()
        elif files:
            # Pass folders: given single files, Spark would start a task to look up each. A lookup of files in folders
            # would also take `a=b` in a path for a column.
            folders = sorted({escape(file.parent) for file in files})
            names = "{" + ",".join(sorted({file.name for file in files})) + "}"
            read = self.spark.read.options(pathGlobFilter=names, recursiveFileLookup=True)
            view = read.parquet(*folders).selectExpr(*there)
        else:
            nothing = ", ".join(f"NULL AS {column}" for column in columns)
            view = self.spark.sql(f"SELECT {nothing} WHERE FALSE").selectExpr(*there)
        view.where(condition).createOrReplaceTempView(f"{LAKE}{name}")

    def run(self, model: Model) -> int:
        """Run a model on Spark, load its rows into DuckDB, and return their number.

        Raises:
            ModelError: Spark or DuckDB refused the model; the text names the model and says why.
        """
        if model.layer in DUCKDB_ALONE:
            return self.duck.run(model)
        written = self.folder / model.name
        try:
            self.spark.sql(to_spark(model.sql)).write.parquet(str(written))
            self.spark.read.parquet(escape(written)).createOrReplaceTempView(model.name)
        except PySparkException as error:
            raise ModelError(f"{model.layer}/{model.name}.sql on Spark: {read_first_line(error)}") from error
        return self.duck.insert(model, self.format_table(model.name))

    def drop_staging(self) -> None:
        """Remove the staging models; the published tables stay as Parquet beside the file."""
        for folder in self.folder.glob("stg_*"):
            shutil.rmtree(folder)

    def format_table(self, name: str) -> str:
        """Return the FROM item by which DuckDB reads a model's rows."""
        return read_parquet(sorted((self.folder / name).glob("*.parquet")))
