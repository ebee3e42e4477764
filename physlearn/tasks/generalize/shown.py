"""How the results of task=generalize are shown. No torch here."""

from collections.abc import Mapping
from typing import Any

from physlearn.instruments.notation import plus_minus
from physlearn.lab.shown import Shown

EXAMPLES = (("simulated students on the theory's learning curve", "python -m physlearn task=generalize"),)
SHOWN = {
    "error": Shown("generalisation error", symbol="error"),
    "up_median": Shown("median jump on the way up", symbol="jump up"),
}


def answer(result: Mapping[str, Any]) -> str:
    """What was measured: jumps of Ising students, the error in the limit, an exponent, the distance from theory."""
    if result.get("up_median"):
        slow = max(range(len(result["rate"])), key=lambda i: (result["neurons"][i], result["rate"][i]))
        jump = plus_minus(result["up_median"][slow], result["up_se"][slow])
        return (
            f"{jump} is the median load at which students of {result['neurons'][slow]} weights jump on the way up at "
            f"the slowest rate, between transition {result['transition']:.4g} and spinodal {result['spinodal']:.4g}."
        )
    if result.get("limit_error"):
        error = plus_minus(result["limit_error"][-1], result["limit_error_se"][-1])
        far = max(map(abs, result["limit_z"]))
        return (
            f"{error} is the error at {result['limit_load'][-1]:g} examples per weight, extrapolated to 1/N = 0; "
            f"theory says {result['limit_theory'][-1]:.4f} and is nowhere more than {far:.1f} standard errors away."
        )
    if result.get("power"):
        power = plus_minus(result["power"][0], result["power_se"][0])
        return f"{power} is the exponent of the error's fall with examples at T = {result['power_temperature'][0]:g}."
    if result.get("theory"):
        points = zip(result["error"], result["theory"], result["error_se"], strict=True)
        far = max((abs(error - theory) / spread for error, theory, spread in points if spread), default=0.0)
        return f"{far:.1f} standard errors is the largest distance of {len(result['error'])} points from theory."
    if result.get("gap"):
        far = max(map(abs, result["largest_z"]))
        return f"{far:.1f} standard errors is the largest distance of a sample from its exact value."
    if result.get("entropy_quenched"):
        found = plus_minus(result["entropy"][-1], result["entropy_se"][-1])
        where = f"{result['load'][-1]:g} examples per weight, N = {result['neurons'][-1]}"
        return f"{found} nats per weight is the entropy at {where}."
    if isinstance(result.get("transition"), list):
        return f"{result['transition'][0]:.4f} examples per weight is the transition of Ising students at T = 0."
    return ""


QUESTION = "How does the generalisation error fall with the number of examples, and does theory predict it?"
ANSWER = answer
