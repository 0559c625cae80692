"""What a worker does with one submitted case, from the claim to the verdict.

Plain functions; no Celery, and no open transaction while S3 or the child process is waited for.
The database row is the outbox: whoever wins the conditional UPDATE owns the run until the lease
ends, and every later write says ``claim_token = mine``, so that a worker taken for dead cannot
publish over its successor.
"""

import hashlib
import logging
import tempfile
import uuid
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from django.db.models import F

from cases import held_pictures, instance_files, leases, originals, preparation, storage, verdicts
from cases.faults import crash_point
from cases.history import history_of
from cases.leases import lease_end
from cases.lifecycle import PROCESSING, IllegalTransitionError, advance
from cases.models import Bundle, Case, CaseSecret, Study, StudyRole, UploadedInstance
from cases.models.upload import UploadState
from cases.selectors import quarantine
from imaging.errors import Code
from imaging.ingest import HELD, IngestOptions
from imaging.sandbox import ChildDiedError, run_ingest
from imaging.study import IngestResult

logger = logging.getLogger(__name__)

#: A file whose opening killed the child so often is set aside.
CRASHER_DEATHS = 3
#: Namespace of the ids of studies: the same upload always lands under the same key.
STUDY_NAMESPACE = uuid.UUID("5f1a0f0e-6d0a-4a35-9f53-3b8a5b6b7c11")

CONTENT_TYPES = {
    ".json": "application/json",
    ".gz": "application/gzip",
}


class LostClaimError(Exception):
    """Another run has taken the case over, or it was withdrawn: stop without a trace."""


@dataclass(slots=True)
class Run:
    """One claimed run over a case."""

    case: Case
    token: uuid.UUID
    set_aside: set[str] = field(default_factory=set)

    @property
    def mine(self) -> dict[str, object]:
        """The condition that every write of this run carries."""
        return {"claim_token": self.token}


def process(case_id: int) -> None:
    """Take one submitted case through the checks to its verdict.

    Does nothing when the case is not waiting: the message may be late, doubled or wrong.

    Raises
    ------
    cases.storage.StorageUnavailableError
        When S3 is away; the sweep will start the case again.
    """
    run = claim(case_id)
    if run is None:
        return
    crash_point("after-claim")
    try:
        with leases.kept(partial(_renew, run)), tempfile.TemporaryDirectory(prefix="case-") as name:
            source, prepared, destination = (Path(name) / part for part in ("in", "ahead", "out"))
            source.mkdir()
            prepared.mkdir()
            preparation.finish(run.case)
            fetch_originals(run, source, prepared)
            crash_point("after-fetch")
            result = ingest(run, source, destination, prepared)
            crash_point("after-ingest")
            held_pictures.keep(run.case, result, destination / HELD, mine=run.mine)
            crash_point("after-held")
            studies = studies_for(run.case, result)
            for study in studies:
                store_outputs(run, outputs_of(destination, study), study)
                crash_point("after-store")
        verdicts.publish(run.case, result, studies, mine=run.mine)
    except (LostClaimError, IllegalTransitionError):
        logger.info("case %s: run ended, the claim is no longer ours", case_id)


def claim(case_id: int) -> Run | None:
    """Claim a submitted case and count the attempt, or return None when it is not waiting."""
    case = Case.objects.filter(pk=case_id).first()
    if case is None:
        return None
    token = uuid.uuid4()
    try:
        advance(
            case,
            "start_processing",
            by=None,
            claim_token=token,
            lease_expires_at=lease_end(),
            attempts=F("attempts") + 1,
            progress_step="fetching",
            progress_done=0,
            progress_total=0,
        )
    except IllegalTransitionError:
        return None
    return Run(case, token)


def _renew(run: Run) -> None:
    Case.objects.filter(pk=run.case.pk, status=PROCESSING, **run.mine).update(
        lease_expires_at=lease_end()
    )


def progress(run: Run, step: str, done: int, total: int) -> None:
    """Show the patient where the run is, and notice when it is no longer ours."""
    kept = Case.objects.filter(pk=run.case.pk, status=PROCESSING, **run.mine).update(
        progress_step=step,
        progress_done=done,
        progress_total=total,
        lease_expires_at=lease_end(),
    )
    if not kept:
        raise LostClaimError


def fetch_originals(run: Run, source: Path, prepared: Path) -> None:
    """Fetch every bundle of the complete uploads and lay its files into `source`.

    What was prepared of them goes to `prepared`. A file whose bytes are not the declared ones is
    left out here and reported as CUT-OFF; one that a person has set aside is left out too.
    """
    bundles = list(
        Bundle.objects.filter(upload__case=run.case, upload__state=UploadState.COMPLETE)
        .select_related("upload")
        .order_by("upload__created_at", "number")
    )
    progress(run, "fetching", 0, len(bundles))
    for done, _bundle in enumerate(originals.lay_out(bundles, source), start=1):
        progress(run, "fetching", done, len(bundles))
    for name in quarantine.set_aside_names(run.case):
        (source / name).unlink(missing_ok=True)
    originals.lay_out_prepared(bundles, prepared)
    progress(run, "checking", 0, 0)


def ingest(run: Run, source: Path, destination: Path, prepared: Path) -> IngestResult:
    """Run the imaging core in its sandbox; set a file aside that keeps killing it.

    Raises
    ------
    ChildDiedError
        When the child dies again and again without a file to blame.
    """
    secret = CaseSecret.objects.get(case=run.case)
    intake = getattr(run.case, "intake", None)
    blameless_deaths = 0
    while True:
        options = IngestOptions(
            case_code=run.case.code,
            uid_key=bytes(secret.uid_key),
            skip=frozenset(run.set_aside),
            patient_age=intake.age_years if intake else None,
            patient_sex=(intake.sex or None) if intake else None,
            decisions=held_pictures.decisions_of(run.case),
            history=history_of(intake),
            clear=preparation.clear_series(run.case),
        )
        try:
            return run_ingest(source, destination, options, prepared=prepared)
        except ChildDiedError as death:
            progress(run, "checking", 0, 0)
            if death.file is None:
                blameless_deaths += 1
                if blameless_deaths >= CRASHER_DEATHS:
                    raise
            else:
                _blame(run, death.file)


def _blame(run: Run, name: str) -> None:
    """Count a death on the file that was open; set it aside when it was one too many."""
    item = UploadedInstance.objects.filter(pk=name)
    item.update(deaths=F("deaths") + 1)
    if item.filter(deaths__gte=CRASHER_DEATHS).update(outcome=Code.CRASHER):
        run.set_aside.add(name)


def studies_for(case: Case, result: IngestResult) -> list[Study]:
    """Return the (unsaved) studies under whose keys the outputs belong: the one that is read first.

    The ids depend on the case and on what was uploaded alone, so that a run after a crash
    overwrites exactly the objects of the run before.
    """
    if result.study is None or not result.series:
        return []
    sent = sorted(item.sha256 for item in result.files if item.sha256)
    fingerprint = hashlib.sha256("\n".join([case.code, *sent]).encode()).hexdigest()
    uid = result.study.study_instance_uid
    current = Study(id=uuid.uuid5(STUDY_NAMESPACE, fingerprint), case=case, study_instance_uid=uid)
    if result.prior is None:
        return [current]
    prior = Study(
        id=uuid.uuid5(current.id, StudyRole.PRIOR),
        case=case,
        study_instance_uid=result.prior.study.study_instance_uid,
        role=StudyRole.PRIOR,
        months_earlier=result.prior.months,
    )
    return [current, prior]


def outputs_of(destination: Path, study: Study) -> Path:
    """Return the folder into which `imaging.ingest` wrote a study."""
    return destination / "prior" if study.is_prior else destination


def objects_of(destination: Path) -> list[Path]:
    """Return the files to store, a series' DICOM files in one.

    result.json stays behind: it names the sources, and the rows say all that it says.
    """
    folders = sorted(destination.glob("s[0-9]*"))
    for folder in folders:
        instance_files.pack(folder)
    return [path for folder in folders for path in sorted(folder.iterdir())]


def store_outputs(run: Run, destination: Path, study: Study) -> None:
    """Store the tree that the imaging core wrote, and check that every object arrived whole."""
    paths = objects_of(destination)
    wanted = {
        study.prefix + path.relative_to(destination).as_posix(): path.stat().st_size
        for path in paths
    }
    files = [
        (key, path, CONTENT_TYPES.get(path.suffix, ""))
        for key, path in zip(wanted, paths, strict=True)
    ]
    for done in storage.write_files(storage.STUDIES, files):
        if done % 20 == 1:
            progress(run, "storing", done, len(files))
        crash_point("while-storing")
    stored = storage.keys(storage.STUDIES, study.prefix)
    for stale in stored.keys() - wanted.keys():
        storage.delete(storage.STUDIES, stale)
    if any(stored.get(key) != size for key, size in wanted.items()):
        raise storage.StorageUnavailableError("an object did not arrive whole")
