"""task=prune: weights removed, the network retrained and written to a file."""
