"""The site of docs/ builds without a warning, with a page for every package and every public name on it."""

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.slow
def test_the_site_builds_without_a_warning(tmp_path):
    pytest.importorskip("mkdocs", reason="pip install -c constraints.txt -e '.[docs]'")
    pytest.importorskip("mkdocstrings", reason="pip install -c constraints.txt -e '.[docs]'")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    for name in ("dynamics", "tempering", "pruning", "hopfield", "quantum"):
        page = (tmp_path / f"site/api/{name}/index.html").read_text()
        for public in importlib.import_module(f"physlearn.{name}").__all__:
            assert f'.{public}"' in page, f"{name}.{public}"
    home = (tmp_path / "site/index.html").read_text()
    assert 'href="theory/"' in home
    assert (tmp_path / "site/notebook/index.html").read_text().count("data:image/png") == 1
    assert not list((tmp_path / "site").rglob("site_pages.py"))
