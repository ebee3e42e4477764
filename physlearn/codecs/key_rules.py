"""What the keys of the group codec may hold."""

from physlearn.codecs.choices import SUBSAMPLINGS
from physlearn.ranges import Rule, is_whole

SUBSAMPLING = Rule(lambda v: is_whole(v) and v in SUBSAMPLINGS, "one of 444, 422, 420", "444")

KEY_RULES: dict[str, Rule] = {
    "codec.quality": Rule(
        lambda v: v in (None, "none") or (is_whole(v) and 1 <= v <= 100), "a whole number from 1 to 100, or none", "20"
    ),
    "codec.subsampling": SUBSAMPLING,
}
