"""system=network of task=temper: replicas of any model on any data, and what each level predicts."""

from collections.abc import Iterator
from typing import Any

import torch
from omegaconf import DictConfig
from torch import Tensor, nn

from physlearn.data.batches import Batches
from physlearn.data.dataset import Dataset
from physlearn.instruments import calibration
from physlearn.instruments.probe import noise_step
from physlearn.lab.build import chosen, name_of
from physlearn.lab.errors import UserError, blame
from physlearn.models.mlp import MLP
from physlearn.priors import Prior
from physlearn.streams import stream, stream_seed
from physlearn.systems.network import Batch, Network
from physlearn.tasks.setup.make import demand_classes, make_data, make_model, make_module, make_prior
from physlearn.tasks.temper.parts import Context, Experiment, Weights, levels
from physlearn.tempering import forecast
from physlearn.tempering.likelihood import Likelihood, LikelihoodMover
from physlearn.tempering.rows import Mover, RowByRow
from physlearn.tempering.swaps import MinibatchLosses, exact_statistic, minibatch_statistic

TARGETS = ("network",)  # what conf/system/ may name

CHUNK = 1000  # examples that all replicas see at once where nothing else says how many


def network(context: Context, keep: int, energies: str) -> Experiment:
    """Weights under E(W) = (1/N) sum_i loss_i(W) + (lambda/2) |W|^2, each replica from its own initial weights.

    lambda is `optimizer.weight_decay`, or with `auto` that of the prior: 1/(N sigma^2) at every temperature with
    family=posterior; T/sigma^2, at every level another, with family=likelihood, where swaps compare the loss alone.

    Raises:
        UserError: Metropolis steps or swaps that would go by energies that are not there.
    """
    cfg, full = context.cfg, context.cfg.task.batch_size == "full"
    if getattr(chosen(cfg.optimizer), "exact_energy", False) and not full:
        raise UserError("optimizer=mala accepts by the exact energy: type task.batch_size=full, or another optimizer")
    if energies == "minibatch" and full:
        raise UserError("system.energies=minibatch needs minibatches: type e.g. task.batch_size=128 with it")
    data = demand_classes(make_data(cfg, context.bench), "replica exchange of a network")
    module = make_model(cfg, data, context.bench, dropout=False)
    examples = len(data.train_y)
    prior = make_prior(cfg, module, 1 / examples, examples)
    variance = uniform_variance(prior) if prior else None
    tempered = prior is not None and prior.family == "likelihood"
    decay = cfg.optimizer.weight_decay if prior is None else 0.0 if tempered else 1 / (examples * variance)
    with blame("model"):
        system = Network(module, data.train_x, data.train_y, decay)
    refuse_dependent(system, name_of(cfg.model))
    with blame("task.batch_size"):
        size = examples if full else cfg.task.batch_size
        batches = Batches(examples, size, stream_seed(cfg.seed, "batches"), context.bench.device)

    def make(part: Context) -> NetworkWeights:
        start = initial_rows(part, data, prior)
        return NetworkWeights(part, system, start, None if full else batches, energies, variance if tempered else None)

    mover = context.movers(make)
    return Experiment(
        mover,
        words(cfg, system, mover, prior),
        unit="nats per example",
        work=("gradient_evaluations", cfg.tempering.every),
        forecast=None if tempered else lambda temperatures: forecast.harmonic(temperatures, system.dimension),
        follows=tempered,
        statistic=exact_statistic if energies == "exact" else minibatch_statistic,
        examples=examples,
        keeper=Predictions(system, data, levels(cfg)),
        **hidden_unit(system),
    )


def refuse_dependent(system: Network, name: str) -> None:
    """Raises UserError for a network that cannot be rows, or whose outputs for an example depend on the others."""
    try:
        pair, alone = (system.outputs(system.row(), system.inputs[:count]) for count in (2, 1))
    except Exception as defect:  # whatever the network's code does under torch.func.vmap
        text = " ".join(str(defect).split())
        raise UserError(f"model: {name} cannot be one of many replicas: {type(defect).__name__}: {text}") from None
    if not torch.allclose(pair[:, :1], alone, rtol=1e-3, atol=1e-4):
        raise UserError(f"model: {name} has no energy: its outputs for one example depend on the other examples")


def uniform_variance(prior: Prior) -> float:
    """sigma^2 of a prior that is the same for all weights.

    Raises:
        UserError: it differs between layers.
    """
    variances = set(prior.variances.values())
    if len(variances) > 1:
        raise UserError("prior=fan_in is not allowed with system=network: rows have one variance. Type prior=gaussian")
    return variances.pop()


def hidden_unit(system: Network) -> dict[str, Any]:
    """What of an Experiment tells how well a perceptron forgets: tanh(w.x + b) of its first unit at the first example.

    A tanh unit may change the sign of its weights on both sides for nothing, so that the exact mean is 0.
    """
    module = system.module
    if not isinstance(module, MLP) or module.depth != 2 or not isinstance(module.activation, nn.Tanh):
        return {}
    units, width = module.fc1.weight.shape
    example = system.inputs[0].flatten()

    def read(states: Tensor) -> Tensor:
        return ((states[:, :width] * example).sum(1) + states[:, units * width]).tanh()  # (row,)

    return {
        "names": ("hidden_unit",),
        "read": read,
        "observe": lambda values, ladder: values.double().cpu()[ladder.rows()][..., None],
        "expected": lambda t: [0.0],
    }


class NetworkWeights(Weights):
    """Rows of weights; gradients from the whole training set, or from one minibatch that all rows share.

    `variance` is sigma^2 of the prior under family=likelihood, None otherwise.
    """

    def __init__(
        self,
        context: Context,
        system: Network,
        start: Tensor,
        batches: Batches | None,
        energies: str,
        variance: float | None,
    ) -> None:
        self.system, self.batches = system, batches
        self.swap_batches = stream(context.cfg.seed, "swap batches")
        self._buffer = torch.empty_like(start)
        super().__init__(context, start, self.force, self.exact if energies == "exact" else self.on_a_minibatch)
        if variance is not None:  # lambda is 0 in `system`, so that energies and forces are those of the loss alone
            tempered = Likelihood(self.force, variance)
            self.explore = LikelihoodMover(self.optimizer, self.states, tempered, context.cfg.tempering.every)

    def force(self, states: Tensor) -> tuple[Tensor, Tensor]:
        """Energies and gradients on the batch of the next step, prior included: (row,), (row, D)."""
        batch = None if self.batches is None else self.examples(self.batches(self.explore.steps))
        loss, gradient = self.system.loss_and_gradient(states, batch, into=self._buffer)
        return loss + self.system.prior(states), gradient.add_(states, alpha=self.system.weight_decay)

    def exact(self, states: Tensor) -> Tensor:
        """Energies over the whole training set: (row,)."""
        parts = zip(self.system.inputs.split(CHUNK), self.system.targets.split(CHUNK), strict=True)
        total = sum(self.system.losses(states, part).double().sum(1) for part in parts)
        return total / len(self.system.targets) + self.system.prior(states).double()

    def on_a_minibatch(self, states: Tensor) -> MinibatchLosses:
        """The losses of the present weights on a fresh minibatch, the same for all."""
        batch = self.examples(self.batches.fresh(self.swap_batches))
        losses = self.system.losses(states, batch)  # (row, example)
        return MinibatchLosses(losses, self.system.prior(states), len(self.system.targets))

    def examples(self, index: Tensor) -> Batch:
        return self.system.inputs[index], self.system.targets[index]

    def heating(self) -> float:
        """The temperature h tr(C)/2D that minibatches add to the first row as it is; 0 without minibatches."""
        step = noise_step(self.optimizer)
        if self.batches is None or step is None:
            return 0.0
        own, first = torch.Generator().manual_seed(0), self.states.detach()[:1]
        pair = [self.system.gradient(first, self.examples(self.batches.fresh(own))) for _ in range(2)]
        return step / 2 * float((pair[0] - pair[1]).square().mean()) / 2

    def state_dict(self) -> dict[str, Any]:
        return super().state_dict() | {"step": self.explore.steps, "swap_batches": self.swap_batches.get_state()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        super().load_state_dict(state)
        self.explore.steps = state["step"]
        self.swap_batches.set_state(state["swap_batches"])


class Predictions:
    """Predictive averages on validation and test set, level by level, over samples taken after the burn-in.

    They are added up as the run goes, and scored once, at its end.
    """

    def __init__(self, system: Network, data: Dataset, levels: int) -> None:
        self.system, here = system, dict(dtype=torch.float64, device=data.test_y.device)
        self.sets = {"test": (data.test_x, data.test_y)}
        if data.validation_x is not None:
            self.sets["validation"] = (data.validation_x, data.validation_y)
        self.sums = {name: torch.zeros(levels, len(y), data.classes, **here) for name, (_, y) in self.sets.items()}
        self.errors = {name: torch.zeros(levels, **here) for name in self.sets}
        self.count = torch.zeros(levels, **here)

    @torch.no_grad()
    def add(self, states: Tensor, levels: Tensor) -> None:
        """One sample of every row (row, D), at the levels (row,)."""
        levels = levels.to(states.device)
        for name, (inputs, targets) in self.sets.items():
            outputs = torch.cat([self.system.outputs(states, part) for part in inputs.split(CHUNK)], dim=1)
            self.sums[name].index_add_(0, levels, outputs.double().softmax(2))  # (row, example, class)
            self.errors[name].index_add_(0, levels, (outputs.argmax(2) != targets).double().mean(1))
        self.count.index_add_(0, levels, torch.ones_like(levels, dtype=torch.float64))

    def scores(self) -> dict[str, list[float]]:
        """By level: the mean error of single samples, error and NLL of their average."""
        found: dict[str, list[float]] = {}
        for name, (_, targets) in self.sets.items():
            averages = self.sums[name] / self.count[:, None, None]
            found[f"{name}_error"] = (self.errors[name] / self.count).tolist()
            found[f"ensemble_{name}_error"] = [calibration.error(p, targets) for p in averages]
            found[f"ensemble_{name}_nll"] = [calibration.nll(p.clamp_min(1e-300).log(), targets) for p in averages]
        return found

    def state_dict(self) -> dict[str, Any]:
        return {"sums": self.sums, "errors": self.errors, "count": self.count}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        for name in self.sets:
            self.sums[name].copy_(state["sums"][name])
            self.errors[name].copy_(state["errors"][name])
        self.count.copy_(state["count"])


def initial_rows(context: Context, data: Dataset, prior: Prior | None) -> Tensor:
    """Each replica's own initial weights, from streams of its global index: the model's or the prior's (row, D)."""

    def rows() -> Iterator[Tensor]:
        for row in context.rows:
            module, _ = make_module(context.cfg, data, f"weights {row}", False)
            if prior and context.cfg.prior.draw is True:
                prior.draw(module, stream(context.cfg.seed, f"prior {row}"))
            yield torch.cat([weight.detach().flatten() for weight in module.parameters()])

    return torch.stack(list(rows())).to(context.bench.device, context.bench.dtype)


def words(cfg: DictConfig, system: Network, mover: Mover, prior: Prior | None) -> str:
    """What is about to be sampled, and by how much minibatches heat it."""
    examples, name = len(system.targets), name_of(cfg.model)
    text = f"{name}, {system.dimension:,} parameters, {examples:,} training examples: the posterior is T = 1/N = "
    text += f"{1 / examples:.3g} nats per example."
    if prior:
        text += f" Prior: Gaussian, variance {uniform_variance(prior):.3g}, family {prior.family}"
        text += ": swaps compare the loss alone." if prior.family == "likelihood" else "."
    if heat := (mover.movers[0] if isinstance(mover, RowByRow) else mover).heating():
        text += f" Minibatches of {cfg.task.batch_size} add up to {heat:.2g} to every T (hC/2, at the first weights)."
    return text
