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

    def announce(self, *sentences: str) -> None:
        """Says once what the chain is, what is exact, and what the state is about to do."""
        ends = "periodic" if self.chain.periodic else "open"
        self.bench.say(f"{self.chain.name}, {self.chain.sites} sites, {ends}. All in float64.")
        if self.known.energy is None:
            self.bench.say(f"Nothing exact to compare with: {self.known.source}.")
        else:
            self.bench.say(f"Exact: E_0 = {self.known.energy:.12f} ({self.known.source}).")
        for sentence in sentences:
            self.bench.say(sentence)

    def relative_error(self, energy: float) -> float | None:
        """(E - E_0)/|E_0|; None where E_0 is not known."""
        return None if self.known.energy is None else (energy - self.known.energy) / abs(self.known.energy)
