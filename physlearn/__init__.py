"""physlearn: a laboratory for the statistical physics of learning."""

__version__ = "0.2.0.dev0"
