"""Entropy coding with models that both sides compute alike: bits whose probability depends on a context, and symbols.

A message of probability p costs -log2 p bits. The range coder of the library `constriction` does the coding; here are
the probabilities. They come from counts of whole numbers by one division each, so that every machine finds the same.
"""

from dataclasses import dataclass, field
from typing import Any, Protocol

import constriction
import numpy as np

model, queue = constriction.stream.model, constriction.stream.queue

BIT = model.Bernoulli(perfect=False)
SCALE = 255  # frequencies of symbols are stored in a byte each


class Line(Protocol):
    """One end of the transmission. Encoder and decoder run the same code: each hands over what it knows."""

    def bits(self, own: np.ndarray | None, probability: np.ndarray) -> np.ndarray:
        """Bits, bool (n,), of the given probabilities of being 1; `own` is what the encoder knows."""

    def symbols(self, own: np.ndarray | None, number: int, frequency: np.ndarray) -> np.ndarray:
        """`number` symbols 0 ... len(frequency) - 1."""


class Writer:
    """The encoder's end: what is handed over is coded."""

    def __init__(self) -> None:
        self._coder = queue.RangeEncoder()

    def bits(self, own: np.ndarray, probability: np.ndarray) -> np.ndarray:
        self._coder.encode(own.astype(np.int32), BIT, probability)
        return own

    def symbols(self, own: np.ndarray, number: int, frequency: np.ndarray) -> np.ndarray:
        if number and len(frequency) > 1:  # one symbol alone says nothing
            self._coder.encode(own.astype(np.int32), categorical(frequency))
        return own

    def content(self) -> bytes:
        return self._coder.get_compressed().astype("<u4").tobytes()


class Reader:
    """The decoder's end: what is handed over is not looked at."""

    def __init__(self, content: bytes) -> None:
        self._coder = queue.RangeDecoder(np.frombuffer(content, "<u4").astype(np.uint32))

    def bits(self, own: None, probability: np.ndarray) -> np.ndarray:
        return self._coder.decode(BIT, probability).astype(bool)

    def symbols(self, own: None, number: int, frequency: np.ndarray) -> np.ndarray:
        if number and not frequency.any():
            raise ValueError(f"this packed network is damaged: {number} symbols, and no frequency that is not 0")
        if not number or len(frequency) == 1:
            return np.zeros(number, np.int32)
        return self._coder.decode(categorical(frequency), number)


class Scale:
    """Weighs a message instead of coding it: `cost` in bits."""

    def __init__(self) -> None:
        self.cost = 0.0

    def bits(self, own: np.ndarray, probability: np.ndarray) -> np.ndarray:
        self.cost -= float(np.log2(np.where(own, probability, 1 - probability)).sum())
        return own


def categorical(frequency: np.ndarray) -> Any:
    """The model of symbols with the given frequencies, whole numbers."""
    return model.Categorical(frequency.astype(np.float64), perfect=False)


def frequencies(symbols: np.ndarray, number: int) -> np.ndarray:
    """How often each of `number` symbols occurs, on a scale that fits into a byte and is 0 only for what never does."""
    counts = np.bincount(symbols, minlength=number)
    return -(-SCALE * counts // counts.max(initial=1)).astype(np.uint8)


@dataclass
class Contexts:
    """Adaptive probabilities of a bit, one a context: p_c = (ones_c + p_0) / (seen_c + 1), p_0 before anything is seen.

    Args:
        number: of contexts.
        start: p_0.
    """

    number: int
    start: float
    ones: np.ndarray = field(init=False)
    seen: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.ones, self.seen = np.zeros(self.number, np.int64), np.zeros(self.number, np.int64)

    def exchange(self, line: Line, own: np.ndarray | None, context: np.ndarray) -> np.ndarray:
        """Sends bits (n,) in their contexts (n,) over a line, then counts them."""
        p = (self.ones[context] + self.start) / (self.seen[context] + 1.0)
        bits = line.bits(own, np.clip(p, 2.0**-20, 1 - 2.0**-20))
        self.ones += np.bincount(context[bits], minlength=self.number)
        self.seen += np.bincount(context, minlength=self.number)
        return bits
