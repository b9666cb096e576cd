"""An object store on 127.0.0.1 that speaks S3 over real sockets: moto, behind a door that can be told what to do.

    with ObjectStore() as store:
        store.environment                               # variables by which a process uses it
        store.hold("PUT", r"/current$")                 # the next such request waits until `let_go`
        store.refuses = 5                               # every fifth request is asked to come back later

How a store behaves belongs here; what the program should make of it belongs in the tests.
"""

import re
import threading
from collections.abc import Callable, Iterable
from typing import Any, Self

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

BUSY = b"""<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"""


class _Silent(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        pass


class Held:
    """A request that waits at the door, before or after it was granted."""

    def __init__(self, method: str, path: str, nth: int, *, granted: bool) -> None:
        self.method, self.path, self.nth, self.granted = method, re.compile(path), nth, granted
        self.arrived, self.goes_on = threading.Event(), threading.Event()
        self.let_in = True

    def is_meant(self, method: str, path: str) -> bool:
        if self.arrived.is_set() or method != self.method or not self.path.search(path):
            return False
        self.nth -= 1
        return self.nth == 0

    def let_go(self, *, let_in: bool) -> None:
        """End the wait: answer the request, or turn it away as if it had never arrived."""
        self.let_in = let_in
        self.goes_on.set()


class ObjectStore:
    """The server, which runs as long as the `with` does."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        """Method and path of every request, in order."""
        self.refuses = 0
        self.ignores: set[str] = set()
        """Conditions that the store ignores, as older ones do: `HTTP_IF_NONE_MATCH`, `HTTP_IF_MATCH`."""
        self._held: Held | None = None
        self._lock = threading.Lock()
        self._moto = DomainDispatcherApplication(create_backend_app)

    def __enter__(self) -> Self:
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True, request_handler=_Silent)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def environment(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self._server.server_port}",
            "AWS_ACCESS_KEY_ID": "someone",
            "AWS_SECRET_ACCESS_KEY": "secret of someone",
            "AWS_DEFAULT_REGION": "us-east-1",
        }

    def hold(self, method: str, path: str, nth: int = 1, *, granted: bool = False) -> Held:
        """Have the nth request for a path wait, and with `granted` its answer."""
        self._held = Held(method, path, nth, granted=granted)
        return self._held

    def _answer(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        for condition in self.ignores:
            environ.pop(condition, None)
        with self._lock:
            self.asked.append((method, path))
            busy = self.refuses and len(self.asked) % self.refuses == 0
            held = self._held if self._held and self._held.is_meant(method, path) else None
        if busy:
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            return _turn_away(start_response)
        if held is None:
            return self._moto(environ, start_response)
        answered = list(self._moto(environ, start_response)) if held.granted else []
        held.arrived.set()
        held.goes_on.wait(120)
        if held.granted:
            return answered
        return self._moto(environ, start_response) if held.let_in else _turn_away(start_response)


def _turn_away(start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("503 Slow Down", [("Content-Type", "application/xml"), ("Content-Length", str(len(BUSY)))])
    return [BUSY]
