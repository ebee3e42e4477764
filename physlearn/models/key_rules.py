"""What the keys of the group model may hold."""

from physlearn.models.choices import ACTIVATIONS, FEATURES, HELMHOLTZ, LENET5_VARIANTS
from physlearn.ranges import POSITIVE, Rule, boolean, choice, integer, is_whole, number, several

KEY_RULES: dict[str, Rule] = {
    "model.widths": several("a list of whole numbers >= 1", "[300,100]", lambda v: is_whole(v) and v >= 1),
    "model.width": number("a number >= 1/64, which leaves one channel of 64", "0.5", lambda v: 64 * v >= 1),
    "model.variant": choice(*LENET5_VARIANTS),
    "model.activation": choice(*ACTIVATIONS),
    "model.network": choice(*HELMHOLTZ),
    "model.faithful": boolean(),
    "model.bond": integer(1, example="20"),
    "model.features": choice(*FEATURES),
    "model.noise": POSITIVE,
}
