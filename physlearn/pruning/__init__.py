"""Sparse networks: which weights stay, how the rest is held at zero, and what that saves in bytes and operations."""

from physlearn.lazy import public_names

__getattr__, __dir__, __all__ = public_names(
    __name__,
    {
        "Seen": "criteria",
        "kept_of": "criteria",
        "magnitude": "criteria",
        "layerwise": "criteria",
        "han": "criteria",
        "gradient": "criteria",
        "saliency": "criteria",
        "random": "criteria",
        "boltzmann": "criteria",
        "shuffled": "criteria",
        "whole_neurons": "structured",
        "prunable": "masks",
        "count": "masks",
        "hold": "masks",
        "exchange": "regrowth",
        "Pruning": "pipeline",
        "events": "pipeline",
        "account": "accounting",
        "totals": "accounting",
        "pack": "storage",
        "unpack": "storage",
        "without_dead_neurons": "neurons",
        "sparse_copy": "inference",
        "smaller_copy": "smaller",
        "scan": "sensitivity",
        "thresholds": "sensitivity",
    },
)
