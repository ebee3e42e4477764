"""experiment=tempering/lenet and its control lenet_annealing: equal work on equal data over the same temperatures."""

import pytest
from stopping import checked

EXAMPLES = 5500  # data.limit=6000 less a twelfth for validation


@pytest.fixture(scope="module")
def presets():
    return checked("experiment=tempering/lenet"), checked("experiment=tempering/lenet_annealing")


def test_annealing_has_as_many_gradient_evaluations_as_the_ladder(presets):
    ladder, annealing = presets
    per_epoch = EXAMPLES // annealing.task.batch_size
    sweeps = ladder.task.sweeps + ladder.task.burn_in
    assert ladder.tempering.every == per_epoch
    assert annealing.task.epochs * per_epoch == ladder.tempering.replicas * sweeps * ladder.tempering.every


def test_both_move_under_the_same_equation_with_a_lambda_of_their_own(presets):
    """A number as weight_decay: no prior group is read, and no initial weights are drawn from one."""
    ladder, annealing = presets
    assert ladder.optimizer == annealing.optimizer
    assert ladder.optimizer.weight_decay == 1e-4
    assert (ladder.model, ladder.data) == (annealing.model, annealing.data)
    assert ladder.task.batch_size == annealing.task.batch_size == 64
    assert annealing.dropout._target_.endswith(".off")


def test_annealing_falls_through_the_ladder_and_samples_at_its_coldest_temperature(presets):
    ladder, annealing = presets
    assert annealing.temperature.start == ladder.tempering.maximum
    assert annealing.temperature.value == ladder.tempering.minimum
    assert annealing.temperature.fraction == annealing.ensemble.burn_in
    assert annealing.ensemble.keep == ladder.system.keep
