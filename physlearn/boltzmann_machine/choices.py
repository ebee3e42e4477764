"""The words that Boltzmann machines know. No torch here: classes and key rules both import them."""

CHAINS = ("cd", "pcd", "tempered")  # what the machine's side of the gradient is measured on
