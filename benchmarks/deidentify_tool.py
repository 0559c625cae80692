# ruff: noqa: PLC0415, ANN - each tool lives in an environment of its own, so imports wait
"""Run one de-identification tool over a folder, in one process, and print what it cost as JSON.

Usage: PYTHON deidentify_tool.py TOOL SOURCE DESTINATION. It is started by benchmarks/deidentify.py
with the Python of the tool's own environment, so it imports nothing before it knows the tool.
Imports and set-up are not counted; reading, cleaning, checking and writing are.
"""

import json
import logging
import shutil
import sys
import time
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)


def copy():
    return shutil.copyfile


def pydicom():
    import pydicom

    def run(source, target):
        pydicom.dcmread(source).save_as(target, enforce_file_format=True)

    return run


def dicognito():
    import pydicom
    from dicognito.anonymizer import Anonymizer

    anonymizer = Anonymizer()

    def run(source, target):
        with pydicom.dcmread(source) as dataset:
            anonymizer.anonymize(dataset)
            dataset.save_as(target, enforce_file_format=True)

    return run


def dicom_anonymizer():
    from dicomanonymizer.simpledicomanonymizer import anonymize_dicom_file

    return lambda source, target: anonymize_dicom_file(str(source), str(target))


def grand_challenge():
    from grand_challenge_dicom_de_identifier.deidentifier import DicomDeidentifier

    deidentifier = DicomDeidentifier()
    return lambda source, target: deidentifier.deidentify_file(str(source), output=str(target))


def dcmanon():
    from dcmanon import Anonymizer

    anonymizer = Anonymizer()
    return lambda source, target: target.write_bytes(anonymizer.anonymize(str(source)))


def one_by_one(tool, source: Path, destination: Path) -> int:
    """Clean file by file and return how many could not be cleaned."""
    failed = 0
    for path in sorted(source.iterdir()):
        try:
            tool(path, destination / path.name)
        except Exception:
            failed += 1
    return failed


def secondread(source: Path, destination: Path) -> int:
    """Do what ``python -m imaging deidentify`` does, both passes, every output verified."""
    from imaging.deidentify import DeidentifyContext
    from imaging.deidentify_command import Cleaning, clean

    cleaning = Cleaning(destination, DeidentifyContext("CASE-1", b"k" * 32))
    return len(clean(source, cleaning).refused)


PEERS = {
    "copy": copy,
    "pydicom": pydicom,
    "dicognito": dicognito,
    "dicom-anonymizer": dicom_anonymizer,
    "grand-challenge": grand_challenge,
    "dcmanon": dcmanon,
}


def peak_memory_kb() -> int:
    """Return the peak of this program alone; ru_maxrss would inherit that of its parent."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])


def main() -> None:
    name, source, destination = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    if name == "secondread":
        import imaging.deidentify_command  # noqa: F401 - not counted

        work = secondread
    else:
        tool = PEERS[name]()

        def work(source, destination):
            return one_by_one(tool, source, destination)

    count = len(list(source.iterdir()))
    wall, cpu = time.perf_counter(), time.process_time()
    failed = work(source, destination)
    cost = {
        "instances": count,
        "failed": failed,
        "cpu": time.process_time() - cpu,
        "wall": time.perf_counter() - wall,
        "memory_mb": peak_memory_kb() / 1024,
    }
    print(json.dumps(cost))


if __name__ == "__main__":
    main()
