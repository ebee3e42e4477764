"""A packed network from a stranger, its checksum right: a network or a ValueError, in bounded time and memory."""

import json
import random
import struct
import time
import tracemalloc
import zlib

import pytest
import torch
from torch import nn

from physlearn.models.layers import initialise
from physlearn.pruning import codebook, storage
from physlearn.pruning.header import COLUMNS, PLACES
from physlearn.pruning.masks import hold, prunable

SECONDS, BYTES = 5.0, 2**28
HOSTILE = (-5, -1, 0, 1, 3, 2**20, 2**31, 2**70, 1e300, float("nan"), None, True, "x", "<f4", [], [1], {}, [[]] * 9)


def network():
    return nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(16, 9), nn.Linear(9, 3))


def packed(values):
    model = initialise(network(), torch.Generator().manual_seed(0))
    generator = torch.Generator().manual_seed(1)
    masks = {name: torch.rand(w.shape, generator=generator) < 0.4 for name, w in prunable(model).items()}
    hold(model, masks)
    books = codebook.share(model, masks, 2) if values == "codebook" else None
    return storage.pack(model, masks, values, books)


def parts(content):
    _, _, length, coded = storage.HEAD.unpack(content[: storage.HEAD.size])
    body = content[storage.HEAD.size :]
    return json.loads(zlib.decompress(body[:length])), body[length : length + coded], body[length + coded :]


def sealed(text, code, raw, length=None, coded=None):
    """The file with a right checksum; `text` is the deflated header."""
    body, sizes = text + code + raw, (len(text) if length is None else length, len(code) if coded is None else coded)
    return storage.HEAD.pack(storage.MAGIC, zlib.crc32(body), *sizes) + body


def with_header(header, code, raw):
    return sealed(zlib.compress(json.dumps(header).encode()), code, raw)


def places(node, path=()):
    """The paths of all values in a nest of lists and dictionaries."""
    yield path
    entries = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in entries:
        yield from places(value, (*path, key))


def replaced(node, path, value):
    if not path:
        return value
    copy = dict(node) if isinstance(node, dict) else list(node)
    copy[path[0]] = replaced(copy[path[0]], path[1:], value)
    return copy


def mutant(content, rng):
    """One thing changed: a value of the header, a bit behind it, one of the lengths, the end."""
    header, code, raw = parts(content)
    kind = rng.randrange(10)
    if kind < 6:
        path = rng.choice(list(places(header)))
        return with_header(replaced(header, path, rng.choice(HOSTILE)), code, raw)
    text = zlib.compress(json.dumps(header).encode())
    if kind == 6:
        return sealed(text, code, raw, rng.randrange(2**16), rng.choice([0, 4, 3, len(code), 2**31]))
    if kind == 7:
        return sealed(text, code, raw[: rng.randrange(len(raw))] if rng.random() < 0.5 else raw + b"1234")
    body = bytearray(text + code + raw)
    body[rng.randrange(len(body))] ^= 1 << rng.randrange(8)
    return sealed(bytes(body[: len(text)]), bytes(body[len(text) : len(text) + len(code)]), bytes(body[-len(raw) :]))


@pytest.mark.parametrize("values", ["float32", "codebook"])
def test_five_hundred_mutants_each_end_as_a_network_or_in_one_line(values):
    content, rng, networks, lines = packed(values), random.Random(7), 0, []
    tracemalloc.start()
    for i in range(500):
        changed = mutant(content, rng)
        tracemalloc.reset_peak()
        begun = time.perf_counter()
        try:
            state = storage.unpack(changed)
            networks += 1
            assert all(isinstance(tensor, torch.Tensor) for tensor in state.values())
        except ValueError as error:
            lines.append(str(error))
        assert time.perf_counter() - begun < SECONDS, i
        assert tracemalloc.get_traced_memory()[1] < BYTES, i
    tracemalloc.stop()
    assert [line for line in lines if "\n" in line] == []
    assert 0 < networks < 400  # a flipped bit of a weight is a network; a flipped shape is none


def test_crafted_headers_are_refused_before_anything_is_allocated():
    """What once ended in KeyError, TypeError, zlib.error, an allocation of 931 GiB, or was accepted."""
    header, code, raw = parts(packed("float32"))

    def entry(**changes):
        return {**header, "parameters": [{**header["parameters"][0], **changes}, *header["parameters"][1:]]}

    crafted = {
        "250,000,000,000,204 numbers in all": entry(shape=[10**6, 10**6, 250]),
        "a shape": entry(shape=[10**12, 1]),
        "inputs in all": entry(shape=[1, COLUMNS + 1]),
        "numbers in all": entry(shape=[PLACES // 4, 8]),
        "kept of 0.weight": entry(kept=-5),
        "skip of 0.weight": entry(skip=None),
        "the lag of 0.weight": entry(lag=10**9),
        "values": {**header, "values": "int8"},
        "parameters": {key: value for key, value in header.items() if key != "parameters"},
        "names": {**header, "parameters": [header["parameters"][0]] * 2},
        "the kind of": {**header, "buffers": [["x", [2], "O"]]},
        "bytes, ": {**header, "buffers": [["x", [10**7], "<f8"]]},
        "header: []": [],
    }
    tracemalloc.start()
    for line, changed in crafted.items():
        with pytest.raises(
            ValueError, match=f"the header of this packed network is wrong: .*{line}".replace("[]", r"\[\]")
        ):
            storage.unpack(with_header(changed, code, raw))
    assert tracemalloc.get_traced_memory()[1] < 2**22
    tracemalloc.stop()
    bomb = zlib.compress(b"[" * 2**26, 9)
    assert len(bomb) < 2**17
    for text in (bomb[: 2**16 - 1], zlib.compress(b"[" * 10**5), b"", b"not deflated", zlib.compress(b"\xff")):
        with pytest.raises(ValueError, match="packed network"):
            storage.unpack(sealed(text, code, raw))


def test_another_models_file_is_refused_before_it_is_decoded(monkeypatch):
    content = packed("float32")
    monkeypatch.setattr(storage, "decode", None)
    with pytest.raises(ValueError, match=r"0.weight is \(4, 1, 3, 3\) there, the model needs"):
        storage.load(nn.Sequential(nn.Conv2d(1, 5, 3)), content)


def test_the_layout_is_the_one_that_the_docs_state():
    """magic, CRC-32 of the rest, lengths; the header's keys; then the code, whole 32-bit words; then raw."""
    content = packed("codebook")
    magic, checksum, length, coded = struct.unpack("<4sIHI", content[:14])
    assert (magic, checksum) == (b"PLN1", zlib.crc32(content[14:]))
    header, code, raw = parts(content)
    assert list(header) == ["values", "parameters", "buffers"]
    assert coded % 4 == 0
    assert len(code) == coded
    assert length + coded + len(raw) + 14 == len(content)
    sizes = sum(entry["size"] for entry in header["parameters"])
    assert len(raw) == 3 * sizes + 4 * 4 * 2 + 8  # centres and frequencies; running mean, variance and count
