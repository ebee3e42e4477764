"""How the results of task=free_energy are shown. No torch here."""

from physlearn.lab.shown import Shown

EXAMPLES = (("free energy of networks by minibatch training", "python -m physlearn task=free_energy"),)
SHOWN = {
    "ledger_log_z": Shown("ln Z_K/Z_0, ledger", "nats", column=True),
    "direct_log_z": Shown("ln Z_K/Z_0, average over the prior", "nats"),
}
QUESTION = "What is ln Z between two ensembles of networks, from minibatch training?"
