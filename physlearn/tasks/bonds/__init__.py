"""task=bonds: test error against bond dimension."""
