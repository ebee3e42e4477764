"""Generalisation errors of other students of the Boolean perceptron, and asymptotic laws."""

import math


def error_of(overlap: float) -> float:
    """eps = arccos(R)/pi, the probability that student and teacher disagree on a random input."""
    return math.acos(max(-1.0, min(1.0, overlap))) / math.pi


def bayes_error(overlap: float) -> float:
    """arccos(sqrt R)/pi: of the majority of all students at T = 0, whose mutual overlap is R too (Opper & Haussler)."""
    return math.acos(math.sqrt(overlap)) / math.pi


def hebb_overlap(load: float) -> float:
    """R = [1 + pi/(2 alpha)]^(-1/2) of Hebb's student, w = sum of y x (Vallet 1989)."""
    return (1 + math.pi / (2 * load)) ** -0.5


GIBBS_TAIL = 0.624658  # alpha eps of spherical Gibbs students at T = 0, alpha -> infinity
BAYES_TAIL = 0.441700  # = GIBBS_TAIL / sqrt(2)
