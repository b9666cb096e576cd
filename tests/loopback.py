"""A web server on 127.0.0.1 that plays both sources: real sockets, every request logged, every fault on order.

    with Loopback() as web:
        web.serve_digests(folder)                       # at web.digest_url
        web.serve_payloads(day, first, second)          # at web.huggingface_url
        web.play("/2024/01/25", [Answer(503)])          # before the real answer

What a real server does with the requests is here; what the program should make of it belongs in the tests.
"""

import datetime as dt
import email.utils
import gzip
import hashlib
import json
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

BIG_BANG = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
MAX_LIMIT = 100


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What is sent. `headers` go above the usual ones, so that a `Content-Length` may lie."""

    status: int = field(default=200, kw_only=False)
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    after: float = 0
    """Seconds of silence before the answer."""
    cut: int | None = None
    """Bytes of the body after which the connection is closed."""
    pieces: Iterable[bytes] | None = None
    """The body in chunks of a stream whose length nobody knows, and which may never end."""
    every: float = 0
    """Seconds between two chunks."""


def gzipped(body: bytes, **more: Any) -> Answer:
    """Return an answer whose body is sent compressed."""
    return Answer(body=gzip.compress(body), headers={"Content-Encoding": "gzip"}, **more)


def redirect(where: str, status: int = 302) -> Answer:
    """Return an answer that points elsewhere."""
    return Answer(status, headers={"Location": where})


@dataclass
class Asked:
    """A request as it came, and what was sent of a body in answer."""

    path: str
    """Path and query."""
    headers: dict[str, str]
    """By name in lower case."""
    at: float
    connection: int
    status: int = 0
    sent: int = 0


class Loopback:
    """The server; it runs as long as the `with` does."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.at_once = 0
        """The most requests that were under way at the same time."""
        self.turn = 0
        """Which capture of a day is served, from 0; a day with fewer serves its last."""
        self.etags = self.dates = True
        self.max_limit = MAX_LIMIT
        self.ignores_page = False
        self._digests: Path | None = None
        self._payloads: dict[str, Sequence[Sequence[Any]]] = {}
        self._played: dict[str, Iterator[Answer]] = {}
        self._under_way = 0
        self._lock = threading.Lock()
        self._over = threading.Event()

    def serve_digests(self, folder: Path) -> None:
        """Serve the files of a folder at `/YYYY/MM/DD.md`."""
        self._digests = folder

    def serve_payloads(self, day: dt.date, *captures: Sequence[Any]) -> None:
        """Serve the papers of a day; of several captures, the one whose `turn` it is."""
        self._payloads[day.isoformat()] = captures

    def play(self, where: str, answers: Iterable[Answer]) -> None:
        """Give these answers to requests with `where` in their path or query, until they are used up."""
        self._played[where] = iter(answers)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def digest_url(self) -> str:
        return self.url + "/{date:%Y/%m/%d}.md"

    @property
    def huggingface_url(self) -> str:
        return self.url + "/api/daily_papers"

    @property
    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    @property
    def sent(self) -> int:
        """Return how many bytes of bodies were sent."""
        return sum(asked.sent for asked in self.asked)

    def forget(self) -> None:
        """Empty the log of requests."""
        self.asked.clear()

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        web = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                asked = Asked(self.path, headers, time.monotonic(), self.client_address[1])
                with web._lock:
                    web.asked.append(asked)
                    web._under_way += 1
                    web.at_once = max(web.at_once, web._under_way)
                    answer = next((one for one in map(web._next, web._played) if one), None)
                try:
                    web._over.wait(answer.after if answer else 0)
                    self._send(answer or web._answer(asked), asked)
                except ConnectionError:
                    self.close_connection = True
                finally:
                    with web._lock:
                        web._under_way -= 1

            def _send(self, answer: Answer, asked: Asked) -> None:
                asked.status = answer.status
                self.send_response(answer.status)
                length = {"Transfer-Encoding": "chunked"} if answer.pieces else {"Content-Length": str(len(answer.body))}
                for name, value in ({} if answer.status == 304 else length | dict(answer.headers)).items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        return Handler
