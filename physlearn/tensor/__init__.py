"""Matrix product states: canonical forms, truncation, entanglement, exact sampling, Born machines, classifiers."""

from physlearn.lazy import public_names

__getattr__, __dir__, __all__ = public_names(
    __name__,
    {
        "MatrixProductState": "state",
        "expectation": "state",
        "Cutoff": "decomposition",
        "canonical": "gauge",
        "truncate": "gauge",
        "isometry_defect": "gauge",
        "schmidt_values": "gauge",
        "entanglement_entropies": "gauge",
        "Environments": "environments",
        "sample": "sampling",
        "complete": "sampling",
        "product_state": "states",
        "ghz": "states",
        "w_state": "states",
        "aklt": "states",
        "random_state": "states",
        "superposition": "states",
        "uniform_over": "states",
        "initial_state": "born",
        "update_bond": "born",
        "bond_of": "born",
        "nll": "born",
        "TwoSiteClassifier": "two_site",
    },
)
