"""--help: what can be chosen, one line each, read off the first comment of every file in conf/. No torch, no Hydra."""

from physlearn.lab.folders import files_of, groups
from physlearn.lab.meanings import first_comment
from physlearn.lab.shown import examples


def guide() -> str:
    """The text of --help."""
    lines = ["physlearn: a laboratory for the statistical physics of learning", ""]
    lines += ["usage: python -m physlearn [--multirun] [group=option] [key=value] ...", ""]
    lines += ["Examples:"]
    width = max(len(command) for _, command in examples())
    lines += [f"  {command:<{width}}  # {what}" for what, command in examples()]
    for group in sorted(groups(), key=lambda name: (name != "task", name == "experiment")):
        lines += ["", f"{group}="]
        lines += [f"  {name:<22}  {first_comment(path)}" for name, path in files_of(group)]
    lines += ["", "Keys, what they may hold: python -m physlearn task=... --help"]
    lines += ["Every key and its value:  python -m physlearn task=... --cfg job"]
    lines += ["Another folder:           hydra.run.dir=DIR (one run), hydra.sweep.dir=DIR (a sweep)"]
    lines += ["What lies in outputs/:    task=runs [word] ... [delete=RUN], see task=runs --help"]
    return "\n".join(lines)
