"""What reads a system: thermometers, statistics of correlated series, calibration."""
