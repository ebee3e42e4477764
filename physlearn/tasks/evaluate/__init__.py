"""task=evaluate: a network as it comes, measured on the test set."""
