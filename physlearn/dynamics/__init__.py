"""Equations of motion of the weights: each a torch.optim.Optimizer, each in a file of its own, with its exact laws."""

from physlearn.lazy import public_names

__getattr__, __dir__, __all__ = public_names(
    __name__,
    {
        "Langevin": "langevin",
        "UnderdampedLangevin": "underdamped",
        "PreconditionedLangevin": "preconditioned",
        "NoseHoover": "nose_hoover",
        "MALA": "mala",
        "ThermalOptimizer": "thermal",
        "MomentumOptimizer": "momenta",
        "bare": "thermal",
        "Harmonic": "harmonic_wells",
        "time_average": "chains",
        "random_spins": "spins",
        "ising_sweep": "spins",
        "lattice_sweep": "spins",
        "dense_sweep": "dense_spins",
        "relax": "dense_spins",
        "descend": "dense_spins",
    },
)
