"""Configs of older run directories: the number of their format, and what their targets are called today.

    1   full module paths (physlearn.dynamics.langevin.Langevin); provenance.json says no format
    2   public names by package (physlearn.dynamics.Langevin)

A key keeps its name and meaning from 1 to 2: `value` was where a temperature ends in both, although the functions of
schedules.py, which a temperature named in the first runs, call it `stop`. A number is raised when conf/ renames a
target, or when a key means something else; the table then gets a row, so that finished runs are read for ever. A key
that only has another name since stands in `KEYS`: it is read under that name, finished or not, whatever the format.
"""

FORMAT = 2
RESUMED_BY = {1: "0.1.0"}  # format -> the last version that goes on with an unfinished run of it

KEYS = {"task.products": "task.matmul_precision"}  # what was typed once -> what it is called today

MOVED: dict[str, tuple[str, ...]] = {  # package -> public names that format 1 gave by module
    "physlearn.dynamics": (
        "langevin.Langevin",
        "mala.MALA",
        "nose_hoover.NoseHoover",
        "preconditioned.PreconditionedLangevin",
        "underdamped.UnderdampedLangevin",
    ),
    "physlearn.models": (
        "alexnet.AlexNet",
        "lenet.LeNet300",
        "lenet.LeNet5",
        "mlp.MLP",
        "vgg.VGG16",
        "vgg.VGG16CIFAR",
    ),
    "physlearn.pruning": (
        "criteria.boltzmann",
        "criteria.gradient",
        "criteria.han",
        "criteria.layerwise",
        "criteria.magnitude",
        "criteria.random",
        "criteria.shuffled",
    ),
    "physlearn.hopfield": (
        "classical.HopfieldNetwork",
        "dense.DenseMemory",
        "modern.ModernHopfield",
        "experiments.basin",
        "experiments.capacity_curve",
        "experiments.dilution",
        "experiments.phase_diagram",
        "experiments.thermal",
    ),
}
SYSTEMS = {  # module of format 1 -> today's, the set-ups of task=temper in it
    "temper_systems": ("temper.systems", "harmonic double_well gaussian_mixture ising spin_glass"),
    "temper_memory": ("temper.memory", "hopfield"),
    "temper_network": ("temper.network", "network"),
}
TARGETS = {
    **{f"{package}.{name}": f"{package}.{name.split('.')[1]}" for package, names in MOVED.items() for name in names},
    **{
        f"physlearn.tasks.{module}.{name}": f"physlearn.tasks.{today}.{name}"
        for module, (today, names) in SYSTEMS.items()
        for name in names.split()
    },
}
TEMPERATURES = {
    "physlearn.schedules.off": "physlearn.annealing.none",
    **{
        f"physlearn.schedules.{name}": f"physlearn.annealing.{name}"
        for name in ("linear", "exponential", "cosine", "cyclical", "piecewise")
    },
}
OF_GROUP = {"temperature": TEMPERATURES}  # the same function means another one in this group today


def todays_target(group: str, target: str) -> str:
    """What the `_target_` of a group in a config of format 1 is called today; one that never moved is itself."""
    return OF_GROUP.get(group, {}).get(target) or TARGETS.get(target, target)
