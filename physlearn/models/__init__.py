"""Networks from the literature, plain `nn.Module`s of (shape, classes). Layers are named as in the papers' tables."""

from physlearn.lazy import public_names

__getattr__, __dir__, __all__ = public_names(
    __name__,
    {
        "LeNet300": "lenet",
        "LeNet5": "lenet",
        "MLP": "mlp",
        "AlexNet": "alexnet",
        "VGG16": "vgg",
        "VGG16CIFAR": "vgg",
        "Helmholtz": "helmholtz",
        "MatrixProductClassifier": "mps",
        "Dropout": "dropout",
        "dropout_layers": "dropout",
        "set_rate": "dropout",
        "set_generator": "dropout",
        "load_weights": "pretrained",
    },
)
