"""``python -m imaging inspect PATH``: what is in a file, a folder or an archive of images.

The JSON is described in docs/imaging-cli.md. Nothing is written but to a temporary folder.
"""

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from imaging.archives import ArchiveLimits, Member, kind_of, unpack
from imaging.assembly import Study, assemble
from imaging.errors import Code, ImagingError
from imaging.headers import InstanceHeader, read_headers
from imaging.persons import Demographics, History, count_people
from imaging.plain import to_plain
from imaging.study import FileOutcome, Finding, Verdict
from imaging.summaries import series_summary, study_summary
from imaging.terminal import put, put_json
from imaging.validation import check

FILES_MAX: Final = 20_000


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found; `files` has an outcome for each file, readable or not."""

    verdict: Verdict
    patients: int
    studies: tuple[Study, ...]
    findings: tuple[Finding, ...]
    files: tuple[FileOutcome, ...]
    by_study: tuple[tuple[Verdict, tuple[Finding, ...]], ...]

    @property
    def read(self) -> int:
        return sum(outcome.code is Code.OK for outcome in self.files)

    @property
    def left_out(self) -> tuple[FileOutcome, ...]:
        return tuple(outcome for outcome in self.files if outcome.code is not Code.OK)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the sub-command."""
    parser.description = "Show patients, studies and series of MR images, and check them."
    parser.add_argument("path", type=Path, help="file, folder, zip, 7z or ISO image of a CD")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--age", type=int, help="the patient's age, to be compared")
    parser.add_argument("--sex", choices=("F", "M", "O"), help="the patient's sex")
    parser.add_argument(
        "--history",
        nargs="+",
        type=History,
        choices=list(History),
        default=[],
        help="what asks for further series",
    )


def run(args: argparse.Namespace) -> int:
    """Inspect and print. Return 0, 1 when nothing could be read or said, 2 for a path not there."""
    path: Path = args.path
    if not (path.is_file() or path.is_dir()):
        sys.stderr.write("inspect: there is no such file or folder\n")
        return 2
    expected = Demographics(args.age, args.sex, frozenset(args.history))
    try:
        found = inspect_path(path, expected, today=date(*time.gmtime()[:3]))
    except (ImagingError, OSError) as error:
        code = error.code if isinstance(error, ImagingError) else Code.UNEXPECTED
        found = _nothing(_readable(path.name), code)
    told = put_json(as_json(found)) if args.json else put(as_text(found))
    return 0 if found.read and told else 1


def _readable(name: str) -> str:
    """Return a file name without the bytes that are no UTF-8."""
    return name.encode("utf-8", "replace").decode()


def inspect_path(path: Path, expected: Demographics | None, *, today: date) -> Inspection:
    """Read every file under a path and check the studies.

    Parameters
    ----------
    path : Path
        A file, a folder (read with all its folders, links not followed) or an archive.
    expected : Demographics or None
        What the patient's form says.
    today : date
        For the age of the study.

    Raises
    ------
    ImagingError
        When an archive cannot be opened safely, or there are too many files.
    """
    with members(path) as found:
        headers: list[InstanceHeader] = []
        outcomes = []
        for member in found:
            outcome, header = _read(member)
            outcomes.append(outcome)
            if header is not None:
                headers.append(header)
        return _judge(headers, tuple(outcomes), expected, today)


def _judge(
    headers: list[InstanceHeader],
    outcomes: tuple[FileOutcome, ...],
    expected: Demographics | None,
    today: date,
) -> Inspection:
    studies = tuple(assemble(headers))
    verdict, findings = check(studies, expected, today)
    return Inspection(
        verdict=verdict,
        patients=count_people(header.identity for header in headers),
        studies=studies,
        findings=findings,
        files=outcomes,
        by_study=tuple(check([study], expected, today) for study in studies),
    )


def _nothing(name: str, code: Code) -> Inspection:
    verdict, findings = check([], None, date.min)
    return Inspection(verdict, 0, (), findings, (FileOutcome(name, code),), ())


@contextmanager
def members(path: Path) -> Iterator[list[Member]]:
    """Yield the files of a folder or an archive, or the one file; unpacked ones go afterwards.

    Raises
    ------
    ImagingError
        ARCHIVE, TOO-BIG or TOO-MANY.
    """
    if path.is_dir():
        yield list(_under(path))
    elif kind_of(path) is None:
        yield [Member(_readable(path.name), path)]
    else:
        with tempfile.TemporaryDirectory(prefix="inspect-") as folder:
            yield unpack(path, Path(folder), ArchiveLimits())


def _under(folder: Path) -> Iterator[Member]:
    count = 0
    for parent, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(parent, name)
            if path.is_file() and not path.is_symlink():
                count += 1
                if count > FILES_MAX:
                    raise ImagingError(Code.TOO_MANY, "files")
                yield Member(_readable(path.relative_to(folder).as_posix()), path)


def _read(member: Member) -> tuple[FileOutcome, InstanceHeader | None]:
    try:
        header = read_headers(member.path)
    except ImagingError as error:
        return FileOutcome(member.name, error.code), None
    except OSError:
        return FileOutcome(member.name, Code.DAMAGED), None
    return FileOutcome(member.name, Code.OK, size=header.size), header


def as_json(found: Inspection) -> dict[str, Any]:
    """Return the inspection as documented in docs/imaging-cli.md."""
    return {
        "verdict": found.verdict.value,
        "patients": found.patients,
        "files": {"read": found.read, "left_out": len(found.left_out)},
        "studies": [
            _study_json(study, *checked)
            for study, checked in zip(found.studies, found.by_study, strict=True)
        ],
        "findings": to_plain(found.findings),
        "refused": [{"file": one.name, "code": one.code.value} for one in found.left_out],
    }


def _study_json(study: Study, verdict: Verdict, findings: tuple[Finding, ...]) -> dict[str, Any]:
    plain: dict[str, Any] = to_plain(study_summary(study, study.uid))
    plain["study_date"] = plain.pop("study_date_found")
    plain["verdict"] = verdict.value
    plain["findings"] = to_plain(findings)
    plain["series"] = []
    for ordinal, series in enumerate(study.series, 1):
        entry = to_plain(series_summary(series, ordinal, series.uid))
        entry["instances"] = len(series.instances)
        entry["slices"] = series.slices
        plain["series"].append(entry)
    return plain


def as_text(found: Inspection) -> str:
    """Return the inspection as a table for a terminal."""
    lines = [
        f"Verdict   {found.verdict.value}",
        f"Patients  {found.patients}",
        f"Files     {found.read} read, {len(found.left_out)} left out{_reasons(found)}",
    ]
    for study in found.studies:
        summary = study_summary(study, study.uid)
        lines += ["", f"{summary.label}, {summary.study_date_found or 'no date'}, {summary.model}"]
        lines.append("   no  label                 images  slices  thick   step  pixel  gaps")
        lines += [
            _series_line(
                series_summary(series, 1, series.uid), series.slices, len(series.instances)
            )
            for series in study.series
        ]
    if found.findings:
        lines += ["", "Findings"]
        lines += [f"  {one.level.value:4}  {one.code:18}  {one.message}" for one in found.findings]
    return "\n".join(lines)


def _reasons(found: Inspection) -> str:
    codes = Counter(outcome.code.value for outcome in found.left_out)
    return (
        f" ({', '.join(f'{code} {count}' for code, count in codes.most_common())})" if codes else ""
    )


def _series_line(series: Any, slices: int, images: int) -> str:
    def number(value: float | None) -> str:
        return "-" if value is None else f"{value:.2f}"

    missing = sum(series.gaps) or "-"
    return (
        f"{series.number if series.number is not None else '-':>5}  {series.label:20}  {images:6}"
        f"  {slices:6}  {number(series.thickness_mm):>5}  {number(series.spacing_mm):>5}"
        f"  {number(series.pixel_mm):>5}  {missing:>4}"
    )
