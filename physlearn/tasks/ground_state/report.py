"""What task=ground_state reads off a state after its last step: results, figures, the table."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from physlearn.instruments.notation import plus_minus
from physlearn.quantum import figures
from physlearn.quantum.exact import fitted_charge
from physlearn.quantum.ladder import Ladders
from physlearn.quantum.local_energy import LocalEnergy
from physlearn.quantum.measure import (
    LARGEST,
    energy_of,
    enumerated,
    magnetisation_of,
    measure,
    measure_magnetisation,
    warnings_of,
)
from physlearn.quantum.sampler import Chains
from physlearn.tasks.ground_state.context import Context
from physlearn.tensor.gauge import entanglement_entropies
from physlearn.tensor.state import MatrixProductState

LOST = 4.0  # standard errors below E_0 from which a sampled energy is said to be wrong
WELLS = 2.0  # R-hat of the magnetisation from which chains are said to stay in their wells; slow ones have 1.1 to 1.6


@dataclass(frozen=True)
class Samples:
    """Of the network held still at the end: E_loc and sum_i s_i / N, (chain, time) each."""

    energies: Tensor
    magnetisations: Tensor


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
    samples: Samples,
    kept: Mapping[str, Tensor],
) -> dict[str, Any]:
    """Of a neural state; `samples`: at the end; `kept`: step -> E_loc of every chain."""
    chain, known, bench = context.chain, context.known, context.bench
    found, parameters = measure(samples.energies, chain), sum(p.numel() for p in net.parameters())
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
    psi = enumerated(log_psi, local) if chain.sites <= LARGEST else None
    if psi is not None:
        certified = energy_of(psi, chain)
        result |= {"certified_energy": certified, "relative_error": context.relative_error(certified)}
        result["sampling_z"] = (found.energy - certified) / found.error if found.error > 0 else None
        rows.append((f"energy by enumeration of 2^{chain.sites}", f"{certified:.10f}"))
        if known.energy is not None:
            rows.append(("  its relative error", f"{result['relative_error']:.2e}"))
    rows.append(("R-hat; autocorrelation time (sweeps)", f"{found.r_hat:.4f}; {found.autocorrelation:.2f}"))
    rows.append(("moves accepted", f"{100 * result['acceptance']:.1f} %"))
    if isinstance(chains, Ladders):
        result["swap_acceptance"] = chains.swap_acceptance()
        rows.append(("swaps accepted, smallest of the pairs", f"{100 * min(result['swap_acceptance']):.1f} %"))
    if not chain.conserves_sz:
        result |= magnetisation(context, samples, psi, rows)
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


def magnetisation(
    context: Context, samples: Samples, psi: Tensor | None, rows: list[tuple[str, str]]
) -> dict[str, float]:
    """<sum_i s_i>/N beside that of `psi`, all 2^N numbers, where it is given; says so where chains sit in wells."""
    found = measure_magnetisation(samples.magnetisations)
    result = {"magnetisation": found.mean, "magnetisation_se": found.error, "magnetisation_r_hat": found.r_hat}
    rows.append(("magnetisation per site; its R-hat", f"{plus_minus(found.mean, found.error)}; {found.r_hat:.3f}"))
    if psi is not None:
        result["exact_magnetisation"] = magnetisation_of(psi, context.chain.sites)
        rows.append(("  the network's by enumeration", f"{result['exact_magnetisation']:.6f}"))
    if found.r_hat > WELLS:
        context.bench.say(
            f"The chains do not cross between the wells of |psi|^2 (R-hat of the magnetisation {found.r_hat:.2f}): "
            "averages that differ between wells are wrong. Replica exchange crosses: type e.g. state.replicas=8, and a "
            "larger state.hottest where that is not enough"
        )
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
