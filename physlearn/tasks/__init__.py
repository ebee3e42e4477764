"""What can be run: one package per task, whose `run.run(cfg, bench)` reads like the Methods section of a paper."""
