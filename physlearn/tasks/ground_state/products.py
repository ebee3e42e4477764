"""A matrix product state finds its energy: a step is one bond, a line of the metrics a sweep to the right and back."""

from typing import Any

from physlearn.lab.errors import UserError, blame
from physlearn.quantum import dmrg, imaginary_time
from physlearn.quantum.mpo import expectation_of, matrix_product_operator
from physlearn.streams import stream
from physlearn.tasks.ground_state.context import Context
from physlearn.tasks.ground_state.report import report_products
from physlearn.tensor.born import bond_of
from physlearn.tensor.decomposition import Cutoff
from physlearn.tensor.state import MatrixProductState

TARGETS = ("mps",)


def mps(
    context: Context, width: int, relative: float, method: str, sweeps: int, tolerance: float, time_step: float
) -> dict[str, Any]:
    """Sweeps until the energy has converged, or through imaginary time; the result.

    Raises:
        UserError: the bond is too small to hold the ground state, or the method does not go with the chain.
    """
    chain, bench = context.chain, context.bench
    if width < chain.least_bond:
        raise UserError(
            f"state.width={width} is not allowed: the ground state of this chain has bond {chain.least_bond}. "
            f"Type state.width={chain.least_bond}"
        )
    timed = method == "imaginary_time"
    operator = matrix_product_operator(chain)
    state = dmrg.first_state(chain.sites, chain.physical, stream(context.cfg.seed, "state"))
    history: list[float] = []  # energy after each sweep

    def saved() -> dict[str, Any]:
        return {"cores": state.cores, "center": state.center, "history": history}

    with blame("state"):
        gates = imaginary_time.gates(chain, time_step) if timed else []
    if (past := bench.restore()) is not None:
        # copied: tensors of a file lie at any address, and the last bit of a matrix product depends on it
        state = MatrixProductState([core.clone() for core in past["cores"]], 0.0, past["center"])
        history = past["history"]
    else:
        context.announce(f"A matrix product state of bond {width} at most, by {WORDS[method]}.")
    environments, loop = None, 2 * (chain.sites - 1)  # bonds in a sweep to the right and back
    for step in bench.steps(loop * sweeps, saved, context.cfg.task.checkpoint_every):
        (bond, rightward), sweep = bond_of(step, chain.sites), step // loop
        if timed:
            if environments is None or step % loop == 0:
                tau = imaginary_time.step_at(sweep, sweeps, time_step)
                environments = gates = imaginary_time.gates(chain, tau)
            error, _ = imaginary_time.apply_gate(state, gates[bond], bond, rightward, Cutoff(width, relative))
            energy = expectation_of(operator, state.cores) if (step + 1) % loop == 0 else 0.0
        else:
            if environments is None:
                environments = dmrg.OperatorEnvironments(state.cores, operator)
                environments.build(bond)
            cutoff = Cutoff(dmrg.bond_in_sweep(sweep, width, chain.least_bond), relative)
            energy, error, *_ = dmrg.update_bond(state, environments, bond, rightward, cutoff)
        bench.demand_finite(step + 1, energy=energy)
        if (step + 1) % loop == 0:
            history.append(energy)
            facts = {"bond_max": max(state.bonds), "truncation_error": error}
            bench.log(step + 1, energy=energy, relative_error=context.relative_error(energy), **facts)
            if not timed and dmrg.converged(history, width, tolerance, chain.least_bond):
                break
    return report_products(context, state, expectation_of(operator, state.cores), history)


WORDS = {"dmrg": "DMRG, two sites at a time", "imaginary_time": "imaginary time, second-order Trotter steps"}
