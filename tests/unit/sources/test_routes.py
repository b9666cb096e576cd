"""The way of a request: which proxy it takes, what it trusts, and that no more is made than it needs."""

import asyncio
import datetime as dt
import socketserver
import ssl
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from dagster_project.errors import SettingsError
from dagster_project.sources import huggingface
from dagster_project.sources.attempt import Attempt, Outcome
from dagster_project.sources.client import Client, NoConnectionFailure, Reply
from dagster_project.sources.registry import SOURCES
from dagster_project.sources.routes import Proxy, find_proxy, is_excepted, read_proxy
from tests.loopback import Answer

HIDDEN = "hf_hidden"
BODY = b"# Daily Papers"
DAY = dt.date(2024, 1, 25)


@pytest.fixture
def get(web, settings_for):
    """GET an address of the loopback server, or another, with a client of its own."""

    def get(url=None, **given) -> Reply:
        async def run() -> Reply:
            async with Client(settings_for(**{"attempts": 1} | given)) as client:
                return await client.get(url or web.url + "/x")

        return asyncio.run(run())

    return get


@pytest.mark.parametrize(
    ("host", "no_proxy", "excepted"),
    [
        ("example.org", "", False),
        ("example.org", "*", True),
        ("example.org", "example.org", True),
        ("EXAMPLE.org.", "Example.ORG", True),
        ("api.example.org", "example.org", True),
        ("api.example.org", ".example.org", True),
        ("example.org", ".example.org", True),
        ("api.example.org", "*.example.org", True),
        ("badexample.org", "example.org", False),
        ("example.org.bad", "example.org", False),
        ("a.internal", "localhost, 10.0.0.0/8 ,.internal", True),
        ("a.internal", "localhost 127.0.0.1 .internal", True),
        ("example.org", "https://example.org/", True),
        ("example.org", "example.org:443", True),
        ("example.org", "example.org:8443", False),
        ("10.1.2.3", "10.0.0.0/8", True),
        ("10.1.2.3", "10.1.0.0/255.255.0.0", True),
        ("11.1.2.3", "10.0.0.0/8", False),
        ("10.1.2.3", "10.1.2.3", True),
        ("10.1.2.3", "10.1.2.3:80", False),
        ("10.1.2.3", "10.1.2.9/24", True),
        ("192.168.1.2", "192.168.*", True),
        ("::1", "::1", True),
        ("::1", "[::1]", True),
        ("::1", "0:0:0:0:0:0:0:1", True),
        ("::1", "[::1]:443", True),
        ("::1", "[::1]:80", False),
        ("fd12::5", "fd00::/8", True),
        ("fd12::5", "[fd00::]/8", True),
        ("fd12::5", "10.0.0.0/8,fe80::/10", False),
        ("::ffff:10.1.2.3", "10.0.0.0/8", True),
        ("fe80::1%eth0", "fe80::/10", True),
        ("example.org", "10.0.0.0/8,::1,[::1],fd00::/8", False),
        ("example.org", "10.0.0.0/99,[,],:,/,.,*.,://,[]:1,300.1.1.1", False),
        ("10.1.2.3", "10.0.0.0/99,[,],:,/,.,*.,://,[]:1,300.1.1.1", False),
    ],
)
def test_no_proxy_names_hosts_networks_and_ports(host, no_proxy, excepted):
    assert is_excepted(host, 443, no_proxy) is excepted


@pytest.mark.parametrize(
    ("url", "variable"),
    [
        ("https://example.org/x", "HTTPS_PROXY"),
        ("http://example.org/x", "ALL_PROXY"),
        ("https://here.internal/x", None),
        ("https://[::1]:8443/x", None),
        ("file://localhost/x", None),
    ],
)
def test_a_proxy_of_the_scheme_comes_before_one_for_all(settings_for, url, variable):
    given = {"https_proxy": "http://one:1", "all_proxy": "socks5://two:2", "no_proxy": ".internal,[::1]:8443"}
    proxy = find_proxy(httpx.URL(url), settings_for(**given))
    assert (proxy and proxy.variable) == variable


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("http://host:1", "http://host:1"),
        ("host:1", "http://host:1"),
        ("127.0.0.1:1", "http://127.0.0.1:1"),
        ("HTTPS://host:1/", "https://host:1/"),
        ("socks5://host:1", "socks5://host:1"),
        ("socks5h://host:1", "socks5h://host:1"),
        ("socks://host:1/", "socks5://host:1/"),
        ("http://[::1]:1", "http://[::1]:1"),
    ],
)
def test_proxies_are_read_as_systems_write_them(written, read):
    assert str(read_proxy(Proxy("ALL_PROXY", written)).url) == read


@pytest.mark.parametrize("odd", ["socks4://me:word@host:1", "ftp://word", "http://", "http://me:word@host:port", "://"])
def test_a_proxy_that_is_none_is_named_by_its_variable_and_not_shown(get, odd):
    with pytest.raises(
        SettingsError, match=r"^ALL_PROXY: not a proxy that can be used; write it as http://"
    ) as refused:
        get(all_proxy=odd)
    assert "word" not in str(refused.value)


def test_files_need_neither_proxy_nor_certificates(get, tmp_path):
    (tmp_path / "day.md").write_bytes(BODY)
    unusable = {"all_proxy": "socks9://", "no_proxy": "[", "ssl_cert_file": "/gone", "ssl_cert_dir": "/gone"}
    assert get((tmp_path / "day.md").as_uri(), **unusable).body == BODY


def test_a_host_that_is_excepted_needs_no_proxy(web, get):
    web.play("/x", [Answer(body=BODY)])
    assert get(all_proxy="socks9://", no_proxy="127.0.0.0/8,::1,[::1]").body == BODY


def test_the_environment_of_the_libraries_is_not_read(web, get, monkeypatch):
    web.play("/x", [Answer(body=BODY)])
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    settings = {"http_proxy": None, "no_proxy": "::1/99"}
    assert get(http_proxy="http://127.0.0.1:9", no_proxy="127.0.0.1").body == BODY
    with pytest.raises(NoConnectionFailure, match="through HTTP_PROXY"):
        get(**settings)


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        (
            {"ssl_cert_file": "/gone/cacert.pem"},
            "SSL_CERT_FILE: /gone/cacert.pem: No such file or directory; correct or unset it",
        ),
        ({"ssl_cert_file": __file__}, f"SSL_CERT_FILE: {__file__}: it holds no certificates; correct or unset it"),
        ({"ssl_cert_dir": "/gone:/lost"}, "SSL_CERT_DIR: there is no folder /gone:/lost; correct or unset it"),
    ],
)
def test_certificates_that_are_gone_are_named_by_their_variable(get, given, wrong):
    with pytest.raises(SettingsError) as refused:
        get("https://127.0.0.1:9/x", **given)
    assert str(refused.value) == wrong


@dataclass
class Tunnel:
    """A proxy that speaks HTTP's CONNECT and SOCKS 5, behind which every host is this one, over TLS for port 443."""

    folder: Path
    asked_for: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    answer: bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n[]"
    refuses: bool = False

    def __post_init__(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a host")])
        now = dt.datetime.now(dt.UTC)
        hosts = x509.SubjectAlternativeName([x509.DNSName(name) for name in ("huggingface.co", "mirror.example")])
        signed = (
            x509.CertificateBuilder(
                name, name, key.public_key(), 1, now - dt.timedelta(days=1), now + dt.timedelta(days=1)
            )
            .add_extension(hosts, critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        pem = serialization.Encoding.PEM
        keys = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        self.certificate = self.folder / "certificate.pem"
        self.certificate.write_bytes(signed.public_bytes(pem))
        (self.folder / "key.pem").write_bytes(keys)
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(self.certificate, self.folder / "key.pem")

    def serve(self, connection: Any) -> None:
        """Open a tunnel, and answer the request that comes through it."""
        port = self._open_http(connection) if connection.recv(1, 2) != b"\x05" else self._open_socks(connection)
        if port is None:
            return
        if port == 443:
            connection = self.tls.wrap_socket(connection, server_side=True)
        self.requests.append(_read_head(connection))
        connection.sendall(self.answer)
        connection.close()

    def _open_http(self, connection: Any) -> int | None:
        head = _read_head(connection)
        self.asked_for.append(head.splitlines()[0])
        if self.refuses:
            connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            return None
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        return 443

    def _open_socks(self, connection: Any) -> int:
        connection.recv(connection.recv(2)[1])
        connection.sendall(b"\x05\x00")
        host = connection.recv(connection.recv(5)[4]).decode()
        port = int.from_bytes(connection.recv(2))
        self.asked_for.append(f"{host}:{port}")
        connection.sendall(b"\x05\x00\x00\x01" + bytes(6))
        return port


def _read_head(connection: Any) -> str:
    head = b""
    while not head.endswith(b"\r\n\r\n") and (byte := connection.recv(1)):
        head += byte
    return head.decode()


@pytest.fixture
def tunnel(tmp_path):
    """A running `Tunnel`; `tunnel.port` is where it listens."""
    made = Tunnel(tmp_path)

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            made.serve(self.request)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.handle_error = lambda *_: None
        made.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield made
        server.shutdown()


@pytest.mark.parametrize("scheme", ["http", "socks5", "socks5h", "socks"])
def test_a_proxy_of_each_kind_is_used(tunnel, get, scheme):
    given = {"all_proxy": f"{scheme}://127.0.0.1:{tunnel.port}", "ssl_cert_file": tunnel.certificate}
    assert get("https://huggingface.co/x", **given).body == b"[]"
    assert "huggingface.co:443" in tunnel.asked_for[0]


def test_socks_carries_http_too(tunnel, get):
    assert get("http://mirror.example/x", all_proxy=f"socks5h://127.0.0.1:{tunnel.port}").body == b"[]"
    assert tunnel.asked_for == ["mirror.example:80"]


def test_a_proxy_that_refuses_is_named_by_its_variable(tunnel, get):
    tunnel.refuses = True
    with pytest.raises(NoConnectionFailure, match=r"^could not connect through HTTPS_PROXY: ProxyError 407"):
        get("https://huggingface.co/x", https_proxy=f"http://me:word@127.0.0.1:{tunnel.port}")


def test_a_certificate_that_nobody_named_is_not_trusted(tunnel, get):
    with pytest.raises(NoConnectionFailure, match="CERTIFICATE_VERIFY_FAILED"):
        get("https://huggingface.co/x", all_proxy=f"http://127.0.0.1:{tunnel.port}")


@pytest.fixture
def capture(tunnel, settings_for):
    """Fetch days of the API, from an address behind the tunnel, with a token."""

    def capture(address: str, *days: dt.date) -> list[Attempt]:
        reaches = {"all_proxy": f"http://127.0.0.1:{tunnel.port}", "ssl_cert_file": tunnel.certificate, "attempts": 1}
        settings = settings_for(huggingface_url=address, hf_token=HIDDEN, **reaches)

        async def run() -> list[Attempt]:
            async with Client(settings) as client:
                source, now = SOURCES["huggingface"], dt.datetime(2024, 2, 1)
                ended = [await huggingface.capture(client, settings, source, day, {}, lambda: now) for day in days]
                return [attempts[0] for attempts in ended]

        return asyncio.run(run())

    return capture


def test_the_token_goes_to_hugging_face_over_https(tunnel, capture):
    [attempt] = capture("https://huggingface.co/api/daily_papers", DAY)
    assert attempt.outcome is Outcome.EMPTY
    assert f"Authorization: Bearer {HIDDEN}" in tunnel.requests[0]


def test_the_token_goes_to_no_other_host(tunnel, capture):
    [attempt] = capture("https://mirror.example/api/daily_papers", DAY)
    assert attempt.outcome is Outcome.EMPTY
    assert "authorization" not in tunnel.requests[0].lower()


@pytest.mark.parametrize(
    ("host", "status", "why"),
    [
        ("huggingface.co", 401, "huggingface.co refuses HF_TOKEN; set one that is valid, or unset it"),
        ("huggingface.co", 403, "huggingface.co refuses HF_TOKEN; set one that is valid, or unset it"),
        ("mirror.example", 401, "mirror.example wants a token, but HF_TOKEN is sent to https://huggingface.co alone"),
    ],
)
def test_a_token_that_is_refused_is_named_and_no_other_day_is_asked(tunnel, capture, host, status, why):
    tunnel.answer = f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
    first, second = capture(f"https://{host}/api/daily_papers", DAY, DAY + dt.timedelta(days=1))
    assert (first.outcome, first.reason) == (Outcome.FAILED, f"HTTP {status}: {why}")
    assert (second.outcome, second.reason) == (Outcome.FAILED, f"not asked: {why}")
    assert len(tunnel.requests) == 1
