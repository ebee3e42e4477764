"""task=fluctuations: fluctuation theorems on a driven trap."""
