"""SIGTERM and SIGINT ask a run to finish its step and save; the second one aborts.

Worker processes of a sweep get the signal from their parent, and learn of its death from the kernel.
"""

import ctypes
import os
import re
import signal
import sys
import threading
import time
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import FrameType

ONE_REQUEST = 0.2  # seconds; timeout(1) and schedulers signal a process and its group, and mean it once
PARENT_DEATH_SIGNAL = 1  # prctl's PR_SET_PDEATHSIG
FRONT_DOOR = "PHYSLEARN_FRONT_DOOR"  # in the environment: the number of the process that a person started
SUBMITIT = "SUBMITIT_EXECUTOR"  # in the environment of a job that submitit began
ANNOUNCES = "SUBMITIT_PREEMPT_SIGNAL"  # in the environment: the signal it sends before a job's time is up, if not USR2

A_LOOK = 0.5  # seconds between two looks at whether the front door lives
at_work = threading.Event()  # a worker of a sweep does a job

received: int | None = None  # the signal that asked this process to stop
_received_at = 0.0


def listen() -> None:
    """From now on the two signals set `received` in this process and reach its workers."""
    os.environ[FRONT_DOOR] = str(os.getpid())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _ask)


def listen_as_worker() -> None:
    """In a worker of a sweep a signal sets `received`, also when the kernel sends it because the parent died (Linux).

    It never aborts: Ctrl-C on a terminal reaches every process of a sweep, and the parent passes it on once more.
    Under submitit the signal that announces the end of a job's time (SIGUSR2) asks the same; its own handler would
    raise an exception wherever the job is. No effect at the front door.
    """
    if os.environ.get(FRONT_DOOR) == str(os.getpid()):
        return
    announced = [signal.Signals["SIG" + os.environ.get(ANNOUNCES, "USR2")]] if SUBMITIT in os.environ else []
    for number in (signal.SIGTERM, signal.SIGINT, *announced):
        signal.signal(number, _ask_worker)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PARENT_DEATH_SIGNAL, signal.SIGTERM)


@cache
def watch_parent() -> None:
    """A thread that ends this worker when it has lost the front door: at once, or after the job it does is saved.

    The kernel's signal comes as soon as the parent's thread dies, when the parent may still be seen as alive; a worker
    whose job ends in that moment would wait for another one for ever.
    """
    threading.Thread(target=_leave_when_orphaned, daemon=True).start()


def _leave_when_orphaned() -> None:
    while not is_orphan():
        time.sleep(A_LOOK)
    if at_work.is_set() and received is None:
        os.kill(os.getpid(), signal.SIGTERM)
    while at_work.is_set():
        time.sleep(A_LOOK)
    os._exit(1)


def is_orphan() -> bool:
    """Whether this worker, a child of the front door, has lost it: nobody will ever give it another job."""
    return os.environ.get(FRONT_DOOR) not in (str(os.getpid()), str(os.getppid()))


def _ask(number: int, frame: FrameType | None) -> None:
    global received, _received_at
    if received is None:
        received, _received_at = number, time.monotonic()
        pass_on()
    elif time.monotonic() - _received_at > ONE_REQUEST:
        tell(children(), signal.SIGKILL)
        os._exit(128 + number)


def _ask_worker(number: int, frame: FrameType | None) -> None:
    global received
    received = number


def pass_on() -> None:
    """Tells the workers of a sweep, where this process was asked to stop: each finishes its step and saves.

    A worker that still imports would die of the signal; it is told as soon as it listens, so this is to be repeated.
    """
    if received is not None:
        tell([child for child in children() if listens(child)], signal.SIGTERM)


def tell(processes: list[int], number: int) -> None:
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, number)


def children() -> list[int]:
    """The processes begun by this one that still live (Linux)."""
    found = []
    for thread in Path(f"/proc/{os.getpid()}/task").glob("*/children"):
        with suppress(OSError):  # the thread has ended meanwhile
            found += [int(pid) for pid in thread.read_text().split()]
    return found


def listens(process: int) -> bool:
    """Whether a process has a handler for SIGTERM: the bit of that number in the mask of signals it catches (Linux)."""
    try:
        text = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return False
    caught = re.search(r"^SigCgt:\s*([0-9a-f]+)$", text, re.MULTILINE)
    return bool(caught and int(caught[1], 16) >> (signal.SIGTERM - 1) & 1)
