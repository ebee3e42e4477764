"""task=evaluate: a network that is trained no further."""
