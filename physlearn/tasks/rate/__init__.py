"""task=rate: test error against the bits that a codec left."""
