"""Serves Dagster's web UI on a home, and runs beside it what it needs: the code server and the daemon.

It differs from `dagster dev`: it imports nothing from the folder in which it was started, obeys no other web page, and
leaves no process behind. What is refused belongs in `guard`.
"""

import errno
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, chdir, contextmanager
from pathlib import Path

import click
import yaml
from filelock import FileLock, Timeout

from dagster_project.defs import companion
from dagster_project.defs.instance import name_environment
from dagster_project.errors import HomeBusyError, UiError
from dagster_project.lake.home import Home

LOCATION = "dagster_project.definitions"
"""The module of the definitions. It is also the location's name, by which Dagster remembers what was switched on."""
LONGEST = 60
"""Characters of a folder for temporary files that leave room for the path of a socket."""
BUSY = {errno.EADDRINUSE: "another program listens there", errno.EACCES: "you may not listen there"}


def run_ui(home: Home, host: str, port: int, announce: Callable[[str], None]) -> None:
    """Serve the UI until this process is interrupted; call `announce` with its address once requests can be sent.

    Raises:
        UiError: the port is taken, or one of Dagster's processes ended by itself.
        HomeBusyError: another process serves the UI of this home.
    """
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell makes background commands ignore SIGINT
        signal.signal(number, signal.default_int_handler)
    with ExitStack() as stack:
        listening = stack.enter_context(open_socket(host, port))
        address = write_address(host, listening.getsockname()[1])
        os.environ.update(name_environment(home.dagster) | {"PAPERS_HOME": str(home.root), "PYTHONSAFEPATH": "1"})
        stack.enter_context(hold_home(home.dagster, address))
        announce(address)
        try:
            _serve(home.dagster, host, listening, stack)
        except (KeyboardInterrupt, click.Abort):
            return


def _serve(folder: Path, host: str, listening: socket.socket, stack: ExitStack) -> None:
    """Start the code server, then the daemon, and serve the UI in this process."""
    place = Path(stack.enter_context(make_short_folder()))
    stack.enter_context(chdir(place))  # Dagster reads `.env` of the current folder, which may be a stranger's
    code_socket, workspace = place / "code", place / "workspace.yaml"
    served = {"grpc_server": {"socket": str(code_socket), "location_name": LOCATION}}
    workspace.write_text(yaml.safe_dump({"load_from": [served]}))

    def start(name: str, *command: str) -> subprocess.Popen[bytes]:
        return stack.enter_context(run_companion(folder / f"{name}.lock", *command))

    # The code server would by default put the current folder on its path.
    load = ["-m", LOCATION, "--empty-working-directory", "--log-level", "warning"]
    companions = [start("code", "dagster", "api", "grpc", "--socket", str(code_socket), *load)]
    import uvicorn
    from dagster_webserver.cli import cli as webserver
    from starlette.types import ASGIApp

    from dagster_project.defs.guard import guard

    wait_for(code_socket, companions[0])
    companions.append(start("daemon", "dagster-daemon", "run", "--workspace", str(workspace)))

    def serve(app: ASGIApp, **_settings: object) -> None:
        async def check_companions() -> None:
            server.should_exit |= any(process.poll() is not None for process in companions)

        config = uvicorn.Config(
            guard(app, host),
            log_level="warning",
            timeout_graceful_shutdown=5,
            callback_notify=check_companions,
            timeout_notify=1,
        )
        server = uvicorn.Server(config)
        server.run(sockets=[listening])
        check_running(companions)

    # Dagster's command has no option for an open socket, nor for what stands before its application.
    uvicorn.run = serve
    webserver(
        ["--workspace", str(workspace), "--host", host, "--port", str(listening.getsockname()[1])],
        standalone_mode=False,
    )


def open_socket(host: str, port: int) -> socket.socket:
    """Return a socket that listens on a port of a host; 0 is any free port.

    Raises:
        UiError: the port is taken or not allowed, or the host is not one of this machine.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family)
    except (OSError, UnicodeError) as error:
        number = error.errno if isinstance(error, OSError) else None
        reason = BUSY.get(number or 0) or getattr(error, "strerror", None) or "this is no host"
        raise UiError(f"{write_address(host, port)}: {reason}; choose another with --port or --host") from error


def write_address(host: str, port: int) -> str:
    """Return the address of the UI as it is typed in a browser."""
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


@contextmanager
def hold_home(folder: Path, address: str) -> Generator[None]:
    """Hold the lock of the UI in Dagster's folder of a home while the body runs.

    Raises:
        HomeBusyError: another process holds it; the text names that process and its address.
    """
    lock, mark = FileLock(folder / "ui.lock", timeout=0), folder / "ui.txt"
    try:
        lock.acquire()
    except Timeout:
        held_by = mark.read_text() if mark.exists() else "it is just starting"
        raise HomeBusyError(f"the UI of {folder.parent} runs already ({held_by}); open that, or end it first") from None
    with lock:
        mark.write_text(f"process {os.getpid()}, {address}")
        yield
        mark.unlink(missing_ok=True)


def make_short_folder() -> tempfile.TemporaryDirectory[str]:
    """Return a temporary folder whose path is short enough for a socket in it, whatever `TMPDIR` says."""
    is_long = len(tempfile.gettempdir()) > LONGEST and Path("/tmp").is_dir()  # noqa: S108
    return tempfile.TemporaryDirectory(prefix="papers-", dir="/tmp" if is_long else None)  # noqa: S108


@contextmanager
def run_companion(lock: Path, *command: str) -> Generator[subprocess.Popen[bytes]]:
    """Run one of Dagster's commands while the body runs, as `companion` does."""
    line = [sys.executable, "-P", "-m", companion.__name__, str(lock), *command]
    # In a session of its own, so that Ctrl+C reaches this process alone, which then ends the others in order.
    with subprocess.Popen(line, stdin=subprocess.PIPE, start_new_session=True) as process:
        yield process


def wait_for(code_socket: Path, process: subprocess.Popen[bytes]) -> None:
    """Wait until the code server listens.

    Raises:
        UiError: it ended before.
    """
    while not code_socket.exists():
        check_running([process])
        time.sleep(0.05)


def check_running(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    """Check that all of Dagster's processes run.

    Raises:
        UiError: one has ended.
    """
    for process in processes:
        if (status := process.poll()) is not None:
            raise UiError(f"a process of Dagster ended by itself (exit status {status}); what it said stands above")
