"""The losses there are. No torch here: the likelihoods and the key rules both import them."""

LOSSES = ("auto", "categorical", "gaussian")
