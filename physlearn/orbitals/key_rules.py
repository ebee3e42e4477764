"""What the keys of the group density may hold."""

from physlearn.ranges import NON_NEGATIVE, POSITIVE, Rule, integer, is_whole, number, several

KEY_RULES: dict[str, Rule] = {
    "density.bits": several(
        "three whole numbers from 1 to 16: binary digits of each coordinate",
        "[8,6,3]",
        lambda v: is_whole(v) and 1 <= v <= 16,
        3,
    ),
    "density.bond": integer(1, example="6"),
    "density.loops": integer(1, example="5"),
    "density.relative": number("a number: 0 <= relative < 1", "1e-3", lambda v: 0 <= v < 1),
    "density.noise": NON_NEGATIVE,
    "density.bins": integer(1, example="32"),
    "density.hidden": integer(1, example="48"),
    "density.training": integer(1, example="2000"),
    "density.batch": integer(1, example="1000"),
    "density.lr": POSITIVE,
}
