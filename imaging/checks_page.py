"""docs/study-checks.md, printed from the rules: ``python -m imaging.checks_page``."""

import sys
from collections.abc import Iterator

from imaging.archives import ArchiveLimits
from imaging.bodypart import NAMES, VOCABULARY
from imaging.comparison import PRIORS_MAX
from imaging.errors import Code
from imaging.gate import MAX_FILE_SIZE
from imaging.parser import MAX_DEPTH, MAX_ELEMENTS, MAX_VALUE_LENGTH
from imaging.pixels import MAX_DECODED_LENGTH, MAX_FRAMES, MAX_SIDE
from imaging.rules import CATALOGUE, PRECEDENCE
from imaging.sandbox import Limits
from imaging.study import Verdict
from imaging.thresholds import THRESHOLDS

MEANINGS = {
    Verdict.COMPLETE: "All sequences are there and nothing limits the reading.",
    Verdict.READABLE_WITH_LIMITS: "Can be read; the limits are printed in the report.",
    Verdict.INCOMPLETE: "Goes back to the patient with the missing sequence named.",
    Verdict.NOT_LUMBAR_MR: "Goes back to the patient with the words that were found.",
    Verdict.NO_IMAGES: "No readable MR image.",
    Verdict.SEVERAL_PATIENTS: "The headers name more than one person.",
    Verdict.SEVERAL_STUDIES: "Several examinations that cannot go together; the patient chooses.",
    Verdict.UNSURE: "A coordinator looks and decides.",
}

_INTRODUCTION = """\
# Study checks

<!-- Printed by `python -m imaging.checks_page`; a test compares. Change the code, then print. -->

What the portal checks in every upload, and the numbers it compares with. The checks of a study
read headers only; they are no diagnosis and no judgement of image quality by eye. Every number
below is a setting in `imaging/thresholds.py`. **None of them has been confirmed by a radiologist
yet**: the source column says where a number comes from and what is pending.

Try it on your own files: `python -m imaging inspect PATH` (see [imaging-cli.md](imaging-cli.md)).
"""

_CLASSIFICATION = """\
## How a series is classified

Two witnesses are heard: the timing (TR, TE, TI, scanning sequence) and the words of the series'
description and protocol. If only one of them says something, it decides. If they disagree and no
known habit of a vendor explains it (`t2_tirm` is a STIR, `T2` with a gradient echo is T2*), the
series is UNSURE; when it could be the missing one, a person decides.

- Fat is suppressed in STIR, with a scan option or a spectral suppression, by a word (FS, FATSAT,
  SPAIR, SPIR, CHESS), and in the water images of a Dixon series. Dixon fat images fill no gap.
- The plane is that of the slices' normal; words are asked only when a header has no geometry.
- A localizer is named so, has several planes in one series, or is a fast 2D scan of few images.
- Slices are sorted by orientation first: axial blocks angled to each disc are normal. A hole in a
  stack is a gap only when instance numbers are missing too; otherwise it was planned. Where a
  series has several pictures at each place (Dixon, double echo), one lost is missed likewise.
- Enhanced MR is read from its functional groups and judged in the same way.

Wanted are T2 SAG and T2 AX (required), T1 SAG and a fat-suppressed sagittal series (expected;
without them the study is readable with limits) and T1 AX (noted only). After an operation on the
back T1 AX is expected, too; then, and where an infection or a tumour is possible, a series with
contrast medium is wanted. That it is missing is noted for the reader; nobody is asked for it.
"""


_COMPARISON = f"""\
## An older examination for comparison

Up to {1 + PRIORS_MAX} examinations may come together, of one person and none of another part of the
body. The one with the later study date is read; the older one is shown beside it. Two of the same
day, or one without a date, cannot be put in order and go back to the patient. The older one is
de-identified with the same key and checked by the same rules but for its age: what is found of it
informs the reader and never asks for a verdict; only a different age or sex holds the case, as it
does for the examination that is read. As dates are removed, the interval is kept in whole months.
"""


def page() -> str:
    """Return the page."""
    parts = (
        _INTRODUCTION,
        _verdicts(),
        _COMPARISON,
        _findings(),
        _CLASSIFICATION,
        _body_part(),
        _numbers(),
        _limits(),
    )
    return "\n".join(parts)


def _table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    lines += [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def _verdicts() -> str:
    order = (*PRECEDENCE, Verdict.COMPLETE)
    rows = ((f"`{verdict.value}`", MEANINGS[verdict]) for verdict in order)
    lead = "## Verdicts\n\nThe verdict is the first of this list that any finding asks for.\n\n"
    return lead + _table(("verdict", "meaning"), rows)


def _findings() -> str:
    rows = (
        (
            f"`{one.code}`",
            one.level.value,
            f"`{one.verdict.value}`" if one.verdict else "-",
            one.text,
        )
        for one in CATALOGUE.values()
    )
    return "## Findings\n\n" + _table(("code", "level", "asks for", "text"), rows)


def _body_part() -> str:
    lead = (
        "## Body part\n\nEach place that names a region gives points once (`BODY_...` and"
        " `PROVEN_SCORE` below). The low back is proven by enough points, and more than any region"
        " outside the spine has. Another region without any lumbar word is contrary evidence."
        " Everything else is for a person to decide.\n\n"
    )
    words = (f"- {NAMES[region]}: `{pattern}`" for region, pattern in VOCABULARY.items())
    after = (
        "The words, as patterns over lower-case text without accents. Only matches of these are"
        " shown, so that no name in a description can be.\n\n"
    )
    return lead + after + "\n".join(words) + "\n"


def _numbers() -> str:
    rows = (
        (f"`{one.name}`", f"{float(one):g} {one.unit}".strip(), one.meaning, one.source)
        for one in THRESHOLDS.values()
    )
    lead = (
        "## Numbers\n\nThose that begin with `TEXT_` belong to the search for text printed into"
        " pictures, the only check that looks at pixels: see"
        " [ADR 8](adr/0008-text-is-found-and-never-read.md).\n\n"
    )
    return lead + _table(("setting", "value", "meaning", "source"), rows)


def _limits() -> str:
    """Return what a file, an archive and the child that opens them may cost."""
    archive, child = ArchiveLimits(), Limits()
    ratio = f"{archive.ratio} to 1, and {_size(archive.slack)}"
    seconds = f"{child.cpu_seconds} s, and 1 s for each {_size(child.source_bytes_per_second)}"
    rows = (
        ("size of a file", _size(MAX_FILE_SIZE), f"`{Code.TOO_BIG}`"),
        ("nesting of sequences", str(MAX_DEPTH), f"`{Code.LIMIT}`"),
        ("elements of a file, over all levels", f"{MAX_ELEMENTS:,}", f"`{Code.LIMIT}`"),
        ("a value that is no bulk data", _size(MAX_VALUE_LENGTH), f"`{Code.LIMIT}`"),
        ("edge of a picture", f"{MAX_SIDE:,} pixels", f"`{Code.DAMAGED}`"),
        ("frames of a file", f"{MAX_FRAMES:,}", f"`{Code.LIMIT}`"),
        ("pixels of a file, decoded", _size(MAX_DECODED_LENGTH), f"`{Code.LIMIT}`"),
        ("files of an archive", f"{archive.files:,}", f"`{Code.TOO_MANY}`"),
        ("an archive, unpacked", _size(archive.total), f"`{Code.TOO_BIG}`"),
        ("one file of it, unpacked", _size(archive.single), f"`{Code.TOO_BIG}`"),
        ("unpacked against packed", ratio, f"`{Code.ARCHIVE}`"),
        ("memory of the child", _size(child.address_space), f"`{Code.LIMIT}`"),
        ("processor time of the child", seconds, "-"),
        ("waiting for the child", f"{child.wall_seconds:g} s", "-"),
    )
    lead = (
        "## Limits of a file, an archive and a child\n\nWhat is beyond has this code, and the rest"
        " of the upload goes on. The child that opens strangers' files is started anew where it"
        " runs out of time; a file with which it dies three times is a CRASHER.\n\n"
    )
    return lead + _table(("what", "at most", "code"), iter(rows))


def _size(count: int) -> str:
    """Return a number of bytes in the unit that fits it."""
    for unit, power in (("GiB", 3), ("MiB", 2), ("KiB", 1)):
        if count >= 1024**power:
            return f"{count / 1024**power:g} {unit}"
    return f"{count} bytes"


if __name__ == "__main__":
    sys.stdout.write(page())
