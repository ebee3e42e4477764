"""task=truncate: a trained matrix product classifier is cut down to the bonds that it needs."""
