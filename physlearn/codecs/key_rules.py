"""What the keys of the group codec, and of data sets that go through a codec of sound, may hold."""

from physlearn.codecs.choices import FORMATS, SUBSAMPLINGS
from physlearn.ranges import Rule, choice, is_whole, number

SUBSAMPLING = Rule(lambda v: is_whole(v) and v in SUBSAMPLINGS, "one of 444, 422, 420", "444")

KEY_RULES: dict[str, Rule] = {
    "codec.quality": Rule(
        lambda v: v in (None, "none") or (is_whole(v) and 1 <= v <= 100), "a whole number from 1 to 100, or none", "20"
    ),
    "codec.subsampling": SUBSAMPLING,
    "data.format": choice(*FORMATS),
    "data.level": number("a number from 0 (largest file) to 1 (smallest)", "0.5", lambda v: 0 <= v <= 1),
}
