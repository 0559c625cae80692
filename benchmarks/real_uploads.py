"""Send each file of a folder of DICOM files through the browser's upload, and compare the bytes.

    .venv/bin/python -m benchmarks.real_uploads FOLDER [--update]

"Browser" counts the files of which the page gave the SHA-256 of the file on the disc, "worker"
those whose bytes, decoded as the worker decodes them from S3, have it too. Runs on the servers of
`bin/test`.
"""

import sys

from benchmarks import folder_test

UPLOADS = folder_test.FolderTest(
    test="tests/journeys/bytes_of_folder.py",
    head="| transfer syntax | files | browser | worker | bytes sent of the file |\n"
    "|---|---:|---:|---:|---:|",
    block="real uploads",
    title="Every byte of real files, through the browser",
    intro="`python -m benchmarks.real_uploads FOLDER --update`\n\n"
    "The public WG-04 and Enhanced MR samples, each file an upload of its own.",
)

if __name__ == "__main__":
    sys.exit(folder_test.main(__doc__, UPLOADS))
