"""How a run can end other than well. The front door turns each into one line and an exit code."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

EXIT = {"done": 0, "failed": 1, "bad input": 2, "diverged": 3}


class UserError(Exception):
    """Bad input: one line that names the key, the value, what is allowed and what to type. Exit code 2."""


class Refused(UserError):
    """The directory asked for belongs to another run. Exit code 2; nothing in it is touched."""


class Failed(Exception):
    """The task ran and what it checks does not hold; `result` is kept. Exit code 1, one line, no traceback."""

    def __init__(self, message: str, result: dict[str, Any]):
        super().__init__(message)
        self.result = result


class Diverged(Exception):
    """NaN or infinity at `step`. Exit code 3; a final state."""

    def __init__(self, step: int):
        super().__init__(f"not finite at step {step}")
        self.step = step


class Interrupted(Exception):
    """SIGTERM or SIGINT: the step was finished and saved. Exit code 128 + the signal's number."""

    def __init__(self, step: int, signal: int):
        super().__init__(f"interrupted by signal {signal} after step {step}")
        self.step, self.signal = step, signal


@contextmanager
def blame(key: str) -> Iterator[None]:
    """Turns what a physics package refuses (ValueError, a missing file) into a UserError that names the config key.

    A refusal that begins with `name=` means a key of that name, in the group `key` or `key` itself; so does every
    `name=` that it says to type.
    """
    try:
        yield
    except (ValueError, FileNotFoundError) as refusal:
        text = " ".join(str(refusal).split())
        if named := re.match(r"\w+(?==)", text):
            group = key.removesuffix("." + named[0])
            said, typed, words = text.partition(" Type ")
            text = f"{group}.{said}{typed}" + re.sub(r"(?<![\w.])(?=\w+=)", f"{group}.", words)
        raise UserError(text if text.startswith(f"{key.partition('.')[0]}.") else f"{key}: {text}") from refusal
