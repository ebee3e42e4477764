"""The words that models know. No torch here: classes and key rules both import them."""

from typing import Literal, get_args

LeNet5Variant = Literal["relu", "caffe"]
LENET5_VARIANTS = get_args(LeNet5Variant)
ACTIVATIONS = ("relu", "tanh")
FEATURES = ("linear", "trigonometric")
HelmholtzNetwork = Literal["a", "b", "c", "d", "e", "f"]
HELMHOLTZ = get_args(HelmholtzNetwork)
