"""task=latency: the file of a prune run is loaded, its network timed dense, in compressed rows, without unread neurons.

All compute the same logits; which is fastest depends on the machine, the density and the batch, and is measured here.
"""

from pathlib import Path
from typing import Any

import torch
from omegaconf import DictConfig

from physlearn.lab import plugin_use
from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.lab.errors import UserError, blame
from physlearn.lab.run_directory import CONFIG, read_config
from physlearn.pruning import inference, storage
from physlearn.pruning.accounting import weight_layers
from physlearn.pruning.masks import prunable
from physlearn.pruning.smaller import neurons_read
from physlearn.tasks.prune.report import FILE
from physlearn.tasks.setup.make import make_data, make_model


def run(cfg: DictConfig, bench: BenchProtocol) -> dict[str, Any]:
    """Times the network of the run `from`; returns medians in milliseconds."""
    directory = Path(cfg["from"])
    if not (directory / CONFIG).exists() or not (directory / FILE).exists():
        raise UserError(f"from={directory}: no finished prune run lies there. Type e.g. from=outputs/prune/<run>")
    plugin_use.refuse_missing(directory, f"from={directory}")
    begun = read_config(directory)
    data = make_data(begun, bench)
    model = make_model(begun, data, bench)
    with blame("from"):
        storage.load(model, (directory / FILE).read_bytes())
    weights = list(prunable(model).values())
    kept, there = (sum(int(count(w)) for w in weights) for count in (torch.count_nonzero, torch.numel))
    threads = torch.get_num_threads()
    hidden = list(neurons_read(weight_layers(model)).items())[:-1]
    left = ", ".join(f"{name} {int(units.count_nonzero())} of {len(units)}" for name, units in hidden)
    bench.say(f"{type(model).__name__}, {kept:,} of {there:,} weights kept; {threads} threads of the CPU; medians.")
    bench.say(f"CSR: its weights in compressed rows. smaller: dense, without the neurons that nothing reads: {left}.")

    found = inference.latency(model, data.test_x, tuple(cfg.task.batches), cfg.task.repeats)
    bench.summary("Latency of one call", *inference.table(found))
    result: dict[str, Any] = {"weights_kept": kept, "compression": there / kept if kept else None, "threads": threads}
    result |= {f"neurons_{name}": int(units.count_nonzero()) for name, units in hidden}
    for row in found:
        form, ratio = row.form.lower(), "ratio" if row.form == "CSR" else f"{row.form}_ratio"
        result |= {
            f"dense_ms_{row.batch}": row.dense,
            f"{form}_ms_{row.batch}": row.other,
            f"{ratio}_{row.batch}": row.ratio,
            f"{ratio}_quartiles_{row.batch}": list(row.quartiles),
        }
    return result
