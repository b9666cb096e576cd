"""Lets httpx read `file:` addresses as from a web server: 404 for no file, 304 for an unchanged one.

So `client` treats local files as it treats web addresses. Files of the lake belong in `lake.files`.
"""

import email.utils
from collections.abc import AsyncIterator
from pathlib import Path

import httpx


def parse_file_url(url: str | httpx.URL) -> Path:
    """Return the local path that a `file:` URL names."""
    return Path(httpx.URL(url).path)


class FileTransport(httpx.AsyncBaseTransport):
    """Answers GET for `file:` URLs from the local disk."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return 200 with the bytes, 304, 403 or 404.

        Raises:
            OSError: the disk cannot look up or read the file.
        """
        path = parse_file_url(request.url)
        try:
            stat = path.stat()
            if not path.is_file():
                return httpx.Response(404)
            etag = f'"{stat.st_mtime_ns:x}-{stat.st_size:x}"'
            headers = {
                "ETag": etag,
                "Last-Modified": email.utils.formatdate(stat.st_mtime, usegmt=True),
                "Content-Length": str(stat.st_size),
            }
            if request.headers.get("If-None-Match") == etag:
                return httpx.Response(304, headers=headers)
            return httpx.Response(200, headers=headers, stream=_FileStream(path))
        except PermissionError:
            return httpx.Response(403)
        except (FileNotFoundError, NotADirectoryError):
            return httpx.Response(404)


class _FileStream(httpx.AsyncByteStream):
    """Streams a file in pieces, so that the size limit of responses applies to files too."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while piece := self._file.read(1 << 16):
            yield piece

    async def aclose(self) -> None:
        self._file.close()
