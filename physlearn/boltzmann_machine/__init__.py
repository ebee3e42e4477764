"""Restricted Boltzmann machines: CD, PCD, tempered chains, exact ln Z, AIS, RAISE, auditors, information."""

from physlearn.lazy import public_names

__getattr__, __dir__, __all__ = public_names(
    __name__,
    {
        "RestrictedBoltzmannMachine": "rbm",
        "GaussianHiddenMachine": "gaussian_hidden",
        "base_rates": "rbm",
        "moments": "training",
        "ascend": "training",
        "Centres": "training",
        "FromData": "chains",
        "Persistent": "chains",
        "Tempered": "chains",
        "Path": "path",
        "forward_work": "ais",
        "reverse_work": "ais",
        "raise_log_p": "ais",
        "Auditors": "auditors",
    },
)
