"""Equations of motion of the weights: each a torch.optim.Optimizer, each in a file of its own, with its exact laws."""
