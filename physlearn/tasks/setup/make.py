"""From config groups to the things of a run that several tasks need: data, model, optimizer, schedules."""

import torch
from omegaconf import DictConfig, OmegaConf
from torch import nn

from physlearn.data import dataset
from physlearn.data.arrays import from_arrays
from physlearn.data.augment import Augmentation
from physlearn.data.batches import Batches
from physlearn.data.dataset import Dataset, prepare
from physlearn.data.raw import Raw
from physlearn.dynamics.thermal import ThermalOptimizer
from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.lab.build import build, chosen, name_of, takes
from physlearn.lab.config import config_folder
from physlearn.lab.errors import UserError, blame
from physlearn.lab.progress import counted
from physlearn.likelihoods import Likelihood, likelihood
from physlearn.memory import Counted, refuse_too_large
from physlearn.models.dropout import replace_dropout
from physlearn.models.trial import random_functions, unsaved_buffers
from physlearn.priors import Prior, usual_variance
from physlearn.randomness import seeded
from physlearn.schedules import Schedule
from physlearn.streams import stream, stream_seed
from physlearn.tasks.setup.codec import code
from physlearn.temperatures import number_of


def make_data(cfg: DictConfig, bench: BenchProtocol, pixels: str | None = None) -> Dataset:
    """The data set on the device; its checksum goes into the provenance, its note on the screen.

    Pixels have mean 0 and variance 1 (`standard`), or lie in 0 ... 1 (`unit`); None: as the model's class says.
    """
    if pixels is None:
        pixels = getattr(chosen(cfg.model), "pixels", "standard") if "model" in cfg else "standard"
    with blame("data"):
        data = read_data(cfg, bench, pixels)
    if "transform" in cfg:
        data = build("transform", cfg.transform, data)
    refuse_too_few(cfg, len(data.train_y))
    bench.add_provenance(data={"name": data.name, "sha256": data.checksum, "note": data.note})
    if data.note:
        bench.say(f"Data: {data.note}")
    return data


def read_data(cfg: DictConfig, bench: BenchProtocol, pixels: str) -> Dataset:
    """What `read_raw` gives, after the codec, limited, split and normalised."""
    name, raw = read_raw(cfg)
    kept = {key: cfg.data[key] for key in ("limit", "validation", "pool") if key in cfg.data}
    if raw.rate:
        bench.add_provenance(codec=dict(zip(("raw_bits", "scan_bits"), raw.rate, strict=True)))
    return prepare(name, code(cfg, raw, bench), **kept, pixels=pixels, device=bench.device, dtype=bench.dtype)


def read_raw(cfg: DictConfig) -> tuple[str, Raw]:
    """Name and raw data of one of our sources, or of what the function returns that the group names as `_target_`."""
    settings = OmegaConf.to_container(cfg.data, resolve=True)
    limit = settings.pop("limit", None)
    settings = {key: value for key, value in settings.items() if key not in ("validation", "pool")}
    if "_target_" not in settings:
        return settings["name"], dataset.read(**{"root": None, "size": None} | settings, limit=limit)
    source = name_of(settings)
    name = settings.pop("name", source)
    return name, from_arrays(build("data", settings), source)


def demand_images(data: Dataset, what: str) -> Dataset:
    """The same data.

    Raises:
        UserError: they are a table.
    """
    if len(data.shape) != 3:
        raise UserError(f"data: {what} needs images, {data.name} is a table. Type e.g. data=digits")
    return data


def demand_classes(data: Dataset, what: str) -> Dataset:
    """The same data.

    Raises:
        UserError: their targets are real numbers.
    """
    if data.classes is None:
        raise UserError(
            f"data: {what} needs classes, the targets of {data.name} are real numbers. Type e.g. data=digits"
        )
    return data


def make_augmentation(cfg: DictConfig, data: Dataset) -> Augmentation:
    """What `task.shift` and `task.flip` do to training images; older runs have neither.

    Raises:
        UserError: the data are a table.
    """
    shift, flip = cfg.task.get("shift", 0), cfg.task.get("flip", False)
    if shift:
        demand_images(data, f"task.shift={shift}")
    if flip:
        demand_images(data, "task.flip=true")
    return Augmentation(shift, flip, cfg.seed)


def make_likelihood(cfg: DictConfig, data: Dataset) -> Likelihood:
    """p(y | x, W) of the data's targets: `task.loss`, `task.noise_variance`."""
    with blame("task.loss"):
        moments = data.target_mean, data.target_std
        loss, variance = cfg.task.get("loss", "auto"), cfg.task.get("noise_variance", 1.0)  # older runs have neither
        return likelihood(loss, variance, data.classes, *moments)


def make_batches(cfg: DictConfig, examples: int, bench: BenchProtocol) -> Batches:
    """Minibatches of `task.batch_size` training examples, or all of them with `full`."""
    with blame("task.batch_size"):
        size = examples if cfg.task.batch_size == "full" else cfg.task.batch_size
        return Batches(examples, size, stream_seed(cfg.seed, "batches"), bench.device)


def refuse_too_few(cfg: DictConfig, examples: int) -> None:
    """Raises UserError where `data.limit` leaves fewer training examples than a step takes: that key is the cause."""
    size = cfg.task.get("batch_size")
    if cfg.data.get("limit") is not None and isinstance(size, int) and size > examples:
        raise UserError(
            f"data.limit={cfg.data.limit} leaves {counted(examples, 'training example')}, fewer than "
            f"task.batch_size={size}. Type a larger data.limit, or e.g. task.batch_size=full"
        )


def make_model(cfg: DictConfig, data: Dataset, bench: BenchProtocol, dropout: bool = True) -> nn.Module:
    """The model, its weights drawn from the stream `weights`; the same on every device.

    `dropout`: the run has a dropout rate; what of the model's own follows it, or does not, is said.
    """
    with Counted("this network"):
        model, notes = make_module(cfg, data, "weights", dropout)
    for note in notes if "dropout" in cfg else ():
        bench.say(note)
    if bench.device.type == "cpu":
        with blame("model"):
            refuse_too_many(cfg, sum(weight.numel() for weight in model.parameters()), bench.dtype.itemsize)
    return model.to(bench.device, bench.dtype)


def make_module(cfg: DictConfig, data: Dataset, name: str, dropout: bool) -> tuple[nn.Module, list[str]]:
    """A network of any kind on the CPU, and what is to be said of its dropout; `name` is that of the weights' stream.

    It draws from torch's global generator what does not come from the stream, so both begin at the seed. `generator` is
    given where the network takes it. Its `nn.Dropout` layers become ours, which follow the run's rate.

    Raises:
        UserError: it is no network, or does not give a row of outputs for every example.
    """
    more = {"generator": stream(cfg.seed, name)} if takes(chosen(cfg.model), "generator") else {}
    with seeded(stream_seed(cfg.seed, f"global {name}")):
        model = build("model", cfg.model, data.shape, data.outputs, **more)
        if not isinstance(model, nn.Module):
            raise UserError(f"model: {cfg.model._target_} gives a {type(model).__name__}, not a torch.nn.Module")
        replaced = replace_dropout(model)
        drawing = [] if is_ours(model) else try_out(cfg, model.train(dropout), data)
    notes = []
    if replaced and dropout:
        notes.append(f"{counted(replaced, 'nn.Dropout layer')} of the network: the rate is that of the group dropout.")
    if drawing and dropout:
        notes.append(f"Not annealed, and drawn from torch's global generator: {', '.join(drawing)}.")
    if drawing and not dropout:
        raise UserError(f"model: {name_of(cfg.model)} draws random numbers ({', '.join(drawing)}) with dropout off")
    return model, notes


def is_ours(model: nn.Module) -> bool:
    """A network of physlearn.models, which needs no trial."""
    return type(model).__module__.startswith("physlearn.")


def try_out(cfg: DictConfig, model: nn.Module, data: Dataset) -> list[str]:
    """A forward pass on two examples: the functions that draw from the global generator.

    Raises:
        UserError: it fails, or has another shape than one row of outputs for every example.
    """
    x = (data.train_x if len(data.train_x) > 1 else data.test_x)[:2].cpu()
    model.to(x.dtype)
    try:
        names, outputs = random_functions(model, x)
        unsaved = unsaved_buffers(model, x)
    except Exception as defect:  # whatever the network's code does
        text = " ".join(str(defect).split())
        raise UserError(
            f"model: {name_of(cfg.model)} fails on inputs {tuple(x.shape)}: {type(defect).__name__}: {text}"
        ) from None
    shape = tuple(getattr(outputs, "shape", ()))
    if shape != (len(x), data.outputs):
        raise UserError(
            f"model: {name_of(cfg.model)} gives outputs {shape} for inputs {tuple(x.shape)}: it must be one row of "
            f"{data.outputs} for every example"
        )
    if unsaved:
        raise UserError(
            f"model: {name_of(cfg.model)} changes its buffer {unsaved[0]}, which no checkpoint holds: register it "
            "with persistent=True"
        )
    return names


def refuse_too_many(cfg: DictConfig, weights: int, each: int) -> None:
    """Raises ValueError where a run cannot hold its weights, gradients, what the optimizer remembers, and samples."""
    rows, kept = 1, cfg.ensemble.keep if "ensemble" in cfg else 0
    if "tempering" in cfg:
        ladder = len(cfg.tempering.temperatures or ()) or cfg.tempering.replicas
        rows = ladder * cfg.tempering.ladders
    copies = 3 * rows + kept
    refuse_too_large(f"this network of {weights:,} weights, held {copies} times,", each * weights * copies)


def is_thermal(cfg: DictConfig) -> bool:
    """True for an equation of motion that has a temperature; torch's own optimizers have none."""
    optimizer = chosen(cfg.optimizer)
    return isinstance(optimizer, type) and issubclass(optimizer, ThermalOptimizer)


def make_prior(cfg: DictConfig, model: nn.Module, temperature: float, examples: int) -> Prior | None:
    """The prior of the weights; None where `optimizer.weight_decay` is a number, which says lambda by itself.

    `prior.variance=auto` is the usual one at this temperature: in family=posterior the sigma^2 of that width.

    Raises:
        UserError: such a number, and a prior that was chosen as well; `auto` where a task has no prior.
    """
    decay = cfg.optimizer.weight_decay
    if decay == "auto":
        if "prior" not in cfg:
            raise UserError("optimizer.weight_decay=auto needs a prior, and there is none here. Type e.g. 1e-4")
        settings = OmegaConf.to_container(cfg.prior)
        kept = {name: value for name, value in settings.items() if name not in ("temperature", "draw")}
        if kept.get("variance") == "auto":
            at = prior_temperature(cfg, temperature, examples)
            width = usual_variance(at, examples)
            kept["variance"] = width / (examples * at or 1.0) if kept["family"] == "posterior" else width
        return build("prior", kept, model)
    if "prior" in cfg and cfg.prior != OmegaConf.load(config_folder() / "prior" / "gaussian.yaml"):
        raise UserError(
            f"optimizer.weight_decay={decay:g} and a prior that was chosen: both say lambda. "
            "Type optimizer.weight_decay=auto with the prior, or leave the prior out"
        )
    return None


def make_decay(
    cfg: DictConfig, model: nn.Module, prior: Prior | None, temperature: float, examples: int
) -> dict[str, float]:
    """lambda of every weight tensor, by its name: of the prior, or the number that was typed.

    Under family=likelihood lambda = T/sigma^2 is taken at one T throughout, `prior.temperature` or the temperature of
    the samples, so that it stands still while temperatures are annealed.
    """
    if prior is None:
        return {name: float(cfg.optimizer.weight_decay) for name, _ in model.named_parameters()}
    return prior.decay(prior_temperature(cfg, temperature, examples), examples)


def prior_temperature(cfg: DictConfig, temperature: float, examples: int) -> float:
    """The T of the prior: `prior.temperature`, or that of the samples."""
    return temperature if cfg.prior.temperature is None else number_of(cfg.prior.temperature, examples)


def make_optimizer(
    cfg: DictConfig, model: nn.Module, temperature: float, bench: BenchProtocol, decay: dict[str, float] | None = None
) -> torch.optim.Optimizer:
    """The equation of motion of a model's weights, in one parameter group for each lambda, in the order of the layers.

    `decay` holds lambda by the names of the weights; None: `optimizer.weight_decay` is a number.
    """
    settings, more = OmegaConf.to_container(cfg.optimizer, resolve=True), {}
    if is_thermal(cfg):
        more = {"temperature": temperature, "generator": stream(cfg.seed, "thermal", bench.device)}
    if decay is None:
        if settings["weight_decay"] == "auto":
            raise UserError("optimizer.weight_decay=auto needs a prior, and there is none here. Type e.g. 1e-4")
        return build("optimizer", settings, model.parameters(), **more)
    groups: dict[float, list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        groups.setdefault(decay[name], []).append(parameter)
    parts = [{"params": params, "weight_decay": value} for value, params in groups.items()]
    return build("optimizer", settings | {"weight_decay": parts[0]["weight_decay"]}, parts, **more)


def make_temperature(group: DictConfig, examples: int) -> Schedule:
    """The temperature group's schedule; `posterior`, wherever a temperature stands, is 1/N."""
    settings = OmegaConf.to_container(group)
    for key in settings.keys() & {"start", "value"}:
        settings[key] = number_of(settings[key], examples)
    if "values" in settings:
        settings["values"] = [number_of(value, examples) for value in settings["values"]]
    return build("temperature", settings)
