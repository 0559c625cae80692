"""Compare the upload's lossless codings on uncompressed 16-bit files.

    .venv/bin/python -m benchmarks.codings FOLDER...

Prints the share of the files' bytes that each leaves. "differences" are those of each word to the
one before it, folded, in two planes, deflated: what was sent before JPEG-LS (docs/adr/0016). The
browser's own JPEG-LS stream is about one per cent shorter than this one, which always has 16 bits.
"""

import hashlib
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from imaging.coding import Coding, Words, decode, encode
from imaging.errors import ImagingError
from imaging.gate import open_admitted


def words_of(path: Path) -> Words | None:
    """Return where a file has pixels that JPEG-LS can take; None where it has none."""
    try:
        with open_admitted(path) as admitted:
            pixels, layout = admitted.pixels, admitted.pixels.layout
    except ImagingError:
        return None
    if pixels.element.encapsulated or layout.bits_allocated != 16 or layout.samples != 1:
        return None
    return Words(pixels.element.value, layout.rows * layout.frames, layout.columns)


def decoding_speed(paths: Sequence[Path]) -> float:
    """Undo JPEG-LS of every file and take its SHA-256; return files a CPU-second."""
    files = [path.read_bytes() for path in paths]
    payloads = [
        encode(data, Coding.JPEG_LS, words_of(path))
        for path, data in zip(paths, files, strict=True)
    ]
    started = time.process_time()
    for payload, data in zip(payloads, files, strict=True):
        hashlib.sha256(decode(payload, Coding.JPEG_LS, len(data))).digest()
    return len(files) / (time.process_time() - started)


def differences(data: bytes) -> bytes:
    steps = np.diff(np.frombuffer(data, "<i2", count=len(data) // 2), prepend=np.int16(0))
    folded = ((steps << 1) ^ (steps >> 15)).astype("<i2").view("u1").reshape(-1, 2)
    return folded[:, 0].tobytes() + folded[:, 1].tobytes()


def lengths(data: bytes, words: Words) -> dict[str, int]:
    return {
        "the file": len(data),
        "deflate": len(encode(data, Coding.DEFLATE)),
        "differences": len(encode(differences(data), Coding.DEFLATE)),
        "JPEG-LS": len(encode(data, Coding.JPEG_LS, words)),
    }


def main() -> int:
    total: Counter[str] = Counter()
    for path in sorted(path for name in sys.argv[1:] for path in Path(name).rglob("*")):
        words = words_of(path) if path.is_file() else None
        if words is not None:
            total.update(lengths(path.read_bytes(), words))
    for name, length in total.items():
        print(f"{name:12} {length / 1e6:8.1f} MB  {length / total['the file']:.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
