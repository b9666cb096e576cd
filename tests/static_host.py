"""A plain host of static files on loopback, below a path, which notes what was asked and how much it sent."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = b"default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' blob:; worker-src 'self'"
"""The strictest policy for scripts with which WebAssembly runs. The host sends it with each script, since a worker
does not take over the policy of its page."""


@dataclass
class Host:
    """The address of a host, the paths that were asked, and the bytes that were sent of each."""

    address: str = ""
    sent: dict[str, int] = field(default_factory=dict)

    def count(self, ending: str) -> int:
        """Return the bytes that were sent of files whose name ends so."""
        return sum(size for path, size in self.sent.items() if path.endswith(ending))


class Counting:
    """Counts the bytes of answers, and adds the policy to scripts."""

    def __init__(self, app: ASGIApp, host: Host) -> None:
        self.app, self.host = app, host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def note(message: Message) -> None:
            path = scope["path"]
            if message["type"] == "http.response.start" and path.endswith(".js"):
                message["headers"].append((b"content-security-policy", POLICY))
            if message["type"] == "http.response.body":
                self.host.sent[path] = self.host.sent.get(path, 0) + len(message.get("body", b""))
            await send(message)

        await self.app(scope, receive, note if scope["type"] == "http" else send)


@contextmanager
def serve(folder: Path, below: str = "/deep/papers") -> Iterator[Host]:
    """Serve a folder below a path until the body ends."""
    host = Host()
    files = Mount(below, StaticFiles(directory=folder, html=True))
    app = Starlette(routes=[files], middleware=[Middleware(Counting, host=host)])
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    with socket.create_server(("127.0.0.1", 0)) as listening:  # it takes requests from now on, answered or not
        host.address = f"http://127.0.0.1:{listening.getsockname()[1]}{below}/"
        thread = threading.Thread(target=server.run, args=[[listening]], daemon=True)
        thread.start()
        try:
            yield host
        finally:
            server.should_exit = True
            thread.join(20)
