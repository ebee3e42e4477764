"""A pruned network as bytes: where its weights are, which values they have, and nothing else. No pickle.

    magic 4 | CRC-32 4 | length of the header 2 | length of the code 4 | header | code | raw

Whole numbers are little-endian. The header, deflated JSON, names the tensors in order, with their shapes and what is
kept. The code is one range-coded message: all masks, then the symbols of all codebooks. Raw are the values (float32 or
float16), or the codebooks (values in float16, frequencies in a byte each), and the buffers as they are.
"""

import json
import struct
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from physlearn.models.pretrained import refuse_misfits
from physlearn.pruning.choices import STORED_VALUES
from physlearn.pruning.codebook import Book
from physlearn.pruning.entropy import Line, Reader, Writer, frequencies
from physlearn.pruning.header import read_header
from physlearn.pruning.masks import Masks
from physlearn.pruning.positions import choose_lag, exchange_flags, exchange_mask

MAGIC = b"PLN1"
HEAD = struct.Struct("<4sIHI")
PRECISION = dict(zip(STORED_VALUES, ("<f4", "<f2", "<f2"), strict=True))
BUFFERS = {torch.float32: "<f4", torch.float64: "<f8", torch.int64: "<i8"}


def pack(model: nn.Module, masks: Masks, values: str = "float32", books: Mapping[str, Book] | None = None) -> bytes:
    """The network as bytes.

    Args:
        model: a chain of layers with its removed weights at zero.
        masks: by parameter name; of other parameters (biases, normalisations) the entries that are not 0 are kept.
        values: ``float32``, ``float16``, or ``codebook``: then `books` holds the shared values of every parameter.

    Raises:
        ValueError: `values` is none of these, or books are missing.
    """
    if values not in PRECISION:
        raise ValueError(f"values={values} is not allowed: it must be one of {', '.join(PRECISION)}")
    if values == "codebook" and books is None:
        raise ValueError("values=codebook needs the books that physlearn.pruning.codebook.share makes")
    parameters = {name: parameter.detach().cpu() for name, parameter in model.named_parameters()}
    kept = {name: masks[name].cpu().numpy() if name in masks else (p != 0).numpy() for name, p in parameters.items()}
    entries = [describe(name, mask.reshape(len(mask), -1), name in masks) for name, mask in kept.items()]
    line, raw = Writer(), []
    exchange_all(line, kept, entries)
    for entry, (name, parameter) in zip(entries, parameters.items(), strict=True):
        entry["shape"] = list(parameter.shape)
        if values == "codebook":
            book = books[name]
            symbols, frequency = book.index.cpu().numpy(), frequencies(book.index.cpu().numpy(), book.size)
            entry["size"] = book.size
            line.symbols(symbols, len(symbols), frequency)
            raw += [book.centres(parameter.to(book.index.device)).cpu().numpy().astype("<f2"), frequency]
        else:
            raw.append(parameter.numpy()[kept[name]].astype(PRECISION[values]))
    buffers = dict(model.named_buffers())
    header = {
        "values": values,
        "parameters": entries,
        "buffers": [[name, list(b.shape), BUFFERS[b.dtype]] for name, b in buffers.items()],
    }
    raw += [buffer.cpu().numpy().astype(BUFFERS[buffer.dtype]) for buffer in buffers.values()]
    text = zlib.compress(json.dumps(header, separators=(",", ":")).encode(), 9)
    body = text + line.content() + b"".join(part.tobytes() for part in raw)
    return HEAD.pack(MAGIC, zlib.crc32(body), len(text), len(line.content())) + body


def unpack(content: bytes) -> dict[str, Tensor]:
    """Name -> tensor of a packed network, float32, exactly the stored values. The bytes may come from a stranger.

    Raises:
        ValueError: these are not the bytes of a packed network, they are damaged, or they say what cannot be.
    """
    header, code, raw = take_apart(content)
    try:
        return decode(header, code, raw)
    except AssertionError:  # of the range coder
        raise ValueError("this packed network is damaged: its code is not one of these probabilities") from None


def take_apart(content: bytes) -> tuple[dict[str, Any], bytes, bytes]:
    """Header, code and raw bytes; the header is checked, nothing else is read yet."""
    head, body = content[: HEAD.size], content[HEAD.size :]
    if len(head) < HEAD.size or head[:4] != MAGIC:
        raise ValueError("this is not a packed network: it does not begin as one")
    _, checksum, length, coded = HEAD.unpack(head)
    if zlib.crc32(body) != checksum:
        raise ValueError("this packed network is damaged: its CRC-32 is not the one that was written")
    if length + coded > len(body) or coded % 4:
        raise ValueError(f"this packed network is damaged: {length} + {coded} bytes of header and code in {len(body)}")
    header = read_header(body[:length], len(body) - length - coded)
    return header, body[length : length + coded], body[length + coded :]


def decode(header: dict[str, Any], code: bytes, raw: bytes) -> dict[str, Tensor]:
    """The tensors of a file in its three parts.

    Raises:
        ValueError: code or raw are not what the header says.
    """
    line, entries = Reader(code), header["parameters"]
    take, state = Cursor(raw), {}
    for entry, mask in zip(entries, exchange_all(line, {}, entries), strict=True):
        if entry.get("kept", int(mask.sum())) != int(mask.sum()):
            raise ValueError(f"this packed network is damaged: {int(mask.sum())} weights of {entry['name']} are kept")
        tensor = np.zeros(mask.shape, np.float32)
        if header["values"] == "codebook":
            centres, frequency = take(entry["size"], "<f2"), take(entry["size"], "u1")
            tensor[mask] = centres[line.symbols(None, int(mask.sum()), frequency)]
        else:
            tensor[mask] = take(int(mask.sum()), PRECISION[header["values"]])
        state[entry["name"]] = torch.from_numpy(tensor.reshape(entry["shape"]))
    for name, shape, kind in header["buffers"]:
        buffer = take(int(np.prod(shape)), kind)
        state[name] = torch.from_numpy(buffer.astype(buffer.dtype.newbyteorder("="))).reshape(shape)
    take.end()
    return state


def load(model: nn.Module, content: bytes) -> None:
    """Fills a model with a packed network, in the model's own type and on its device.

    Raises:
        ValueError: the bytes are no packed network, are damaged, or hold another model's.
    """
    header, own = take_apart(content)[0], model.state_dict()
    shapes = {entry["name"]: entry["shape"] for entry in header["parameters"]}
    shapes |= {name: shape for name, shape, _ in header["buffers"]}
    refuse_misfits(
        {name: torch.empty(shape, device="meta") for name, shape in shapes.items()}, own, "the packed network"
    )
    model.load_state_dict(unpack(content))


class Cursor:
    """Takes arrays off the front of raw bytes."""

    def __init__(self, content: bytes) -> None:
        self._content, self._at = content, 0

    def __call__(self, number: int, kind: str) -> np.ndarray:
        if self._at + number * np.dtype(kind).itemsize > len(self._content):
            raise ValueError(f"this packed network is damaged: {len(self._content)} raw bytes are too few")
        array = np.frombuffer(self._content, kind, number, self._at)
        self._at += array.nbytes
        return array

    def end(self) -> None:
        """Raises ValueError where bytes are left over."""
        if self._at != len(self._content):
            left = len(self._content) - self._at
            raise ValueError(f"this packed network is damaged: {left} raw bytes belong to nothing")


def describe(name: str, mask: np.ndarray, weights: bool) -> dict[str, Any]:
    """A parameter's entry in the header: `kept` and `lag` where it is a layer's weights, (output, input)."""
    return {"name": name, "kept": int(mask.sum()), "lag": choose_lag(mask)} if weights else {"name": name}


def exchange_all(line: Line, known: Mapping[str, np.ndarray], entries: list[dict[str, Any]]) -> list[np.ndarray]:
    """Sends the masks of all parameters over a line, each with what the one before it tells.

    Where the neurons that a layer reads are the outputs of the layer before, those that nothing reaches are known to
    be read by nobody, if that is so (`known` decides, `skip` in the entry tells). Biases go with their layer's neurons.
    """
    masks, above = [], np.zeros(0, dtype=bool)  # above: which outputs of the layer before have weights
    for entry in entries:
        own = known.get(entry["name"])
        if "lag" in entry:
            flat = None if own is None else own.reshape(len(own), -1)
            shape = matrix(entry["shape"]) if flat is None else flat.shape
            live = np.repeat(above, shape[1] // len(above)) if len(above) and shape[1] % len(above) == 0 else None
            if flat is not None:
                entry["skip"] = int(live is not None and not flat[:, ~live].any())
            mask = exchange_mask(line, flat, shape, entry["kept"], entry["lag"], live if entry["skip"] else None)
            above = mask.any(1)
        else:
            number = int(np.prod(entry["shape"])) if own is None else own.size
            hint = above if len(above) == number else np.ones(number, dtype=bool)
            mask = exchange_flags(line, None if own is None else own.ravel(), hint)
        masks.append(mask)
    return masks


def matrix(shape: list[int]) -> tuple[int, int]:
    """(output, input * height * width) of a layer's weights."""
    return shape[0], int(np.prod(shape[1:]))


def dense_bytes(model: nn.Module) -> int:
    """Bytes of the network as it is without pruning: every parameter and buffer in its own type."""
    return sum(tensor.numel() * tensor.element_size() for tensor in model.state_dict().values())


def csr_bytes(model: nn.Module, masks: Masks) -> int:
    """Bytes with the weights in compressed rows: values float32, columns and row pointers int32; the rest dense."""
    rest = sum(t.numel() * t.element_size() for name, t in model.state_dict().items() if name not in masks)
    return rest + sum(8 * int(mask.count_nonzero()) + 4 * (len(mask) + 1) for mask in masks.values())
