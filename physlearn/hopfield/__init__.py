"""Associative memory: classical, dense and modern Hopfield networks, and the replica-symmetric theory laid over them."""
