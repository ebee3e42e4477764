"""Adversarial examples: attacks on networks and on averages of networks, and the controls beside them."""

from physlearn.lazy import public_names

__getattr__, __dir__, __all__ = public_names(
    __name__,
    {
        "fgsm": "linf",
        "pgd": "linf",
        "of_network": "target",
        "of_ensemble": "target",
        "behind_jpeg": "defence",
        "noise_like": "norms",
        "euclidean": "norms",
        "largest": "norms",
    },
)
