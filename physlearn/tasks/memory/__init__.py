"""task=memory: what an associative memory can hold, measured against theory."""
