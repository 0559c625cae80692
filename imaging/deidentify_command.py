"""``python -m imaging deidentify SRC DST --case-code CODE``: clean a folder from a shell.

Output names are ours (series and image numbers): file names are patients' names all too often.
"""

import argparse
import secrets
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Final

from imaging.assembly import Study, assemble
from imaging.bodypart import judge
from imaging.burned_in import held_for
from imaging.decode import Frame, FrameSource, require_decodable
from imaging.deidentify import (
    DatePolicy,
    DeidentifyContext,
    Draft,
    InstanceResult,
    draft_instance,
    publish,
)
from imaging.errors import Code, ImagingError, coded
from imaging.gate import Admitted, open_admitted
from imaging.headers import InstanceHeader, instance_header
from imaging.inspect import members
from imaging.persons import count_people
from imaging.policy import POLICY
from imaging.printed_text import Slice, find_printed_text
from imaging.receipt import build_receipt
from imaging.residues import identity_of
from imaging.terminal import put, put_json, reason
from imaging.text_detector import TextDetector, text_detector
from imaging.uids import KEY_LENGTH

OK, NOTHING_READ, WRONG_ARGUMENTS = 0, 1, 2

_DATE_POLICIES: Final = {"remove": DatePolicy.REMOVE, "shift": DatePolicy.SHIFT}


@dataclass(frozen=True, slots=True)
class Written:
    """One clean file; `text_searched` says whether text was looked for in its pictures."""

    file: str
    path: str
    series_label: str
    pixel_sha256: str
    text_searched: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """One file that was left out."""

    file: str
    code: str
    fate: str


@dataclass(slots=True)
class Cleaning:
    """One run over a folder: what was found, written and refused."""

    destination: Path
    context: DeidentifyContext
    detector: TextDetector | None = None
    names: dict[Path, str] = field(default_factory=dict)
    headers: list[InstanceHeader] = field(default_factory=list)
    drafts: dict[Path, Draft] = field(default_factory=dict)
    identity: set[str] = field(default_factory=set)
    written: list[Written] = field(default_factory=list)
    results: list[InstanceResult] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)

    def refuse(self, path: Path, code: Code) -> None:
        self.refused.append(Refused(self.names[path], code.value, code.fate.value))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the sub-command."""
    parser.add_argument("source", metavar="SRC", type=Path, help="a file, a folder or an archive")
    parser.add_argument("destination", metavar="DST", type=Path, help="a new or empty folder")
    parser.add_argument(
        "--case-code", required=True, help="becomes Patient Name and ID: 3-32 letters, digits, -"
    )
    parser.add_argument(
        "--key-file",
        type=Path,
        help=f"{KEY_LENGTH} secret bytes as hexadecimal text; the same key gives the same output "
        "(without it, a key is made and forgotten)",
    )
    parser.add_argument("--dates", choices=sorted(_DATE_POLICIES), default="remove")
    parser.add_argument(
        "--no-text-search",
        action="store_true",
        help="do not look for text inside the pictures; without the extra ocr nobody can",
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Run the sub-command and return the exit code."""
    try:
        context = DeidentifyContext(
            case_code=arguments.case_code,
            uid_key=_read_key(arguments.key_file),
            dates=_DATE_POLICIES[arguments.dates],
            durable=True,
        )
        _prepare(arguments.source, arguments.destination)
    except (ValueError, OSError) as error:
        sys.stderr.write(f"{reason(error) if isinstance(error, OSError) else error}\n")
        return WRONG_ARGUMENTS
    detector = None if arguments.no_text_search else text_detector()
    cleaning = Cleaning(arguments.destination, context, detector)
    try:
        clean(arguments.source, cleaning)
    except OSError as error:  # what stands in DST by now is reported all the same
        sys.stderr.write(f"{reason(error)}\n")
        failed = True
    else:
        failed = not (cleaning.written or cleaning.refused)
    told = put_json(_document(cleaning)) if arguments.json else put(_summary(cleaning))
    return NOTHING_READ if failed or not told else OK


def clean(source: Path, cleaning: Cleaning) -> Cleaning:
    """Clean a file, a folder or an archive; the result is the cleaning itself, filled."""
    try:
        with members(source) as found:
            for member in found:
                cleaning.names[member.path] = member.name
                _read(cleaning, member.path)
            _write_all(cleaning)
    except ImagingError as error:
        cleaning.names[source] = source.name
        cleaning.refuse(source, error.code)
    return cleaning


def _read_key(path: Path | None) -> bytes:
    if path is None:
        return secrets.token_bytes(KEY_LENGTH)
    key = bytes.fromhex(path.read_text("ascii").strip())
    if len(key) != KEY_LENGTH:
        raise ValueError(f"the key file holds {KEY_LENGTH} bytes as hexadecimal text")
    return key


def _prepare(source: Path, destination: Path) -> None:
    if not (source.is_file() or source.is_dir()):
        raise ValueError("SRC is not there")
    destination.mkdir(parents=True, exist_ok=True)
    if any(destination.iterdir()):
        raise ValueError("DST is not empty")


def _read(cleaning: Cleaning, path: Path) -> None:
    try:
        with coded(), open_admitted(path) as admitted:
            draft = draft_instance(admitted, cleaning.context)
            cleaning.identity |= draft.identity
            _require_no_capture(admitted, searched=cleaning.detector is not None)
            cleaning.headers.append(instance_header(admitted.header, path))
            cleaning.drafts[path] = draft
    except ImagingError as error:
        cleaning.identity |= identity_of(path, POLICY)
        cleaning.refuse(path, error.code)
    except OSError:
        cleaning.refuse(path, Code.DAMAGED)


def _require_no_capture(admitted: Admitted, *, searched: bool) -> None:
    """Refuse a picture whose header says that something may be printed in it."""
    if held_for(admitted.header, searched=searched):
        raise ImagingError(Code.BURNED)


def _write_all(cleaning: Cleaning) -> None:
    """Write every series under its label; ordinals run over all studies."""
    context = replace(cleaning.context, identity=frozenset(cleaning.identity))
    ordinal = 0
    for study in assemble(cleaning.headers):
        _refuse_doubles(cleaning, study)
        labelled_study = replace(context, study_label=judge(study).label)
        for series in study.series:
            ordinal += 1
            labelled = replace(labelled_study, series_label=series.label)
            _write_series(cleaning, series.instances, labelled, f"s{ordinal:02d}")


def _refuse_doubles(cleaning: Cleaning, study: Study) -> None:
    for header in study.duplicates:
        cleaning.refuse(header.path, Code.DUPLICATE)
    for header in study.conflicts:
        cleaning.refuse(header.path, Code.CONFLICT)


def _write_series(
    cleaning: Cleaning, headers: Iterable[InstanceHeader], context: DeidentifyContext, folder: str
) -> None:
    (cleaning.destination / folder).mkdir()
    searched: list[Path] = []
    printed: set[Path] = set()
    if cleaning.detector is not None:
        readable = list(_readable(cleaning, headers))
        headers = [header for header, _ in readable]
        searched = [header.path for header, seen in readable if seen]
        printed = _search(cleaning.detector, searched)
    for number, header in enumerate(headers, 1):
        path = f"{folder}/i{number:04d}.dcm"
        if header.path in printed:
            cleaning.refuse(header.path, Code.BURNED)
            continue
        try:
            draft = cleaning.drafts.pop(header.path)
            result = publish(draft, header.path, cleaning.destination / path, context)
        except ImagingError as error:
            cleaning.refuse(header.path, error.code)
            continue
        cleaning.results.append(result)
        cleaning.written.append(
            Written(
                file=cleaning.names[header.path],
                path=path,
                series_label=context.series_label,
                pixel_sha256=result.pixel_sha256,
                text_searched=header.path in searched,
            )
        )


def _readable(
    cleaning: Cleaning, headers: Iterable[InstanceHeader]
) -> Iterator[tuple[InstanceHeader, bool]]:
    """Yield the files whose pixels are not broken, with whether they can be looked at.

    Pixels of a form that no decoder here knows are passed on unseen; whatever else a decoder
    finds refuses the file.
    """
    for header in headers:
        try:
            with coded():
                require_decodable(header.path)
        except ImagingError as error:
            if error.code is Code.SYNTAX:
                yield header, False
            else:
                cleaning.refuse(header.path, error.code)
        else:
            yield header, True


def _search(detector: TextDetector, readable: Iterable[Path]) -> set[Path]:
    """Return in which files of a series text was found."""
    paths = {str(path): path for path in readable}
    slices = [Slice(name, partial(_frames, path)) for name, path in paths.items()]
    return {paths[name] for name in find_printed_text(slices, detector)}


def _frames(path: Path) -> Iterator[Frame]:
    yield from FrameSource(path)


def _receipt(cleaning: Cleaning) -> dict[str, object]:
    receipt = build_receipt(cleaning.results, POLICY, cleaning.context.dates)
    searched = bool(cleaning.written) and all(one.text_searched for one in cleaning.written)
    return receipt | {"text_searched": searched}


def _document(cleaning: Cleaning) -> dict[str, object]:
    """Return the result as documented in docs/imaging-cli.md."""
    return {
        "written": [asdict(one) for one in cleaning.written],
        "refused": [asdict(one) for one in cleaning.refused],
        "people": count_people(header.identity for header in cleaning.headers),
        "receipt": _receipt(cleaning),
    }


def _summary(cleaning: Cleaning) -> str:
    receipt = _receipt(cleaning)
    people = count_people(header.identity for header in cleaning.headers)
    lines = [f"{len(cleaning.written)} written, {len(cleaning.refused)} refused"]
    if people > 1:
        lines.append(f"The headers name {people} people, and all got one code.")
    lines += [f"{one.code:12} {one.file}" for one in cleaning.refused]
    if not receipt["text_searched"]:
        lines.append("Not every picture was searched for text inside it.")
    lines.append(f"Profile: {receipt['profile']}; dates: {receipt['dates']}")
    return "\n".join(lines)
