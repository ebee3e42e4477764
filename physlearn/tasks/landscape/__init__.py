"""The landscape of a trained run."""
