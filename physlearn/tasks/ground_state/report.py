"""What task=ground_state reads off a state after its last step: results, figures, the table."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch import Tensor, nn

from physlearn.instruments.notation import plus_minus
from physlearn.quantum import figures
from physlearn.quantum.exact import fitted_charge
from physlearn.quantum.local_energy import LocalEnergy
from physlearn.quantum.measure import LARGEST, certified_energy, measure, warnings_of
from physlearn.quantum.sampler import Chains
from physlearn.tasks.ground_state.context import Context
from physlearn.tensor.gauge import entanglement_entropies
from physlearn.tensor.state import MatrixProductState

LOST = 4.0  # standard errors below E_0 from which a sampled energy is said to be wrong


def report_products(
    context: Context, state: MatrixProductState, energy: float, history: Sequence[float]
) -> dict[str, Any]:
    """Of a matrix product state; `history`: the energy after each sweep."""
    chain, known, bench = context.chain, context.known, context.bench
    entropies = entanglement_entropies(state)
    result = common(context, energy, state.parameters) | {
        "bond_max": max(state.bonds),
        "bonds": state.bonds,
        "entropies": entropies,
        "entropy_half": entropies[chain.sites // 2 - 1],
        "sweeps": len(history),
        "history": list(history),
    }
    rows = table(context, energy, None)
    rows.append(("bonds: largest", f"{max(state.bonds)}"))
    rows.append(("parameters; of the whole vector", f"{state.parameters:,}; {chain.physical**chain.sites:.3g}"))
    if known.entropies is not None:
        worst = max(abs(own - exact) for own, exact in zip(entropies, known.entropies, strict=True))
        result |= {"entropy_error": worst, "exact_entropy_half": known.entropies[chain.sites // 2 - 1]}
        rows.append(("largest error of an entropy (nats)", f"{worst:.2g}"))
    rows.append(("entropy of half the chain (nats)", f"{result['entropy_half']:.10f}"))
    if chain.charge is not None and chain.periodic and chain.sites >= 16:
        result["central_charge"] = fitted_charge(entropies, chain.periodic)
        rows.append(("central charge, fit to the middle half", f"{result['central_charge']:.4f}"))
    bench.figure("convergence", figures.convergence(range(1, len(history) + 1), history, known.energy, "sweeps"))
    bench.figure("entropy", figures.entropy(entropies, known.entropies, chain.charge, chain.periodic))
    bench.summary("Ground state", ("", "measured"), rows)
    return result


def report_network(
    context: Context,
    net: nn.Module,
    log_psi: Callable[[Tensor], Tensor],
    local: LocalEnergy,
    chains: Chains,
    history: Sequence[float],
    energies: Tensor,
    kept: Mapping[str, Tensor],
) -> dict[str, Any]:
    """Of a neural state; `energies`: E_loc at the end, (chain, time); `kept`: step -> E_loc of every chain."""
    chain, known, bench = context.chain, context.known, context.bench
    found, parameters = measure(energies, chain), sum(p.numel() for p in net.parameters())
    result = common(context, found.energy, parameters) | {
        "energy_se": found.error,
        "variance": found.variance,
        "v_score": found.v_score,
        "autocorrelation": found.autocorrelation,
        "r_hat": found.r_hat,
        "acceptance": float(chains.moved.sum() / (chains.moves * len(chains.moved))),
    }
    rows = table(context, found.energy, found.error)
    rows.append(("variance of the local energy; V-score", f"{found.variance:.3g}; {found.v_score:.2g}"))
    rows.append(("parameters; of the whole vector", f"{parameters:,}; {2.0**chain.sites:.3g}"))
    if chain.sites <= LARGEST:
        certified = certified_energy(log_psi, local)
        result |= {"certified_energy": certified, "relative_error": context.relative_error(certified)}
        result["sampling_z"] = (found.energy - certified) / found.error if found.error > 0 else None
        rows.append((f"energy by enumeration of 2^{chain.sites}", f"{certified:.10f}"))
        if known.energy is not None:
            rows.append(("  its relative error", f"{result['relative_error']:.2e}"))
    rows.append(("R-hat; autocorrelation time (sweeps)", f"{found.r_hat:.4f}; {found.autocorrelation:.2f}"))
    rows.append(("moves accepted", f"{100 * result['acceptance']:.1f} %"))
    for told in warnings_of(chains.moved, chains.moves, found):
        bench.say(told)
    if known.energy is not None and found.energy < known.energy - LOST * found.error:
        bench.say(f"The sampled energy is more than {LOST:g} standard errors below E_0: it is wrong.")
    steps = range(1, len(history) + 1)
    bench.figure("convergence", figures.convergence(steps, history, known.energy, "steps"))
    bench.figure(
        "local_energies",
        figures.local_energies({step: own.numpy() for step, own in kept.items()}, known.energy, chain.sites),
    )
    bench.summary("Ground state", ("", "measured"), rows)
    return result


def common(context: Context, energy: float, parameters: int) -> dict[str, Any]:
    """What every state has."""
    found = {"energy": energy, "energy_per_site": energy / context.chain.sites, "parameters": parameters}
    if context.known.energy is not None:
        found |= {"exact_energy": context.known.energy, "relative_error": context.relative_error(energy)}
    return found | {"sites": context.chain.sites, "vector": float(context.chain.physical) ** context.chain.sites}


def table(context: Context, energy: float, error: float | None) -> list[tuple[str, str]]:
    """The first rows of every table."""
    shown = f"{energy:.12f}" if error is None else plus_minus(energy, error)
    rows = [("energy E", shown)]
    if context.known.energy is not None:
        rows.append((f"exact E_0, {context.known.source}", f"{context.known.energy:.12f}"))
        relative = context.relative_error(energy)
        scale = None if error is None else error / abs(context.known.energy)
        rows.append(("relative error (E - E_0)/|E_0|", f"{relative:.2e}" + (f" ± {scale:.0e}" if scale else "")))
    return rows
