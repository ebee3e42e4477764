"""Where files of data lie, and how they are read: nothing is trusted before its length or checksum is."""

import gzip
import hashlib
import os
import zlib
from collections.abc import Sequence
from pathlib import Path


class DataError(ValueError):
    """A file of data is missing or is not what it should be. The message is one line: which, what, what to do."""


def data_root(root: str | os.PathLike | None = None) -> Path:
    """The folder in which data are looked for: `root`, else $PHYSLEARN_DATA, else the user's cache folder.

    Raises:
        DataError: `root` (or $PHYSLEARN_DATA) was given and is not a folder.
    """
    origin = "data.root"
    if root is None and os.environ.get("PHYSLEARN_DATA"):
        origin, root = "PHYSLEARN_DATA", os.environ["PHYSLEARN_DATA"]
    if root is None:
        return cache()
    path = Path(root).expanduser()
    if not path.is_dir():
        what = "is not a folder" if path.exists() else "does not exist"
        raise DataError(f"{origin}={root} {what}; give a folder that holds the data, or none to use {cache()}")
    return path


def cache() -> Path:
    """The user's cache folder for physlearn (it need not exist yet)."""
    import pooch  # slow to import, and digits need no files

    return Path(pooch.os_cache("physlearn"))


def landing(root: Path) -> Path:
    """Where downloads land: in `root` where it can be written, else in the user's cache folder."""
    marked = root.is_dir() and not root.stat().st_mode & 0o222  # read-only is meant, also where root could write
    return root if os.access(root, os.W_OK) and not marked else cache()


def find(root: Path, folders: Sequence[str], names: Sequence[str]) -> Path | None:
    """The first file that exists under `root` or the place where its downloads land; None if there is none."""
    places = dict.fromkeys((root, landing(root)))
    paths = (place / folder / name for place in places for folder in folders for name in names)
    return next((path for path in paths if path.is_file()), None)


def read_bytes(path: Path) -> bytes:
    """The bytes of a file, unpacked if its name ends in .gz.

    Raises:
        DataError: the file cannot be read, or its gzip stream is cut short or damaged.
    """
    try:
        content = path.read_bytes()
        return gzip.decompress(content) if path.suffix == ".gz" else content
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path} is truncated or damaged (gzip: {error}); {remedy(path)}") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from None


def check_md5(path: Path, content: bytes, expected: str) -> None:
    """Compare the MD5 sum of the content of `path` (unpacked, where the sum is of that) with the published one.

    Raises:
        DataError: they differ.
    """
    found = hashlib.md5(content, usedforsecurity=False).hexdigest()
    if found != expected:
        raise DataError(f"{path} is not the published file: MD5 {found}, expected {expected}; {remedy(path)}")


def remedy(path: Path) -> str:
    """What to do about a bad file, the end of every message about one."""
    return f"replace it, or delete {path.name} to have it downloaded again"
