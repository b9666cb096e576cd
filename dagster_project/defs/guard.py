"""Guards Dagster's web UI, which has no login, from other web pages in the browser of whoever uses it.

Such a page can make the browser send requests, but it can neither choose their `Host` and `Origin` nor send JSON to
another origin. Who can reach the address at all is up to `--host`.
"""

import ipaddress
import re
import socket
from collections.abc import Mapping, Sequence

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

JSON = "application/json"
QUERIES = "/graphql"
SAFE = frozenset({"GET", "HEAD"})
"""Methods by which a browser opens pages, from anywhere."""


def guard(app: ASGIApp, listens_on: str) -> ASGIApp:
    """Return an application that gives `app` the requests that are allowed, and lets no page be shown in a frame."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_unframed(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["X-Frame-Options"] = "DENY"
            await send(message)

        if scope["type"] not in ("http", "websocket"):
            await app(scope, receive, send)
        elif refusal := find_refusal(HTTPConnection(scope), listens_on):
            is_socket = scope["type"] == "websocket"
            response = WebSocketClose(1008, refusal) if is_socket else PlainTextResponse(f"{refusal}\n", 403)
            await response(scope, receive, send)
        else:
            await app(scope, receive, send_unframed)

    return guarded


def find_refusal(request: HTTPConnection, listens_on: str) -> str | None:
    """Return why a request is refused, as one line; None if it is allowed."""
    hosts = request.headers.getlist("host")
    if len(hosts) != 1 or not is_own(hosts[0], listens_on):
        return f"{', '.join(hosts) or 'no Host'} is not the name of this UI; start it with: papers ui --host NAME"
    if any(origin.lower() not in _list_origins(hosts[0]) for origin in request.headers.getlist("origin")):
        return "this UI takes no requests from pages of another origin"
    if request.scope["type"] == "websocket":
        return None
    return _find_wrong_form(request.scope["method"], request.url.path, request.query_params, request.headers)


def _list_origins(host: str) -> Sequence[str]:
    return f"http://{host}".lower(), f"https://{host}".lower()


def _find_wrong_form(method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> str | None:
    """Return what is wrong with a request's form. A form that a page may send without asking first changes nothing."""
    if method in SAFE:
        return "send queries by POST" if path == QUERIES and "query" in query else None
    # A browser looks at the type alone: it sends `text/plain; application/json` without asking.
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return None if kind == JSON else f"send {JSON}"


def is_own(host: str, listens_on: str) -> bool:
    """Return whether a `Host` header names this UI: `listens_on`, this machine, or any address if it listens on all.

    A page can give its own name the address of this machine, but it cannot have an address as its name.
    """
    matched = re.fullmatch(r"(\[[^]]*\]|[^:]*)(?::\d+)?", host.lower())
    name = matched[1].strip("[]") if matched else ""
    if name in ("localhost", listens_on.lower()):
        return True
    listening, address = _read_address(listens_on), _read_address(name)
    if listening and listening.is_unspecified:
        return address is not None or name == socket.gethostname().lower()
    return address is not None and address == listening


def _read_address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None
