"""What has an energy: each system offers `energy(states) -> (replica,)` and its gradient."""
