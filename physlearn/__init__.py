"""physlearn: a laboratory for the statistical physics of learning."""

__version__ = "0.1.0"
