"""task=ground_state: the lowest energy of a spin chain that a matrix product state or a neural network reaches.

E = <psi|H|psi> / <psi|psi> >= E_0,        beside E_0 and entropies from free fermions, diagonalisation, closed forms
"""

from typing import Any

from omegaconf import DictConfig

from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.lab.build import build
from physlearn.lab.errors import blame
from physlearn.quantum.diagonalisation import truth
from physlearn.tasks.ground_state.context import Context


def run(cfg: DictConfig, bench: BenchProtocol) -> dict[str, Any]:
    """Makes the chain, looks up what is exact, lets the state find its energy; returns what result.json holds."""
    chain = build("system", cfg.system)
    with blame("system"):
        known = truth(chain)
    return build("state", cfg.state, Context(cfg, bench, chain, known))
