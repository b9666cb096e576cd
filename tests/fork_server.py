"""Runs a command as a process of its own that need not import anything: a child of one that has it all imported.

    with ForkServer("dagster_project.start:main") as server:
        server.run(["status"], env=environment, cwd=folder).stdout

A child has its own arguments, environment, folder, standard streams, signals and exit status, and ends as any Python
does. What differs from a process that is started anew is in `Request`; `test_fork_server.py` holds both against
each other. How a process is started belongs here; what it should do belongs in the tests.
"""

import atexit
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import IO, Any, Self

CHECKOUT = Path(__file__).parents[1]
PAPERS = "dagster_project.start:main"
PRELOADED = [
    "dagster_project.build",
    "dagster_project.dashboard.page",
    "dagster_project.dashboard.render",
    "dagster_project.defs.jobs",
    "dagster_project.publish.shared",
    "dagster_project.terminal",
]
"""What the commands import; more comes with each. `definitions` is not among them: to import it is to load all SQL."""
READ_EARLY = ("HOME", "LANG", "LC_", "LD_", "POLARS_", "PYTHON", "SSL_", "XDG_")
"""How variables begin that are read when Python starts, or by what is imported: a child could not be given others."""
WITHOUT_THREADS = {
    "OPENBLAS_NUM_THREADS": "1",
    **dict.fromkeys(("_RJEM_MALLOC_CONF", "JE_ARROW_MALLOC_CONF"), "background_thread:false"),
}
"""Keep what is imported from starting threads, which no fork would take along. The children do not see these."""
IDLE = {"polars-ooc-clea"}
"""Threads that are started all the same: they wait for work that only a child could give, and none does."""
STREAMS = ("stdin", "stdout", "stderr")
GONE = "the fork server has ended; what it said stands in the output of this test"
LARGEST = 200_000
"""Bytes of a request."""


@dataclass(frozen=True)
class Request:
    """What a child is asked to do. Its hash seed and what was `READ_EARLY` are the server's."""

    arguments: Sequence[str]
    env: Mapping[str, str]
    cwd: str
    new_session: bool


class Child:
    """A process that was started, to be waited for and sent signals, as `subprocess.Popen` is."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self.returncode: int | None = None
        """Its exit status, or a signal as a negative number; None while it runs."""
        started = connection.recv(20)
        if not started:
            raise RuntimeError(GONE)
        self.pid = int(started)

    def wait(self, timeout: float | None = None) -> int:
        """Return how it ended.

        Raises:
            TimeoutError: it has not ended yet.
        """
        if self.returncode is None:
            self._connection.settimeout(timeout)
            ended = self._connection.recv(20)
            if not ended:
                raise RuntimeError(GONE)
            self.returncode = int(ended)
        return self.returncode

    def poll(self) -> int | None:
        """Return how it ended, or None while it runs."""
        try:
            return self.wait(0)
        except BlockingIOError:
            return None

    def send_signal(self, number: int) -> None:
        """Send it a signal. Its process id is its own until it is closed."""
        os.kill(self.pid, number)

    def close(self) -> None:
        """Let go of it; one that still runs is killed."""
        self._connection.close()


class ForkServer:
    """Starts children that call a function, named as `module:function`, as the script of a package would."""

    def __init__(self, call: str = PAPERS, warm: str = "", env: Mapping[str, str] | None = None) -> None:
        self._env = dict(os.environ if env is None else env)
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(theirs.fileno()), call, warm],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env=self._env | WITHOUT_THREADS,
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the server, and kill the children that still run."""
        self._control.close()
        self._process.wait(30)

    def start(
        self,
        arguments: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: Path | str,
        streams: Sequence[IO[Any] | int] = (0, 1, 2),
        new_session: bool = False,
    ) -> Child:
        """Start a child with three standard streams."""
        for name in env.keys() | self._env.keys():
            if name.startswith(READ_EARLY) and env.get(name) != self._env.get(name):
                raise ValueError(f"{name} is read before a child begins: start a process anew, or another server")
        request = json.dumps(asdict(Request(arguments, dict(env), str(cwd), new_session)))
        ours, theirs = socket.socketpair()
        with theirs:
            files = [one if isinstance(one, int) else one.fileno() for one in (*streams, theirs)]
            socket.send_fds(self._control, [request.encode()], files)
        return Child(ours)

    def run(
        self,
        arguments: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: Path | str,
        stdin: str | None = None,
        timeout: float = 300,
    ) -> "subprocess.CompletedProcess[str]":
        """Run a child to its end, and return what it printed, as `subprocess.run` does."""
        with ExitStack() as stack:
            out, err = (stack.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8")) for _ in range(2))
            readable, writable = os.pipe()
            with os.fdopen(readable) as given, os.fdopen(writable, "w", encoding="utf-8") as giving:
                child = self.start(arguments, env=env, cwd=cwd, streams=[given, out, err])
                stack.callback(child.close)
                given.close()
                with suppress(BrokenPipeError):  # it may end without a look at it
                    giving.write(stdin or "")
                    giving.flush()
            status = child.wait(timeout)
            out.seek(0)
            err.seek(0)
            return subprocess.CompletedProcess(list(arguments), status, out.read(), err.read())


@cache
def serve_papers() -> ForkServer:
    """Return the server of the `papers` command of this process, which ends with it."""
    server = ForkServer(warm="tests.fork_server:warm")
    atexit.register(server.close)
    return server


# What follows runs in the server and its children.


@dataclass(eq=False)
class _Running:
    """A child, from the server's side. Until it is let go of it stays a zombie, so that its id is no other's."""

    pid: int
    pidfd: int
    connection: socket.socket

    def tell(self) -> None:
        """Send how it ended."""
        ended = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
        status = ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status
        with suppress(OSError):  # nobody may want to know
            self.connection.send(str(status).encode())

    def end(self) -> None:
        """Kill it, if it still runs."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.pidfd)
        self.connection.close()


class _Server:
    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._ready = selectors.PollSelector()
        self._ready.register(control, selectors.EVENT_READ)

    def serve(self) -> Request:
        """Fork whenever it is asked to. Returns in children alone, with what each is to do."""
        while True:
            for key, _ in self._ready.select():
                if key.fileobj is self._control:
                    if request := self._fork():
                        return request
                elif key.fd == key.data.pidfd:
                    self._ready.unregister(key.fd)
                    key.data.tell()
                else:
                    self._let_go(key.data)

    def _fork(self) -> Request | None:
        message, files, _, _ = socket.recv_fds(self._control, LARGEST, 4)
        if not message:
            for child in {key.data for key in self._ready.get_map().values() if key.data}:
                child.end()
            sys.exit()
        if threads := find_threads() - IDLE:
            sys.exit(f"fork server: a child would be without the threads {threads}")
        pid = os.fork()
        if pid == 0:
            for key in self._ready.get_map().values():
                # A socket is closed as an object, or it would close whatever file has its number by then.
                key.fileobj.close() if isinstance(key.fileobj, socket.socket) else os.close(key.fd)
            return _become_child(Request(**json.loads(message)), files)
        *streams, connection = files
        for stream in streams:
            os.close(stream)
        child = _Running(pid, os.pidfd_open(pid), socket.socket(fileno=connection))
        self._ready.register(child.pidfd, selectors.EVENT_READ, child)
        self._ready.register(child.connection, selectors.EVENT_READ, child)
        return None

    def _let_go(self, child: _Running) -> None:
        for file in (child.pidfd, child.connection):
            with suppress(KeyError):
                self._ready.unregister(file)
        child.end()


def find_threads() -> set[str]:
    """Return the names of the threads of this process but its first."""
    tasks = Path("/proc/self/task")
    return {(task / "comm").read_text().strip() for task in tasks.iterdir() if task.name != str(os.getpid())}


def _become_child(request: Request, files: Sequence[int]) -> Request:
    """Take on what a process that is started anew is given, and say that it has begun."""
    if request.new_session:
        os.setsid()
    os.chdir(request.cwd)
    os.environ.clear()
    os.environ.update(request.env)
    time.tzset()
    *streams, connection = files
    for number, (name, mode, stream) in enumerate(zip(STREAMS, "rww", streams, strict=True)):
        os.dup2(stream, number)
        was = getattr(sys, name)
        opened = os.fdopen(number, mode, encoding=was.encoding, errors=was.errors, closefd=False)
        opened.reconfigure(line_buffering=number == 2 or opened.isatty(), write_through=was.write_through)
        setattr(sys, name, opened)
        setattr(sys, f"__{name}__", opened)
    os.write(connection, str(os.getpid()).encode())
    for file in files:
        os.close(file)
    return request


def warm() -> None:
    """Work out what a build works out anew from the code alone, and import what it imports when it needs it."""
    from dagster_project import pipeline
    from dagster_project.defs.instance import open_instance
    from dagster_project.models.catalog import load_checks, load_macros, load_models, load_questions

    for load in (load_models, load_checks, load_macros, load_questions, pipeline.hash_parsing_code):
        load()
    with tempfile.TemporaryDirectory() as home, open_instance(Path(home) / "dagster"):
        pass
    with suppress(ImportError):
        importlib.import_module("s3fs")


def main() -> None:
    """Import everything, then fork until the other end of the socket is closed. What the children call ends here."""
    control, call, warm = sys.argv[1:]
    # Whoever starts the tests in the background of a shell without job control has them ignore these.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for name in PRELOADED:
        importlib.import_module(name)
    functions = [_load(one) for one in (call, warm) if one]
    for function in functions[1:]:
        function()
    duckdb = importlib.import_module("duckdb")
    duckdb.close()  # its default connection, which has a thread; a child that wants one is given another
    gc.collect()
    gc.freeze()
    request = _Server(socket.socket(fileno=int(control))).serve()
    script = Path(sys.executable).with_name("papers")
    sys.argv = [str(script), *request.arguments]
    sys.path[0] = str(script.parent)
    sys.modules["__main__"].__file__ = str(script)
    sys.exit(functions[0]())


def _load(name: str) -> Callable[[], object]:
    module, _, function = name.partition(":")
    return getattr(importlib.import_module(module), function)


if __name__ == "__main__":
    main()
