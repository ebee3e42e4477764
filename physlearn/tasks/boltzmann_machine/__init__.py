"""task=boltzmann_machine: a restricted Boltzmann machine is trained, its ln Z followed, its likelihood measured."""
