"""The header of a packed network, which may come from a stranger: checked before anything is allocated."""

import json
import zlib
from math import prod
from typing import Any

from physlearn.pruning.choices import STORED_VALUES

LONGEST = 2**20  # bytes of a header, inflated: that of VGG-16 has 2,000
PLACES = 2**28  # weights and buffer entries of a network in all: 1 GiB in float32; VGG-16 has 1.4e8
COLUMNS = 2**20  # inputs of all layers in all, which masks are sent by: VGG-16 has 6.6e4
TENSORS = 2**14
CENTRES = 2**16  # shared values of a tensor
KINDS = {"<f4": 4, "<f8": 8, "<i8": 8}  # of buffers, and their bytes


def read_header(deflated: bytes, raw: int) -> dict[str, Any]:
    """The header, checked: names, shapes within the limits above, what is kept within a shape, kinds, and raw bytes.

    Args:
        deflated: as it stands in the file.
        raw: how many raw bytes the file has: buffers and codebooks must find place in them.

    Raises:
        ValueError: it is not a header; one line that says what.
    """
    header = inflate(deflated)
    values, entries, buffers = (header.get(key) for key in ("values", "parameters", "buffers"))
    demand(values in STORED_VALUES, "values", values)
    demand(isinstance(entries, list) and len(entries) <= TENSORS, "parameters", entries)
    demand(isinstance(buffers, list) and len(buffers) <= TENSORS, "buffers", buffers)
    for entry in entries:
        check_parameter(entry, values)
    for buffer in buffers:
        demand(isinstance(buffer, list) and len(buffer) == 3, "a buffer", buffer)
        name, shape, kind = buffer
        demand(isinstance(name, str), "a name", name)
        check_shape(shape, 0)
        demand(isinstance(kind, str) and kind in KINDS, f"the kind of {name}", kind)
    names = [entry["name"] for entry in entries] + [buffer[0] for buffer in buffers]
    demand(len(set(names)) == len(names), "names", "one occurs twice")
    layers = [entry["shape"] for entry in entries if "lag" in entry]
    places = sum(prod(entry["shape"]) for entry in entries) + sum(prod(shape) for _, shape, _ in buffers)
    demand(places <= PLACES, "shapes", f"{places:,} numbers in all, {PLACES:,} are allowed")
    columns = sum(prod(shape[1:]) for shape in layers)
    demand(columns <= COLUMNS, "shapes", f"{columns:,} inputs in all, {COLUMNS:,} are allowed")
    least = sum(prod(shape) * KINDS[kind] for _, shape, kind in buffers)
    least += sum(3 * entry["size"] for entry in entries if values == "codebook")
    each = 0 if values == "codebook" else 4 if values == "float32" else 2
    least += each * sum(entry.get("kept", 0) for entry in entries)
    demand(least <= raw, "shapes", f"they need at least {least:,} bytes, {raw:,} are there")
    return header


def inflate(deflated: bytes) -> dict[str, Any]:
    """The JSON object in the deflated bytes, which may not grow beyond LONGEST."""
    try:
        inflater = zlib.decompressobj()
        text = inflater.decompress(deflated, LONGEST)
        demand(
            inflater.eof and not inflater.unused_data, "length", f"not one deflated text of at most {LONGEST:,} bytes"
        )
        header = json.loads(text)
    except (zlib.error, UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"this packed network has no header: {type(error).__name__}") from None
    demand(isinstance(header, dict), "header", header)
    return header


def check_parameter(entry: Any, values: str) -> None:
    """A parameter's entry: its shape; of a layer's weights kept, lag and skip as well; with codebooks their size."""
    demand(isinstance(entry, dict) and isinstance(entry.get("name"), str), "a parameter", entry)
    name, shape = entry["name"], entry.get("shape")
    check_shape(shape, 1)
    demand(len(shape) > 0, f"the shape of {name}", shape)
    if "lag" in entry:
        demand(whole(entry["lag"], 0, prod(shape[1:])), f"the lag of {name}", entry["lag"])
        demand(whole(entry.get("kept"), 0, prod(shape)), f"kept of {name}", entry.get("kept"))
        demand(whole(entry.get("skip"), 0, 1), f"skip of {name}", entry.get("skip"))
    else:
        demand("kept" not in entry, f"kept of {name}", entry.get("kept"))
    if values == "codebook":
        demand(whole(entry.get("size"), 0, CENTRES), f"the size of {name}'s codebook", entry.get("size"))


def check_shape(shape: Any, least: int) -> None:
    demand(isinstance(shape, list) and len(shape) <= 8, "a shape", shape)
    demand(all(whole(side, least, PLACES) for side in shape), "a shape", shape)


def whole(value: Any, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def demand(holds: bool, what: str, found: Any) -> None:
    if not holds:
        raise ValueError(f"the header of this packed network is wrong: {what}: {str(found)[:100]}")
