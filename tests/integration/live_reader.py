"""A reader as a process of its own: it queries a warehouse until its standard input ends, and tells what it saw.

`python live_reader.py KIND PATH PAUSE` prints a line of JSON a look. The test says what a look should have seen.
"""

import json
import select
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from functools import partial

import duckdb
import sqlalchemy

PAUSE = float(sys.argv[3]) if __name__ == "__main__" else 0.0
"""Seconds between two looks: the readers have to leave the publisher some of two cores."""

LOOK = [
    "SELECT release_id FROM meta_release",
    "SELECT CAST(max(captured_at) AS VARCHAR) FROM fact_vote",
    "SELECT count(*) FROM fact_vote",
    "SELECT sum(votes) FROM fact_vote_day",
    "SELECT sum(latest_votes) FROM dim_paper",
    "SELECT sum(latest_votes) FROM mart_paper",
    "SELECT count(*) FROM meta_fetch",
]
"""A value each, from tables that differ in every release: a mix of two releases shows."""

Ask = Callable[[str], object]
Connect = Callable[[], AbstractContextManager[Ask]]


def look(ask: Ask) -> list[object]:
    """Return the values of `LOOK`, asked one after the other."""
    return [ask(statement) for statement in LOOK]


def count_all(ask: Ask) -> dict[str, object]:
    """Read every value of every table, and return the tables' row counts."""
    names = str(ask("SELECT string_agg(table_name, ' ') FROM duckdb_tables()")).split()
    return {name: ask(f"SELECT count(*), bit_xor(hash({name})) FROM {name}") for name in names}


@contextmanager
def connect(path: str) -> Iterator[Ask]:
    """Open a file, and return what asks it for a value."""
    with closing(duckdb.connect(path, read_only=True)) as connection:
        yield lambda statement: connection.execute(statement).fetchall()[0][0]


@contextmanager
def connect_by(engine: sqlalchemy.Engine) -> Iterator[Ask]:
    """Take a connection of an engine, and return what asks it for a value."""
    with engine.connect() as connection:
        yield lambda statement: connection.scalar(sqlalchemy.text(statement))


def tell(**seen: object) -> bool:
    """Print what was seen, and say whether to go on: until standard input ends."""
    print(json.dumps(seen), flush=True)  # noqa: T201
    return not select.select([sys.stdin], [], [], PAUSE)[0]


def held(connection: Connect) -> None:
    """Keep one connection for all looks, and at the end read all that it holds."""
    with connection() as ask:
        while tell(saw=look(ask)):
            pass
        tell(counted=count_all(ask))


def fresh(connection: Connect) -> None:
    """Open a connection for each look."""
    going = True
    while going:
        opened_at = time.monotonic()
        with connection() as ask:
            saw = look(ask)
        going = tell(opened_at=opened_at, saw=saw, answered_at=time.monotonic())


def fresh_beside_held(connection: Connect) -> None:
    """Open a connection for each look, in a process that keeps its first one too."""
    with connection():
        fresh(connection)


def by_sqlalchemy(path: str) -> None:
    """Take a connection of an engine without a pool for each look."""
    url = f"duckdb:///{path}"
    engine = sqlalchemy.create_engine(url, connect_args={"read_only": True}, poolclass=sqlalchemy.NullPool)
    fresh(partial(connect_by, engine))


KINDS: dict[str, Callable[[str], None]] = {
    "held": lambda path: held(partial(connect, path)),
    "fresh": lambda path: fresh(partial(connect, path)),
    "fresh beside held": lambda path: fresh_beside_held(partial(connect, path)),
    "SQLAlchemy with NullPool": by_sqlalchemy,
}

if __name__ == "__main__":
    KINDS[sys.argv[1]](sys.argv[2])
