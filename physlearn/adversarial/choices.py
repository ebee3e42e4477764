"""The words that attacks know. No torch here: attacks and key rules both import them."""

BOUNDED = ("fgsm", "pgd")  # within a given distance in L_infinity
NEAREST = ("deepfool", "carlini_wagner")  # the least distance in L_2 that they find
ATTACKS = (*BOUNDED, *NEAREST)
