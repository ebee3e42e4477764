"""What the keys of the group optimizer may hold. `ThermalOptimizer` checks its groups by the same `SETTINGS`."""

from physlearn.dynamics.choices import NOISE_KINDS, SCHEMES
from physlearn.ranges import POSITIVE, Rule, boolean, choice, number, numbers

NON_NEGATIVE = number("a non-negative number", "0", lambda v: v >= 0)

SETTINGS: dict[str, Rule] = {  # of an equation of motion, by the name in its parameter groups
    "lr": NON_NEGATIVE,
    "weight_decay": NON_NEGATIVE,
    "scheme": choice(*SCHEMES),
    "noise": choice(*NOISE_KINDS),
    "friction": NON_NEGATIVE,
    "mass": POSITIVE,
    "diffusion": NON_NEGATIVE,
    "inertia": POSITIVE,
    "alpha": number("a number in [0, 1]", "0.99", lambda v: 0 <= v <= 1),
    "damping": POSITIVE,
}

KEY_RULES: dict[str, Rule] = {
    **{f"optimizer.{name}": rule for name, rule in SETTINGS.items()},
    "optimizer.weight_decay": number("a number >= 0, or 'auto': from the prior", "auto", lambda v: v >= 0, ("auto",)),
    "optimizer.lr": POSITIVE,  # the class takes 0, where a schedule may end; a run whose every step is 0 is a slip
    "optimizer.momentum": number("a momentum: 0 <= mu < 1", "0.9", lambda v: 0 <= v < 1),
    "optimizer.nesterov": boolean(),
    "optimizer.fused": boolean((None,)),
    "optimizer.betas": numbers("two numbers in [0, 1)", "[0.9,0.999]", lambda v: 0 <= v < 1, length=2),
}
