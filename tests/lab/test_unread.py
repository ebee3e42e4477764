"""What was typed and nothing will read is refused in one line; what is swept, or read by some job, is not."""

import pytest

from physlearn.lab.config import plan
from physlearn.lab.errors import UserError
from physlearn.lab.run_directory import as_dict
from physlearn.lab.unread import refuse_unread
from physlearn.tasks.setup.rules import rules

REFUSED = [  # what is typed; what the line must hold
    ("optimizer=sgd temperature.value=1e-5", "temperature.value=1e-05 is not allowed: optimizer=sgd does not read it"),
    ("optimizer=adam temperature=cosine temperature.start=1e-5", "Type e.g. optimizer=langevin (or mala"),
    ("dropout=none dropout.start=.3", "dropout.start=0.3 is not allowed: dropout=none does not read it"),
    ("dropout=none dropout.stop=0", "Type e.g. dropout=annealed (or constant, rising)"),
    ("temperature=none temperature.value=1e-5", "temperature=none does not read it (T = 0, no noise is drawn)"),
    ("task=recall temperature.value=0.3", "temperature=none does not read it"),
    ("data=digits data.root=.", "data=digits does not read it"),
    ("+optimizer.friction=1", "optimizer=langevin has no key friction. It has lr, weight_decay, scheme, noise"),
    ("optimizer=underdamped +optimizer.inertia=1", "optimizer=underdamped has no key inertia"),
    ("optimizer=nose_hoover +optimizer.noise=gaussian", "optimizer=nose_hoover has no key noise"),
    ("+data.size=5", "data=digits has no key size"),
    ("+schedule.warmup=0.1", "schedule=constant has no key warmup"),
    ("task=prune +storage.bits=4", "storage=float32 has no key bits"),
    ("task=temper system=ising +task.batch_size=5", "task=temper has no key batch_size"),
    ("task=temper tempering.rounds=3", "tempering.rounds is not read by tempering.ladder=geometric"),
    ("task=temper tempering.ladder=explicit tempering.temperatures=[1,2] tempering.minimum=1", "by tempering.temp"),
    ("task=temper system=spin_glass system.size=4", "system.size is not read by system.kind=sk"),
    ("task=temper system=spin_glass system.kind=ea system.spins=4", "system.spins is not read by system.kind=ea"),
    ("task=recall hopfield=dense hopfield.function=exponential hopfield.power=4", "Type e.g. hopfield.function=poly"),
    ("-m dropout=none dropout.start=.3 seed=0,1", "dropout=none does not read it"),
    ("experiment=annealed_dropout dropout=none dropout.start=.3", "dropout=none does not read it"),
    ("experiment=compression/lenet300 storage=float32 +storage.bits=5", "storage=float32 has no key bits"),
]

READ = [
    "temperature.value=1e-5 dropout.start=.3",
    "optimizer=langevin temperature=cosine temperature.start=1e-5 temperature.value=0",
    "-m dropout=none,annealed dropout.start=.3",  # one of the jobs reads it
    "-m dropout=none dropout.start=.3,.4",  # swept
    "-m optimizer=sgd,langevin temperature.value=1e-5,1e-6",
    "experiment=annealed_dropout dropout.start=.3 task.epochs=4 seed=0",
    "experiment=compression/lenet300 dropout=none storage=float32",  # nobody typed dropout.start or storage.epochs
    "task=temper system=ising system.size=4",
    "task=temper system=network task.batch_size=full",
    "task=temper system=hopfield system.spins=8",
    "task=temper tempering=independent tempering.replicas=4",
    "task=temper system=spin_glass system.kind=ea system.size=4",
    "task=prune task.dense_epochs=5 from=x storage=codebook storage.bits=4",
    "task=recall temperature=constant temperature.value=0.3 hopfield=hebb",
    "task=compare runs=outputs",
    "optimizer._target_=torch.optim.Adam",
    "seed=3 threads=1",
]


@pytest.mark.parametrize(("words", "line"), REFUSED, ids=[words for words, _ in REFUSED])
def test_refused(refused, words, line):
    refused(words, line)


@pytest.mark.parametrize("words", READ)
def test_not_refused(words):
    found = plan(words.split())
    jobs = [(as_dict(job), its, rules(job.task.name)) for job, its in zip(found.jobs, found.choices, strict=True)]
    refuse_unread(found.fixed, jobs)


def test_a_node_is_its_keys():
    found = plan(["dropout=none"])
    job = as_dict(found.jobs[0]), found.choices[0], rules("train")
    with pytest.raises(UserError, match=r"dropout\.start"):
        refuse_unread(["dropout"], [job])
    refuse_unread(["nowhere"], [job])
