"""DMRG beside physics-tenpy in one process: the same chain, bond and cutoff, until the energy is converged.

python tests/benchmarks/tenpy_dmrg.py [size] [bond]        where physics-tenpy is installed
"""

import sys
import time
import warnings

import torch

from physlearn.quantum.chain import tfim
from physlearn.quantum.dmrg import minimise
from physlearn.quantum.exact import tfim_energy

CUTOFF = 1e-8  # of singular values, relative to the norm (tenpy) or to the largest (physlearn)


def of_physlearn(size: int, bond: int) -> tuple[float, int, int]:
    found = minimise(tfim(size), bond, CUTOFF, torch.Generator().manual_seed(0), tolerance=1e-12)
    return found.energies[-1], max(found.state.bonds), len(found.energies)


def of_tenpy(size: int, bond: int, conserve: str | None) -> tuple[float, int, int]:
    from tenpy.algorithms import dmrg
    from tenpy.models.tf_ising import TFIChain
    from tenpy.networks.mps import MPS

    # tenpy's model is H = -J sum X X - g sum Z
    model = TFIChain({"L": size, "J": 1.0, "g": 1.0, "bc_MPS": "finite", "conserve": conserve})
    psi = MPS.from_product_state(model.lat.mps_sites(), ["up"] * size, bc="finite", unit_cell_width=size)
    options = {
        "trunc_params": {"chi_max": bond, "svd_min": CUTOFF},
        "max_E_err": 1e-12,
        "mixer": None,
        "max_sweeps": 40,
        "combine": True,
    }
    engine = dmrg.TwoSiteDMRGEngine(psi, model, options)
    energy, psi = engine.run()
    return float(energy), max(psi.chi), engine.sweeps


def main() -> None:
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    size, bond = (int(word) for word in (sys.argv[1:] + ["64", "64"][len(sys.argv) - 1 :]))
    exact = tfim_energy(size)
    runs = {
        "physlearn": lambda: of_physlearn(size, bond),
        "tenpy, no symmetry used": lambda: of_tenpy(size, bond, None),
        "tenpy, parity conserved": lambda: of_tenpy(size, bond, "best"),
    }
    for name, run in runs.items():
        wall, cpu = time.perf_counter(), time.process_time()
        energy, used, sweeps = run()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        error = abs(energy / exact - 1)
        print(f"{name:24} {wall:6.2f} s, CPU {cpu:6.2f} s, {sweeps} sweeps, bond {used}, relative error {error:.1e}")


if __name__ == "__main__":
    main()
