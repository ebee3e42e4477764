"""What does not fit into memory is refused before it is made, by the limit of the control group too."""

import pytest
import torch
from torch import nn

from physlearn import memory
from physlearn.memory import Counted, in_units, of_groups, refuse_too_large


def group(folder, most, used, cached, names):
    folder.mkdir(parents=True, exist_ok=True)
    for name, value in zip((*names, "memory.stat"), (most, used, f"file 7\ninactive_file {cached}\n"), strict=True):
        (folder / name).write_text(f"{value}\n")


@pytest.mark.parametrize("version", [1, 2])
def test_the_limit_of_a_group_and_of_those_above_it(tmp_path, version):
    """Files that the kernel can drop are no use of memory; `max` is no limit."""
    root = tmp_path / "memory" if version == 1 else tmp_path
    names = memory.FILES[2 - version]
    group(root / "a/b", 1000, 400, 100, names)
    group(root / "a", 5000, 4800, 50, names)
    group(root, "max", 10**6, 0, names)
    own = tmp_path / "own"
    own.write_text("4:memory:/a/b\n3:cpuset:/x\n" if version == 1 else "0::/a/b\n")
    assert sorted(of_groups(tmp_path, own)) == [250, 700]
    own.write_text("0::/nowhere\n")
    assert of_groups(tmp_path / "none", own) == []


def test_this_machine_has_memory():
    assert 10**6 < memory.available() < 10**15


def test_a_line_states_both(monkeypatch):
    monkeypatch.setattr(memory, "available", lambda: 10 * 10**9)
    refuse_too_large("size=4", 7.9e9)
    with pytest.raises(ValueError, match=r"^size=5 needs about 8.1 GB of memory, more than 80% of the 10 GB that are"):
        refuse_too_large("size=5", 8.1e9)


def test_units():
    assert [in_units(size) for size in (0, 999, 1500, 2.5e6, 4e12, 3.2e18)] == [
        "0 B",
        "999 B",
        "1.5 kB",
        "2.5 MB",
        "4 TB",
        "3,200,000 TB",
    ]


def test_a_network_is_counted_while_it_is_made(monkeypatch):
    """Two layers of 4 MB each, where 80 % of 5 MB or of 20 MB are left; the first alone would fit."""
    monkeypatch.setattr(memory, "available", lambda: 6 * 10**6)
    with pytest.raises(ValueError, match="this network needs at least 8"), Counted("this network"):
        nn.Sequential(nn.Linear(1000, 1000), nn.Linear(1000, 1000))
    monkeypatch.setattr(memory, "available", lambda: 20 * 10**6)
    with Counted("this network") as counted:
        made = nn.Sequential(nn.Linear(1000, 1000), nn.Linear(1000, 1000, dtype=torch.float64))
    assert counted.made == sum(weight.nbytes for weight in made.parameters())


def test_copies_of_a_network_are_counted(refused, monkeypatch):
    """LeNet-300-100 on the digits, 50,610 weights: 3 copies for a step and 100 samples are 20.9 MB."""
    monkeypatch.setattr(memory, "available", lambda: 10 * 10**6)
    line = "model: this network of 50,610 weights, held 103 times, needs about 20.9 MB of memory, more than 80% of"
    refused("seed=0", line)
