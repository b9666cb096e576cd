"""Opens Spark sessions, and runs a function on many pieces on Spark's workers.

This module sets only what keeps results equal to DuckDB's. Other options belong in Spark's own configuration
(`SPARK_CONF_DIR`).
"""

import os
import pickle
import sys
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import pyarrow as pa
from py4j.protocol import Py4JError, Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from dagster_project.config import PACKAGE
from dagster_project.errors import SettingsError

Piece = TypeVar("Piece")
Result = TypeVar("Result")

SAME_ANSWERS = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
}
"""Without these options, Spark would turn errors into NULL and shift times by the machine's time zone."""
ALONE = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.ui.enabled": "false",
}
"""On one machine, these options keep all ports closed to other machines."""
QUIET = PACKAGE / "models" / "engines" / "log4j2.properties"


@contextmanager
def spark_session(master: str) -> Generator[SparkSession]:
    """Yield a session on a master (`local[*]`, or the address of a cluster), and stop it at the end.

    Raises:
        SettingsError: Spark does not start.
    """
    # Spark starts its workers by `python -m`, which would import from the folder in which the command was typed.
    given = SAME_ANSWERS | {"spark.ui.showConsoleProgress": "false", "spark.executorEnv.PYTHONSAFEPATH": "1"}
    if master.startswith("local"):
        given |= ALONE
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    if "SPARK_CONF_DIR" not in os.environ:
        given["spark.driver.defaultJavaOptions"] = f"-Dlog4j2.configurationFile={QUIET}"
    builder = SparkSession.builder.appName("papers").master(master)
    for name, value in given.items():
        builder = builder.config(name, value)
    try:
        session = builder.getOrCreate()
    except (PySparkException, Py4JError) as error:
        advice = "it needs Java 17 or later, and PAPERS_SPARK_MASTER to name a master that answers"
        raise SettingsError(f"Spark does not start: {read_first_line(error)}; {advice}") from error
    try:
        yield session
    finally:
        session.stop()


def spread(work: Callable[[Piece], Result], pieces: Iterable[Piece], master: str) -> Iterator[Result]:
    """Yield the result of `work` for each piece. Spark's workers need the same folders and this package."""
    sent = [(pickle.dumps(piece),) for piece in pieces]
    if not sent:
        return

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            done = [pickle.dumps(work(pickle.loads(piece))) for piece in batch["piece"].to_pylist()]  # noqa: S301 - ours
            yield pa.record_batch({"result": pa.array(done, pa.binary())})

    with spark_session(master) as spark:
        frame = spark.createDataFrame(sent, "piece binary").repartition(len(sent))
        for row in frame.mapInArrow(run, "result binary").toLocalIterator():
            yield pickle.loads(row.result)  # noqa: S301 - what `run` sent


def read_first_line(error: Exception) -> str:
    """Return the first line of an error of Spark, without its stack trace."""
    said = str(error.java_exception if isinstance(error, Py4JJavaError) else error)
    return said.strip().splitlines()[0]
