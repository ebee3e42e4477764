"""What the keys of the group boltzmann_machine may hold."""

from physlearn.boltzmann_machine.choices import CHAINS
from physlearn.ranges import NON_NEGATIVE, POSITIVE, Rule, boolean, choice, integer, number

TEMPERED = ("boltzmann_machine.by", "tempered")

KEY_RULES: dict[str, Rule] = {
    "boltzmann_machine.hidden": integer(1, example="500"),
    "boltzmann_machine.by": choice(*CHAINS),
    "boltzmann_machine.chains": integer(2, example="100").only_if("boltzmann_machine.by", "pcd", "tempered"),
    "boltzmann_machine.gibbs": integer(1, example="1"),
    "boltzmann_machine.replicas": integer(2, example="10").only_if(*TEMPERED),
    "boltzmann_machine.hottest": number("a number beta: 0 < beta < 1", "0.1", lambda v: 0 < v < 1).only_if(*TEMPERED),
    "boltzmann_machine.updates": integer(1, example="3000"),
    "boltzmann_machine.batch_size": integer(1, ("full",), example="100"),
    "boltzmann_machine.lr": POSITIVE,
    "boltzmann_machine.decay": NON_NEGATIVE,
    "boltzmann_machine.centred": boolean(),
    "boltzmann_machine.average": number("a number: 0 <= average < 1", "0.999", lambda v: 0 <= v < 1),
    "boltzmann_machine.scale": NON_NEGATIVE,
    "boltzmann_machine.threshold": number("a number: 0 < threshold < 1, or null", "0.5", lambda v: 0 < v < 1, (None,)),
    "boltzmann_machine.auditors": integer(0, example="20000"),
    "boltzmann_machine.groups": integer(1, example="10"),
}
