"""Entropy of a source of symbols from a sample, in bits: three estimators of counts, three compressors of bytes.

Bits, not nats: these numbers stand beside the lengths of files. Estimates of counts take the symbols as independent;
a compressor also finds what neighbours say about each other.
"""

import bz2
import lzma
import math
import zlib

import numpy as np

from physlearn.codecs.minimax import contributions

LZMA = [{"id": lzma.FILTER_LZMA2, "preset": 9}]  # raw: without a header and a checksum


def plug_in(counts: np.ndarray) -> float:
    """H = -sum_s (X_s/n) log2(X_s/n): the maximum-likelihood estimate, biased low by about (S - 1)/(2n ln 2).

    Args:
        counts: X_s, how often each symbol was seen, (symbol,); zeros are allowed.

    Raises:
        ValueError: nothing was seen.
    """
    counts = _seen(counts)
    share = counts / counts.sum()
    return float(-(share * np.log2(share)).sum())


def miller_madow(counts: np.ndarray) -> float:
    """The plug-in with its leading bias removed: H + (S - 1)/(2n ln 2), S the number of symbols that were seen.

    Args:
        counts: as in `plug_in`.

    Source: Miller, Note on the bias of information estimates (1955).
    """
    counts = _seen(counts)
    return plug_in(counts) + (len(counts) - 1) / (2 * counts.sum() * math.log(2))


def minimax(counts: np.ndarray) -> float:
    """The minimax estimate, good from n ~ S/ln S samples on; equation and source in `minimax.contributions`.

    Args:
        counts: as in `plug_in`; at least two samples.
    """
    counts = _seen(counts)
    samples = int(counts.sum())
    if samples < 2:
        raise ValueError("the minimax estimate needs at least 2 samples")
    return max(float(contributions(counts, samples).sum()) / math.log(2), 0.0)


def compressed(content: bytes, compressor: str) -> float:
    """Bits per byte after compression: an upper bound of the entropy rate but for a header of a few bytes.

    Args:
        content: the symbols, a byte each.
        compressor: ``zlib`` (LZ77 and Huffman), ``bz2`` (block sorting and Huffman) or ``lzma`` (LZ77, range coder).

    Raises:
        ValueError: no content, or another compressor.
    """
    if not content:
        raise ValueError("nothing to compress")
    if compressor not in COMPRESSORS:
        raise ValueError(f"compressor={compressor}: allowed are {', '.join(COMPRESSORS)}")
    return 8 * len(COMPRESSORS[compressor](content)) / len(content)


def _seen(counts: np.ndarray) -> np.ndarray:
    counts = np.asarray(counts)
    counts = counts[counts > 0].astype(float)
    if not len(counts):
        raise ValueError("no symbol was seen")
    return counts


def _deflated(content: bytes) -> bytes:
    stream = zlib.compressobj(9, wbits=-15)  # without zlib's header and checksum
    return stream.compress(content) + stream.flush()


COMPRESSORS = {
    "zlib": _deflated,
    "bz2": lambda content: bz2.compress(content, 9),
    "lzma": lambda content: lzma.compress(content, lzma.FORMAT_RAW, filters=LZMA),
}
ESTIMATORS = {"plug-in": plug_in, "Miller-Madow": miller_madow, "minimax": minimax}
