"""Sparse networks: which weights stay, how the rest is held at zero, and what that saves in bytes and operations."""
