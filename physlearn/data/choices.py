"""The data sets there are. No torch here: the loader and the key rules both import them."""

SOURCES = ("digits", "mnist", "fashion_mnist", "cifar10", "image_folder", "bars_and_stripes")

SHAPES = {
    "digits": (1, 8, 8),
    "mnist": (1, 28, 28),
    "fashion_mnist": (1, 28, 28),
    "cifar10": (3, 32, 32),
}  # (channel, height, width), known before anything is read
CLASSES = 10  # of each of these
FORMATS = ("none", "flac", "mp3", "vorbis", "opus")  # of sound; none: the samples as they are
