"""When a checkpoint is due: by the number of steps, and by the clock, so that a long run loses little to a crash."""

import time
from collections.abc import Callable

LEAST = 30.0  # seconds between two checkpoints that the clock asks for
SHARE = 0.01  # of the run's time, at most, for writing those


class Due:
    """Asks for a checkpoint every `every` steps and where the last one is older than the clock allows.

        age > max(30 s, d / 0.01),        d = what the last checkpoint took to gather and write, seconds

    so that the checkpoints of the clock take less than 1 % of a run's time, and a `kill -9` loses at most that age and
    one step. The first one is due after 30 s.

    Args:
        every: steps between two checkpoints whatever the clock says.
        clock: seconds; only differences count.
    """

    def __init__(self, every: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.every, self.clock = every, clock
        self.saved_at, self.took = clock(), 0.0

    def by_step(self, step: int, total: int) -> bool:
        """Whether a checkpoint belongs after this step, the same on every process; the last step has one."""
        return step % self.every == 0 or step == total

    def by_clock(self) -> bool:
        """Whether the last checkpoint, or the start, is longer ago than is to be lost."""
        return self.clock() - self.saved_at > max(LEAST, self.took / SHARE)

    def write(self, save: Callable[[], None]) -> None:
        """Calls `save`, and takes its time."""
        begun = self.clock()
        save()
        self.saved_at = self.clock()
        self.took = self.saved_at - begun
