"""Which plugins a run uses, what of them its provenance holds, and whether they are there when it is read again."""

import hashlib
import importlib.metadata
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from physlearn.lab import plugins
from physlearn.lab.check import leaves
from physlearn.lab.errors import UserError
from physlearn.lab.files import read_json
from physlearn.lab.plugins import Plugin

CODE = ("*.py", "*.yaml")


def used(config: Mapping[str, Any]) -> list[Plugin]:
    """Of those that were named all, of those that are installed the ones that a config needs."""
    targets = [str(value) for key, value in leaves(config) if key.endswith("_target_")]

    def needed(plugin: Plugin) -> bool:
        return any(map(plugin.holds, targets)) or (plugin.folder / "tasks" / config["task"]["name"]).is_dir()

    return [plugin for plugin in plugins.plugins() if plugin.typed or needed(plugin)]


def facts(config: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What provenance.json says of the plugins that a run uses: version, git revision, SHA-256 of the code."""
    return {
        plugin.name: {"version": version(plugin), **revision(plugin.folder), "sha256": checksum(plugin.folder)}
        for plugin in used(config)
    }


def version(plugin: Plugin) -> str | None:
    """Of the installed package, else what the plugin calls itself in `__version__`."""
    try:
        return importlib.metadata.version(plugin.name.partition(".")[0])
    except importlib.metadata.PackageNotFoundError:
        own = getattr(sys.modules.get(plugin.name), "__version__", None)
        return None if own is None else str(own)


def revision(folder: Path) -> dict[str, Any]:
    """Git revision and dirty flag of what lies in a folder; null where it lies in no checkout."""

    def git(*words: str) -> str:
        return subprocess.run(
            ["git", "--no-optional-locks", "-C", str(folder), *words], capture_output=True, text=True, check=True
        ).stdout.strip()

    try:
        return {"revision": git("rev-parse", "HEAD"), "dirty": bool(git("status", "--porcelain", "--", "."))}
    except (OSError, subprocess.CalledProcessError):
        return {"revision": None, "dirty": None}


def checksum(folder: Path) -> str:
    """SHA-256 of the names and bytes of a plugin's code and options."""
    sha = hashlib.sha256()
    for path in sorted(path for pattern in CODE for path in folder.rglob(pattern) if path.is_file()):
        sha.update(f"{path.relative_to(folder).as_posix()}\n".encode())
        sha.update(hashlib.sha256(path.read_bytes()).digest())
    return sha.hexdigest()


def needed_by(directory: Path) -> dict[str, dict[str, Any]]:
    """Name -> what the provenance of a run says of each plugin that it used."""
    found = read_json(directory / "provenance.json").get("plugins")
    return {name: fact for name, fact in found.items() if plugins.is_name(name)} if isinstance(found, dict) else {}


def refuse_missing(directory: Path, command: str, notebook: bool = False) -> None:
    """Refuses to go on with a run, or to read one, whose plugins nobody has named.

    Args:
        directory: of the run.
        command: what was typed with it, such as ``resume=outputs/...``.
        notebook: it was no command but a call of Python, whose argument `plugins` names them.

    Raises:
        UserError: a plugin is missing; the line says what to type.
    """
    there = {plugin.name for plugin in plugins.plugins()}
    if missing := [name for name in needed_by(directory) if name not in there]:
        which = "the plugin" if len(missing) == 1 else "the plugins"
        how = f"Give plugins={missing}" if notebook else f"Type {plugins.words(missing)}with it"
        raise UserError(f"{command}: this run was made with {which} {', '.join(missing)}, not named here. {how}")


def changes(begun: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """A sentence for each plugin whose code is another than when a run began."""
    found = []
    for name in begun.keys() & now.keys():
        there, here = begun[name], now[name]
        if there.get("sha256") != here["sha256"]:
            found.append(f"the plugin {name} has changed since this run began: {label(there)} then, {label(here)} now")
    return sorted(found)


def label(fact: Mapping[str, Any]) -> str:
    """A plugin's code in a few words."""
    parts = [f"version {fact['version']}"] if fact.get("version") else []
    if fact.get("revision"):
        parts.append(f"revision {fact['revision'][:8]}{' with changes' if fact.get('dirty') else ''}")
    return ", ".join([*parts, f"SHA-256 {str(fact.get('sha256'))[:8]}"])
