"""Two ways to train the same classifier, the same processor time each; draws two_site.png into the folder named.

python tests/benchmarks/two_site_and_gradient.py <folder> <seconds>

14 x 14 MNIST, 10,000 training images, bond 10, features [1, x]; error on the 5,000 validation images.
"""

import sys
import time
from pathlib import Path

import torch
from torch.nn import functional as F

from physlearn.data.dataset import load
from physlearn.instruments.calibration import error
from physlearn.lab.present import save_figure
from physlearn.models.mps import MatrixProductClassifier, site_features
from physlearn.tensor.born import bond_of
from physlearn.tensor.figures import error_against_time
from physlearn.tensor.two_site import TwoSiteClassifier

folder, budget = Path(sys.argv[1]), float(sys.argv[2])
torch.set_num_threads(1)
data = load("mnist", pool=2, pixels="unit")
x, y = data.train_x[:10_000], data.train_y[:10_000]
curves: dict[str, tuple[list[float], list[float]]] = {}


def features(images):
    return site_features(images.flatten(1), "linear")[1].movedim(1, -1)


def note(name, seconds, predicted):
    curves[name][0].append(seconds)
    curves[name][1].append(error(predicted, data.validation_y))
    print(f"{name}: {seconds:.1f} s, validation error {100 * curves[name][1][-1]:.2f} %", flush=True)


name = "two-site sweeps, quadratic cost"
curves[name] = ([], [])
sweeper = TwoSiteClassifier(features(x), F.one_hot(y, 10).float(), 10, torch.Generator().manual_seed(0))
spent, step = 0.0, 0
while spent < budget:
    begun = time.process_time()
    for _ in range(65):
        sweeper.update(*bond_of(step, 196))
        step += 1
    spent += time.process_time() - begun
    note(name, spent, sweeper.predict(features(data.validation_x)))

name = "all cores at once, cross-entropy, AdamW"
curves[name] = ([], [])
model = MatrixProductClassifier((1, 14, 14), 10, 10, generator=torch.Generator().manual_seed(0))
optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.3)
draw, spent = torch.Generator().manual_seed(1), 0.0
while spent < budget:
    begun = time.process_time()
    for batch in torch.randperm(len(x), generator=draw).split(100):
        optimizer.param_groups[0]["lr"] = 2e-3 * max(0.02, 1 - (spent + time.process_time() - begun) / budget)
        optimizer.zero_grad()
        F.cross_entropy(model(x[batch]), y[batch]).backward()
        optimizer.step()
    spent += time.process_time() - begun
    with torch.no_grad():
        note(name, spent, model(data.validation_x))
save_figure(folder, "two_site", error_against_time(curves))
