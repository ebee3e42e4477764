"""task=verify: the exact laws on this machine."""
