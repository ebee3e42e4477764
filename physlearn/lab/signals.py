"""SIGTERM and SIGINT ask a run to finish its step and save; the second one aborts.

Worker processes of a sweep hear of the signal from their parent, and of its death from the kernel.
"""

import ctypes
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

ONE_REQUEST = 0.2  # seconds; timeout(1) and schedulers signal a process and its group, and mean it once
PARENT_DEATH_SIGNAL = 1  # prctl's PR_SET_PDEATHSIG
FRONT_DOOR = "PHYSLEARN_FRONT_DOOR"  # in the environment: the number of the process that a person started

received: int | None = None  # the signal that asked this process to stop
_received_at = 0.0


def listen() -> None:
    """From now on the two signals set `received` in this process and reach its workers."""
    os.environ[FRONT_DOOR] = str(os.getpid())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _ask)


def listen_as_worker() -> None:
    """In a worker of a sweep SIGTERM sets `received`, also when the kernel sends it because the parent died (Linux).

    Ctrl-C on a terminal reaches every process of the sweep; the parent alone answers it. No effect at the front door.
    """
    if os.environ.get(FRONT_DOOR) == str(os.getpid()):
        return
    signal.signal(signal.SIGTERM, _ask_worker)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PARENT_DEATH_SIGNAL, signal.SIGTERM)


@contextmanager
def held_for_workers() -> Iterator[None]:
    """A process begun within holds SIGTERM back until it listens, instead of dying of it while it still imports.

    This process hears of it all the same, through a thread that was there before.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})


def is_orphan() -> bool:
    """Whether this worker, a child of the front door, has lost it: nobody will ever give it another job."""
    return os.environ.get(FRONT_DOOR) not in (str(os.getpid()), str(os.getppid()))


def _ask(number: int, frame: FrameType | None) -> None:
    global received, _received_at
    if received is None:
        received, _received_at = number, time.monotonic()
        pass_on()
    elif time.monotonic() - _received_at > ONE_REQUEST:
        tell_children(signal.SIGKILL)
        os._exit(128 + number)


def _ask_worker(number: int, frame: FrameType | None) -> None:
    global received
    received = number


def pass_on() -> None:
    """Tells the workers of a sweep, where this process was asked to stop: each finishes its step and saves."""
    if received is not None:
        tell_children(signal.SIGTERM)


def tell_children(number: int) -> None:
    """Sends a signal to every process begun by this one."""
    for child in children():
        with suppress(ProcessLookupError):
            os.kill(child, number)


def children() -> list[int]:
    """The processes begun by this one that still live (Linux)."""
    found = []
    for thread in Path(f"/proc/{os.getpid()}/task").glob("*/children"):
        with suppress(OSError):  # the thread has ended meanwhile
            found += [int(pid) for pid in thread.read_text().split()]
    return found
