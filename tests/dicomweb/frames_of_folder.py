"""The same for a folder of real files; run by `python -m benchmarks.real_frames FOLDER`."""

import os
from collections import Counter
from pathlib import Path

import pytest

from cases.lifecycle import ASSIGNED
from cases.models import Instance
from dicomweb import objects
from imaging.decode import FrameSource
from imaging.display import decode_frame
from imaging.errors import ImagingError
from tests.dicomweb import frames
from tests.dicomweb.reader import CODE
from tests.factories import make_case

FOLDER, TABLE = Path(os.environ["FOLDER_OF_FILES"]), Path(os.environ["TABLE_OF_FILES"])


def readable(path: Path) -> bool:
    try:
        return bool(FrameSource(path).count)
    except (ImagingError, OSError, ValueError, AttributeError):
        return False


@pytest.fixture
def case(ana, mia):
    return make_case(ana, ASSIGNED, code=CODE, assignee=mia)


def test_every_frame_of_the_folder_is_shown_as_decoded(slot, case, reader, tmp_path):
    files = sorted(path for path in FOLDER.rglob("*") if path.is_file() and readable(path))
    known = frames.put_files(slot, case, files, tmp_path / "out")
    served = {place: served_equal(case, place, frame) for place, frame in known.items()}
    reader.open()
    decoded = reader.page.evaluate(frames.DECODED)
    rows: dict[str, Counter[str]] = {}
    for place, frame in known.items():
        row = rows.setdefault(frame.syntax, Counter())
        row["frames"] += 1
        row["server"] += served[place]
        row["browser"] += place in decoded and frame.is_shown_by(decoded[place])
    of_syntax = Counter({frame.source: frame.syntax for frame in known.values()}.values())
    TABLE.write_text(
        "\n".join(
            f"| {syntax} | {of_syntax[syntax]} | {row['frames']} | {row['server']} "
            f"| {row['browser']} |"
            for syntax, row in sorted(rows.items())
        )
    )
    assert all(row["frames"] == row["server"] == row["browser"] for row in rows.values())


def served_equal(case, place: str, frame: frames.Frame) -> bool:
    """Compare what lies in S3 for the viewer with the reference."""
    sop, number = place.split("/")
    instance = Instance.objects.select_related("series__study").get(sop_instance_uid=sop)
    pack = objects.pack_of(instance.series)
    (packed,) = pack.frames(sop, [int(number)])
    sent = decode_frame(packed.encoding, pack.read(packed), frame.values.dtype)
    return bool((sent.ravel() == frame.values.ravel()).all())
