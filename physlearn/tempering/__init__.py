"""Replica exchange: many temperatures at once, and replicas that move between them."""

from physlearn.lazy import public_names

__getattr__, __dir__, __all__ = public_names(
    __name__,
    {
        "Round": "rounds",
        "exchange": "rounds",
        "Replicas": "permutation",
        "replicas": "permutation",
        "geometric": "ladder",
        "linear": "ladder",
        "equalise": "ladder",
        "adaptation_sweeps": "ladder",
        "WeightMover": "movers",
        "weight_mover": "movers",
        "Likelihood": "likelihood",
        "LikelihoodMover": "likelihood",
        "Spins": "spins",
        "spin_replicas": "spins",
        "exact_statistic": "swaps",
        "minibatch_statistic": "swaps",
        "Trace": "trace",
        "round_trips": "diagnostics",
        "histogram_overlap": "diagnostics",
        "log_z": "diagnostics",
        "Forecast": "forecast",
    },
)
