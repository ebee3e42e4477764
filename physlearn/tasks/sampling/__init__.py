"""task=sampling: how well a small network's posterior is sampled."""
