"""task=machine_information: what the samples of Boltzmann machines tell of the data set that these were trained on."""
