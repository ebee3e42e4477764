"""What can be run: one file a task, each with `run(cfg, bench)`, read like the Methods section of a paper."""
