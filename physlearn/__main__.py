"""The front door: compose, check, claim a directory, then Hydra. Bad input is one line; the exit code tells the end."""

import sys
from pathlib import Path

from physlearn.lab.errors import EXIT, UserError

SHOWS_ONLY = (
    "--cfg",
    "-c",
    "--info",
    "-i",
    "--hydra-help",
    "--version",
    "--shell-completion",
    "-sc",
    "--package",
    "-p",
)


def main() -> None:
    """The console script and `python -m physlearn`."""
    try:
        sys.exit(run(sys.argv[1:]))
    except UserError as refusal:
        print(f"physlearn: {refusal}", file=sys.stderr)
        sys.exit(EXIT["bad input"])


def run(arguments: list[str]) -> int:
    """Does what the arguments say and returns the exit code."""
    from physlearn.lab import config

    if {"--help", "-h"} & set(arguments):
        from physlearn.lab.guide import guide

        print(guide(config.config_folder()))
        return EXIT["done"]
    if any(word.split("=")[0] in SHOWS_ONLY for word in arguments):
        hydra_main(arguments)
        return EXIT["done"]

    from physlearn.lab import launch

    if resumed := [word for word in arguments if word.startswith("resume=")]:
        if len(arguments) > 1:
            raise UserError(f"{resumed[0]} takes no other key: a run goes on with the config it was started with")
        return launch.resume(Path(resumed[0].removeprefix("resume=")))

    from physlearn.lab.check import check
    from physlearn.tasks.rules import rules

    plan = config.plan(arguments)
    for job in plan.jobs:
        check(config.as_dict(job), rules(job.task.name))
    return launch.sweep(plan, hydra_main) if plan.sweep else launch.single(plan, hydra_main)


def hydra_main(arguments: list[str]) -> None:
    """Hydra with our conf/ and our job, on these arguments."""
    import hydra

    from physlearn.lab.conduct import job
    from physlearn.lab.config import config_folder

    sys.argv = [sys.argv[0], *arguments]
    hydra.main(version_base="1.3", config_path=str(config_folder()), config_name="config")(job)()


if __name__ == "__main__":
    main()
