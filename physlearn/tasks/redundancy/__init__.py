"""task=redundancy: what happens to adversarial examples where redundancy is taken out."""
