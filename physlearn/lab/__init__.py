"""The ground floor: run directory, metrics, checkpoints, provenance, progress, report. It knows no physics."""
