"""task=entropy: bits in pictures, by estimators of counts and by compressors, plain and coded."""
