"""`file:` addresses for httpx, answered as a web server would: 404 for no file, 304 for an unchanged one.

Nothing else of the program needs to know that an address names a local file.
"""

import email.utils
from collections.abc import AsyncIterator
from pathlib import Path

import httpx


def path_of(url: str | httpx.URL) -> Path:
    """Return the local path that a `file:` URL names."""
    return Path(httpx.URL(url).path)


class FileTransport(httpx.AsyncBaseTransport):
    """Answers GET for `file:` URLs from the local disk."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return 200 with the bytes, 304, 403 or 404.

        Raises:
            OSError: the disk did not say whether there is such a file, or could not read it.
        """
        path = path_of(request.url)
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
    """A file in pieces, so that the cap on an answer's size holds for files too."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while piece := self._file.read(1 << 16):
            yield piece

    async def aclose(self) -> None:
        self._file.close()
