"""How the results of task=boltzmann_machine are shown. No torch here."""

from physlearn.lab.shown import Shown

EXAMPLES = (
    ("a Boltzmann machine whose ln Z is followed", "python -m physlearn experiment=boltzmann_machine/bars_and_stripes"),
    ("500 hidden units on MNIST", "python -m physlearn task=boltzmann_machine data=mnist"),
)
SHOWN = {
    "log_likelihood": Shown("log-likelihood", "nats per image", symbol="ln p", headline=True, against=("step",)),
    "log_z": Shown("ln Z", "nats"),
    "log_z_auditors": Shown("ln Z, auditors", "nats"),
    "train_log_likelihood": Shown("training log-likelihood", "nats per image", column=True, drawn=True, better="high"),
    "test_log_likelihood": Shown("test log-likelihood", "nats per image", column=True, drawn=True, better="high"),
}
QUESTION = "What likelihood does this machine give to images that it was not trained on, and what is its ln Z?"
