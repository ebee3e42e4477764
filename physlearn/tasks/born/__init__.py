"""task=born: a Born machine is trained, sampled and asked to complete images."""
