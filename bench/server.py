"""The loopback server in a process of its own, so that its work does not count as anybody's."""

import datetime as dt
import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from tests.loopback import Loopback


class Asked(NamedTuple):
    """A request: what was asked, the status of its answer, and whether it was conditional."""

    url: str
    status: int
    is_conditional: bool


@dataclass(frozen=True, slots=True)
class Server:
    """The server as its user sees it."""

    settings: dict[str, str]
    """The environment in which `papers` asks it."""
    _line: Connection

    def asked(self) -> list[Asked]:
        """Return the requests since this was last asked."""
        self._line.send("asked")
        return list(self._line.recv())


@contextmanager
def serving(digests: Path, papers: Path | None = None) -> Generator[Server]:
    """Serve a folder of digests, and the newest capture of each day of a folder of payloads."""
    here, there = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target=_serve, args=(digests, papers, there), daemon=True)
    process.start()
    try:
        yield Server(here.recv(), here)
    finally:
        here.send("end")
        process.join()


def _serve(digests: Path, papers: Path | None, line: Connection) -> None:
    with Loopback() as web:
        web.serve_digests(digests)
        for day in papers.iterdir() if papers else ():
            newest = max(day.glob("*.json"), default=None)
            if newest:
                web.serve_papers(dt.date.fromisoformat(day.name), json.loads(newest.read_text(encoding="utf-8")))
        line.send({"PAPERS_DIGEST_URL": web.digest_url, "PAPERS_HUGGINGFACE_URL": web.huggingface_url})
        while line.recv() == "asked":
            line.send([Asked(web.url + one.path, one.status, _is_conditional(one.headers)) for one in web.asked])
            web.forget()


def _is_conditional(headers: object) -> bool:
    return any(name in headers for name in ("if-none-match", "if-modified-since"))  # type: ignore[operator]
