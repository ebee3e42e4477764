"""Several processes that work on one run: torchrun starts them, gloo connects them.

In a run of one process all of this does nothing. What travels is small, and wanted on the CPU, so gloo carries it
whatever the device: unlike nccl it lets ranks share a GPU, and a lost peer is an exception instead of an abort.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

TORCHRUN = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")  # what it leaves in the environment
PATIENCE = "PHYSLEARN_PATIENCE"  # in the environment: seconds that one rank waits for another; 60 where it is not set
START = timedelta(minutes=10)  # the same while they start: imports, data and checkpoints take their time

_calls: Any = None  # the group of processes in which the loop's calls time out
_begun = False  # rank 0 has given the others a run to work on


class LostProcess(ConnectionError):
    """Another process of the run does not answer any more."""


def spread() -> bool:
    """Whether torchrun (or what sets the same variables) began this process; it may be the only one."""
    return all(name in os.environ for name in TORCHRUN)


def rank() -> int:
    """The number of this process; 0 leads: it alone prints and writes."""
    return int(os.environ["RANK"]) if spread() else 0


def count() -> int:
    """How many processes there are."""
    return int(os.environ["WORLD_SIZE"]) if spread() else 1


def patience() -> timedelta:
    """How long one rank waits for another in the loop.

    Raises:
        OSError: the environment says something else than a number of seconds.
    """
    typed = os.environ.get(PATIENCE, "60")
    try:
        seconds = float(typed)
        if 0 < seconds < 1e9:
            return timedelta(seconds=seconds)
    except ValueError:
        pass
    raise OSError(f"{PATIENCE}={typed} is not allowed: it must be seconds > 0. Type e.g. {PATIENCE}=60")


def meet() -> None:
    """Connects the processes; called by the first thing that is to travel."""
    global _calls
    import torch.distributed as dist

    if _calls is None:
        with contact():
            dist.init_process_group("gloo", timeout=START)
            _calls = dist.new_group(timeout=patience())


def share(value: Any = None) -> Any:
    """What rank 0 gives, on every rank."""
    if count() == 1:
        return value
    import torch.distributed as dist

    meet()
    parcel = [value]
    with contact():
        dist.broadcast_object_list(parcel)
    return parcel[0]


def begin(run: Any) -> None:
    """Rank 0 gives the others a run to work on."""
    global _begun
    share(run)
    _begun = True


def leave(code: int) -> None:
    """Ends this process with an exit code; where rank 0 ends without a run, those that wait for one may go too."""
    if count() > 1 and rank() == 0 and not _begun:
        with suppress(OSError):  # they have gone already
            patience()
            share(None)
    if _calls is None:
        sys.exit(code)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # gloo's threads may be waiting for a rank that is gone


def largest(*numbers: int) -> tuple[int, ...]:
    """The largest of all ranks' first numbers, of their second ones, ..., on every rank: one call for all."""
    if count() == 1:
        return numbers
    import torch

    return tuple(everywhere(torch.tensor(numbers), "max").tolist())


def everywhere(numbers: Any, how: str = "sum") -> Any:
    """Sum or maximum over the ranks of a tensor of integers, on every rank; in place."""
    import torch.distributed as dist

    if count() > 1:
        meet()
        with contact():
            dist.all_reduce(numbers, {"sum": dist.ReduceOp.SUM, "max": dist.ReduceOp.MAX}[how], group=_calls)
    return numbers


def collect(value: Any) -> list[Any] | None:
    """Every rank's value in their order, on rank 0; None on the others."""
    if count() == 1:
        return [value]
    import torch.distributed as dist

    meet()
    parcels = [None] * count() if rank() == 0 else None
    with contact():
        dist.gather_object(value, parcels, group=_calls)
    return parcels


@contextmanager
def contact() -> Iterator[None]:
    """Turns what torch.distributed raises for a peer that is gone or late into a LostProcess."""
    try:
        yield
    except RuntimeError as failure:
        reason = " ".join(str(failure).split()).partition("] ")[2].partition(". ")[0] or type(failure).__name__
        raise LostProcess(f"rank {rank()} of {count()} lost contact with another rank ({reason[:100]})") from failure


def own_gpu() -> None:
    """The GPU of this process, where there are several: ranks of one machine take them in turn."""
    import torch

    if spread():
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", rank())) % torch.cuda.device_count())
