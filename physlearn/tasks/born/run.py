"""task=born: a Born machine p(s) = psi(s)^2 learns black-and-white images, bond by bond, and is sampled exactly.

NLL = -(1/n) sum_i ln psi(s_i)^2 >= ln |T|,      |T| different images; equality: they are memorised
"""

from typing import Any

from omegaconf import DictConfig

from physlearn.data.batches import Batches
from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.lab.errors import blame
from physlearn.streams import stream, stream_seed
from physlearn.tasks.born.images import Images, make_images
from physlearn.tasks.born.report import announce, report
from physlearn.tasks.born.source import load_state, with_source
from physlearn.tensor.born import bond_of, initial_state, nll, update_bond
from physlearn.tensor.decomposition import Cutoff
from physlearn.tensor.environments import Environments
from physlearn.tensor.state import MatrixProductState


def run(cfg: DictConfig, bench: BenchProtocol) -> dict[str, Any]:
    """Trains, or loads a trained state; samples, completes; returns what result.json holds."""
    cfg = with_source(cfg)
    images = make_images(cfg, bench)
    if cfg["from"] is not None:
        bench.restore()
        state, history = load_state(cfg["from"], images, bench.device)
        bench.say(f"The state of {cfg['from']}, bonds up to {max(state.bonds)}; not trained further.")
    else:
        state, history = train(cfg, bench, images)
    return report(cfg, bench, images, state, history)


def train(cfg: DictConfig, bench: BenchProtocol, images: Images) -> tuple[MatrixProductState, list[float]]:
    """Sweeps over the bonds; the state, and the training NLL before the first loop and after each one."""
    rows, sites, group = images.train, images.train.shape[1], cfg.tensor
    with blame("task.batch_size"):
        size = len(rows) if cfg.task.batch_size == "full" else cfg.task.batch_size
        batches = Batches(len(rows), size, stream_seed(cfg.seed, "batches"), bench.device)
    cutoff, whole = Cutoff(group.bond, group.relative), size == len(rows)
    state = initial_state(rows, min(group.start, group.bond), group.noise, stream(cfg.seed, "state"))
    begun, lr, history = list(state.cores), group.lr, [float(nll(state, rows).mean())]

    def saved() -> dict[str, Any]:
        return {"cores": state.cores, "center": state.center, "begun": begun, "lr": lr, "history": history}

    if (past := bench.restore()) is not None:
        # copied: tensors of a file lie at any address, and the last bit of a matrix product depends on it
        state.cores[:] = [core.to(bench.device).clone() for core in past["cores"]]
        begun = [core.to(bench.device).clone() for core in past["begun"]]
        state.center, lr, history = past["center"], past["lr"], past["history"]
    else:
        announce(cfg, bench, images, history[0])

    loop = 2 * (sites - 1)  # bonds in one
    environments = None
    for step in bench.steps(loop * cfg.task.loops, saved, cfg.task.checkpoint_every):
        bond, rightward = bond_of(step, sites)
        if environments is None or (step % loop == 0 and not whole):
            environments = Environments(state.cores, rows if whole else rows[batches(step // loop)])
            environments.build(bond)
        update = update_bond(state, environments, bond, rightward, cutoff, lr, group.steps, search=whole)
        bench.demand_finite(step + 1, nll=update.nll)
        if (step + 1) % loop == 0:
            history.append(float(nll(state, rows).mean()))
            bench.log(step + 1, nll=history[-1], lr=lr, bond_max=max(state.bonds), truncation_error=update.error)
            if history[-1] > history[-2]:  # the loop is undone, the next one takes smaller steps
                state.cores[:], history[-1], lr, environments = begun, history[-2], lr / 2, None
            begun = list(state.cores)
        elif (step + 1) % cfg.task.log_every == 0:
            bench.log(step + 1, nll=update.nll, lr=lr, bond_max=max(state.bonds), truncation_error=update.error)
    return state, history
