"""task=attack: adversarial examples against the network of a finished run."""
