"""A lossless JPEG stream whose differences wrap around, as ITU-T T.81 H.1.2.1 and H.2.1 allow.

Encoders of real scanners write 128 after 52 as -180 instead of +76. Decoders that clamp instead of
wrapping give plausible, wrong pictures (pylibjpeg-libjpeg issue 90).
"""

import numpy as np

CATEGORIES = 12


def wrapped_lossless_jpeg(frame: np.ndarray) -> bytes:
    """Code an 8-bit picture with predictor 1, taking the long way round wherever there is one."""
    rows, columns = frame.shape
    bits = "".join(_code(difference) for difference in _differences(frame.astype(int)))
    bits += "1" * (-len(bits) % 8)
    data = bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits), 8))
    head = b"\xff\xd8"
    head += _segment(0xC3, bytes([8, *divmod(rows, 256), *divmod(columns, 256), 1, 1, 0x11, 0]))
    counts = bytes([0, 0, 0, CATEGORIES] + [0] * 12)  # all codes have four bits
    head += _segment(0xC4, b"\0" + counts + bytes(range(CATEGORIES)))
    head += _segment(0xDA, bytes([1, 1, 0, 1, 0, 0]))
    return head + data.replace(b"\xff", b"\xff\0") + b"\xff\xd9"


def _differences(frame):
    for row in range(frame.shape[0]):
        for column in range(frame.shape[1]):
            predicted = frame[row, column - 1] if column else frame[row - 1, 0] if row else 128
            difference = int(frame[row, column] - predicted)
            yield difference + (256 if difference < 0 else -256) if difference % 3 else difference


def _code(difference: int) -> str:
    category = abs(difference).bit_length()
    low = difference if difference >= 0 else difference + (1 << category) - 1
    return f"{category:04b}" + (f"{low:0{category}b}" if category else "")


def _segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(body) + 2).to_bytes(2, "big") + body
