"""The words that tensor networks know. No torch here: classes and key rules both import them."""

HALVES = ("bottom", "top", "left", "right")
ORDERS = ("rows", "snake")
