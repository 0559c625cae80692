"""Compressed MR files full of identifiers."""

from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, generate_frames

from imaging.synthetic.compress import compress
from imaging.synthetic.raw import SEQUENCE_END, item
from tests.imaging.objects import mr_image, to_bytes

SIDE = 64


def compressed_mr(syntax: str, side: int = SIDE) -> Dataset:
    """Return an image full of identifiers, its pixels compressed."""
    ds = mr_image(rows=side, columns=side)
    compress(ds, syntax)
    return ds


def codestream(syntax: str, side: int = SIDE) -> bytes:
    (frame,) = generate_frames(compressed_mr(syntax, side).PixelData, number_of_frames=1)
    return frame


def compressed_file(syntax: str, *fragments: bytes, raw: bytes = b"") -> bytes:
    """Return a file with these fragments, or these raw items, as its only frame."""
    ds = compressed_mr(syntax)
    ds.PixelData = raw or encapsulate(list(fragments), has_bot=False)
    ds["PixelData"].is_undefined_length = True
    return to_bytes(ds, syntax)


def surplus_fragment(syntax: str, text: bytes, table: bytes = b"") -> bytes:
    """Return a file with a fragment behind its only frame."""
    frame = codestream(syntax)
    raw = item(table) + item(frame + b"\0" * (len(frame) % 2)) + item(text) + SEQUENCE_END
    return compressed_file(syntax, raw=raw)
