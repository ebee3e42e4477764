"""How much memory is left on this machine, and a refusal, before anything is made, of what does not fit.

An allocation that is too large ends a process without a word (Linux kills it), and one that the kernel refuses ends in
several lines of torch. Neither says which key was too large.
"""

import os
from pathlib import Path
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

SHARE = 0.8  # of what is available: the rest is for what no estimate counts
CGROUP, MEMINFO = Path("/sys/fs/cgroup"), Path("/proc/meminfo")
FILES = (("memory.max", "memory.current"), ("memory.limit_in_bytes", "memory.usage_in_bytes"))  # version 2, version 1
MAKERS = ("aten::empty", "aten::zeros", "aten::ones", "aten::full", "aten::randn", "aten::rand", "aten::normal")


def available() -> int:
    """Bytes that this process can still have: of the machine, or of the control group that it runs in."""
    return min([of_machine(), *of_groups()])


def of_machine() -> int:
    """MemAvailable of /proc/meminfo; where there is none, all the machine has."""
    lines = MEMINFO.read_text().splitlines() if MEMINFO.exists() else []
    found = [int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")]
    return found[0] if found else os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def of_groups(groups: Path = CGROUP, own: Path = Path("/proc/self/cgroup")) -> list[int]:
    """What is left of the limit of the process's own control group and of every one above it, both versions."""
    left = []
    for line in own.read_text().splitlines() if own.exists() else []:
        _, controllers, path = line.split(":", 2)
        root = groups / "memory" if "memory" in controllers.split(",") else groups if not controllers else None
        if root is None:
            continue
        folder = root / path.lstrip("/")
        for place in (folder, *folder.parents):
            left += [room for files in FILES if (room := room_in(place, *files)) is not None]
            if place == root:
                break
    return left


def room_in(folder: Path, limit: str, usage: str) -> int | None:
    """A control group's limit less what it uses, files that can be dropped not counted; None where it has no limit."""
    try:
        most, used = (folder / limit).read_text().strip(), int((folder / usage).read_text())
        stat = (folder / "memory.stat").read_text().splitlines()
        cached = dict(line.split() for line in stat if line)
    except (OSError, ValueError):
        return None
    return None if most == "max" else int(most) - used + int(cached.get("inactive_file", 0))


def refuse_too_large(what: str, needed: float, least: bool = False) -> None:
    """Raises ValueError, stating both, where `needed` bytes are more than `SHARE` of what is available.

    Args:
        what: begins the line; a key and its value, as in ``size=100000``.
        needed: bytes, an estimate from below.
        least: say that more may be needed.
    """
    if needed > SHARE * (there := available()):
        about = "at least" if least else "about"
        raise ValueError(
            f"{what} needs {about} {in_units(needed)} of memory, more than {SHARE:.0%} of the {in_units(there)} "
            "that are available"
        )


def in_units(size: float) -> str:
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if size < 1000 or unit == "TB":
            return f"{size:,.3g} {unit}" if size < 1000 else f"{size:,.0f} {unit}"
        size /= 1000
    return ""


class Counted(TorchDispatchMode):
    """Within it tensors that are made are counted first; those that would not fit are refused with a ValueError.

    Args:
        what: begins the line.
    """

    def __init__(self, what: str) -> None:
        super().__init__()
        self.what, self.made = what, 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if str(func.name()).startswith(MAKERS) and args and isinstance(args[0], list | tuple):
            each = (kwargs.get("dtype") or torch.get_default_dtype()).itemsize
            size = each
            for length in args[0]:
                size *= int(length)
            refuse_too_large(self.what, self.made + size, least=True)
            self.made += size
        return func(*args, **kwargs)
