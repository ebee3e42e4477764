"""A neural state finds its energy: a step of stochastic reconfiguration is one step, and so is a sample at the end."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from physlearn.lab.errors import UserError, blame
from physlearn.quantum.local_energy import LocalEnergy, spins_of
from physlearn.quantum.neural import Boltzmann, SymmetricBoltzmann
from physlearn.quantum.reconfiguration import direction, moments, shift_at, step_at
from physlearn.quantum.sampler import Chains
from physlearn.streams import Streams, stream, stream_seed, streams
from physlearn.tasks.ground_state.context import Context
from physlearn.tasks.ground_state.report import report_network

TARGETS = ("rbm",)
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


def rbm(
    context: Context, width: int, symmetric: bool | str, biases: bool, scale: float, **training: Any
) -> dict[str, Any]:
    """A restricted Boltzmann machine.

    Raises:
        UserError: translations on an open chain.
    """
    chain = context.chain
    symmetric = chain.periodic if symmetric == "auto" else symmetric
    if symmetric and not chain.periodic:
        raise UserError(
            "state.symmetric=true is not allowed on an open chain, which has no translations. "
            "Type system.periodic=true or state.symmetric=false"
        )
    module = SymmetricBoltzmann if symmetric else Boltzmann
    net = module(chain.sites, width, stream(context.cfg.seed, "weights"), biases, scale)
    return minimise(context, net, Training(**training))


def minimise(context: Context, net: nn.Module, training: Training) -> dict[str, Any]:
    """Stochastic reconfiguration, then samples of the network as it is; the result."""
    bench, cfg, chain = context.bench, context.cfg, context.chain
    local = LocalEnergy(chain, training.sign_rule)
    with blame("system"):
        chains = Chains(chain, streams(stream_seed(cfg.seed, "chains"), range(training.chains)))
    parameters = nn.utils.parameters_to_vector(net.parameters()).detach()
    history: list[float] = []  # <E_loc> of each step
    measured: list[Tensor] = []  # E_loc of every chain at the end, (chain,) each
    kept: dict[str, Tensor] = {}  # step -> E_loc of every chain
    at = {max(1, round(part * training.steps)) for part in SHOWN_AT}

    def log_psi(states: Tensor) -> Tensor:
        return net(spins_of(states))

    def saved() -> dict[str, Any]:
        counts = {"count": chains.streams.count, "moves": chains.moves}
        own = {"states": chains.states, "moved": chains.moved, **counts}
        return {"parameters": parameters, "history": history, "measured": measured, "kept": kept, **own}

    with torch.no_grad():
        if (past := bench.restore()) is not None:
            parameters, history, measured, kept = (past[k] for k in ("parameters", "history", "measured", "kept"))
            chains.states, chains.moved, chains.moves = past["states"], past["moved"], past["moves"]
            chains.streams = Streams(chains.streams.keys, past["count"])
            nn.utils.vector_to_parameters(parameters, net.parameters())
        else:
            announce(context, net, training)
            chains.sweep(log_psi, WARM_UP)
        for step in bench.steps(training.steps + training.samples, saved, cfg.task.checkpoint_every):
            if step == training.steps:
                chains.moved.zero_()
                chains.moves = 0
            chains.sweep(log_psi, training.sweeps)
            energies = local(log_psi, chains.states)
            if step >= training.steps:
                measured.append(energies)
                continue
            metric, force, energy = moments(net.derivatives(spins_of(chains.states)), energies)
            bench.demand_finite(step + 1, energy=energy, variance=float(energies.var()))
            delta, failures = direction(metric, force, shift_at(step, training.shift))
            parameters = parameters - step_at(step, training.steps, training.lr) * delta
            nn.utils.vector_to_parameters(parameters, net.parameters())
            history.append(energy)
            if step + 1 in at:
                kept[str(step + 1)] = energies
            if (step + 1) % cfg.task.log_every == 0:
                facts = {"variance": float(energies.var()), "failures": failures}
                bench.log(step + 1, energy=energy, relative_error=context.relative_error(energy), **facts)
        return report_network(context, net, log_psi, local, chains, history, torch.stack(measured, 1), kept)


def announce(context: Context, net: nn.Module, training: Training) -> None:
    """Says once what is about to be done."""
    chain, count = context.chain, sum(p.numel() for p in net.parameters())
    moves = "exchanges of antiparallel neighbours" if chain.conserves_sz else "flips of single spins"
    sign = "Marshall's sign rule" if chain.staggered and training.sign_rule else "psi > 0"
    context.announce(
        f"A {type(net).__name__} of {count:,} real parameters, {sign}.",
        f"{training.chains:,} chains sample |psi|^2 by {moves}, {training.sweeps} sweep(s) a step; {training.steps:,} "
        f"steps of stochastic reconfiguration, h = {training.lr:g}, lambda = {training.shift:g}; then "
        f"{training.samples:,} samples of every chain measure the energy.",
    )
