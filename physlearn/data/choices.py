"""The data sets there are. No torch here: the loader and the key rules both import them."""

SOURCES = ("digits", "mnist", "fashion_mnist", "cifar10", "image_folder", "bars_and_stripes")
