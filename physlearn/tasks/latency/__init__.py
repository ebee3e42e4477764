"""task=latency: the time a pruned network takes."""
