"""Consent to plugins on every rank of torchrun, before anything else: all of them have the same, or none begins."""

from collections.abc import Sequence

from physlearn import processes
from physlearn.lab import plugins
from physlearn.lab.errors import UserError
from physlearn.lab.plugin_use import checksum


def take(arguments: Sequence[str]) -> list[str]:
    """On rank 0: the arguments without `--plugin NAME`, once all ranks have consented to the same plugins.

    Raises:
        UserError: a plugin is not there; on another rank it is missing or has other code.
    """
    rest = plugins.take(arguments)
    if processes.count() > 1:
        processes.share(checksums())
        if refusal := next((text for text in processes.collect(None) if text), None):
            raise UserError(refusal)
    return rest


def answer(arguments: Sequence[str]) -> bool:
    """On the other ranks: tells rank 0 of what is missing here; whether this rank may go on."""
    try:
        plugins.take(arguments)
        here, refusal = checksums(), None
    except UserError as missing:
        here, refusal = {}, str(missing)
    wanted = processes.share()
    if wanted is None:  # rank 0 ends, and says why
        return False
    me = f"rank {processes.rank()} of {processes.count()}"
    if refusal is None and (absent := [name for name in wanted if name not in here]):
        refusal = f"{plugins.words(absent)}is missing there: type it on every rank"
    if refusal is None and (other := [name for name in wanted if wanted[name] != here[name]]):
        refusal = f"the code of the plugin {', '.join(other)} is not that of rank 0"
    processes.collect(refusal and f"{me}: {refusal}")
    return refusal is None


def checksums() -> dict[str, str]:
    """Name -> SHA-256 of the code of every plugin that may be used here."""
    return {plugin.name: checksum(plugin.folder) for plugin in plugins.plugins()}
