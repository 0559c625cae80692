"""`bin/demo --send FOLDER`: send one's own folder to the running demo; say what became of it.

The folder goes the whole way of a patient's upload: the answers, signed requests to S3, the
worker's checks. For trying the portal on real discs; nothing of them leaves this machine.
"""

import html
import re
import time
from pathlib import Path

from stack.check import Account, Check

_NUMBER = re.compile(r'data-code="([A-Z-]+)">(\d+)<')


def send(url: str, accounts: list[Account], folder: Path) -> int:
    """Send every file in `folder`; print the case's end and the files that were left out."""
    walk = Check(url, accounts, folder)
    started = time.monotonic()
    for step in (
        walk.patient_signs_in,
        walk.patient_answers_the_questions,
        walk.patient_uploads_the_study,
        walk.patient_sends_the_request,
    ):
        print(f"ok      {step.__name__.replace('_', ' '):<38} {step()}", flush=True)
    walk.wait_until_processed()
    page = walk.patient.open(f"/cases/{walk.code}/")
    note = re.search(r'data-status="(\w+)">(.*?)</div>', page.text, re.DOTALL)
    status, words = note.groups() if note else ("unknown", "")
    print(f"{walk.code}: {status} after {time.monotonic() - started:.1f} s")
    print("  " + " ".join(html.unescape(re.sub(r"<[^>]+>", " ", words)).split()))
    receipt = walk.patient.open(f"/cases/{walk.code}/receipt/").text
    for code, files in _NUMBER.findall(receipt):
        print(f"  left out: {files} x {code}")
    return 0
