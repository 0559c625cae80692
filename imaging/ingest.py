"""From a folder of unknown files to a de-identified study ready for display.

In this order: the gate judges each file and its header is read; the headers are put together and
checked; each accepted instance is de-identified against the identity of the whole study, and its
frames are coded for display; what is left is laid out series by series. A file that fails gets its
code and stops no other.
"""

import hashlib
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from pydicom.dataset import Dataset

from imaging.assembly import Series, Study, assemble, place_of
from imaging.bodypart import judge
from imaging.burned_in import held_for
from imaging.deidentify import (
    DatePolicy,
    DeidentifyContext,
    InstanceResult,
    deidentify_instance,
)
from imaging.dicom_json import write_series_metadata
from imaging.display import PackedInstance, write_series
from imaging.errors import Code, ImagingError, code_of
from imaging.gate import open_admitted
from imaging.headers import InstanceHeader, instance_header
from imaging.persons import Demographics
from imaging.policy import POLICY
from imaging.prepared import Shelf
from imaging.receipt import build_receipt
from imaging.residues import identity_values
from imaging.study import (
    FileOutcome,
    Finding,
    Identity,
    IngestResult,
    InstanceSummary,
    SeriesSummary,
    StudySummary,
    Verdict,
)
from imaging.validation import check

T = TypeVar("T")

CHUNK: Final = 1 << 20
#: With these verdicts nothing is passed on, so nothing is made either.
TURNED_AWAY: Final = frozenset(
    {
        Verdict.NO_IMAGES,
        Verdict.NOT_LUMBAR_MR,
        Verdict.SEVERAL_PATIENTS,
        Verdict.SEVERAL_STUDIES,
    }
)


@dataclass(frozen=True, slots=True)
class IngestOptions:
    """What the case adds to its files.

    Attributes
    ----------
    case_code : str
        Becomes Patient ID and Patient's Name.
    uid_key : bytes
        32 secret bytes of the case; the same key gives the same UIDs.
    skip : frozenset of str
        Source names set aside earlier because they killed the reader.
    patient_age, patient_sex
        What the patient's form says: years, and "F", "M" or "O".
    derive_display : bool
        Whether to make previews, display frames and metadata.
    """

    case_code: str
    uid_key: bytes
    skip: frozenset[str] = frozenset()
    patient_age: int | None = None
    patient_sex: str | None = None
    derive_display: bool = True


@dataclass(frozen=True, slots=True)
class CleanInstance:
    """One instance after de-identification, still in the work folder."""

    header: InstanceHeader
    path: Path
    result: InstanceResult
    packed: PackedInstance | None


@dataclass
class Run:
    """One ingest while it goes on."""

    source: Path
    destination: Path
    options: IngestOptions
    opening: Callable[[str], None]
    shelf: Shelf
    outcomes: dict[str, FileOutcome] = field(default_factory=dict)
    identity_words: set[str] = field(default_factory=set)

    @property
    def work(self) -> Path:
        """The folder for files that have no place yet."""
        return self.destination / ".work"

    def give(self, name: str, code: Code) -> None:
        """Set how a file ended."""
        self.outcomes[name] = replace(self.outcomes[name], code=code)

    @property
    def base_path(self) -> str:
        """The DICOMweb service that will answer for this case."""
        return f"/dicomweb/c/{self.options.case_code}"


def ingest_study(
    source: Path,
    destination: Path,
    options: IngestOptions,
    *,
    opening: Callable[[str], None],
    prepared: Path | None = None,
) -> IngestResult:
    """Turn a folder of files into a de-identified study.

    Parameters
    ----------
    source : Path
        A flat folder; its file names are the caller's own, never the patient's.
    destination : Path
        Emptied first. Gets ``sNN/iNNNN.dcm`` in geometric order, ``sNN/frames.pack``,
        ``sNN/frames.json``, ``sNN/metadata.json.gz``, ``sNN/pNNNN.webp`` and ``result.json``.
        Two runs over the same input and key give the same bytes.
    options : IngestOptions
    opening : callable
        Told the name of each file before it is opened.
    prepared : Path, optional
        Files of `imaging.prepared.prepare`: they save time and change no byte.

    Returns
    -------
    IngestResult
        With the sealed side. ``result.json`` is written without it, because it lies where the
        de-identified images lie.

    Raises
    ------
    OSError
        When the disk is full or away.
    """
    run = Run(source, destination, options, opening, Shelf(prepared))
    shutil.rmtree(destination, ignore_errors=True)
    run.work.mkdir(parents=True)
    headers = list(_read(run))
    studies = assemble(headers)
    verdict, findings = _check(run, studies)
    clean: dict[str, CleanInstance] = {}
    if verdict not in TURNED_AWAY:
        clean = {one.header.source: one for one in _clean(run, studies[0])}
        if len(clean) < len(studies[0].instances):
            studies = assemble(one.header for one in clean.values())
            verdict, findings = _check(run, studies)
    opening("")
    result = _finish(run, verdict, findings, studies, clean) if clean else None
    result = result or _turned_away(run, verdict, findings, headers)
    shutil.rmtree(run.work)
    (destination / "result.json").write_text(_without_sealed_side(result).to_json())
    return result


def _read(run: Run) -> Iterator[InstanceHeader]:
    """Yield the headers of the files that pass the gate; every file gets its outcome."""
    for path in sorted(run.source.iterdir()):
        run.outcomes[path.name] = FileOutcome(path.name, Code.OK, size=path.stat().st_size)
        if path.name in run.options.skip:
            run.give(path.name, Code.CRASHER)
            continue
        run.opening(path.name)
        digest = _sha256(path)
        run.outcomes[path.name] = replace(run.outcomes[path.name], sha256=digest)
        header = _guarded(run, path.name, partial(_read_one, run, path))
        if header is not None:
            yield header


def _read_one(run: Run, path: Path) -> InstanceHeader:
    with open_admitted(path) as admitted:
        reason = held_for(admitted.header)
        if reason:
            raise ImagingError(Code.BURNED, reason)
        run.identity_words |= identity_values(admitted.header, POLICY)
        return instance_header(admitted.header, path)


def _guarded(run: Run, name: str, step: Callable[[], T]) -> T | None:
    """Do a step for one file; on failure give the file its code and return None."""
    try:
        return step()
    except Exception as error:  # whatever a file provokes, the others go on
        run.give(name, code_of(error))
    return None


def _check(run: Run, studies: Sequence[Study]) -> tuple[Verdict, tuple[Finding, ...]]:
    for study in studies:
        for one in study.duplicates:
            run.give(one.source, Code.DUPLICATE)
        for one in study.conflicts:
            run.give(one.source, Code.CONFLICT)
    expected = Demographics(run.options.patient_age, run.options.patient_sex)
    return check(studies, expected, date(*time.gmtime()[:3]))


def _clean(run: Run, study: Study) -> Iterator[CleanInstance]:
    """Yield the instances of a study that could be de-identified and shown."""
    context = DeidentifyContext(
        case_code=run.options.case_code,
        uid_key=run.options.uid_key,
        identity=frozenset(run.identity_words),
        study_label=judge(study).label,
    )
    for series in study.series:
        labelled = replace(context, series_label=series.label)
        for header in series.instances:
            run.opening(header.source)
            step = partial(_clean_one, run, header, labelled)
            one = _guarded(run, header.source, step)
            if one is not None:
                yield one


def _clean_one(run: Run, header: InstanceHeader, context: DeidentifyContext) -> CleanInstance:
    path = run.work / f"{header.source}.dcm"
    result = deidentify_instance(header.path, path, context)
    packed = None
    if run.options.derive_display:
        packed = run.shelf.pack(path, path.with_suffix(".pack"), result.pixel_sha256)
    return CleanInstance(header, path, result, packed)


def _finish(
    run: Run,
    verdict: Verdict,
    findings: tuple[Finding, ...],
    studies: Sequence[Study],
    clean: dict[str, CleanInstance],
) -> IngestResult:
    """Lay the clean instances out and describe them."""
    study = studies[0]
    series = tuple(
        _lay_out(run, ordinal, one, [clean[header.source] for header in one.instances])
        for ordinal, one in enumerate(study.series, 1)
    )
    first = next(iter(clean.values()))
    return IngestResult(
        verdict=verdict,
        files=_files(run),
        study=_study_summary(study, first),
        series=series,
        findings=findings,
        identity=_identity(study.instances),
        receipt=build_receipt((one.result for one in clean.values()), POLICY, DatePolicy.REMOVE),
    )


def _lay_out(
    run: Run, ordinal: int, series: Series, instances: list[CleanInstance]
) -> SeriesSummary:
    """Move a series to its folder, derive what is shown of it, and describe it."""
    folder = run.destination / f"s{ordinal:02d}"
    folder.mkdir()
    packed, summaries = [], []
    for number, one in enumerate(instances, 1):
        path = one.path.rename(folder / f"i{number:04d}.dcm")
        summaries.append(_instance_summary(number, one, series))
        if one.packed is not None:
            packed.append(replace(one.packed, path=path))
    if packed:
        write_series(packed, folder)
        paths = [one.path for one in packed]
        write_series_metadata(paths, folder / "metadata.json.gz", run.base_path)
    return _series_summary(ordinal, series, instances[0], tuple(summaries))


def _instance_summary(ordinal: int, one: CleanInstance, series: Series) -> InstanceSummary:
    return InstanceSummary(
        ordinal=ordinal,
        sop_instance_uid=one.result.sop_instance_uid,
        sop_class_uid=one.result.sop_class_uid,
        transfer_syntax_uid=one.result.transfer_syntax_uid,
        instance_number=one.header.instance_number,
        frames=len(one.packed.frames if one.packed else one.header.frames),
        size=one.result.size,
        pixel_sha256=one.result.pixel_sha256,
        position_mm=place_of(one.header, series.stacks)[1],
        source=one.header.source,
    )


def _series_summary(
    ordinal: int, series: Series, first: CleanInstance, instances: tuple[InstanceSummary, ...]
) -> SeriesSummary:
    kind = series.kind
    return SeriesSummary(
        ordinal=ordinal,
        series_instance_uid=first.result.series_instance_uid,
        number=series.number,
        label=series.label,
        plane=kind.plane.value,
        weighting=kind.weighting.value,
        fat_suppressed=kind.fat_suppressed,
        contrast=kind.contrast,
        is_3d=kind.is_3d,
        is_localizer=kind.is_localizer,
        thickness_mm=series.thickness_mm,
        spacing_mm=series.spacing_mm,
        pixel_mm=series.pixel_mm,
        rows=first.header.raster.rows,
        columns=first.header.raster.columns,
        frames=sum(one.frames for one in instances),
        instances=instances,
        gaps=series.gaps,
    )


def _study_summary(study: Study, first: CleanInstance) -> StudySummary:
    body = judge(study)
    strengths = Counter(one.field_strength_t for one in study.instances if one.field_strength_t)
    shown = Dataset() if first.packed is None else first.packed.header
    return StudySummary(
        study_instance_uid=first.result.study_instance_uid,
        modality="MR",
        body_part=body.region.value,
        label=body.label,
        study_date_found=study.date,
        field_strength_t=strengths.most_common(1)[0][0] if strengths else None,
        # As the clean file says: the policy has judged these words.
        manufacturer=str(shown.get("Manufacturer") or ""),
        model=str(shown.get("ManufacturerModelName") or ""),
    )


def _turned_away(
    run: Run, verdict: Verdict, findings: tuple[Finding, ...], headers: list[InstanceHeader]
) -> IngestResult:
    return IngestResult(
        verdict=verdict,
        files=_files(run),
        study=None,
        series=(),
        findings=findings,
        identity=_identity(headers),
    )


def _without_sealed_side(result: IngestResult) -> IngestResult:
    study = result.study and replace(result.study, study_date_found=None)
    return replace(result, identity=Identity(), study=study)


def _files(run: Run) -> tuple[FileOutcome, ...]:
    return tuple(run.outcomes[name] for name in sorted(run.outcomes))


def _identity(headers: Iterable[InstanceHeader]) -> Identity:
    """Return the identity that most of the headers name."""
    found = Counter(header.identity for header in headers)
    return found.most_common(1)[0][0] if found else Identity()


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
