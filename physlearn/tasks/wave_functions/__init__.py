"""task=wave_functions: the error of ground states against the size of the state."""
