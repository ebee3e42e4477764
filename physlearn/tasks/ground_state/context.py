"""What a state of task=ground_state is given: the chain, what is known of it exactly, the run that it belongs to."""

from dataclasses import dataclass

from omegaconf import DictConfig

from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.quantum.chain import SpinChain
from physlearn.quantum.diagonalisation import Truth


@dataclass(frozen=True)
class Context:
    """A run: its config and bench, the Hamiltonian, and its exact ground state."""

    cfg: DictConfig
    bench: BenchProtocol
    chain: SpinChain
    known: Truth

    def relative_error(self, energy: float) -> float | None:
        """(E - E_0)/|E_0|; None where E_0 is not known."""
        return None if self.known.energy is None else (energy - self.known.energy) / abs(self.known.energy)
