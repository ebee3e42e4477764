"""task=compare: runs side by side."""
