"""task=train: a network trained and sampled under an equation of motion."""
