"""A process that has imported everything heavy and forks real runs of the front door: a start costs 20 ms, not 5 s.

It reads orders, one JSON object per line: {"words", "cwd", "out", "environment", "file_limit", "pictures"}. It answers
each with the process number, and leaves the exit code in <out>.code when that process has ended.
"""

import gc
import importlib
import json
import os
import resource
import select
import sys
from pathlib import Path

from physlearn.__main__ import main
from physlearn.tasks.temper import report as temper_report
from physlearn.tasks.train import report as train_report

HEAVY = ("torch._dynamo", "sklearn.datasets", "matplotlib.backends.backend_agg", "hydra", "physlearn.lab.launch")
LAB = ("physlearn.lab.bench", "physlearn.lab.follower")
TASKS = tuple(
    f"physlearn.tasks.{name}" for name in ("train.run", "compare.run", "verify.run", "temper.run", "temper.systems")
)
QUIET = 0.02  # seconds between two looks for ended processes


def live(order: dict) -> None:
    """The forked process: the front door on the words that were ordered."""
    os.setsid()
    os.chdir(order["cwd"])
    out = os.open(order["out"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(out, 1)
    os.dup2(out, 2)
    os.environ.update(order["environment"])
    if order["file_limit"]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (order["file_limit"],) * 2)
    if not order["pictures"]:
        train_report.draw = temper_report.draw = lambda *_: None
    sys.argv = ["physlearn", *order["words"]]
    code = 99
    try:
        main()
    except SystemExit as end:
        code = end.code
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def serve() -> None:
    for module in (*HEAVY, *LAB, *TASKS):
        importlib.import_module(module)
    gc.collect()
    gc.freeze()  # what was imported is shared by all that are forked, and looked at by no collector
    outs: dict[int, str] = {}
    while True:
        if select.select([sys.stdin], [], [], QUIET)[0]:
            line = sys.stdin.readline()
            if not line:
                return
            order = json.loads(line)
            child = os.fork()
            if child == 0:
                live(order)
            outs[child] = order["out"]
            print(child, flush=True)
        while outs:
            ended, status = os.waitpid(-1, os.WNOHANG)
            if not ended:
                break
            code = Path(outs.pop(ended) + ".code")
            code.with_suffix(".part").write_text(str(os.waitstatus_to_exitcode(status)))
            code.with_suffix(".part").rename(code)


if __name__ == "__main__":
    serve()
