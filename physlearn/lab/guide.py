"""--help: what can be chosen, one line each, read off the first comment of every file in conf/. No torch, no Hydra."""

from pathlib import Path

from physlearn.lab.meanings import first_comment
from physlearn.lab.shown import examples


def guide(conf: Path) -> str:
    """The text of --help."""
    lines = ["physlearn: a laboratory for the statistical physics of learning", ""]
    lines += ["usage: python -m physlearn [--multirun] [group=option] [key=value] ...", ""]
    lines += ["Examples:"]
    width = max(len(command) for _, command in examples())
    lines += [f"  {command:<{width}}  # {what}" for what, command in examples()]
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
