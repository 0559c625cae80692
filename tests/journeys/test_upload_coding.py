"""The browser's JPEG-LS encoder against CharLS, and its packing against the server's undoing."""

import base64
import hashlib
from collections.abc import Iterator

import imagecodecs
import numpy as np
import pytest
from numpy.typing import NDArray

from imaging.coding import Coding, decode

Picture = NDArray[np.uint16]
ENCODE = """async ([samples, columns, precision]) => {
    const { encode } = await import("/static/js/upload/jpegls.js");
    const bytes = Uint8Array.from(atob(samples), (letter) => letter.charCodeAt(0));
    const stream = encode(new Uint16Array(bytes.buffer), columns, precision);
    return stream && btoa(Array.from(stream, (byte) => String.fromCharCode(byte)).join(""));
}"""
PACK = """async ([file, report]) => {
    const { pack } = await import("/static/js/upload/coding.js");
    const bytes = Uint8Array.from(atob(file), (letter) => letter.charCodeAt(0));
    const { coding, data } = await pack(bytes, report);
    return [coding, btoa(Array.from(data, (byte) => String.fromCharCode(byte)).join(""))];
}"""


@pytest.fixture
def static(page, live_server):
    """Return a page of the portal that may load its modules."""
    page.goto(f"{live_server.url}/")
    return page


def smooth(lines: int, columns: int, bits: int, noise: float = 0.004) -> Picture:
    waves = np.add.outer(np.sin(np.arange(lines) / 11), np.cos(np.arange(columns) / 8)) / 5 + 0.5
    values = (waves + np.random.default_rng(bits).normal(0, noise, (lines, columns))) * 2**bits
    picture: Picture = values.clip(0, 2**bits - 1).astype("<u2")
    return picture


def pictures() -> Iterator[tuple[str, Picture]]:
    """Yield pictures that reach every branch, such as runs that end within a line and with it."""
    random = np.random.default_rng(87)
    blob = np.zeros((70, 90), "<u2")
    blob[20:50, 30:60] = smooth(30, 30, 12)
    yield "constant", np.full((37, 53), 700, "<u2")
    yield "long runs", np.repeat(random.integers(0, 3, (20, 3)).astype("<u2"), 3000, axis=1)
    yield "sparse extremes", (random.random((64, 128)) < 0.02).astype("<u2") * 65535
    yield "black around a body", blob
    yield "gradient", (np.add.outer(np.arange(99), np.arange(101)) * 13).astype("<u2")
    yield "few values", random.integers(0, 5, (80, 81)).astype("<u2")
    yield "one line", random.integers(0, 5, (1, 1000)).astype("<u2")
    yield "one column", random.integers(0, 5, (1000, 1)).astype("<u2")
    for bits in range(8, 17):
        yield f"smooth, {bits} bits", smooth(61, 47, bits)
        yield f"noise, {bits} bits", random.integers(0, 2 ** (bits - 2), (61, 47)).astype("<u2")
    for number in range(40):
        lines, columns = random.integers(10, 40, 2)
        yield f"odd size {number}", smooth(lines, columns, 12, 0.0005 * number)


def encoded(page, picture: Picture, bits: int) -> bytes:
    samples = base64.b64encode(picture.tobytes()).decode()
    return base64.b64decode(page.evaluate(ENCODE, [samples, picture.shape[1], bits]) or "")


def test_charls_gives_back_every_picture_that_the_browser_coded(static):
    for name, picture in pictures():
        stream = encoded(static, picture, max(8, int(picture.max()).bit_length()))
        assert stream, name
        np.testing.assert_array_equal(imagecodecs.jpegls_decode(stream), picture, name)


def test_with_the_same_parameters_the_stream_is_the_one_of_charls(static):
    """CharLS codes 16 bits, and 8 where the type has no more; only the segments before differ."""
    compared = 0
    for name, picture in pictures():
        kinds = [(16, picture)] + ([(8, picture.astype("u1"))] if picture.max() < 256 else [])
        for bits, same in kinds:
            ours, theirs = encoded(static, picture, bits), imagecodecs.jpegls_encode(same)
            if ours:
                scan = b"\xff\xda\x00\x08"
                assert ours[ours.index(scan) :] == theirs[theirs.index(scan) :], (name, bits)
                compared += 1
    assert compared > 60


def test_noise_of_16_bits_is_not_made_longer(static):
    noise = np.random.default_rng(1).integers(0, 65536, (64, 64)).astype("<u2")
    assert encoded(static, noise, 16) == b""


def packed(page, content: bytes, **report) -> tuple[str, bytes]:
    """Have a file packed as a worker of the page does; its header leads to its pixels."""
    known = {"transferSyntax": "1.2.840.10008.1.2", "samples": 1, "bitsAllocated": 16, "frames": 1}
    file = base64.b64encode(content).decode()
    coding, data = page.evaluate(PACK, [file, known | report])
    return coding, base64.b64decode(data)


def file_of(pixels: bytes, behind: bytes = b"") -> bytes:
    """Return a bare data set of a class and pixels, implicit VR."""
    sop_class = b"\x08\x00\x16\x00\x1a\x00\x00\x001.2.840.10008.5.1.4.1.1.4\0"
    return sop_class + b"\xe0\x7f\x10\x00" + len(pixels).to_bytes(4, "little") + pixels + behind


SIGNED = (smooth(40, 30, 11).astype("<i4") - 900).astype("<i2")
HIGH = (smooth(40, 30, 8).astype("<u4") + 65_200).astype("<u2")
NOISE = np.random.default_rng(1).integers(0, 65536, (64, 64)).astype("<u2")


FORM = {"rows": 40, "columns": 30}
KINDS: dict[str, tuple[str, bytes, dict[str, int]]] = {
    "signed": ("jpeg-ls", file_of(SIGNED.tobytes()), FORM),
    "high values": ("jpeg-ls", file_of(HIGH.tobytes()), FORM),
    "frames": ("jpeg-ls", file_of(SIGNED.tobytes()), FORM | {"rows": 10, "frames": 4}),
    "something behind": ("jpeg-ls", file_of(SIGNED.tobytes(), b"behind"), FORM),
    "padding": ("jpeg-ls", file_of(SIGNED.tobytes() + b"\0\0"), FORM),
    "most lines": ("jpeg-ls", file_of(bytes(2 * 65_535)), {"rows": 65_535, "columns": 1}),
    "too many lines": (
        "deflate",
        file_of(bytes(2**17)),
        {"rows": 256, "columns": 1, "frames": 256},
    ),
    "too few pixels": ("deflate", file_of(bytes(2398)), FORM),
    "8 bit": ("deflate", file_of(bytes(1200)), FORM | {"bitsAllocated": 8}),
    "colour": ("deflate", file_of(bytes(7200)), FORM | {"samples": 3}),
    "no header": ("deflate", bytes(3000), FORM),
    "noise": ("raw", file_of(NOISE.tobytes()), {"rows": 64, "columns": 64}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_server_undoes_what_the_page_packs(static, kind):
    coding, content, form = KINDS[kind]
    used, data = packed(static, content, **form)
    assert used == coding
    assert len(data) <= len(content)
    back = decode(data, Coding(used), len(content))
    assert hashlib.sha256(back).digest() == hashlib.sha256(content).digest()
