"""task=ground_state: the ground state of a spin chain as a matrix product state or a neural network."""
