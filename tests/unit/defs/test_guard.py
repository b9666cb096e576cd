"""Which requests reach Dagster's UI: those of its own pages and of programs, and none of another web page."""

import asyncio

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from dagster_project.defs.guard import guard, is_own

OWN = "127.0.0.1:3000"
ALL = "0.0.0.0"  # noqa: S104, a name that nothing listens on here
JSON = {"content-type": "application/json"}
MUTATION = {"query": "mutation { launchRun }"}


async def answer(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("passed")


async def accept(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.close()


ROUTES = [Route("/{path:path}", answer, methods=["GET", "POST", "PUT", "DELETE", "OPTIONS"])]
APP = guard(Starlette(routes=[WebSocketRoute("/graphql", accept), *ROUTES]), "127.0.0.1")


def send(method, path, headers, **more):
    async def ask():
        transport = httpx.ASGITransport(app=APP)
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{OWN}") as client:
            return await client.request(method, path, headers=headers, **more)

    return asyncio.run(ask())


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/", {}),
        ("GET", "/assets/fact_vote", {"host": "localhost:3000"}),
        ("GET", "/graphql", {"accept": "text/html"}),
        ("POST", "/graphql", JSON),
        ("POST", "/graphql", JSON | {"origin": f"http://{OWN}"}),
        ("POST", "/graphql", {"content-type": "Application/JSON; charset=utf-8", "origin": f"http://{OWN}"}),
        ("POST", "/graphql", JSON | {"host": "localhost:8000", "origin": "http://localhost:8000"}),  # a tunnel
        ("POST", "/graphql", JSON | {"host": "localhost", "origin": "https://localhost"}),  # behind TLS
        ("POST", "/report_asset_materialization/release", JSON),
    ],
)
def test_pages_of_the_ui_and_programs_pass(method, path, headers):
    passed = send(method, path, headers, json=MUTATION) if method == "POST" else send(method, path, headers)
    assert (passed.status_code, passed.text) == (200, "passed")
    assert passed.headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize(
    ("method", "path", "headers", "why"),
    [
        ("GET", "/graphql?query=mutation{launchRun}", {}, "by POST"),
        ("HEAD", "/graphql?query=mutation{launchRun}", {}, ""),
        ("GET", "/%67raphql?query=mutation{launchRun}", {"accept": "text/html"}, "by POST"),
        ("POST", "/graphql?query=mutation{launchRun}", {}, "application/json"),
        ("POST", "/graphql", {"content-type": "text/plain"}, "application/json"),
        ("POST", "/graphql", {"content-type": "text/plain; application/json"}, "application/json"),
        ("POST", "/graphql", {"content-type": "text/plain;a=application/json"}, "application/json"),
        ("POST", "/graphql", {"content-type": "application/graphql"}, "application/json"),
        ("POST", "/graphql", {"content-type": "application/x-www-form-urlencoded"}, "application/json"),
        ("POST", "/graphql", {"content-type": "multipart/form-data; boundary=application/json"}, "application/json"),
        ("POST", "/report_asset_materialization/release", {}, "application/json"),
        ("PUT", "/graphql", {}, "application/json"),
        ("DELETE", "/graphql", {}, "application/json"),
        ("POST", "/graphql", JSON | {"origin": "http://elsewhere.example"}, "another origin"),
        ("POST", "/graphql", JSON | {"origin": "null"}, "another origin"),
        ("POST", "/graphql", JSON | {"origin": ""}, "another origin"),
        ("POST", "/graphql", JSON | {"origin": "http://127.0.0.1:3001"}, "another origin"),
        ("POST", "/graphql", JSON | {"origin": f"http://{OWN}.elsewhere.example"}, "another origin"),
        ("POST", "/graphql", JSON | {"origin": f"http://elsewhere.example@{OWN}"}, "another origin"),
        ("OPTIONS", "/graphql", {"origin": "http://elsewhere.example"}, "another origin"),
        ("GET", "/", {"origin": "http://elsewhere.example"}, "another origin"),
        ("GET", "/", {"host": "elsewhere.example"}, "not the name"),
        ("GET", "/", {"host": "elsewhere.example:3000"}, "not the name"),
        ("GET", "/", {"host": "127.0.0.1.elsewhere.example:3000"}, "not the name"),
        ("GET", "/", {"host": ""}, "not the name"),
        (
            "POST",
            "/graphql",
            JSON | {"host": "elsewhere.example:3000", "origin": "http://elsewhere.example:3000"},
            "not the name",
        ),
    ],
)
def test_what_another_page_can_send_is_refused(method, path, headers, why):
    refused = send(method, path, headers, content=b'{"query": "mutation { launchRun }"}')
    assert refused.status_code == 403
    assert why in refused.text
    assert "passed" not in refused.text


def test_two_hosts_are_refused():
    refused = send("GET", "/", [("host", OWN), ("host", "elsewhere.example")])
    assert refused.status_code == 403


def open_socket(headers):
    """Return the types of the messages that answer a request for a websocket."""
    sent = []

    async def receive():
        return {"type": "websocket.connect"}

    async def note(message):
        sent.append(message["type"])

    raw = [(name.encode(), value.encode()) for name, value in ({"host": OWN} | headers).items()]
    scope = {"type": "websocket", "path": "/graphql", "query_string": b"", "headers": raw, "subprotocols": []}
    asyncio.run(APP(scope, receive, note))
    return sent


def test_a_socket_opens_for_the_ui_alone():
    for headers in ({}, {"origin": f"http://{OWN}"}):
        assert open_socket(headers) == ["websocket.accept", "websocket.close"]
    for headers in ({"origin": "http://elsewhere.example"}, {"origin": "null"}, {"host": "elsewhere.example:3000"}):
        assert open_socket(headers) == ["websocket.close"]


@pytest.mark.parametrize(
    ("host", "listens_on", "own"),
    [
        ("[::1]:3000", "::1", True),
        ("[::1]", "127.0.0.1", False),
        ("127.0.0.1", "127.0.0.1", True),
        ("192.0.2.7:3000", "127.0.0.1", False),
        ("LOCALHOST:3000", "127.0.0.1", True),
        ("warehouse.example:3000", "warehouse.example", True),
        ("192.0.2.7:3000", ALL, True),
        ("[2001:db8::7]:3000", "::", True),
        ("elsewhere.example:3000", ALL, False),
        ("elsewhere.example:3000", "::", False),
        ("localhost:3000:elsewhere.example", "127.0.0.1", False),
        ("localhost@elsewhere.example", "127.0.0.1", False),
        ("127.1", ALL, False),
    ],
)
def test_the_ui_answers_to_its_own_names(host, listens_on, own):
    assert is_own(host, listens_on) is own
