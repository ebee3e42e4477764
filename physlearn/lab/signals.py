"""SIGTERM and SIGINT ask a run to finish its step and save; the second one aborts.

Worker processes of a sweep hear of the signal from their parent, and of its death from the kernel.
"""

import ctypes
import os
import signal
import sys
from pathlib import Path
from types import FrameType

received: int | None = None  # the signal that asked this process to stop


def _ask(number: int, frame: FrameType | None) -> None:
    global received
    if received is not None:
        for child in children():
            os.kill(child, signal.SIGKILL)
        os._exit(128 + number)
    received = number
    for child in children():  # the workers of a sweep; each finishes its step and saves
        os.kill(child, signal.SIGTERM)


def listen() -> None:
    """From now on the two signals set `received` in this process and reach its workers."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _ask)


def die_with_parent() -> None:
    """A worker whose parent is killed outright gets SIGTERM from the kernel (Linux), and so saves and stops."""
    if sys.platform == "linux":
        parent_death_signal = 1
        ctypes.CDLL(None).prctl(parent_death_signal, signal.SIGTERM)


def children() -> list[int]:
    """The processes begun by this one, and by those (Linux)."""
    found = []
    for thread in Path(f"/proc/{os.getpid()}/task").glob("*/children"):
        found += [int(pid) for pid in thread.read_text().split()]
    return found
