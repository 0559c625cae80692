"""From a folder of unknown files to a de-identified study ready for display.

In this order: the gate judges each file and its header is read; the headers are put together and
checked; each accepted instance is de-identified against the identity of all that was sent, and its
frames are coded for display; what is left is laid out series by series (`imaging.layout`). A file
that fails gets its code and stops no other. An older examination that came along for comparison
goes the same way, with the same key, into a folder of its own.
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

from imaging.assembly import Study, assemble
from imaging.bodypart import judge
from imaging.comparison import Choice, choose
from imaging.deidentify import DeidentifyContext, deidentify_instance
from imaging.errors import Code, ImagingError, code_of
from imaging.gate import open_admitted
from imaging.headers import InstanceHeader, instance_header
from imaging.holding import Decision, Holdings
from imaging.layout import CleanInstance, CleanStudy, lay_out
from imaging.persons import Demographics, History
from imaging.policy import POLICY
from imaging.prepared import Shelf
from imaging.residues import identity_of, identity_values
from imaging.study import (
    FileOutcome,
    Finding,
    Identity,
    IngestResult,
    PriorSummary,
    Verdict,
)
from imaging.text_detector import text_detector
from imaging.validation import judge_choice, judge_prior

T = TypeVar("T")

CHUNK: Final = 1 << 20
HELD: Final = "held"
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
    decisions : tuple of Decision
        What a person decided about pictures that were held earlier.
    history : frozenset of History
        What the form says of the past that asks for further series.
    clear : frozenset of str
        What `imaging.searched.search` said of the same pictures: saves time, changes no byte.
    """

    case_code: str
    uid_key: bytes
    skip: frozenset[str] = frozenset()
    patient_age: int | None = None
    patient_sex: str | None = None
    decisions: tuple[Decision, ...] = ()
    history: frozenset[History] = frozenset()
    clear: frozenset[str] = frozenset()


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
    today: date = field(default_factory=lambda: date(*time.gmtime()[:3]))

    def __post_init__(self) -> None:
        folder, decisions = self.destination / HELD, self.options.decisions
        self.held = Holdings(folder, decisions, text_detector(), self.options.clear)

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

    @property
    def expected(self) -> Demographics:
        """What the patient's form says."""
        given = self.options
        return Demographics(given.patient_age, given.patient_sex, given.history)

    def judge(self, choice: Choice) -> tuple[Verdict, tuple[Finding, ...]]:
        """Return the verdict on what was chosen, with what was found."""
        return judge_choice(choice, self.expected, self.today)


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
        ``sNN/frames.json``, ``sNN/metadata.json.gz``, ``sNN/previews.pack`` and ``result.json``;
        an older examination for comparison lies in the same form under ``prior/``.
        ``held/NAME.webp``, which is not de-identified, is drawn of each picture that a person must
        see. Two runs over the same input and key give the same bytes.
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
    _tell_copies(run, studies)
    choice = choose(studies)
    verdict, findings = run.judge(choice)
    current = prior = None
    if verdict not in TURNED_AWAY:
        current, prior = _clean(run, choice.current), _clean_prior(run, choice)
        choice = _left(choice, current, prior)
        verdict, findings = run.judge(choice)
    opening("")
    result = IngestResult(
        verdict=verdict,
        files=tuple(run.outcomes[name] for name in sorted(run.outcomes)),
        study=current.summary if current else None,
        series=lay_out(current, destination, run.base_path) if current else (),
        findings=findings,
        identity=_identity(current.study.instances if current else headers),
        receipt=_receipt(run, current) if current else {},
        held=tuple(run.held.pictures),
        prior=_prior_summary(run, choice, prior) if current and prior else None,
    )
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
    try:
        with open_admitted(path) as admitted:
            run.identity_words |= identity_values(admitted.header, POLICY)
            run.held.admit(admitted, path)
            return instance_header(admitted.header, path)
    except ImagingError:
        run.identity_words |= identity_of(path, POLICY)
        raise


def _guarded(run: Run, name: str, step: Callable[[], T]) -> T | None:
    """Do a step for one file; on failure give the file its code and return None."""
    try:
        return step()
    except Exception as error:  # whatever a file provokes, the others go on
        run.give(name, code_of(error))
    return None


def _tell_copies(run: Run, studies: Sequence[Study]) -> None:
    for study in studies:
        for one in study.duplicates:
            run.give(one.source, Code.DUPLICATE)
        for one in study.conflicts:
            run.give(one.source, Code.CONFLICT)


def _clean(run: Run, study: Study | None, note: str = "") -> CleanStudy | None:
    """Return the study with those instances that could be de-identified and shown."""
    if study is None:
        return None
    context = DeidentifyContext(
        case_code=run.options.case_code,
        uid_key=run.options.uid_key,
        identity=frozenset(run.identity_words),
        study_label=f"{judge(study).label}{note}",
        decode=False,  # each is decoded to be packed
    )
    clean: dict[str, CleanInstance] = {}
    for series in study.series:
        labelled = replace(context, series_label=series.label)
        for header in series.instances:
            run.opening(header.source)
            step = partial(_clean_one, run, header, labelled)
            one = _guarded(run, header.source, step)
            if one is not None:
                clean[header.source] = one
    _hold_printed(run, clean)
    return CleanStudy(_left_of(study, clean), clean) if clean else None


def _hold_printed(run: Run, clean: dict[str, CleanInstance]) -> None:
    """Take the instances out in whose pictures text was found."""
    run.opening("")  # all of them are open: a death here is no single file's fault
    series: dict[str, list[CleanInstance]] = {}
    for one in clean.values():
        series.setdefault(one.header.series_instance_uid, []).append(one)
    for uid, instances in series.items():
        opened = [(one.header.source, one.packed) for one in instances]
        for name in run.held.find_text(uid, opened):
            run.give(name, Code.BURNED)
            del clean[name]


def _left_of(study: Study, clean: dict[str, CleanInstance]) -> Study:
    """Return the study as the clean instances alone make it."""
    if len(clean) == len(study.instances):
        return study
    (left,) = assemble(one.header for one in clean.values())
    return replace(left, duplicates=study.duplicates, conflicts=study.conflicts)


def _left(choice: Choice, current: CleanStudy | None, prior: CleanStudy | None) -> Choice:
    """Return the choice as what is left makes it; without the current study, none."""
    if current is None:
        return choose([])
    return Choice(current.study, prior.study if prior else None, choice.findings)


def _clean_prior(run: Run, choice: Choice) -> CleanStudy | None:
    """Return the older examination; its Study Description says that it is the older one."""
    note = f" (prior, about {choice.months} months earlier)"
    return _clean(run, choice.prior, note)


def _prior_summary(run: Run, choice: Choice, prior: CleanStudy) -> PriorSummary:
    folder = run.destination / "prior"
    folder.mkdir()
    return PriorSummary(
        study=prior.summary,
        series=lay_out(prior, folder, run.base_path),
        findings=judge_prior(prior.study, run.expected, run.today),
        months=choice.months or 0,
        receipt=_receipt(run, prior),
    )


def _receipt(run: Run, clean: CleanStudy) -> dict[str, object]:
    return clean.receipt | {"text_searched": run.held.detector is not None}


def _clean_one(run: Run, header: InstanceHeader, context: DeidentifyContext) -> CleanInstance:
    path = run.work / f"{header.source}.dcm"
    blank = run.held.regions_of(header.source)
    result = deidentify_instance(header.path, path, context, blank)
    packed = run.shelf.pack(path, path.with_suffix(".pack"), result.pixel_sha256)
    return CleanInstance(header, path, result, packed)


def _without_sealed_side(result: IngestResult) -> IngestResult:
    study = result.study and replace(result.study, study_date_found=None)
    prior = result.prior
    if prior is not None:
        prior = replace(prior, study=replace(prior.study, study_date_found=None))
    return replace(result, identity=Identity(), study=study, prior=prior)


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
