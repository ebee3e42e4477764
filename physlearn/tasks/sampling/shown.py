"""How the results of task=sampling are shown. No torch here."""

from physlearn.lab.shown import Shown

EXAMPLES = (("every sampler beside exact samples of the posterior", "python -m physlearn experiment=posterior_truth"),)
SHOWN = {
    "total_variation": Shown("total variation from the posterior's predictions", symbol="TV"),
    "acceptance": Shown("acceptance of the Hamiltonian moves", symbol="A"),
    "test_nll": Shown("test NLL", "nats", symbol="NLL"),
    "tau": Shown("tau = N T", symbol="tau"),
    "chains": Shown("chains", symbol="chains"),
}
