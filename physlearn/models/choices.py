"""The words that models know. No torch here: classes and key rules both import them."""

ACTIVATIONS = ("relu", "tanh")
