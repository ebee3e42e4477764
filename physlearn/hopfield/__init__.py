"""Associative memory: classical, dense and modern Hopfield networks, and the theory that is laid over them."""
