"""Which network a run ends with: the last one, or the best one along the run.

task.select=validation takes the network with the smallest error on the validation set. task.select=test takes it on the
test set, as some publications do: its test error is then the smallest of many draws and too good. Such a run says what
the honest choices would have had: the last network, and that of the validation set.
"""

from typing import Any

import torch
from torch import Tensor, nn

from physlearn.data.dataset import Dataset
from physlearn.ensemble import snapshot
from physlearn.lab.errors import UserError
from physlearn.likelihoods import Likelihood
from physlearn.tasks.setup.scores import first_score

LAST, VALIDATION, TEST = "last", "validation", "test"
SELECT = (LAST, VALIDATION, TEST)


class Selection:
    """The best networks so far, by the set they were best on.

    Args:
        how: ``last``, ``validation`` or ``test``.
        data: the two sets.
        likelihood: whose first score is minimised.
        test: whether the test set may be read.

    Raises:
        UserError: a set that there is not, or may not be read.
    """

    def __init__(self, how: str, data: Dataset, likelihood: Likelihood, test: bool) -> None:
        if how != LAST and data.validation_x is None:
            raise UserError(f"task.select={how} needs a validation set: type e.g. data.validation=100")
        if how == TEST and not test:
            raise UserError("task.select=test is not allowed with task.test=false. Type e.g. task.select=validation")
        self.how, self.data, self.likelihood, self.score = how, data, likelihood, likelihood.SCORES[0]
        self.best: dict[str, dict[str, Any]] = {}  # validation, test -> step, score, weights

    def read(self, step: int, model: nn.Module, values: dict[str, Any]) -> dict[str, float]:
        """Looks at the network of a step; `values` of its line of metrics holds the validation score.

        Returns:
            test_<score> where the test set was read.
        """
        if self.how == LAST:
            return {}
        found = {VALIDATION: values[f"validation_{self.score}"]}
        if self.how == TEST:
            found[TEST] = first_score(self.likelihood, model, self.data.test_x, self.data.test_y)
        for name, value in found.items():
            if name not in self.best or value < self.best[name]["score"]:  # the first of equals
                self.best[name] = {"step": step, "score": value, "weights": snapshot(model)}
        return {f"test_{self.score}": found[TEST]} if TEST in found else {}

    def take(self, model: nn.Module, test: bool) -> dict[str, Any]:
        """Gives the model the weights that were chosen; what result.json holds of the choice, all choices side by side.

        Where no line of metrics was written the last weights stay.
        """
        if self.how not in self.best:
            return {}
        choices: dict[str, dict[str, Tensor]] = {LAST: snapshot(model)}
        choices |= {name: own["weights"] for name, own in self.best.items()}
        result: dict[str, Any] = {"selected_step": self.best[self.how]["step"]}
        for name, weights in choices.items() if test else ():
            model.load_state_dict(weights)
            key = f"test_{self.score}_selected_on_{name}" if name != LAST else f"test_{self.score}_last"
            result[key] = first_score(self.likelihood, model, self.data.test_x, self.data.test_y)
        model.load_state_dict(choices[self.how])
        return result

    def words(self) -> str:
        """What was chosen, in a sentence; empty where the last network stays."""
        if self.how not in self.best:
            return ""
        own = self.best[self.how]
        warning = " This is no test error: the test set chose." if self.how == TEST else ""
        return f"The network of step {own['step']:,} is the one with the smallest {self.how} {self.score}.{warning}"

    def restored(self, saved: dict[str, dict[str, Any]], device: torch.device) -> None:
        """Goes on with what a checkpoint holds."""
        for name, own in saved.items():
            weights = {key: tensor.to(device) for key, tensor in own["weights"].items()}
            self.best[name] = own | {"weights": weights}
