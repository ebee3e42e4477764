"""How the results of task=ground_state are shown. No torch here."""

from collections.abc import Mapping
from typing import Any

from physlearn.lab.shown import Shown

EXAMPLES = (
    (
        "DMRG: energy and entropy beside the exact ones",
        "python -m physlearn task=ground_state state=mps system.size=64",
    ),
    (
        "a network as a wave function",
        "python -m physlearn task=ground_state state=rbm system.size=20 system.periodic=true",
    ),
)
SHOWN = {
    "energy": Shown("energy E", symbol="E"),
    "relative_error": Shown(
        "relative error of the energy", symbol="error", headline=True, column=True, drawn=True, better="low"
    ),
    "variance": Shown("variance of the local energy", symbol="Var"),
    "parameters": Shown("parameters", column=True),
    "bond_max": Shown("largest bond", symbol="D"),
}


def answer(result: Mapping[str, Any]) -> str:
    """Relative error of the energy, parameters, and the size of the exact vector."""
    error, parameters = result.get("relative_error"), result.get("parameters")
    if error is None or parameters is None:
        return ""
    return (
        f"{abs(error):.1e} of the ground state energy {result['exact_energy']:.6g} is the error, with {parameters:,} "
        f"parameters for a vector of {result['vector']:.3g}."
    )


QUESTION = "How close to the ground state does this state come, for its number of parameters?"
ANSWER = answer
