"""task=free_energy: the free energy of networks between prior and posterior, by the work of minibatch training."""
