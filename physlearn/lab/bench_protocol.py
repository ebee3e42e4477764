"""What a task may ask of the run it belongs to: the type of the `bench` that every task is given. No torch here."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import torch
    from matplotlib.figure import Figure


class BenchProtocol(Protocol):
    """Steps that are counted, saved and resumed, and places for what is measured; see `bench.Bench` for the meaning."""

    device: "torch.device"
    dtype: "torch.dtype"
    quiet: bool
    goes_on: bool
    leads: bool
    step: int

    @property
    def directory(self) -> Path:
        """The run directory; of the process that leads alone."""

    def restore(self) -> Any: ...

    def save(self, state: Any) -> None: ...

    def steps(self, total: int, state: Callable[[], Any], every: int) -> Iterator[int]: ...

    def log(self, step: int, **values: Any) -> None: ...

    def demand_finite(self, step: int, **values: Any) -> None: ...

    def figure(self, name: str, drawn: "tuple[Figure, dict[str, Any]]") -> None: ...

    def summary(self, title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None: ...

    def say(self, text: str) -> None: ...

    def add_provenance(self, **facts: Any) -> None: ...
