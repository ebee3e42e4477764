"""task=information: what a parameter and a linear last layer store of their data, and what it costs."""
