"""Compare predictors for the upload's lossless coding on uncompressed 16-bit files.

    .venv/bin/python -m benchmarks.codings FOLDER...

Each predictor guesses a 16-bit word of the file from words before it; what is left is folded, split
into planes and deflated as docs/upload.md says of d16. All of them can be undone by running sums.
Prints the share of the files' bytes that each leaves.
"""

import sys
import zlib
from collections import Counter
from pathlib import Path

import numpy as np
import pydicom
from numpy.typing import NDArray

from imaging.coding import RAW_DEFLATE

Words = NDArray[np.uint16]


def minus_left(words: Words) -> Words:
    return np.diff(words, prepend=np.uint16(0))


def minus_above(words: Words, columns: int) -> Words:
    rest = words.copy()
    rest[columns:] -= words[:-columns]
    return rest


def planes(rest: Words) -> bytes:
    steps = rest.view("<i2")
    folded = ((steps << 1) ^ (steps >> 15)).astype("<u2").view("u1").reshape(-1, 2)
    return folded[:, 0].tobytes() + folded[:, 1].tobytes()


def deflated(data: bytes) -> int:
    compressor = zlib.compressobj(6, zlib.DEFLATED, RAW_DEFLATE)
    return len(compressor.compress(data)) + len(compressor.flush())


def lengths(data: bytes, columns: int) -> dict[str, int]:
    words = np.frombuffer(data, "<u2", count=len(data) // 2)
    return {
        "the file": len(data),
        "deflate alone": deflated(data),
        "the word before (d16)": deflated(planes(minus_left(words))),
        "the pixel above": deflated(planes(minus_above(words, columns))),
        "the plane through three": deflated(planes(minus_above(minus_left(words), columns))),
    }


def main() -> int:
    total: Counter[str] = Counter()
    for path in sorted(path for name in sys.argv[1:] for path in Path(name).rglob("*")):
        if not path.is_file():
            continue
        header = pydicom.dcmread(path, stop_before_pixels=True, force=True)
        syntax = header.file_meta.get("TransferSyntaxUID")
        if syntax and not syntax.is_compressed and header.get("BitsAllocated") == 16:
            total.update(lengths(path.read_bytes(), int(header.Columns)))
    for name, length in total.items():
        print(f"{name:24} {length / 1e6:8.1f} MB  {length / total['the file']:.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
