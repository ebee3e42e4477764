"""A hundred command lines that are wrong, one way or another: one line each, exit code 2, and nothing left behind."""

import pytest

WRONG = """
seed=one
seed=1e400
seed=0x10
threads=many
threads=-1
threads=1.5
device=gpu
device=cuda:99
precision=16
precision=
optimizer=Langevin
optimizer=langevn
optimizer.lr=0
optimizer.lr=-0.1
optimizer.lr=null
optimizer.lr=1e400
optimizer.lr=true
optimizer.weight_decay=-1
optimizer.weight_decay=none
optimizer.weight_decay=1e-4 prior.scale=3
optimizer.friction=1
optimizer=sgd temperature.value=1
optimizer=sgd optimizer.momentum=2
optimizer=adam optimizer.betas=[0.9,1.5]
optimizer=adam optimizer.betas=0.9
optimizer=underdamped optimizer.friction=-1
optimizer=mala dropout=none
optimizer=mala task.batch_size=full
optimizer._target_=torch.optim.LBFGS
optimizer._target_=torch.load
optimizer._target_=builtins.eval
optimizer._target_=
model._target_=os.system
model._target_=physlearn.models.lenet.LeNet6
model=alexnet
model=vgg16
model=lenet5 model.variant=torch
model=lenet300 model.variant=caffe
model=mlp model.widths=[]]
model=mlp model.widths=[-1]
model=mlp model.widths=[1.5]
model=mlp model.widths=[a]
model=mlp model.widths=[1000,1000000000]
model=mlp model.activation=gelu
model.dropout=0.5
data=imagenet
data=mnist data.root=/none
data=mnist data.limit=-5
data=digits data.limit=1.5
data.limit=2
data.limit=63
data.limit=99999999
data.validation=1437
data.validation=half
data.size=32
data=image_folder
data.root=conf
task.epochs=0
task.epochs=-3
task.epochs=1e3
task.batch_size=1439
task.batch_size=all
task.log_every=0.5
task.log_every=never
task.checkpoint_every=0
task.test=maybe
task.packages=[dynamics]
temperature.value=posteriors
temperature.value=-posterior
temperature.value=[1,2]
temperature=warm
temperature=piecewise temperature.values=[1]
temperature=exponential temperature.value=0
dropout=0.5
dropout.start=-0.1
dropout.start=50%
dropout.fraction=2
schedule=none
schedule.value=0
ensemble.keep=1.5
ensemble.keep=none
ensemble.burn_in=1e9
task=temper system=ising system.size=7
task=temper system=ising system.size=0
task=temper system=ising system.size=1000000
task=temper system=ising optimizer=langevin
task=temper system=spin_glass tempering.ladders=1
task=temper system=spin_glass system.kind=xy
task=temper tempering.minimum=5 tempering.maximum=1
task=temper tempering.minimum=posterior
task=temper tempering.replicas=0
task=temper tempering.ladder=explicit
task=temper tempering.temperatures=[1,2]
task=temper system=network data.limit=150
task=recall task.patterns=0
task=recall task.patterns=100000
task=prune pruning.compression=0.5
task=prune from=nowhere
task=prune weights=nowhere.pt
task=prune from=a weights=b
task=evaluate
task=evaluate from=outputs
task=evaluate weights=README.md
task=latency
task=latency from=nowhere
task=compare runs=nowhere
task=compare runs=
task=table runs=nowhere
task=verify task.packages=[]
task=verify task.packages=dynamics
experiment=none
experiment=hopfield/basin task=train
resume=nowhere
resume=nowhere seed=1
-m seed=range(0)
-m seed=0,x
-m hydra.run.dir=here
hydra.sweep.dir=here
hydra.launcher.n_jobs=2
hydra/launcher=slurm
hydra.run.dir=/proc/none
--multirun --version=2
--verbose
-x
train
lr=0.1
optimizer.lr==0.1
optimizer.lr=
=
""".strip().splitlines()


def test_there_are_a_hundred_and_no_two_alike():
    assert len(set(WRONG)) == len(WRONG) >= 100


@pytest.mark.slow
@pytest.mark.parametrize("words", WRONG)
def test_one_line_exit_code_2_and_nothing_left(typed, tmp_path, words):
    code, printed = typed(words)
    assert code == 2, (printed.out, printed.err)
    assert printed.err.startswith("physlearn: ")
    assert printed.err.count("\n") == 1, printed.err
    assert len(printed.err) < 600
    assert printed.out == ""
    assert "Traceback" not in printed.err
    assert list(tmp_path.rglob("*")) == []
