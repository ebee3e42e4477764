"""Replica exchange: many temperatures at once, and replicas that wander between them."""
