"""task=density: orbitals of hydrogen are sampled, and learned from the samples."""
