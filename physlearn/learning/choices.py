"""The words that learning from examples knows. No torch here: functions and key rules both import them."""

WEIGHTS = ("spherical", "ising")  # |w|^2 = N, or w_i = +-1
BRANCHES = ("poor", "unstable", "perfect")  # of Ising students: R < 1 and stable, between the two, R = 1
