"""task=entropy: bits in images, by estimators of counts and by compressors, plain and coded."""
