"""Perceptual codecs as filters of data, what they take in bits, and estimators of entropy beside them."""

from physlearn.lazy import public_names

__getattr__, __dir__, __all__ = public_names(
    __name__,
    {
        "uncoded": "pictures",
        "through_jpeg": "pictures",
        "spoken_digits": "speech",
        "through_audio": "audio",
        "recode": "jpeg",
        "tables": "jpeg",
        "plug_in": "entropy",
        "miller_madow": "entropy",
        "compressed": "entropy",
        "FreeEnergy": "free_energy",
    },
)
