"""task=recall: images recalled from an associative memory."""
