"""The front door: compose, check, then one run, or Hydra for a sweep. Bad input is one line and exit code 2."""

import signal

if __name__ == "__main__":  # Ctrl-C before signals.listen(), during imports, ends the process without a traceback
    signal.signal(signal.SIGINT, signal.SIG_DFL)

import io
import os
import sys
from contextlib import redirect_stderr
from pathlib import Path

from physlearn import __version__, processes
from physlearn.lab import consent, plugins, signals
from physlearn.lab.errors import EXIT, UserError

# OpenMP's threads wait for each other by spinning; on cores shared with other jobs that costs a factor of ten.
os.environ.setdefault("GOMP_SPINCOUNT", "10000")  # read when torch is loaded: after some 30 microseconds they sleep

HELP = ("--help", "-h")
RUNS = "task=runs"  # a command beside the tasks: it makes no run
SHOWS_CONFIG = ("--cfg", "-c")
SHOWS_ONLY = (*SHOWS_CONFIG, "--info", "-i", "--hydra-help", "--shell-completion", "-sc")


def main() -> None:
    """The console script, `python -m physlearn`, and `torchrun -m physlearn`: there the first process leads."""
    if processes.rank() > 0:
        from physlearn.lab.follower import follow

        processes.leave(follow(sys.argv[1:]))
    if processes.spread():
        signals.listen_as_worker()  # torchrun passes signals on itself, sometimes twice
    else:
        signals.listen()
    try:
        processes.patience()
        code = run(consent.take(sys.argv[1:]))
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read our words has gone, as in `--help | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = EXIT["done"]
    except (UserError, OSError) as refusal:
        print(f"physlearn: {refusal}", file=sys.stderr)
        code = EXIT["bad input"]
    processes.leave(code)


def run(arguments: list[str]) -> int:
    """Does what the arguments say and returns the exit code."""
    from physlearn.lab import config

    if RUNS in arguments:
        from physlearn.lab.run_shelf import USAGE, manage

        if set(HELP) & set(arguments):
            print(USAGE)
            return EXIT["done"]
        return manage([word for word in arguments if word != RUNS])
    if set(HELP) & set(arguments):
        print(help_text([word for word in arguments if word not in HELP]))
        return EXIT["done"]
    if "--version" in arguments:
        print(f"physlearn {__version__}")
        return EXIT["done"]
    if any(word.split("=")[0] in SHOWS_ONLY for word in arguments):
        return show(arguments)

    from physlearn.lab import launch
    from physlearn.lab.check import check
    from physlearn.lab.plugin_rules import check_signatures, with_plugins
    from physlearn.lab.run_directory import as_dict
    from physlearn.lab.unread import refuse_unread
    from physlearn.tasks.setup.rules import rules, writes

    if resumed := [word for word in arguments if word.startswith("resume=")]:
        if len(arguments) > 1:
            raise UserError(f"{resumed[0]} takes no other key: a run is resumed with the config it was started with")
        directory = Path(resumed[0].removeprefix("resume="))
        begun = launch.config_of(directory)
        config = as_dict(begun)
        check(config, with_plugins(config, {}, launch.typed_for(directory), rules(begun.task.name)))
        return launch.resume(directory, begun)

    plan = config.plan(arguments)
    if plan.sweep and processes.count() > 1:
        raise UserError("torchrun spreads one run over its processes: begin a sweep with python -m physlearn")
    jobs = []
    for job, choices, typed in zip(map(as_dict, plan.jobs), plan.choices, plan.typed, strict=True):
        jobs.append((job, choices, with_plugins(job, choices, typed, rules(job["task"]["name"]))))
        check(job, jobs[-1][2])
    refuse_unread(plan.fixed, jobs)
    for job, _, its_rules in jobs:
        check_signatures(job, its_rules)
    return launch.sweep(plan, hydra_main, writes) if plan.sweep else launch.single(plan, writes)


def help_text(words: list[str]) -> str:
    """What can be chosen; where something is typed beside --help, the keys of what that would run."""
    if not words:
        from physlearn.lab.guide import guide

        return guide()
    from physlearn.lab.key_table import key_table
    from physlearn.tasks.setup.rules import rules

    return key_table(words, rules)


def show(arguments: list[str]) -> int:
    """Lets Hydra show the config or itself; what it refuses becomes one line."""
    if any(word.split("=")[0] in SHOWS_CONFIG for word in arguments):
        from physlearn.lab.config import plan

        plan([word for word in arguments if "=" in word and not word.startswith("-")])
    refusal = io.StringIO()
    try:
        with redirect_stderr(refusal):
            first = next((i for i, word in enumerate(arguments) if "=" in word and not word.startswith("-")), 0)
            hydra_main([*arguments[:first], *plugins.search_path(), *arguments[first:]])  # overrides stand together
    except ValueError as odd:
        raise UserError(str(odd)) from None
    except SystemExit as end:
        if end.code:
            raise UserError(refusal.getvalue().strip().splitlines()[-1].removeprefix("physlearn: error: ")) from None
    return EXIT["done"]


def hydra_main(arguments: list[str]) -> None:
    """Hydra with our conf/ and our job, on these arguments. What goes wrong in it is raised, not printed."""
    import hydra

    from physlearn.lab.config import config_folder
    from physlearn.lab.run_one import job

    sys.argv = [sys.argv[0], *arguments]
    os.environ["HYDRA_FULL_ERROR"] = "1"
    hydra.main(version_base="1.3", config_path=str(config_folder()), config_name="config")(job)()


if __name__ == "__main__":
    main()
