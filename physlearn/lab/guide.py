"""--help: what can be chosen, one line each, read off the first comment of every file in conf/. No torch, no Hydra."""

from pathlib import Path

from physlearn.lab.meanings import first_comment

EXAMPLES = (
    ("the main job: Langevin training, dropout annealed", "python -m physlearn optimizer=langevin dropout=annealed"),
    ("the same on MNIST, hotter", "python -m physlearn data=mnist temperature.value=1e-4"),
    ("many temperatures at once, exchanging", "python -m physlearn task=temper system=ising"),
    ("pictures recalled from an associative memory", "python -m physlearn task=recall"),
    ("a sweep and its comparison", "python -m physlearn --multirun optimizer=sgd,langevin seed=0,1,2"),
    ("go on with a run that was stopped", "python -m physlearn resume=outputs/train/<run>"),
    ("the exact laws, on this machine", "python -m physlearn task=verify"),
)


def guide(conf: Path) -> str:
    """The text of --help."""
    lines = ["physlearn: a laboratory for the statistical physics of learning", ""]
    lines += ["usage: python -m physlearn [--multirun] [group=option] [key=value] ...", ""]
    lines += ["Examples:"]
    width = max(len(command) for _, command in EXAMPLES)
    lines += [f"  {command:<{width}}  # {what}" for what, command in EXAMPLES]
    groups = [folder for folder in sorted(conf.iterdir()) if folder.is_dir() and folder.name != "hydra"]
    groups.sort(key=lambda folder: (folder.name != "task", folder.name == "experiment"))
    for folder in groups:
        options = sorted(folder.rglob("*.yaml"))
        names = [path.relative_to(folder).with_suffix("").as_posix() for path in options]
        lines += ["", f"{folder.name}="]
        lines += [f"  {name:<22}  {first_comment(path)}" for name, path in zip(names, options, strict=True)]
    lines += ["", "Keys, what they may hold: python -m physlearn task=... --help"]
    lines += ["Every key and its value:  python -m physlearn task=... --cfg job"]
    lines += ["Another folder:           hydra.run.dir=DIR (one run), hydra.sweep.dir=DIR (a sweep)"]
    return "\n".join(lines)
