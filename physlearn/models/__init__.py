"""Networks from the literature, as plain `nn.Module`s of (shape, classes). Layers are named as in the papers' tables."""
