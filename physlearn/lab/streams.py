"""The named streams of a run's seed, as tasks read them: the recipe itself stands in physlearn/streams.py."""

from physlearn.streams import stream, stream_seed

__all__ = ["stream", "stream_seed"]
