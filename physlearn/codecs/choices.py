"""The words that codecs know. No torch here: codecs and key rules both import them."""

SUBSAMPLINGS = {444: "4:4:4", 422: "4:2:2", 420: "4:2:0"}  # of a JPEG's colour channels; YAML reads 4:2:0 as a number
