"""A neural state finds its energy: a step of stochastic reconfiguration is one step, and so is a sample at the end."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from physlearn.lab.errors import UserError, blame
from physlearn.quantum.convolution import Convolution
from physlearn.quantum.ladder import Ladders
from physlearn.quantum.local_energy import LocalEnergy, spins_of
from physlearn.quantum.neural import Boltzmann, SymmetricBoltzmann
from physlearn.quantum.reconfiguration import bounded, direction, moments, shift_at, step_at
from physlearn.quantum.sampler import Chains
from physlearn.streams import stream, stream_seed, streams
from physlearn.tasks.ground_state.context import Context
from physlearn.tasks.ground_state.report import Samples, report_network
from physlearn.tempering.ladder import geometric

TARGETS = ("rbm", "convolution")
WARM_UP = 10  # sweeps before the first step
SHOWN_AT = (0.02, 0.1, 1.0)  # parts of the steps after which local energies are kept for the histogram


@dataclass(frozen=True)
class Training:
    """How a network is trained and measured; conf/state/rbm.yaml says what each key means."""

    sign_rule: bool
    steps: int
    lr: float
    shift: float
    chains: int
    sweeps: int
    samples: int
    replicas: int
    hottest: float


def rbm(
    context: Context,
    width: int,
    symmetric: bool | str,
    cell: int,
    biases: bool,
    complex: bool,
    scale: float,
    **training: Any,
) -> dict[str, Any]:
    """A restricted Boltzmann machine.

    Raises:
        UserError: translations on an open chain, a unit cell that does not divide it or that nothing shares.
    """
    chain = context.chain
    symmetric = chain.periodic if symmetric == "auto" else symmetric
    if symmetric and not chain.periodic:
        raise UserError(
            "state.symmetric=true is not allowed on an open chain, which has no translations. "
            "Type system.periodic=true or state.symmetric=false"
        )
    if cell > 1 and not symmetric:
        raise UserError(f"state.cell={cell} is not allowed without translations. Type state.cell=1")
    generator = stream(context.cfg.seed, "weights")
    given = (chain.sites, width, generator, biases, scale, torch.complex128 if complex else torch.float64)
    with blame("state"):
        net = SymmetricBoltzmann(*given, cell=cell) if symmetric else Boltzmann(*given)
    return minimise(context, net, Training(**training))


def convolution(context: Context, width: int, kernel: int, scale: float, **training: Any) -> dict[str, Any]:
    """A convolutional network.

    Raises:
        UserError: an open chain; a kernel longer than the chain.
    """
    chain = context.chain
    if not chain.periodic:
        raise UserError(
            "state=convolution is not allowed on an open chain: its weights are shared by all translations. "
            "Type system.periodic=true or state=rbm"
        )
    with blame("state"):
        net = Convolution(chain.sites, width, kernel, stream(context.cfg.seed, "weights"), scale)
    return minimise(context, net, Training(**training))


def make_chains(context: Context, training: Training) -> Chains:
    """Chains at T = 1, or ladders of temperatures with as many of them.

    Raises:
        UserError: what the chain of spins or the ladder refuses.
    """
    if context.chain.physical != 2:
        states = f"a site of the {context.chain.name} has {context.chain.physical} states"
        raise UserError(f"system: neural states are for spins 1/2, and {states}. Type state=mps")
    seed, rows = stream_seed(context.cfg.seed, "chains"), range(training.chains * training.replicas)
    with blame("system"):
        if training.replicas == 1:
            return Chains(context.chain, streams(seed, rows))
        temperatures = geometric(1.0, training.hottest, training.replicas)
        return Ladders(context.chain, streams(seed, rows), temperatures, stream(context.cfg.seed, "swaps"))


def minimise(context: Context, net: nn.Module, training: Training) -> dict[str, Any]:
    """Stochastic reconfiguration, then samples of the network as it is; the result."""
    bench, cfg, chain = context.bench, context.cfg, context.chain
    local, chains = LocalEnergy(chain, training.sign_rule), make_chains(context, training)
    parameters = nn.utils.parameters_to_vector(net.parameters()).detach()
    history: list[float] = []  # Re <E_loc> of each step
    measured: list[Tensor] = []  # E_loc of every chain at the end, (chain,) each
    magnetisations: list[Tensor] = []  # sum_i s_i / N of the same
    kept: dict[str, Tensor] = {}  # step -> Re E_loc of every chain
    at = {max(1, round(part * training.steps)) for part in SHOWN_AT}

    def log_psi(states: Tensor) -> Tensor:
        return net(spins_of(states))

    def saved() -> dict[str, Any]:
        own = {"parameters": plain(parameters), "history": history, "kept": kept, "chains": chains.state_dict()}
        return own | {"measured": [plain(values) for values in measured], "magnetisations": magnetisations}

    with torch.no_grad():
        if (past := bench.restore()) is not None:
            parameters, history, kept = as_was(past["parameters"], parameters), past["history"], past["kept"]
            measured = [as_was(values, parameters) for values in past["measured"]]
            magnetisations = past["magnetisations"]
            chains.load_state_dict(past["chains"])
            nn.utils.vector_to_parameters(parameters, net.parameters())
        else:
            announce(context, net, training)
            chains.sweep(log_psi, WARM_UP)
        for step in bench.steps(training.steps + training.samples, saved, cfg.task.checkpoint_every):
            if step == training.steps:
                chains.reset()
            chains.sweep(log_psi, training.sweeps)
            spins = spins_of(chains.sampled())
            energies = local(log_psi, chains.sampled())
            if step >= training.steps:
                measured.append(energies)
                magnetisations.append(spins.mean(1))
                continue
            metric, force, energy = moments(net.derivatives(spins), energies)
            bench.demand_finite(step + 1, energy=energy, variance=float(energies.var()))
            delta, failures = direction(metric, force, shift_at(step, training.shift))
            lr = bounded(step_at(step, training.steps, training.lr), delta, force)
            parameters = parameters - lr * delta
            nn.utils.vector_to_parameters(parameters, net.parameters())
            history.append(energy)
            if step + 1 in at:
                kept[str(step + 1)] = energies.real
            if (step + 1) % cfg.task.log_every == 0:
                facts = {"variance": float(energies.var()), "failures": failures}
                bench.log(step + 1, energy=energy, relative_error=context.relative_error(energy), **facts)
        samples = Samples(torch.stack(measured, 1), torch.stack(magnetisations, 1))
        return report_network(context, net, log_psi, local, chains, history, samples, kept)


def plain(values: Tensor) -> Tensor:
    """A checkpoint holds no complex numbers: they are pairs of real ones."""
    return torch.view_as_real(values) if values.is_complex() else values


def as_was(values: Tensor, like: Tensor) -> Tensor:
    """What `plain` was given, where it was of the dtype of `like`."""
    return torch.view_as_complex(values) if like.is_complex() else values


def announce(context: Context, net: nn.Module, training: Training) -> None:
    """Says once what is about to be done."""
    chain, count = context.chain, sum(p.numel() for p in net.parameters())
    moves = "exchanges of antiparallel neighbours" if chain.conserves_sz else "flips of single spins"
    complex = next(net.parameters()).is_complex()
    kind, phases = ("complex", "phases of its own") if complex else ("real", "psi > 0")
    sign = "Marshall's sign rule" if chain.staggered and training.sign_rule else phases
    ladder = f", each a ladder of {training.replicas} temperatures from 1 to {training.hottest:g},"
    context.announce(
        f"A {type(net).__name__} of {count:,} {kind} parameters, {sign}.",
        f"{training.chains:,} chains{ladder * (training.replicas > 1)} sample |psi|^2 by {moves}, "
        f"{training.sweeps} sweep(s) per step; {training.steps:,} "
        f"steps of stochastic reconfiguration, h = {training.lr:g}, lambda = {training.shift:g}; then "
        f"{training.samples:,} samples of every chain measure the energy.",
    )
