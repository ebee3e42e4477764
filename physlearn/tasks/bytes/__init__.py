"""task=bytes: what a pruned network, and an ensemble of samples of it, are worth as bytes."""
