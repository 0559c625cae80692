"""An upload from plan to completion. The database decides; S3 is asked outside transactions."""

import hashlib
import uuid
from collections.abc import Iterable
from typing import IO, TYPE_CHECKING, Final

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from accounts.models import User
from cases import archived, arrivals, lifecycle, storage, tasks
from cases.models import Bundle, Case, Upload, UploadedInstance
from cases.models.upload import UploadState
from cases.services.requests import has_consented
from cases.upload_protocol import Declaration, Entry, Plan, PlannedBundle
from imaging.coding import Coding
from imaging.errors import Code

if TYPE_CHECKING:
    from django.db.models import QuerySet

#: What the plain form takes: the worker holds it in memory.
ARCHIVE_MAX_BYTES: Final = 500 * 10**6


class UploadRefusedError(Exception):
    """The upload cannot go on like this; `code` is a word of docs/upload.md."""

    def __init__(self, code: str, *, status: int = 409, **details: object) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.details = details


def plan_upload(*, case: Case, by: User, plan: Plan) -> Upload:
    """Open an upload for `plan`, or return the one that this disc already has in this case."""
    if not has_consented(case):
        raise UploadRefusedError("no-consent", status=403)
    _check_size(plan)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=by.pk)  # one plan at a time for an account
        _require_editable(case)
        known = _living(case).filter(fingerprint=plan.fingerprint).first()
        if known is not None and not _give_up_spoilt(known):
            return known
        elsewhere = None if plan.again else case_with_same_files(case, plan.samples)
        if elsewhere is not None:
            raise UploadRefusedError("same-examination", request=elsewhere)
        _check_room(plan)
        _abandon_empty(case)
        _check_quota(by, plan)
        upload = Upload.objects.create(
            case=case,
            fingerprint=plan.fingerprint,
            bundle_count=len(plan.bundles),
            instance_count=plan.instances,
            total_bytes=plan.raw_bytes,
            summary=plan.summary,
        )
        Bundle.objects.bulk_create(
            Bundle(
                upload=upload,
                number=number,
                planned_instances=planned.instances,
                planned_bytes=planned.raw_bytes,
            )
            for number, planned in enumerate(plan.bundles)
        )
    return upload


def declare_bundle(*, upload: Upload, number: int, declared: Declaration) -> Bundle:
    """Note what a bundle will hold; the returned bundle has landed or may be sent under its key."""
    _settle_earlier(upload, number)
    with transaction.atomic():
        _require_open(upload)
        bundle = _locked_bundle(upload, number)
        if bundle.landed_at is not None:
            return bundle
        _check_against_plan(bundle, declared)
        wanted = (declared.size, declared.sha256, declared.left_out)
        if (bundle.size, bundle.sha256, bundle.left_out) != wanted:
            _redeclare(bundle, declared)
    return bundle


def mark_landed(*, upload: Upload, number: int) -> None:
    """Note that a bundle lies in S3, or refuse when it does not."""
    bundle = Bundle.objects.filter(upload=upload, number=number).first()
    if bundle is None:
        raise UploadRefusedError("no-such-bundle", status=404)
    if bundle.landed_at is None and not arrivals.settle(bundle):
        raise UploadRefusedError("not-stored")
    tasks.hint(tasks.prepare_bundle, bundle.pk)


def complete_upload(*, upload: Upload, by: User) -> Upload:
    """Close the upload when every bundle lies in S3; may be called again."""
    if upload.state == UploadState.COMPLETE:
        return upload
    stored = storage.keys(storage.ORIGINALS, upload.prefix)
    bundles = list(upload.bundles.all())
    missing = [bundle.number for bundle in bundles if not _has_arrived(bundle, stored)]
    if missing or not any(bundle.size for bundle in bundles):
        missing = missing or [bundle.number for bundle in bundles]
        upload.bundles.filter(number__in=missing).update(landed_at=None)
        raise UploadRefusedError("missing", missing=missing)
    with transaction.atomic():
        _require_open(upload)
        now = timezone.now()
        silent = list(upload.bundles.filter(landed_at=None).values_list("pk", flat=True))
        upload.bundles.filter(pk__in=silent).update(landed_at=now)
        upload.state, upload.completed_at, upload.last_progress_at = UploadState.COMPLETE, now, now
        upload.summary |= _left_out(upload, bundles)
        upload.save(update_fields=["state", "completed_at", "last_progress_at", "summary"])
        lifecycle.note(upload.case, "pictures_received", by=by)
    for bundle_id in silent:
        tasks.hint(tasks.prepare_bundle, bundle_id)
    return upload


def _left_out(upload: Upload, bundles: list[Bundle]) -> dict[str, int]:
    """Correct the summary by what could not be read; a file counts as one picture."""
    left_out = sum(bundle.left_out for bundle in bundles)
    if not left_out:
        return {}
    pictures = int(upload.summary.get("pictures", upload.instance_count))
    return {"left_out": left_out, "pictures": max(1, pictures - left_out)}


def _has_arrived(bundle: Bundle, stored: dict[str, int]) -> bool:
    """Say whether S3 holds the bundle; one of which nothing could be read is never stored."""
    if bundle.left_out == bundle.planned_instances:
        return True
    return bundle.size > 0 and stored.get(bundle.key) == bundle.size


def receive_archive(
    *, case: Case, by: User, file: IO[bytes], size: int, again: bool = False
) -> Upload:
    """Store a ZIP file that came by a plain form as an upload of one bundle, and complete it.

    The same file in another request of the patient is refused unless `again` is set.
    """
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]  # Django's
    if size > ARCHIVE_MAX_BYTES:
        raise UploadRefusedError("too-big", status=413, limit=ARCHIVE_MAX_BYTES)
    plan = Plan(digest, (PlannedBundle(1, size),), {"archive": True}, (digest,), again=again)
    upload = plan_upload(case=case, by=by, plan=plan)
    entry = Entry(offset=0, length=size, raw_length=size, sha256=digest, coding=Coding.RAW)
    bundle = declare_bundle(upload=upload, number=0, declared=Declaration(size, digest, (entry,)))
    if bundle.landed_at is None:
        bundle.instances.update(coding=archived.ARCHIVE)
        file.seek(0)
        storage.write_file(storage.ORIGINALS, bundle.key, file)
    return complete_upload(upload=upload, by=by)


def abandon_upload(*, upload: Upload) -> None:
    """Give an upload up while the request may still be changed, and delete what was sent."""
    with transaction.atomic():
        _require_editable(upload.case)
        Upload.objects.filter(pk=upload.pk).update(
            state=UploadState.ABANDONED, last_progress_at=timezone.now()
        )
    storage.delete_prefix(storage.ORIGINALS, upload.prefix)


def current_uploads(case: Case) -> "QuerySet[Upload]":
    """Return the uploads that belong to the request: open or complete, oldest first."""
    return _living(case).prefetch_related("bundles")


def files_of(case: Case) -> list[tuple[int, str]]:
    """Return length and SHA-256 of every file that lies with the request, each once.

    A file that did not arrive whole is left out: it may come again.
    """
    files = UploadedInstance.objects.filter(
        bundle__upload__case=case, bundle__upload__state=UploadState.COMPLETE
    )
    return sorted(set(files.exclude(outcome=Code.CUT_OFF).values_list("size", "sha256")))


def case_with_same_files(case: Case, samples: Iterable[str]) -> str | None:
    """Return the code of the patient's newest other request that holds one of these files."""
    sent = UploadedInstance.objects.filter(
        sha256__in=list(samples),
        bundle__upload__state=UploadState.COMPLETE,
        bundle__upload__case__patient=case.patient_id,
    )
    holding = Case.objects.filter(pk__in=sent.values("bundle__upload__case"))
    others = holding.exclude(pk=case.pk).exclude(status=lifecycle.WITHDRAWN)
    return others.order_by("-created_at").values_list("code", flat=True).first()


def _living(case: Case) -> "QuerySet[Upload]":
    return Upload.objects.filter(case=case).exclude(state=UploadState.ABANDONED)


def _check_size(plan: Plan) -> None:
    if plan.instances > settings.UPLOAD_MAX_INSTANCES:
        raise UploadRefusedError("too-many", status=413, limit=settings.UPLOAD_MAX_INSTANCES)
    if plan.raw_bytes > settings.UPLOAD_MAX_BYTES:
        raise UploadRefusedError("too-big", status=413, limit=settings.UPLOAD_MAX_BYTES)


def _check_room(plan: Plan) -> None:
    """Ask who begins to come back later while we have too much; who has begun may end."""
    waiting = Case.objects.filter(status=lifecycle.SUBMITTED).count()
    living = Upload.objects.exclude(state=UploadState.ABANDONED)
    held = living.aggregate(total=Sum("total_bytes", default=0))["total"]
    most = settings.UPLOAD_MAX_STORED_BYTES
    if waiting >= settings.UPLOAD_MAX_WAITING or (most and held + plan.raw_bytes > most):
        raise UploadRefusedError("busy", status=503)


def _check_quota(by: User, plan: Plan) -> None:
    of_account = Upload.objects.filter(case__patient=by).exclude(state=UploadState.ABANDONED)
    if of_account.filter(state=UploadState.OPEN).count() >= settings.UPLOAD_MAX_OPEN:
        raise UploadRefusedError("too-many-open", status=413, limit=settings.UPLOAD_MAX_OPEN)
    held = of_account.exclude(case__status__in=lifecycle.TERMINAL).aggregate(
        total=Sum("total_bytes", default=0)
    )["total"]
    if held + plan.raw_bytes > settings.UPLOAD_MAX_ACCOUNT_BYTES:
        raise UploadRefusedError("quota", status=413, limit=settings.UPLOAD_MAX_ACCOUNT_BYTES)


def _give_up_spoilt(upload: Upload) -> bool:
    """Give up a complete upload of which nothing arrived as declared, so that it comes again."""
    files = UploadedInstance.objects.filter(bundle__upload=upload)
    if upload.state != UploadState.COMPLETE or files.exclude(outcome=Code.CUT_OFF).exists():
        return False
    upload.state, upload.last_progress_at = UploadState.ABANDONED, timezone.now()
    upload.save(update_fields=["state", "last_progress_at"])
    return True


def _abandon_empty(case: Case) -> None:
    """Give up plans of this case of which no bundle was ever declared: a folder picked in error."""
    declared = Bundle.objects.filter(declared_at__isnull=False).values("upload")
    _living(case).filter(state=UploadState.OPEN).exclude(pk__in=declared).update(
        state=UploadState.ABANDONED
    )


def _require_editable(case: Case) -> None:
    status = Case.objects.select_for_update().values_list("status", flat=True).get(pk=case.pk)
    if status not in lifecycle.EDITABLE:
        raise UploadRefusedError("closed")


def _require_open(upload: Upload) -> None:
    _require_editable(upload.case)
    if not Upload.objects.filter(pk=upload.pk, state=UploadState.OPEN).exists():
        raise UploadRefusedError("closed")


def _locked_bundle(upload: Upload, number: int) -> Bundle:
    bundle = Bundle.objects.select_for_update().filter(upload=upload, number=number).first()
    if bundle is None:
        raise UploadRefusedError("no-such-bundle", status=404)
    return bundle


def _check_against_plan(bundle: Bundle, declared: Declaration) -> None:
    raw_bytes = sum(entry.raw_length for entry in declared.entries)
    if declared.left_out and raw_bytes < bundle.planned_bytes:
        raw_bytes = bundle.planned_bytes  # nobody knows the length of a file that cannot be read
    instances = len(declared.entries) + declared.left_out
    if (instances, raw_bytes) != (bundle.planned_instances, bundle.planned_bytes):
        raise UploadRefusedError("not-as-planned", status=400)


def _redeclare(bundle: Bundle, declared: Declaration) -> None:
    """Give a new declaration a new object, into which no old signature can write.

    The old object stays until the upload ends, so that their number is bounded: nobody stores more
    than a few times their quota.
    """
    limit = settings.UPLOAD_MAX_DECLARATIONS
    if bundle.declarations >= limit:
        raise UploadRefusedError("declared-too-often", status=413, limit=limit)
    bundle.declarations += 1
    bundle.object_id = uuid.uuid4()
    bundle.size, bundle.sha256, bundle.left_out = declared.size, declared.sha256, declared.left_out
    bundle.declared_at = timezone.now()
    bundle.landed_at = None if declared.entries else bundle.declared_at
    bundle.prepared_at, bundle.prepared_sha256 = None, ""
    bundle.attempts, bundle.lease_expires_at = 0, None
    bundle.save()
    bundle.instances.all().delete()
    UploadedInstance.objects.bulk_create(_instance(bundle, entry) for entry in declared.entries)


def _instance(bundle: Bundle, entry: Entry) -> UploadedInstance:
    return UploadedInstance(
        bundle=bundle,
        offset=entry.offset,
        coded_size=entry.length,
        size=entry.raw_length,
        sha256=entry.sha256,
        coding=entry.coding.value,
    )


def _settle_earlier(upload: Upload, number: int) -> None:
    """Look for a bundle that landed without a word in an earlier life of the page."""
    bundle = Bundle.objects.filter(upload=upload, number=number, landed_at=None).first()
    if bundle is not None:
        arrivals.settle(bundle)
