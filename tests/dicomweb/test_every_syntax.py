"""Every frame of every transfer syntax: what the server sends and what the browser decodes."""

import numpy as np
import pytest
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from cases.lifecycle import ASSIGNED
from imaging.synthetic.build import build_study
from imaging.synthetic.compress import COMPRESSED
from tests.dicomweb.conftest import sign_in
from tests.dicomweb.frames import DECODED, put_files
from tests.dicomweb.reader import CODE
from tests.factories import make_case

SYNTAXES = (ImplicitVRLittleEndian, ExplicitVRLittleEndian, *COMPRESSED)
ENHANCED = "enhanced"


@pytest.fixture
def case(ana, mia):
    return make_case(ana, ASSIGNED, code=CODE, assignee=mia)


@pytest.fixture
def frames(slot, case, tmp_path):
    """A picture in every transfer syntax and one of many frames, as the reference decodes them."""
    files = []
    for number, syntax in enumerate(SYNTAXES):
        built = build_study(tmp_path / str(number), series=("T2 SAG",), transfer_syntax=syntax)
        files.append(built.paths[5])
    built = build_study(tmp_path / ENHANCED, "philips", series=("T2 SAG",), enhanced=True)
    files.append(built.paths[0])
    return put_files(slot, case, files, tmp_path / "out")


def test_the_server_sends_what_the_reference_decodes(client, case, mia, frames):
    sign_in(client, mia)
    study = case.studies.get()
    for series in study.series.all():
        instance = series.instances.get()
        for number in range(1, series.frame_count + 1):
            response = client.get(
                f"/dicomweb/c/{CODE}/studies/{study.study_instance_uid}/series/"
                f"{series.series_instance_uid}/instances/{instance.sop_instance_uid}/frames/{number}",
                headers={"Accept": "application/octet-stream"},
            )
            reference = frames[f"{instance.sop_instance_uid}/{number}"].values
            sent = np.frombuffer(b"".join(response), reference.dtype.newbyteorder("<"))
            assert np.array_equal(sent, reference.ravel())


def test_the_browser_shows_what_the_reference_decodes(reader, frames):
    assert {frame.syntax for frame in frames.values()} == {UID(syntax).name for syntax in SYNTAXES}
    reader.open()
    decoded = reader.page.evaluate(DECODED)
    assert set(decoded) == set(frames)
    wrong = {one.syntax for place, one in frames.items() if not one.is_shown_by(decoded[place])}
    assert wrong == set()
    # The comparison sees a single grey level.
    place, frame = next(iter(frames.items()))
    frame.values[0, 0] += 1
    assert not frame.is_shown_by(decoded[place])
