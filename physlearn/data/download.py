"""Missing files come from public mirrors, with a progress bar, and are put in place only after they were checked."""

import errno
import os
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlparse

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from physlearn.data.files import DataError

TIMEOUT = (4, 15)  # seconds to connect, seconds without a byte: no network must not mean a long wait


def download(urls: Sequence[str], target: Path, check: Callable[[Path], None]) -> Path:
    """Fetch `target` from the first of several mirrors that gives a file which passes `check`.

    The file is downloaded beside its place under another name, checked, then renamed: `target` is whole or absent.

    Args:
        urls: the mirrors, tried in this order.
        target: where the file belongs; its folder is made if need be.
        check: is given the path of the downloaded file, raises DataError if it is not the right one.

    Raises:
        DataError: no mirror gave it; the line says why, and which file to put where by hand.
    """
    import pooch  # slow to import, and needed by nobody who has the files
    import requests

    pooch.get_logger().setLevel("WARNING")
    failures, new = [], not target.parent.exists()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        folder = tempfile.TemporaryDirectory(dir=target.parent, prefix=".download-")
    except OSError as error:
        raise DataError(
            f"cannot write to {target.parent}: {error.strerror}; set data.root to a folder you own"
        ) from None
    with folder:
        part = Path(folder.name, target.name)
        for url in urls:
            host = urlparse(url).netloc
            bar = Bar(f"{target.name} from {host}")
            downloader = pooch.HTTPDownloader(progressbar=bar, chunk_size=1 << 16, timeout=TIMEOUT)
            try:
                pooch.retrieve(url, known_hash=None, path=part.parent, fname=part.name, downloader=downloader)
                check(part)
                os.replace(part, target)
                return target
            except DataError as error:
                part.unlink()
                failures.append(f"{host}: {error}".replace(f"{part.parent}/", "").split(";")[0])
            except requests.HTTPError as error:
                failures.append(f"{host}: HTTP {error.response.status_code}")
            except requests.RequestException as error:
                failures.append(f"{host}: {type(error).__name__}")
            except OSError as error:
                if error.errno == errno.ENOSPC:
                    raise DataError(f"the disk is full: {target} could not be written") from None
                failures.append(f"{host}: {error.strerror or error}")
            finally:
                bar.close()
    if new:
        with suppress(OSError):  # another process may be at work in it
            target.parent.rmdir()
    raise DataError(
        f"{target.name} is missing and could not be downloaded ({'; '.join(failures)}); "
        f"fetch {urls[0]} and put it at {target}"
    )


class Bar:
    """A rich progress bar with the four members that pooch asks of one (total, update, reset, close)."""

    def __init__(self, description: str) -> None:
        console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
        self.progress = Progress(*columns, console=console, disable=not console.is_terminal)
        self.task = self.progress.add_task(description, total=None)
        self.total = 0

    def update(self, count: int) -> None:
        self.progress.start()  # not before the first bytes: a mirror that is silent shows no bar
        self.progress.update(self.task, total=self.total or None, advance=count)

    def reset(self) -> None:
        self.progress.update(self.task, completed=0)

    def close(self) -> None:
        self.progress.stop()
