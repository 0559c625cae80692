"""The upload page and the addresses it talks to (docs/upload.md). Answers are JSON."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.models import User
from cases import access, storage
from cases.finding_words import missing_of
from cases.first_look import first_look
from cases.forms.first_report import FILE, FirstReportForm
from cases.forms.pages import BY_SLUG
from cases.lifecycle import RETURNED
from cases.models import Upload
from cases.models.upload import UploadState
from cases.services import uploads
from cases.services.requests import NotEditableError, has_consented
from cases.upload_protocol import Declaration, Plan, ProtocolError, parse_declaration, parse_plan
from cases.upload_texts import refusal_text, upload_texts
from cases.views.devices import qr_image, short_address
from cases.views.patient import STOP_POLLING
from cases.views.patient_intake import keep

RETRY_AFTER_SECONDS = 5
#: What fills the queue or the store lasts longer than a store that is away.
BUSY_SECONDS = 120
#: Returned for these, more pictures do not help while the wrong ones are still there.
UNFIT_TOGETHER = frozenset({"BODY", "CONFLICT", "IDENT", "STUDIES"})
ZIP_MAGIC = b"PK\x03\x04"


def endpoint(view: Callable[..., dict[str, object]]) -> Callable[..., HttpResponseBase]:
    """Answer in JSON, also when it goes wrong: {"error": a word of docs/upload.md}."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return refusal("signed-out", 401)
        try:
            return JsonResponse(view(request, *args, **kwargs))
        except Http404:
            return refusal("not-found", 404)
        except ProtocolError as error:
            return refusal("protocol", 400, hint=str(error))
        except uploads.UploadRefusedError as error:
            response = refusal(error.code, error.status, **error.details)
            if error.status == 503:
                response.headers["Retry-After"] = str(BUSY_SECONDS)
            return response
        except storage.StorageUnavailableError:
            response = refusal("store-away", 503)
            response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
            return response

    return wrapped


def refusal(code: str, status: int, **details: object) -> JsonResponse:
    return JsonResponse({"error": code, **details}, status=status)


@login_required
def page(request: HttpRequest, code: str) -> HttpResponse:
    case = access.own_case(request.user, code)
    if not case.is_editable:
        return redirect("cases:detail", code)
    if not has_consented(case):
        return redirect("cases:page", code, "consent")
    known = [Shown.of(upload) for upload in uploads.current_uploads(case)]
    return render(
        request,
        "cases/upload.html",
        {
            "case": case,
            "arrived": [upload for upload in known if upload.is_complete],
            "unfinished": [upload for upload in known if not upload.is_complete],
            "texts": upload_texts(),
            "short_address": short_address(case),
            "qr_image": qr_image(short_address(case)),
            "may_attach": not case.intake.has_first_report,
            "must_remove": case.status == RETURNED and case.reason_code in UNFIT_TOGETHER,
            "needed": missing_of(case) if case.status == RETURNED else [],
            "look": first_look(case),
            "was_sent_before": "again" in request.GET,
        },
    )


@login_required
@require_GET
def look(request: HttpRequest, code: str) -> HttpResponse:
    """Answer the page that asks how far the first look at its pictures is."""
    case = access.own_case(request.user, code)
    found = first_look(case)
    context = {"case": case, "look": found, "is_answer": True}
    status = 200 if found.is_moving else STOP_POLLING
    return render(request, "cases/components/first_look.html", context, status=status)


@dataclass(frozen=True, slots=True)
class Shown:
    """An upload as the page shows it: in pictures."""

    id: UUID
    is_complete: bool
    is_archive: bool
    pictures: int
    sets: int
    arrived: int
    left_out: int
    shows_lower_back: bool
    has_prior: bool

    @classmethod
    def of(cls, upload: Upload) -> "Shown":
        landed = sum(b.planned_bytes for b in upload.bundles.all() if b.landed_at is not None)
        pictures = int(upload.summary.get("pictures", upload.instance_count))
        return cls(
            id=upload.pk,
            is_complete=upload.state == UploadState.COMPLETE,
            is_archive=bool(upload.summary.get("archive")),
            pictures=pictures,
            sets=int(upload.summary.get("series", 0)),
            left_out=int(upload.summary.get("left_out", 0)),
            arrived=pictures * landed // max(1, upload.total_bytes),
            shows_lower_back=bool(upload.summary.get("lower_back")),
            has_prior=bool(upload.summary.get("prior")),
        )


@require_GET
@endpoint
def known(request: HttpRequest, code: str) -> dict[str, object]:
    """Name the files that lie with the request, so that the page does not send them again."""
    return {"files": uploads.files_of(access.own_case(request.user, code))}


@require_POST
@endpoint
def plan(request: HttpRequest, code: str) -> dict[str, object]:
    """Open an upload, or find the one this disc already has; sign what was declared with it."""
    case = access.own_case(request.user, code)
    plan = parse_plan(_body(request))
    upload = uploads.plan_upload(case=case, by=_user(request), plan=plan)
    tickets = _tickets(upload, plan) if upload.state == UploadState.OPEN else []
    return _state(upload) | {"tickets": tickets}


@endpoint
def status(request: HttpRequest, code: str, upload_id: UUID) -> dict[str, object]:
    return _state(_own_upload(request, code, upload_id))


@require_POST
@endpoint
def bundle(request: HttpRequest, code: str, upload_id: UUID, number: int) -> dict[str, object]:
    """Answer with one signed PUT, or say that the bundle is there already."""
    upload = _own_upload(request, code, upload_id)
    return _ticket(upload, number, parse_declaration(_body(request)))


def _tickets(upload: Upload, plan: Plan) -> list[dict[str, object] | None]:
    try:
        return [
            None if declared is None else _ticket(upload, number, declared)
            for number, declared in enumerate(plan.declared)
        ]
    except storage.StorageUnavailableError:
        return []  # the page asks for each of them, again and again


def _ticket(upload: Upload, number: int, declared: Declaration) -> dict[str, object]:
    planned = uploads.declare_bundle(upload=upload, number=number, declared=declared)
    if planned.landed_at is not None:
        return {"landed": True}
    url, headers = storage.presign_put(planned.key, size=planned.size, sha256_hex=planned.sha256)
    return {"landed": False, "method": "PUT", "url": url, "headers": headers}


@require_POST
@endpoint
def landed(request: HttpRequest, code: str, upload_id: UUID, number: int) -> dict[str, object]:
    uploads.mark_landed(upload=_own_upload(request, code, upload_id), number=number)
    return {"landed": True}


@require_POST
@endpoint
def complete(request: HttpRequest, code: str, upload_id: UUID) -> dict[str, object]:
    upload = _own_upload(request, code, upload_id)
    return _state(uploads.complete_upload(upload=upload, by=_user(request)))


@require_POST
@endpoint
def abandon(request: HttpRequest, code: str, upload_id: UUID) -> dict[str, object]:
    uploads.abandon_upload(upload=_own_upload(request, code, upload_id))
    return {"state": "abandoned"}


@login_required
@require_POST
def remove(request: HttpRequest, code: str, upload_id: UUID) -> HttpResponse:
    """Take pictures back by a plain form; the same as `abandon`."""
    try:
        uploads.abandon_upload(upload=_own_upload(request, code, upload_id))
    except uploads.UploadRefusedError:
        messages.error(request, _("Your request was sent already. It cannot be changed now."))
    except storage.StorageUnavailableError:
        messages.success(request, _("We removed these pictures from your request."))
    else:
        messages.success(request, _("We removed these pictures from your request."))
    return redirect("cases:upload", code)


@require_POST
@endpoint
def report(request: HttpRequest, code: str) -> dict[str, object]:
    """Attach a report that lay on the disc, as the page about the first report would."""
    case = access.own_case(request.user, code)
    if not case.is_editable:
        raise uploads.UploadRefusedError("closed")
    answers = {"choice": FILE, "first_reader": case.intake.first_reader}
    form = FirstReportForm(answers, request.FILES, intake=case.intake)
    if not form.is_valid():
        raise uploads.UploadRefusedError("report-unfit", status=400)
    try:
        keep(case, BY_SLUG["first-report"], form, request)
    except NotEditableError:
        raise uploads.UploadRefusedError("closed") from None
    return {"attached": True}


@login_required
@require_POST
def archive(request: HttpRequest, code: str) -> HttpResponse:
    """Take a ZIP file by a plain form, for browsers that cannot run the page's modules."""
    case = access.own_case(request.user, code)
    file = request.FILES.get("archive")
    if file is None or not file.size or file.read(4) != ZIP_MAGIC:
        messages.error(request, _("Please choose a ZIP file with the pictures."))
        return redirect("cases:upload", code)
    again = "again" in request.POST
    try:
        uploads.receive_archive(
            case=case, by=_user(request), file=file, size=file.size, again=again
        )
    except uploads.UploadRefusedError as error:
        messages.error(request, refusal_text(error.code, error.details))
        if error.code == "same-examination":
            return redirect(f"{reverse('cases:upload', args=[code])}?again=1")
    except storage.StorageUnavailableError:
        messages.error(request, _("The file could not be stored just now. Please try again."))
    else:
        messages.success(request, _("The ZIP file has arrived. You can go on."))
    return redirect("cases:upload", code)


def _user(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def _own_upload(request: HttpRequest, code: str, upload_id: UUID) -> Upload:
    case = access.own_case(request.user, code)
    upload = uploads.current_uploads(case).filter(pk=upload_id).first()
    if upload is None:
        raise Http404
    return upload


def _body(request: HttpRequest) -> object:
    try:
        return json.loads(request.body)
    except ValueError:
        raise ProtocolError("the body is no JSON") from None


def _state(upload: Upload) -> dict[str, object]:
    arrived = upload.bundles.filter(landed_at__isnull=False).values_list("number", flat=True)
    return {
        "upload": str(upload.pk),
        "state": upload.state,
        "bundles": upload.bundle_count,
        "landed": list(arrived),
    }
