"""The orbitals of hydrogen as densities: exact laws, exact and Markov-chain samples, models that learn them."""

from physlearn.lazy import public_names

__getattr__, __dir__, __all__ = public_names(
    __name__,
    {
        "Orbital": "orbital",
        "Box": "box",
        "GridBornMachine": "grid_born",
        "SplineFlow": "spline_flow",
        "Chains": "chains",
        "amplitude": "exact",
        "moments": "exact",
        "entropy": "exact",
        "holding_radius": "exact",
        "draw": "inverse",
        "summarise": "averages",
    },
)
