"""A web server on 127.0.0.1 that plays all sources: real sockets, a log of requests, every fault on order.

    with Loopback() as web:
        web.serve_digests(folder)                       # at web.digest_url
        web.serve_papers(day, first, second)            # at web.huggingface_url, two captures
        web.play("/2024/01/25", [Answer(503)])          # once, before the real answer

How a server behaves belongs here; what the program should make of it belongs in the tests.
"""

import datetime as dt
import email.utils
import gzip
import hashlib
import json
import socket
import struct
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self, cast
from urllib.parse import parse_qs, urlsplit

RESET = struct.pack("ii", 1, 0)
"""Linger for no time at all: what makes closing a connection a reset."""
SINCE = dt.datetime(2024, 1, 1, tzinfo=dt.UTC).timestamp()


@dataclass(frozen=True)
class Answer:
    """What is sent; `headers` go above the usual ones, so that a `Content-Length` may lie."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    pieces: Iterable[bytes] | None = None
    """In place of `body`: a stream in chunks, which may never end."""
    raw: Iterable[bytes] | None = None
    """In place of everything: bytes for the socket, which need not be HTTP and may never end."""
    breaks_off: bool = False
    """Close the connection after the body, however much was promised."""
    resets: bool = False
    """Close it with a reset, so that the client sees an error and not an end."""
    after: float = 0
    """Seconds of silence before the answer."""


def gzipped(body: bytes) -> Answer:
    return Answer(body=gzip.compress(body), headers={"Content-Encoding": "gzip"})


def half(body: bytes) -> Answer:
    """Promise all of `body`, send half of it and close the connection."""
    return Answer(body=body[: len(body) // 2], headers={"Content-Length": str(len(body))}, breaks_off=True)


def drip(every: float, piece: bytes = b"#") -> Iterator[bytes]:
    """Yield a byte, or another piece, now and then, for ever."""
    while True:
        yield piece
        time.sleep(every)


@dataclass
class Asked:
    """A request, and what was sent in answer."""

    path: str
    headers: Mapping[str, str]
    """By name in lower case."""
    connection: tuple[str, int]
    at: float = field(default_factory=time.monotonic)
    status: int = 0
    sent: int = 0
    """Bytes of the body."""


class Loopback:
    """The server, which runs as long as the `with` does."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.most_at_once = 0
        self.turn = 0
        """Which capture of a day is served, from 0; a day with fewer serves its last."""
        self.etags = True
        self.max_limit = 100
        self.ignores_page = False
        self._digests: Path | None = None
        self._descriptions: Mapping[str, str] = {}
        self._papers: dict[str, tuple[Sequence[Any], ...]] = {}
        self.played: dict[str, Iterator[Answer]] = {}
        self._at_once = 0
        self._lock = threading.Lock()
        self._over = threading.Event()

    def __enter__(self) -> Self:
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

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
    def arxiv_url(self) -> str:
        return self.url + "/api/query"

    def serve_descriptions(self, entries: Mapping[str, str]) -> None:
        """Serve arXiv's entries, as XML by the id of their paper. It refuses the ids of the year 99."""
        self._descriptions = entries

    def serve_digests(self, folder: Path) -> None:
        """Serve the files of `folder` at `/YYYY/MM/DD.md`."""
        self._digests = folder

    def serve_papers(self, day: dt.date, *captures: Sequence[Any]) -> None:
        """Serve the papers of a day in pages; of several captures, the one whose `turn` it is."""
        self._papers[day.isoformat()] = captures

    def play(self, where: str, answers: Iterable[Answer]) -> None:
        """Give requests with `where` in their path or query these answers, and the real ones once they are used up."""
        self.played[where] = iter(answers)

    @property
    def paths(self) -> list[str]:
        """The path and query of every request, in order."""
        return [asked.path for asked in self.asked]

    @property
    def sent(self) -> int:
        """The bytes of all bodies that were sent."""
        return sum(asked.sent for asked in self.asked)

    def forget(self) -> None:
        """Empty the log of requests."""
        self.asked.clear()

    def answer(self, asked: Asked) -> Answer:
        """Log a request and return its answer, after the silence that belongs to it."""
        with self._lock:
            self.asked.append(asked)
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
            played = next((answers for where, answers in self.played.items() if where in asked.path), iter(()))
            answer = next(played, None)
        if answer and answer.after:
            self._over.wait(answer.after)
        with self._lock:
            self._at_once -= 1
        return answer or self._unchanged(asked, self._real(urlsplit(asked.path)))

    def _real(self, url: Any) -> Answer:
        if url.path == "/api/query":
            return self._describe(parse_qs(url.query)["id_list"][0].split(","))
        if url.path == "/api/daily_papers":
            return self._page({name: values[0] for name, values in parse_qs(url.query).items()})
        file = self._digests / url.path.lstrip("/") if self._digests else Path("/dev/null")
        if not file.is_file():
            return Answer(404)
        return Answer(body=file.read_bytes(), headers={"Content-Type": "text/plain; charset=utf-8"})

    def _describe(self, papers: Sequence[str]) -> Answer:
        refused = next((paper for paper in papers if paper.startswith("9999.")), None)
        error = f"<entry><id>http://arxiv.org/api/errors#{refused}</id><title>Error</title></entry>"
        entries = error if refused else "".join(self._descriptions.get(paper, "") for paper in papers)
        names = 'xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom"'
        body = f"<feed {names}><updated>2025-06-01T00:00:00Z</updated>{entries}</feed>".encode()
        return Answer(body=body, headers={"Content-Type": "application/atom+xml"})

    def _page(self, query: Mapping[str, str]) -> Answer:
        captures = self._papers.get(query["date"], ([],))
        papers = captures[min(self.turn, len(captures) - 1)]
        limit = min(int(query.get("limit", 50)), self.max_limit)
        start = 0 if self.ignores_page else int(query.get("p", 0)) * limit
        body = json.dumps(papers[start : start + limit]).encode()
        return Answer(body=body, headers={"Content-Type": "application/json"})

    def _unchanged(self, asked: Asked, answer: Answer) -> Answer:
        """Add the validators to an answer, and turn it into a 304 if the asker holds it."""
        if answer.status != 200:
            return answer
        etag = f'"{hashlib.sha256(answer.body).hexdigest()[:16]}"'
        modified = email.utils.formatdate(SINCE + int(etag[1:7], 16), usegmt=True)
        validators = {"ETag": etag} if self.etags else {}
        validators["Last-Modified"] = modified
        held = asked.headers.get("if-none-match") or asked.headers.get("if-modified-since")
        if held == (etag if self.etags else modified):
            return Answer(304, headers=validators)
        return Answer(body=answer.body, headers={**answer.headers, **validators})


class _Server(ThreadingHTTPServer):
    request_queue_size = 128

    def __init__(self, web: Loopback) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.web = web

    def shutdown_request(self, request: Any) -> None:
        """Close a connection; one that is to be reset must not be ended in order first."""
        if request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, len(RESET)) == RESET:
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def handle_error(self, *_: object) -> None:
        """A client that hangs up is part of the play."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(self.path, headers, self.client_address)
        answer = cast("_Server", self.server).web.answer(asked)
        asked.status = answer.status
        breaks_off = answer.breaks_off or answer.resets or answer.raw is not None
        self.close_connection |= breaks_off
        if answer.resets:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        if answer.raw is not None:
            for piece in answer.raw:
                self.wfile.write(piece)
            return
        chunked = answer.pieces is not None
        usual = {"Transfer-Encoding": "chunked"} if chunked else {"Content-Length": str(len(answer.body))}
        self.send_response(answer.status)
        for name, value in {**({} if answer.status == 304 else usual), **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        for piece in [answer.body] if answer.pieces is None else answer.pieces:
            asked.sent += len(piece)  # before it is sent, so that whoever received it finds it counted
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
        if chunked and not breaks_off:
            self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_: object) -> None:
        """The log is `Loopback.asked`."""
