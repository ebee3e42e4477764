"""The landscape of a trained network: its energy in planes, its curvature, the path of its weights."""

from physlearn.lazy import public_names

__getattr__, __dir__, __all__ = public_names(
    __name__,
    {
        "energy_of": "energy",
        "flatten": "energy",
        "filter_normalised": "planes",
        "Plane": "planes",
        "principal_components": "components",
        "Components": "components",
        "hessian_product": "curvature",
        "largest_eigenvalues": "curvature",
        "Spectrum": "curvature",
    },
)
