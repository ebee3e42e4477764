"""How the results of task=free_energy are shown. No torch here."""

from collections.abc import Mapping
from typing import Any

from physlearn.instruments.notation import plus_minus
from physlearn.lab.shown import Shown

EXAMPLES = (("free energy of networks by minibatch training", "python -m physlearn task=free_energy"),)
SHOWN = {
    "ledger_log_z": Shown("ln Z_K/Z_0, ledger", "nats", column=True),
    "direct_log_z": Shown("ln Z_K/Z_0, average over the prior", "nats"),
}


def answer(result: Mapping[str, Any]) -> str:
    """ln Z by the ledger beside the average over the prior, and the work alone as the control."""
    if result.get("ledger_log_z") is None or result.get("direct_log_z") is None:
        return ""
    ledger, direct = (plus_minus(result[f"{name}_log_z"], result[f"{name}_log_z_se"]) for name in ("ledger", "direct"))
    alone = f"; without shadow work {result['work_alone_log_z']:.4g}" if result.get("work_alone_log_z") else ""
    return f"{ledger} nats by the ledger, {direct} by the average over the prior{alone}."


QUESTION = "What is ln Z between two ensembles of networks, from minibatch training?"
ANSWER = answer
