"""The words that quantum states know. No torch here: classes and key rules both import them."""

METHODS = ("dmrg", "imaginary_time")
