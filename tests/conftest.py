"""For all tests: threads that wait do not spin, as in the front door, so that a busy machine does not stretch them."""

import os

os.environ.setdefault("GOMP_SPINCOUNT", "10000")  # before torch is loaded
