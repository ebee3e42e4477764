"""task=export: results of finished runs as files that other programs read; R-hat and ESS of runs that are chains.

exported/<run>.csv                  metrics.jsonl: a line each, a column each; lists by layer as name[i]
exported/results.csv                result.json of all runs: a run each, a column each
exported/<run>.safetensors          samples of the weights: name -> (sample, *shape); T in the metadata
exported/chains_<i>.nc              the same as ArviZ's InferenceData, of runs that differ in their seed alone
exported/tensorboard/<run>/         metrics as scalars over the step
"""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from omegaconf import DictConfig
from safetensors.torch import save

from physlearn.instruments.chains import bulk_ess, r_hat
from physlearn.instruments.notation import plus_minus
from physlearn.instruments.statistics import mean_and_error
from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.lab.collect import group, read_run, run_directories
from physlearn.lab.errors import UserError
from physlearn.lab.progress import counted
from physlearn.tasks.export.rules import FOLDER
from physlearn.tasks.setup.runs import Run, load, to_arviz

SAMPLED = ("arviz", "safetensors")  # formats that need samples of the weights


def run(cfg: DictConfig, bench: BenchProtocol) -> dict[str, Any]:
    """Writes `runs` in the formats of `to`; returns how many, and what the chains say."""
    paths = [Path(path) for path in ([cfg.runs] if isinstance(cfg.runs, str) else cfg.runs)]
    formats = [cfg.to] if isinstance(cfg.to, str) else list(cfg.to)
    groups = group([read_run(directory) for directory in run_directories(paths)])
    chains = [[load(entry.directory) for entry in part.done] for part in groups if part.done]
    if not chains:
        raise UserError(f"runs={cfg.runs}: none of these runs is done. Resume them first")
    runs = [entry for part in chains for entry in part]
    names, folder = unique_names(runs), bench.directory / FOLDER
    folder.mkdir(exist_ok=True)
    result: dict[str, Any] = {"runs": len(runs), "chains": [len(part) for part in chains]}
    if "csv" in formats:
        write_results(folder / "results.csv", names, runs)
        for name, entry in zip(names, runs, strict=True):
            write_columns(folder / f"{name}.csv", entry.metrics)
    if "tensorboard" in formats:
        for name, entry in zip(names, runs, strict=True):
            write_events(folder / "tensorboard" / name, entry)
    if "safetensors" in formats:
        for name, entry in zip(names, runs, strict=True):
            write_samples(folder / f"{name}.safetensors", entry)
    if "arviz" in formats:
        for i, part in enumerate(chains):
            to_arviz(part).to_netcdf(str(folder / f"chains_{i}.nc"))
    if set(formats) & set(SAMPLED):
        result |= agree(bench, chains)
    bench.say(f"{counted(len(runs), 'run')} written to {folder}")
    return result


def unique_names(runs: list[Run]) -> list[str]:
    """The names of the run directories, that of the sweep before them where jobs 0, 1, ... of two sweeps meet."""
    names = [entry.directory.name for entry in runs]
    if len(set(names)) == len(names):
        return names
    return [f"{entry.directory.resolve().parent.name}_{entry.directory.name}" for entry in runs]


def agree(bench: BenchProtocol, chains: list[list[Run]]) -> dict[str, Any]:
    """R-hat and ESS of the energy of each group of chains, on the screen and for result.json."""
    rows, found = [], {"energy_r_hat": [], "energy_ess": []}
    for i, part in enumerate(chains):
        energies = [entry.energies() for entry in part]
        shortest = min(map(len, energies))
        series = np.stack([values[-shortest:] for values in energies])  # (chain, sample)
        enough = shortest >= 4
        hat, ess = (r_hat(series), bulk_ess(series)) if enough else (float("nan"), float("nan"))
        found["energy_r_hat"].append(hat)
        found["energy_ess"].append(ess)
        mean, error = mean_and_error(series.mean(1))
        rows.append((str(i), str(len(part)), str(shortest), plus_minus(mean, error), f"{hat:.3f}", f"{ess:.0f}"))
    columns = ("chains", "n", "samples each", "energy (nats per example)", "R-hat", "ESS")
    bench.summary("Chains (R-hat below 1.01: they sample the same distribution)", columns, rows)
    return found


def write_columns(path: Path, columns: dict[str, np.ndarray]) -> None:
    """A row per line; a column with several entries becomes name[0], name[1], ..."""
    flat = {}
    for name, values in columns.items():
        flat |= {name: values} if values.ndim == 1 else {f"{name}[{i}]": values[:, i] for i in range(values.shape[1])}
    write_rows(path, flat.keys(), zip(*flat.values(), strict=True))


def write_results(path: Path, names: list[str], runs: list[Run]) -> None:
    """A row per run; what a run does not have is empty."""
    keys = list(dict.fromkeys(key for entry in runs for key in entry.result))
    rows = ([name, *(entry.result.get(key) for key in keys)] for name, entry in zip(names, runs, strict=True))
    write_rows(path, ["run", *keys], rows)


def write_rows(path: Path, header: Iterable[str], rows: Iterable[Iterable[Any]]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


def write_samples(path: Path, entry: Run) -> None:
    """name -> (sample, *shape), with the run, its temperature and number of examples as text in the metadata."""
    told = {key: str(entry.result.get(key)) for key in ("temperature_set", "examples", "weight_decay", "sampled")}
    tensors = {name: tensor.contiguous() for name, tensor in entry.samples.items()}
    told |= {"format": "physlearn samples 1", "run": str(entry.directory)}
    path.write_bytes(save(tensors, told))  # save_file leaves a file that its owner alone may read


def write_events(folder: Path, entry: Run) -> None:
    """Event files of TensorBoard.

    Raises:
        UserError: it is not installed.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        raise UserError("to=tensorboard: TensorBoard is not installed: pip install 'physlearn[tensorboard]'") from None
    columns = entry.metrics
    with SummaryWriter(str(folder)) as writer:
        for name, values in columns.items():
            for step, value in zip(columns["step"], values, strict=True):
                if name == "step":
                    continue
                for i, number in enumerate(np.atleast_1d(value)):
                    writer.add_scalar(name if values.ndim == 1 else f"{name}/{i}", number, int(step))
