"""Chooses the way of each request: from the disk, straight to its host, or through a proxy.

httpx would read the environment itself, and fails on some of its values even where nothing is asked. So certificates
are loaded and proxies are read here, for the first request that needs them. Limits and retries belong in `client`.
"""

import os
import re
import ssl
from fnmatch import fnmatchcase
from functools import cache
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import NamedTuple

import certifi
import httpx

from dagster_project.config import Settings, name_variable
from dagster_project.errors import SettingsError
from dagster_project.sources.files import FileTransport

PORTS = {"http": 80, "https": 443}
WITH_PORT = re.compile(r"(?P<name>\[.*\]|[^:]*):(?P<port>\d{1,5})")


class Proxy(NamedTuple):
    """A proxy, and the variable that names it."""

    variable: str
    address: str


def find_proxy(url: httpx.URL, settings: Settings) -> Proxy | None:
    """Return the proxy for an address; None if it is asked without one."""
    if url.scheme not in PORTS or is_excepted(url.host, url.port or PORTS[url.scheme], settings.no_proxy):
        return None
    for field, secret in (
        (f"{url.scheme}_proxy", getattr(settings, f"{url.scheme}_proxy")),
        ("all_proxy", settings.all_proxy),
    ):
        if secret:
            return Proxy(name_variable(field), secret.get_secret_value())
    return None


def is_excepted(host: str, port: int, no_proxy: str) -> bool:
    """Return whether NO_PROXY excepts a host. An entry that means nothing excepts no host."""
    host = host.lower().rstrip(".")
    return any(_matches(host, port, entry) for entry in re.split(r"[\s,;]+", no_proxy.lower()) if entry)


def _matches(host: str, port: int, entry: str) -> bool:
    """Return whether an entry of NO_PROXY names a host: its name or one above it, its address or its network."""
    name = entry.rpartition("://")[2].rstrip("/")
    if with_port := WITH_PORT.fullmatch(name):
        name = with_port["name"]
        if int(with_port["port"]) != port:
            return False
    name = name.replace("[", "").replace("]", "")
    try:
        address = ip_address(host)
    except ValueError:
        name = name if name == "*" else name.removeprefix("*").strip(".")
        return fnmatchcase(host, name) or host.endswith(f".{name}")
    try:
        return (getattr(address, "ipv4_mapped", None) or address) in ip_network(name, strict=False)
    except ValueError:
        return fnmatchcase(host, name)


def read_proxy(proxy: Proxy) -> httpx.Proxy:
    """Return a proxy as httpx takes it. An address without a scheme is HTTP's, and GNOME's `socks:` is SOCKS 5.

    Raises:
        SettingsError: the address is none of a proxy; the text names the variable, and not the address.
    """
    scheme, _, rest = proxy.address.strip().rpartition("://")
    scheme = {"": "http", "socks": "socks5"}.get(scheme.lower(), scheme.lower())
    try:
        read = httpx.Proxy(f"{scheme}://{rest}")
    except (ValueError, httpx.InvalidURL):
        read = None
    if read is None or not read.url.host:
        raise SettingsError(
            f"{proxy.variable}: not a proxy that can be used; write it as http://host:port or socks5://host:port, "
            "or unset it"
        )
    return read


@cache
def load_certificates(file: Path | None = None, folder: str | None = None) -> ssl.SSLContext:
    """Return the certificates to trust, those of `certifi` unless others are named. Loading them takes a while.

    Raises:
        SettingsError: there are no certificates where a variable names them.
    """
    if folder and not any(Path(each).is_dir() for each in folder.split(os.pathsep)):
        raise SettingsError(f"SSL_CERT_DIR: there is no folder {folder}; correct or unset it")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(file or (None if folder else certifi.where()), folder)
    except OSError as error:
        why = "it holds no certificates" if isinstance(error, ssl.SSLError) else error.strerror
        raise SettingsError(f"SSL_CERT_FILE: {file}: {why}; correct or unset it") from None
    return context


class RoutingTransport(httpx.AsyncBaseTransport):
    """Sends each request on its way. What a way needs is made for its first request."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._made: dict[tuple[str, Proxy | None], httpx.AsyncBaseTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, and return the response.

        Raises:
            SettingsError: the proxy or the certificates that the request needs are not usable.
        """
        way = request.url.scheme, find_proxy(request.url, self._settings)
        if way not in self._made:
            self._made[way] = self._make(*way)
        return await self._made[way].handle_async_request(request)

    def _make(self, scheme: str, named: Proxy | None) -> httpx.AsyncBaseTransport:
        if scheme == "file":
            return FileTransport()
        proxy = read_proxy(named) if named else None
        trusts_nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        encrypts = scheme == "https" or (proxy is not None and proxy.url.scheme == "https")
        certificates = (
            load_certificates(self._settings.ssl_cert_file, self._settings.ssl_cert_dir) if encrypts else trusts_nobody
        )
        if proxy and proxy.url.scheme == "https":
            proxy.ssl_context = certificates
        return httpx.AsyncHTTPTransport(
            verify=certificates,
            proxy=proxy,
            limits=httpx.Limits(max_connections=self._settings.concurrency),
            trust_env=False,
        )

    async def aclose(self) -> None:
        """Close all connections."""
        for made in self._made.values():
            await made.aclose()
