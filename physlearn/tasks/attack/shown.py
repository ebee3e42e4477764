"""How the results of task=attack are shown. No torch here."""

from physlearn.lab.shown import Shown

EXAMPLES = (("attack the network of a run", "python -m physlearn task=attack from=outputs/train/<run>"),)
SHOWN = {
    "clean_accuracy": Shown("clean accuracy", "%", column=True),
    "robust_accuracy_last": Shown("accuracy under attack at the largest size", "%", column=True, drawn=True),
    "median_distance": Shown("median distance to the nearest adversarial image (L2)", column=True),
}
QUESTION = "How much smaller is the change that fools this network than noise that does?"
