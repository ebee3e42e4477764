"""The words that Hopfield memories know. No torch here: classes and key rules both import them."""

LEARNING_RULES = ("hebb", "projection", "storkey")
DYNAMICS = ("asynchronous", "sequential", "greedy", "synchronous")
FUNCTIONS = ("polynomial", "rectified", "exponential")
CORRUPTIONS = ("flip", "mask", "noise")
DILUTIONS = ("magnitude", "random")
