"""task=table: published compression beside the runs on disk."""
