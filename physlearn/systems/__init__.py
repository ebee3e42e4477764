"""What has an energy: each system offers `energy(states) -> (replica,)` and its gradient."""

from physlearn.lazy import public_names

__getattr__, __dir__, __all__ = public_names(
    __name__,
    {
        "DoubleWell": "quartic_well",
        "GaussianMixture": "gaussian_mixture",
        "Ising": "square_lattice",
        "SherringtonKirkpatrick": "spin_glass",
        "EdwardsAnderson": "spin_glass",
        "sherrington_kirkpatrick": "spin_glass",
        "edwards_anderson": "spin_glass",
        "Network": "network",
        "Enumeration": "exact",
    },
)
