"""Sound through a codec: coded, decoded and brought back into time with the original; bits per sample.

Recordings are coded end to end as one stream, so that no header stands before each of them.
"""

import io

import numpy as np
from scipy.signal import correlate

from physlearn.data.choices import FORMATS

SUBTYPES = {  # libsndfile's names, and what is asked of its encoder
    "flac": ("FLAC", "PCM_16", {}),
    "mp3": ("MP3", "MPEG_LAYER_III", {"bitrate_mode": "CONSTANT"}),
    "vorbis": ("OGG", "VORBIS", {}),
    "opus": ("OGG", "OPUS", {}),
}
BLOCK = 8_000  # samples written at a time
LONGEST = 4_000  # samples by which a codec may be late
WINDOW = 200_000  # samples in which the delay is looked for


def through_audio(pcm: np.ndarray, rate: int, format: str, level: float) -> tuple[np.ndarray, float]:
    """The samples after coding and decoding, and the bits per sample that the file took.

    Args:
        pcm: int16, (sample,).
        rate: samples per second.
        format: ``none``, ``flac`` (without loss), ``mp3`` (constant bit rate), ``vorbis`` or ``opus``.
        level: libsndfile's compression level, 0 (largest file) to 1 (smallest).

    Returns:
        (int16 (sample,), bits per sample).

    Raises:
        ValueError: another format, a level outside 0 ... 1 or one that the encoder refuses; soundfile is missing.
    """
    if format not in FORMATS:
        raise ValueError(f"format={format}: allowed are {', '.join(FORMATS)}")
    if not 0 <= level <= 1:
        raise ValueError(f"level={level:g}: allowed are numbers from 0 (largest file) to 1 (smallest)")
    if format == "none":
        return pcm, 16.0
    try:
        import soundfile
    except ImportError:
        raise ValueError(f"format={format} needs soundfile: pip install 'physlearn[audio]'") from None
    kind, subtype, more = SUBTYPES[format]
    file = io.BytesIO()
    try:
        settings = {"format": kind, "subtype": subtype, "compression_level": level, **more}
        with soundfile.SoundFile(file, "w", rate, 1, **settings) as stream:
            for first in range(0, len(pcm), BLOCK):  # its Vorbis encoder overflows the stack on millions of samples
                stream.write(pcm[first : first + BLOCK])
    except soundfile.LibsndfileError as refusal:
        raise ValueError(f"level={level:g}: {format} at {rate} samples per second refuses it ({refusal})") from None
    bits = 8 * len(file.getvalue()) / len(pcm)
    file.seek(0)
    decoded, _ = soundfile.read(file, dtype="int16")
    late = delay(pcm, decoded)
    aligned = np.zeros_like(pcm)
    part = decoded[late : late + len(pcm)]
    aligned[: len(part)] = part
    return aligned, bits


def delay(pcm: np.ndarray, decoded: np.ndarray) -> int:
    """By how many samples `decoded` is late: where its correlation with the original is largest, 0 ... 4,000.

    Args:
        pcm: int16, (sample,).
        decoded: the same after a codec, of about that length.
    """
    window = min(WINDOW, len(pcm))
    late = decoded[: window + LONGEST].astype(float)
    found = correlate(late, pcm[:window].astype(float), "full", "fft")  # lags -(window - 1) ...
    from_zero = found[window - 1 : window + LONGEST]
    return int(from_zero.argmax()) if len(from_zero) else 0
