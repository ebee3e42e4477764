"""`task.matmul_precision` of a task that trains: torch.autocast around the forward pass."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial

import torch
from omegaconf import DictConfig

from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.lab.errors import UserError
from physlearn.tasks.setup.make import is_thermal


def is_coarse(cfg: DictConfig) -> bool:
    """Whether networks multiply in bfloat16 while they train; older runs have no such key and do not."""
    return cfg.task.get("matmul_precision", "float32") == "bfloat16"


def make_autocast(cfg: DictConfig, bench: BenchProtocol) -> Callable[[], AbstractContextManager]:
    """torch.autocast for `task.matmul_precision`: within it a network multiplies and convolves in bfloat16.

    Weights, their steps and everything measured stay in float32 (elsewhere this is called bf16-mixed).

    Raises:
        UserError: bfloat16 for a network in float64.
    """
    coarse = is_coarse(cfg)
    if coarse and bench.dtype != torch.float32:
        raise UserError("task.matmul_precision=bfloat16 is not allowed with precision=float64: type precision=float32")
    return partial(torch.autocast, bench.device.type, torch.bfloat16, enabled=coarse)


def refuse_coarse_forces(cfg: DictConfig) -> None:
    """Raises UserError: an equation of motion with a temperature would read forces of 8 bits, whose rounding heats."""
    if is_coarse(cfg) and is_thermal(cfg):
        raise UserError(
            "task.matmul_precision=bfloat16 rounds the forces of a sampler. Type task.matmul_precision=float32, "
            "or e.g. optimizer=adamw temperature=none"
        )
