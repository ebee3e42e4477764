"""Ground states of spin chains: exact, as matrix products (DMRG, imaginary time), as neural networks."""

from physlearn.lazy import public_names

__getattr__, __dir__, __all__ = public_names(
    __name__,
    {
        "SpinChain": "chain",
        "tfim": "chain",
        "heisenberg": "chain",
        "aklt": "chain",
        "matrix_product_operator": "mpo",
        "ground_state": "diagonalisation",
        "tfim_energy": "exact",
        "tfim_entropies": "exact",
        "truth": "diagonalisation",
        "minimise": "dmrg",
        "lowest": "lanczos",
        "Boltzmann": "neural",
        "SymmetricBoltzmann": "neural",
        "Convolution": "convolution",
        "Ladders": "ladder",
        "LocalEnergy": "local_energy",
        "certified_energy": "measure",
    },
)
