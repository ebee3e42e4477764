"""task=heat_capacity: the heat capacity of a network's parameters against its width."""
