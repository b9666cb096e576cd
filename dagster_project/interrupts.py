"""Ends the program in one line when the user interrupts it with Ctrl+C, whatever it is doing.

Python acts on a signal between two of its own instructions, and a query in native code has none for minutes. What a
command cleans up is its own business.
"""

import os
import select
import signal
import sys
import threading
from types import FrameType

STATUS = 130
"""The exit status that shells give what SIGINT ended."""


def watch(grace: float) -> None:
    """From now on, end the program `grace` seconds after an interrupt, or at the second one, if it still runs then."""
    ready, noted = os.pipe()
    os.set_blocking(noted, False)
    _watched.set()
    signal.set_wakeup_fd(noted, warn_on_full_buffer=False)
    sys.unraisablehook = _show_unless_interrupt

    def wait() -> None:
        while os.read(ready, 1)[0] != signal.SIGINT:
            pass
        _seen.set()
        select.select([ready], [], [], grace)
        end(exits=True)

    threading.Thread(target=wait, name="interrupts", daemon=True).start()


def end(*, exits: bool = False) -> None:
    """Say that the program was stopped, once; then end it at once if it `exits`, otherwise at the next interrupt."""
    if _said.acquire(blocking=False):
        os.write(2, b"papers: stopped before it was done\n")
    if exits:
        os._exit(STATUS)
    signal.signal(signal.SIGINT, _exit)


def was_seen() -> bool:
    """Return whether there was an interrupt since `watch`."""
    return _watched.is_set() and _seen.wait(0.05)  # the other thread may not have run yet


_watched, _seen, _said = threading.Event(), threading.Event(), threading.Lock()


def _exit(_signal: int, _frame: FrameType | None) -> None:
    os._exit(STATUS)


def _show_unless_interrupt(found: "sys.UnraisableHookArgs") -> None:
    """Show an exception that nobody could catch, unless it is an interrupt, after which the program ends anyway."""
    if issubclass(found.exc_type, Exception):
        sys.__unraisablehook__(found)
