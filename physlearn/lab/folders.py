"""The folders of config groups: conf/, and behind it those of the plugins that may be used. No Hydra here."""

from collections.abc import Iterator
from pathlib import Path

from physlearn.lab import plugins
from physlearn.lab.errors import UserError


def config_folder() -> Path:
    """conf/ as it lies in an installed wheel, else in a checkout."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "conf", package.parent / "conf"):
        if (folder / "config.yaml").exists():
            return folder
    raise UserError(f"the folder conf/ is missing: it should be in {package} or beside it. Install physlearn again")


def config_folders() -> list[Path]:
    """conf/ and those of the plugins. No two of them hold an option of the same name."""
    return [config_folder(), *(plugin.conf for plugin in plugins.plugins())]


def groups() -> list[str]:
    """The names of all config groups."""
    folders = (folder for conf in config_folders() for folder in conf.iterdir())
    return sorted({folder.name for folder in folders if folder.is_dir() and folder.name != "hydra"})


def is_group(name: str) -> bool:
    return any((conf / name).is_dir() for conf in config_folders())


def files_of(group: str) -> Iterator[tuple[str, Path]]:
    """(name, file) of what a group offers, by name; those that lie in folders of their own as folder/name."""
    found = {
        path.relative_to(conf / group).with_suffix("").as_posix(): path
        for conf in config_folders()
        for path in (conf / group).rglob("*.yaml")
    }
    return iter(sorted(found.items()))


def options(group: str) -> list[str]:
    """What a group offers."""
    return [name for name, _ in files_of(group)]


def file_of(group: str, option: str) -> Path | None:
    """The file of one option; None where there is none."""
    paths = (conf / group / f"{option}.yaml" for conf in config_folders())
    return next((path for path in paths if path.exists()), None)
