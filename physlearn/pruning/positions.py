"""Where the kept weights of a layer are: a mask, coded input by input with what has been coded as context.

Relative indices (gaps) with one length distribution cost the entropy of the layer's density. Kept weights lie closer
than that: a pixel at the rim is read by nobody, a neuron has many inputs or few, and where it reads a pixel it reads
the neighbours. So each place is coded with a probability of its own, which is a gap code whose lengths know the place.
"""

import numpy as np

from physlearn.pruning.entropy import Contexts, Line, Scale

NEAR = 4  # states of the neighbours: none kept, ... , many
ROW = (0.1, 0.5, 1, 2, 4)  # this neuron's density so far over the mean one: edges of the contexts
COLUMN = (0.05, 0.5, 1, 2)  # the density of the neighbouring inputs over the layer's
LAGS = range(2, 65)
SAMPLE = 512  # neurons that the lag is chosen from
CANDIDATES = 4  # lags whose cost is compared


def exchange_mask(
    line: Line, own: np.ndarray | None, shape: tuple[int, int], kept: int, lag: int, live: np.ndarray | None = None
) -> np.ndarray:
    """Sends a mask (output, input) over a line, one input (column) at a time.

    The context of a place: how many of the four neighbours W, N, NW, NE were kept for the same output (inputs at
    distance 1, lag, lag + 1, lag - 1; W and N count twice), this output's density so far, and the density of the same
    neighbours over all outputs.

    Args:
        line: a Writer, Reader or Scale.
        own: the mask, bool (output, input); None at the reader's end.
        shape: (output, input).
        kept: how many are kept.
        lag: how far back the input above lies: the width of the image. 0: inputs have no neighbours.
        live: bool (input,); inputs that are not live are known to be empty and not sent. None: all are.
    """
    outputs, inputs = shape
    mask = np.zeros((inputs, outputs), dtype=bool)  # (input, output): a column of the layer is a row in memory
    sent = np.arange(inputs) if live is None else np.flatnonzero(live)
    places = max(1, len(sent) * outputs)
    contexts = Contexts(NEAR * (len(ROW) + 1) * (len(COLUMN) + 1), kept / places)
    rows, so_far = np.zeros(outputs, np.int64), 0  # kept of each output, and of all
    sums = np.zeros(inputs, np.int64)
    for j in sent:
        near, column = np.zeros(outputs, np.int64), 0
        for back, weight in ((1, 2), (lag, 2), (lag + 1, 1), (lag - 1, 1)) if lag else ():
            if j >= back:
                near += weight * mask[j - back]
                column += weight * int(sums[j - back])
        row = sum(rows * outputs >= edge * (so_far + 1) for edge in ROW)
        level = sum(column * len(sent) >= edge * 6 * kept for edge in COLUMN) if lag else 0
        context = (np.minimum((near + 1) // 2, NEAR - 1) * (len(ROW) + 1) + row) * (len(COLUMN) + 1) + level
        mask[j] = contexts.exchange(line, None if own is None else own[:, j], context)
        sums[j] = mask[j].sum()
        rows += mask[j]
        so_far += int(sums[j])
    return np.ascontiguousarray(mask.T)


def exchange_flags(line: Line, own: np.ndarray | None, hint: np.ndarray) -> np.ndarray:
    """Sends a bit for each neuron, likely equal to the hint: biases that are not 0 belong to neurons that live."""
    return Contexts(2, 0.5).exchange(line, own, hint.astype(np.int64)) if len(hint) else hint


def choose_lag(mask: np.ndarray) -> int:
    """Of the distances at which kept inputs of a neuron most often lie the one that saves most bits; 0: none does."""
    sample = mask[:SAMPLE]
    inputs = sample.shape[1]
    near = {lag: (sample[:, lag:] & sample[:, :-lag]).sum() / (inputs - lag) for lag in LAGS if lag < inputs}
    if not near:
        return 0
    often = sorted(near, key=near.get)[-CANDIDATES:]
    return min((0, *often), key=lambda lag: bits(sample, lag))


def bits(mask: np.ndarray, lag: int) -> float:
    """What a mask costs in bits."""
    scale = Scale()
    exchange_mask(scale, mask, mask.shape, int(mask.sum()), lag)
    return scale.cost
