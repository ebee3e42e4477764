"""Bad input to task=temper is one clear line before anything is run, and leaves nothing behind."""

import pytest

BAD = [  # what is typed; what the line must hold
    ("tempering.replicas=1", "tempering.replicas=1 is not allowed: it must be a whole number >= 2"),
    ("tempering.temperatures=[1,1]", "tempering.temperatures=[1, 1] is not allowed: it must be null or a list of"),
    ("tempering.temperatures=[2,1]", "each above the one before"),
    ("tempering.temperatures=[0,1]", "temperatures > 0"),
    ("tempering.temperatures=[-1,1]", "temperatures > 0"),
    ("tempering.temperatures=[1]", "at least two"),
    ("tempering.temperatures=[1,2]", "tempering.temperatures is not read by tempering.ladder=geometric"),
    ("tempering.ladder=explicit", "tempering.ladder=explicit needs its temperatures"),
    ("tempering.ladder=cubic", "it must be one of geometric, linear, adaptive, explicit"),
    ("tempering.minimum=0", "tempering.minimum=0 is not allowed: it must be a temperature > 0"),
    ("tempering.maximum=-2", "tempering.maximum=-2 is not allowed"),
    ("tempering.minimum=20", "tempering.minimum=20 is not allowed: it must be below tempering.maximum=16"),
    ("tempering.minimum=16", "it must be below tempering.maximum=16"),
    ("tempering.minimum=posterior", "tempering.minimum=posterior means 1/N"),
    ("tempering.swap=often", "tempering.swap=often is not allowed: it must be one of deo, seo, none"),
    ("tempering.every=0", "tempering.every=0 is not allowed"),
    ("task.sweeps=0", "task.sweeps=0 is not allowed"),
    ("system=ising system.size=15", "system.size=15 is not allowed: it must be an even whole number"),
    ("system=spin_glass system.kind=ea system.size=3", "a checkerboard needs it even"),
    ("system=spin_glass system.kind=ea system.dimension=4", "dimension must be 2 or 3"),
    ("system=spin_glass tempering.ladders=1", "tempering.ladders=1: a spin glass needs two ladders"),
    ("system=ising tempering.every=3", "there is no key tempering.every"),
    ("system=ising optimizer=langevin", "optimizer=langevin is not allowed: what is run here has no optimizer"),
    ("system=ising model=mlp", "model=mlp is not allowed: what is run here has no model"),
    ("system=potts", "system=potts does not exist"),
    ("system.barrier=0", "system.barrier=0 is not allowed"),
    ("optimizer=adam", "optimizer: Adam has no temperature"),
    ("optimizer.weight_decay=0.1", "the well is all there is"),
    ("system=gaussian_mixture system.weights=[0.5,0.5,0.5]", "system: weights must sum to one"),
    ("system=gaussian_mixture system.means=[[0,1],[2]]", "system.means=[[0, 1], [2]] is not allowed"),
    ("system=network task.batch_size=32", "optimizer=mala accepts by the exact energy"),
    ("system=network system.energies=minibatch", "system.energies=minibatch needs minibatches"),
    ("system=network optimizer=langevin task.batch_size=5000", "task.batch_size=5000: allowed is anything from 1"),
    ("system=network model=lenet5", "model: LeNet5 needs images of at least 16 x 16"),
]


@pytest.mark.parametrize(("words", "line"), BAD, ids=[words for words, _ in BAD])
def test_one_line(refused, words, line):
    refused(f"task=temper {words}", line)
