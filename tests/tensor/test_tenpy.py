"""TeNPy as an oracle: entropies and norm of the same state in another library. Skipped where it is not installed."""

import pytest
import torch

from physlearn.tensor.gauge import entanglement_entropies
from physlearn.tensor.states import random_state

tenpy = pytest.importorskip("tenpy", reason="physics-tenpy is not installed")


def test_entropies_of_a_random_state():
    from tenpy.networks.mps import MPS
    from tenpy.networks.site import SpinHalfSite

    state = random_state(10, 6, torch.Generator().manual_seed(1))
    cores = [core.permute(1, 0, 2).numpy() for core in state.cores]  # TeNPy: (physical, left, right)
    other = MPS.from_Bflat([SpinHalfSite(conserve=None)] * 10, cores, form=None, unit_cell_width=10)
    other.canonical_form()
    assert other.entanglement_entropy().tolist() == pytest.approx(entanglement_entropies(state), abs=1e-12)
