"""Seeds become generators by one recipe: named streams by a hash, counted ones by SplitMix64."""

import hashlib

import numpy as np
import torch

from physlearn.streams import Streams, mix, stream, stream_seed, streams


def test_streams_with_different_names_or_seeds_are_independent():
    """63-bit seeds from a hash: no two alike among many; one stream again is the same stream."""
    seeds = {stream_seed(seed, name) for seed in range(200) for name in ("weights", "batches", "dropout", "thermal")}
    assert len(seeds) == 800
    assert max(seeds) < 2**63
    assert stream_seed(3, "weights") == stream_seed(3, "weights")
    a, b = torch.randn(20_000, generator=stream(0, "weights")), torch.randn(20_000, generator=stream(0, "thermal"))
    assert abs(float((a * b).mean())) < 4 / 20_000**0.5


def test_a_named_stream_is_the_head_of_a_hash():
    """Little endian, 63 bits: the numbers of every earlier run depend on these bytes."""
    head = hashlib.sha256(b"7/thermal 3").digest()[:8]
    assert stream_seed(7, "thermal 3") == sum(byte << 8 * i for i, byte in enumerate(head)) >> 1
    assert stream_seed(0, "weights") == 4194789700723333633
    assert stream(0, "weights").initial_seed() == stream_seed(0, "weights")


def test_draws_are_uniform_and_streams_independent():
    draws = streams(123, range(50)).integers(10**6, torch.arange(20_000)).double() * 2.0**-53  # (stream, draw)
    n = draws.numel()
    assert abs(draws.mean() - 0.5) < 4 / np.sqrt(12 * n)
    assert abs(draws.square().mean() - 1 / 3) < 4 * np.sqrt(4 / 45 / n)
    centred = (draws - 0.5) * np.sqrt(12)
    assert (centred @ centred.T / 20_000 - torch.eye(50)).fill_diagonal_(0).abs().max() < 5 / np.sqrt(20_000)
    assert abs((centred[:, 1:] * centred[:, :-1]).mean()) < 4 / np.sqrt(n)


def test_splitmix64_gives_its_published_numbers():
    """Seed 1234567: the first outputs of the reference implementation."""
    expected = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431]
    counter = Streams(torch.tensor([1234567])).integers(0, torch.arange(4))[0]
    assert counter.tolist() == [value >> 11 for value in expected]


def test_the_key_of_a_replica_is_a_hash_of_the_seed_and_its_index():
    """key_r = mix(mix(seed) + (r + 1) GAMMA), whichever rows are asked for."""
    origin = mix(torch.tensor(9)).item()
    keys = streams(9, [2, 5]).keys.tolist()
    for row, key in zip((2, 5), keys, strict=True):
        word = (origin + (row + 1) * 0x9E3779B97F4A7C15) % 2**64
        assert key == mix(torch.tensor(word - 2**64 * (word >= 2**63))).item()
    assert torch.equal(streams(9, range(6)).keys[[2, 5]], streams(9, [2, 5]).keys)
