"""How the results of task=sampling are shown. No torch here."""

from collections.abc import Mapping
from typing import Any

from physlearn.instruments.notation import plus_minus
from physlearn.lab.shown import Shown

EXAMPLES = (("every sampler beside exact samples of the posterior", "python -m physlearn experiment=posterior_truth"),)
SHOWN = {
    "total_variation": Shown("total variation from the posterior's predictions", symbol="TV"),
    "acceptance": Shown("acceptance of the Hamiltonian moves", symbol="A"),
    "test_nll": Shown("test NLL", "nats", symbol="NLL"),
    "tau": Shown("tau = N T", symbol="tau"),
    "chains": Shown("chains", symbol="chains"),
}


def answer(result: Mapping[str, Any]) -> str:
    """The nearest sampler, the coldest optimum, or the NLL of each number of chains."""
    if result.get("nearest"):
        own = [i for i, name in enumerate(result["sampler"]) if name == result["nearest"]]
        at = min(own, key=result["total_variation"].__getitem__)
        distance = plus_minus(result["total_variation"][at], result["total_variation_se"][at])
        among = f"exact chains among themselves have {result['exact_total_variation']:.2g}"
        return (
            f"{distance} is the total variation of {result['nearest']} from the posterior's predictions, the least of "
            f"{len(set(result['sampler']))} samplers; {among}."
        )
    if result.get("best_tau"):
        nll, tau = min(zip(result["best_test_nll"], result["best_tau"], strict=True))
        return (
            f"{nll:.3g} nats is the lowest test NLL, at tau = N T = {tau:g}; {sum(result['sampled'])} of "
            f"{len(result['tau'])} settings were sampled (R-hat)."
        )
    chains = sorted(int(key.removeprefix("nll_")) for key in result if key.removeprefix("nll_").isdigit())
    if not chains:
        return ""
    best = min(chains, key=lambda count: result[f"nll_{count}"][-1])
    ends = ", ".join(f"{result[f'nll_{n}'][-1]:.3g} with {n}" for n in chains if n != best)
    return f"{result[f'nll_{best}'][-1]:.3g} nats is the lowest test NLL, with {best} chains; {ends}."


QUESTION = "How near to the Bayesian posterior do the samples predict?"
ANSWER = answer
