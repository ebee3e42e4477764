"""Networks from the literature, plain `nn.Module`s of (shape, classes). Layers are named as in the papers' tables."""
