"""Learning from examples: the replica-symmetric theory of perceptrons, students that are simulated beside it."""

from physlearn.lazy import public_names

__getattr__, __dir__, __all__ = public_names(
    __name__,
    {
        "State": "theory",
        "quenched": "theory",
        "spinodal": "theory",
        "transition": "theory",
        "freezing": "theory",
        "freezing_end": "theory",
        "Learned": "annealed",
        "annealed_state": "annealed",
        "annealed_spinodal": "annealed",
        "annealed_transition": "annealed",
        "high_temperature": "annealed",
        "high_temperature_spinodal": "annealed",
        "high_temperature_transition": "annealed",
        "generalisation_error": "linear",
        "LinearStudent": "linear",
        "linear_student": "linear",
        "bayes_error": "closed_forms",
        "hebb_overlap": "closed_forms",
        "error_of": "closed_forms",
    },
)
