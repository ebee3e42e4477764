"""task=generalize: see run.py."""
