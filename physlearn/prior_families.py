"""The families of a prior, in words that the rules read without torch: see priors.py."""

FAMILIES = ("posterior", "likelihood")
