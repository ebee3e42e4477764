"""The words that pruning knows. No torch here: functions and key rules both import them."""

STORED_VALUES = ("float32", "float16", "codebook")
MOST_BITS = 8  # of an index into a codebook
