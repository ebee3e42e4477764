"""How well a network's posterior is sampled: exact chains, and every sampler of the laboratory beside them."""

from physlearn.lazy import public_names

__getattr__, __dir__, __all__ = public_names(
    __name__,
    {
        "Perceptrons": "perceptrons",
        "ExactChains": "exact_chains",
        "Motion": "motions",
        "Samples": "motions",
        "Posterior": "samplers",
        "Cost": "samplers",
        "predictions": "samplers",
        "PosteriorTruth": "truth",
        "ColdPosterior": "cold",
        "Replicas": "replicas",
        "Problem": "problem",
        "agreement": "judging",
        "total_variation": "judging",
    },
)
