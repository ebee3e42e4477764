"""The front door: help without torch and at once, pipes that close, a terminal, another folder, an installed wheel."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAVY = """
import sys
sys.argv = ["physlearn", *{words!r}]
from physlearn.__main__ import main
try:
    main()
except SystemExit as end:
    heavy = [name for name in ("torch", "matplotlib", "sklearn", "scipy") if name in sys.modules]
    print("\\nHEAVY", heavy, end.code)
"""


@pytest.mark.parametrize("words", [["--help"], ["--cfg", "job"], ["--version"], ["seed=-1"], ["-m", "seed=0,-1"]])
def test_what_only_talks_imports_nothing_heavy(tmp_path, words):
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", HEAVY.format(words=words)]
    shown = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert shown.stdout.splitlines()[-1] == f"HEAVY [] {2 if 'seed' in words[-1] else 0}"
    assert list(tmp_path.iterdir()) == []


def test_help_shows_every_choice_and_five_examples(python_m):
    code, text = python_m("--help")
    assert code == 0
    assert text.count("python -m physlearn ") >= 5 + 1  # the usage line as well
    for word in ("langevin", "annealed", "digits", "--multirun", "resume=", "task=verify"):
        assert word in text
    assert max(map(len, text.splitlines())) <= 140


def test_help_takes_less_than_a_second_of_cpu(tmp_path):
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    for words in (["--help"], ["--cfg", "job"]):
        before = os.times()
        subprocess.run(
            [sys.executable, "-m", "physlearn", *words], cwd=tmp_path, env=environment, capture_output=True, check=True
        )
        after = os.times()
        assert after.children_user - before.children_user < 1.0


@pytest.mark.parametrize("words", ["--help", "--cfg job", "-sc install=bash"])
def test_a_reader_that_goes_away_is_no_error(tmp_path, words):
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "physlearn", *words.split()]
    process = subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait() == 0


def test_a_config_can_be_shown_for_any_choice(python_m):
    code, text = python_m("--cfg", "job", "optimizer=sgd", "data=mnist")
    assert code == 0
    assert "_target_: torch.optim.SGD" in text


@pytest.mark.slow
def test_on_a_terminal_there_is_a_bar(start, quick, tmp_path):
    """`script` gives the run a terminal; without one a run prints a line now and then."""
    if shutil.which("script") is None:
        pytest.skip("no `script` here to make a terminal")
    words = " ".join([*quick, "task.epochs=40", "hydra.run.dir=run"])
    environment = os.environ | {"PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "COLUMNS": "120", "LINES": "40"}
    command = ["script", "-qec", f"{sys.executable} -m physlearn {words}", "/dev/null"]
    shown = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )
    assert shown.returncode == 0
    assert "280/280" in shown.stdout
    for label in ("E ", "error ", "T ", "p "):
        assert label in shown.stdout
    assert "Traceback" not in shown.stdout


def test_the_end_says_where_the_results_lie(start, quick, tmp_path):
    process = start(*quick, "task.epochs=2", "hydra.run.dir=run")
    assert process.wait() == 0
    assert process.text.splitlines()[-1] == f"Results: {tmp_path}/run/report.html"


@pytest.mark.slow
def test_an_installed_wheel_runs_from_another_folder(tmp_path):
    """Built, installed beside the dependencies that are here, and run with nothing of the checkout in reach."""
    run = lambda *words, **more: subprocess.run(words, check=True, capture_output=True, text=True, **more)  # noqa: E731
    run(sys.executable, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", str(tmp_path / "dist"), str(ROOT))
    wheel = next((tmp_path / "dist").glob("*.whl"))
    pip = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-compile", "--target", str(tmp_path / "site")]
    run(*pip, str(wheel))
    away = tmp_path / "away"
    away.mkdir()
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= {"PYTHONPATH": str(tmp_path / "site"), "OMP_NUM_THREADS": "1"}
    where = run(sys.executable, "-c", "import physlearn; print(physlearn.__file__)", cwd=away, env=environment).stdout
    assert where.startswith(str(tmp_path / "site"))
    command = [sys.executable, "-m", "physlearn"]
    assert "annealed" in run(*command, "--help", cwd=away, env=environment).stdout
    run(*command, "task.epochs=2", "threads=1", "hydra.run.dir=run", cwd=away, env=environment)
    assert (away / "run/report.html").exists()
    script = run(str(tmp_path / "site/bin/physlearn"), "--version", cwd=away, env=environment)
    assert script.stdout.startswith("physlearn ")
