"""What is attacked: a network, or the average of several, as a function of images in [0, 1]."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.func import functional_call

from physlearn.adversarial.linf import Network
from physlearn.ensemble import Sample


def of_network(model: nn.Module, mean: Tensor, std: Tensor, white: float) -> Network:
    """u -> f((white u - m_c)/s_c), the logits of a network that was trained on normalised images.

    Args:
        model: in evaluation mode afterwards.
        mean, std: m_c, s_c of the normalisation, (channel,), levels of 0 ... white.
        white: the level of a white pixel.
    """
    model.eval()
    m, s = (moment.reshape(1, -1, 1, 1) for moment in (mean, std))
    return lambda u: model((white * u - m.to(u)) / s.to(u))


def of_ensemble(model: nn.Module, samples: Sequence[Sample], mean: Tensor, std: Tensor, white: float) -> Network:
    """u -> ln (1/K) sum_k softmax(f_k): the log of the average prediction, whose gradient attacks all K at once.

    Args:
        model: of the samples' kind; its own weights do not count.
        samples: K sets of weights.
        mean, std, white: as in `of_network`.
    """
    model.eval()
    m, s = (moment.reshape(1, -1, 1, 1) for moment in (mean, std))

    def network(u: Tensor) -> Tensor:
        x = (white * u - m.to(u)) / s.to(u)
        logs = torch.stack([functional_call(model, sample, (x,)).log_softmax(1) for sample in samples])
        return logs.logsumexp(0) - torch.tensor(float(len(samples))).log()

    return network
