"""Associative memory: classical, dense and modern Hopfield networks, and the theory that is laid over them."""

from physlearn.lazy import public_names

__getattr__, __dir__, __all__ = public_names(
    __name__,
    {
        "HopfieldNetwork": "classical",
        "DenseMemory": "dense",
        "ModernHopfield": "modern",
        "HopfieldLayer": "modern",
        "random_patterns": "patterns",
        "correlated_patterns": "patterns",
        "from_images": "patterns",
        "flip": "patterns",
        "mask": "patterns",
        "noise": "patterns",
        "overlap": "patterns",
        "diluted": "sparse_couplings",
        "exchanging": "exchange",
        "capacity_curve": "experiments",
        "phase_diagram": "experiments",
        "dilution": "experiments",
        "thermal": "experiments",
        "basin": "experiments",
        "OrderParameters": "theory",
        "order_parameters": "theory",
        "transition_temperature": "theory",
        "glass_temperature": "theory",
    },
)
