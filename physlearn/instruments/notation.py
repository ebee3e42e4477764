"""Numbers as physicists write them: a value rounded to its error."""

import math

from physlearn.instruments.statistics import binomial_error

ROUNDING = 1e-14  # of a value: an error that small is none


def plus_minus(value: float, error: float | None) -> str:
    """`0.0160 ± 0.0005`, `(7.61 ± 0.02)e-4`: the error to one digit (two where it begins with 1), the value to match.

    Without an error (None, NaN) the value stands alone to four digits: no ± is printed that was not measured; nor where
    the error is that of rounding, as the standard error of equal numbers is.
    """
    if value is None or not math.isfinite(value):
        return "-"
    if error is None or not math.isfinite(error) or error <= ROUNDING * abs(value):
        return f"{value:.4g}"
    size = max(abs(value), error)
    power = math.floor(math.log10(size))
    power = power if power < -3 or power > 5 else 0  # of ten, written once behind both
    value, error = value / 10**power, error / 10**power
    digits = -math.floor(math.log10(error))  # decimal places of the error's first digit
    digits += round(error, digits) * 10**digits < 2  # two digits where it begins with 1
    digits = max(0, digits)
    text = f"{value:.{digits}f} ± {error:.{digits}f}"
    return f"({text})e{power}" if power else text


def error_rate(rate: float, examples: int) -> str:
    """`1.62 ± 0.13 %`: an error rate on so many examples with its binomial error."""
    return f"{plus_minus(100 * rate, 100 * binomial_error(rate, examples))} %"
