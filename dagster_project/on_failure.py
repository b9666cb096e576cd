"""Tells the user of a failure by running the command that PAPERS_ON_FAILURE names: to send an e-mail, or to a chat.

It never changes the outcome: a command that fails, hangs or is missing is a warning. Which failures are told belongs in
the callers.
"""

import os
import shlex
import signal
import subprocess
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress

from dagster_project.config import Settings
from dagster_project.errors import PapersError, describe_error
from dagster_project.progress import warn

PATIENCE = 20
"""Seconds that the command has. A sensor has 60 for all that it does."""
LONGEST = 2_000
"""Characters of a problem that are told: a pipe takes them at once, and so does a chat."""
PASSED = frozenset(
    {"HOME", "LANG", "LOGNAME", "PATH", "SHELL", "TMPDIR", "TZ", "USER", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"}
)
"""Variables that the command gets, with those of the locale: about those of cron. Others may hold a token, the password
of a proxy or the keys of a bucket."""
TOLD = "PAPERS_ON_FAILURE was told"
"""The note of an exception that the command was run for: on its way up it may pass here more than once."""


@contextmanager
def tell_failures(load: Callable[[], Settings]) -> Generator[None]:
    """Run the command if the body fails, once for an exception; `load` returns the settings. An interrupt is none."""
    try:
        yield
    except Exception as error:
        if TOLD not in getattr(error, "__notes__", ()):
            with suppress(PapersError):  # without settings there is no command
                settings = load()
                if settings.on_failure:
                    error.add_note(TOLD)
                    tell(settings, describe_error(error))
        raise


def tell(settings: Settings, problem: str) -> None:
    """Run the command that the settings name, if any, with a problem as one line; wait until it ends."""
    if settings.on_failure is None:
        return
    command = shlex.split(settings.on_failure)
    line = shorten(hide_token(settings, problem))
    environment = make_environment(os.environ) | {"PAPERS_PROBLEM": line, "PAPERS_HOME": str(settings.home)}
    try:
        status = run(command, f"{line}\n".encode(), environment, PATIENCE)
    except subprocess.TimeoutExpired:
        warn(f"PAPERS_ON_FAILURE: {command[0]} did not end in {PATIENCE} s, and was stopped")
    except (OSError, ValueError) as error:
        warn(f"PAPERS_ON_FAILURE: {command[0]} cannot be run: {getattr(error, 'strerror', None) or error}")
    else:
        if status:
            warn(f"PAPERS_ON_FAILURE: {command[0]} failed (exit status {status})")


def hide_token(settings: Settings, text: str) -> str:
    """Return a text without the token, should an error show it."""
    token = settings.hf_token.get_secret_value() if settings.hf_token else ""
    return text.replace(token, "***") if token else text


def shorten(text: str) -> str:
    """Return a text as one line of at most `LONGEST` characters, without what would act on a terminal."""
    line = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    return line if len(line) <= LONGEST else line[: LONGEST - 2] + " …"


def make_environment(given: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that the command gets."""
    return {name: value for name, value in given.items() if name in PASSED or name.startswith("LC_")}


def run(command: list[str], said: bytes, environment: Mapping[str, str], patience: float) -> int:
    """Run a command with `said` on its standard input; return its exit status.

    It has a session of its own, so that all that it started can be stopped with it. What it prints goes to standard
    error.

    Raises:
        TimeoutExpired: it did not end in time, and was killed.
        OSError, ValueError: it cannot be started.
    """
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=2, env=environment, cwd="/", start_new_session=True
    ) as process:
        try:
            process.communicate(said, timeout=patience)
        except BaseException:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            raise
        return process.returncode
