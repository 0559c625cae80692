"""Compare every frame of a folder of DICOM files with what the server sends and the browser shows.

    .venv/bin/python -m benchmarks.real_frames FOLDER [--update]

The reference is the decoder of `imaging.decode`, two decoders of different origin that must agree.
"Server" counts the frames that lie in S3 for the viewer with the same values; "browser" those that
OHIF's own decoder put into its cache with the same values. Runs on the servers of `bin/test`.
"""

import sys

from benchmarks import folder_test

FRAMES = folder_test.FolderTest(
    test="tests/dicomweb/frames_of_folder.py",
    head="| transfer syntax | files | frames | server | browser |\n|---|---:|---:|---:|---:|",
    block="real frames",
    title="Every frame as decoded, on the server and in the browser",
    intro="`python -m benchmarks.real_frames FOLDER --update`",
)

if __name__ == "__main__":
    sys.exit(folder_test.main(__doc__, FRAMES))
