"""What the keys of task=compare may hold."""

from physlearn.ranges import Rule


def _folders(value: object) -> bool:
    entries = value if isinstance(value, list) else [value]
    return bool(entries) and all(isinstance(entry, str) and entry not in ("", "???") for entry in entries)


RULES = {"runs": Rule(_folders, "a folder or a list of folders that hold runs", "outputs/sweeps/<sweep>")}
