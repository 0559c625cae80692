"""May this user see this row? The one door to every case.

What is not yours does not exist: absent and forbidden are the same 404.
"""

from datetime import timedelta
from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest
from django.utils import timezone

from accounts.models import Role
from cases.lifecycle import ASSIGNED, DRAFT, READING, REPORTED
from cases.models import AccessRecord, Case, KeyImage, Report

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from accounts.models import User

#: Reads of one part of a case by one person within this time are one sitting.
SITTING = timedelta(minutes=10)


def visible_cases(user: "User | AnonymousUser") -> "QuerySet[Case]":
    """Return the cases this user may open.

    A patient sees their own; a radiologist those assigned to them; a coordinator every case
    that was sent. An operator runs the machines and sees none.
    """
    cases = Case.objects.select_related("patient", "assignee")
    if isinstance(user, AnonymousUser) or not user.is_active:
        return cases.none()
    if user.role == Role.PATIENT:
        return cases.filter(patient=user)
    if user.role == Role.RADIOLOGIST:
        return cases.filter(assignee=user, status__in=[ASSIGNED, READING, REPORTED])
    if user.role == Role.COORDINATOR:
        return cases.exclude(status=DRAFT)
    return cases.none()


def case_for(user: "User | AnonymousUser", code: str) -> Case:
    """Return the case with this code, or raise 404 whether it is absent or not theirs."""
    case = visible_cases(user).filter(code=code).first()
    if case is None:
        raise Http404
    return case


def own_case(user: "User | AnonymousUser", code: str) -> Case:
    """Return the patient's own case, or raise 404."""
    case = case_for(user, code)
    if case.patient_id != user.pk:
        raise Http404
    return case


def may_see_images(user: "User", case: Case) -> bool:
    """Say whether the de-identified images are open to this user now.

    A patient sees them once the checks are over; a held or returned study stays closed to
    radiologists because the case is not assigned to one.
    """
    return visible_cases(user).filter(pk=case.pk).exists()


def may_open_first_report_file(user: "User", case: Case) -> bool:
    """Say whether the file is open to this user: it names the patient, so never to a reader."""
    return bool(case.intake.first_report_key) and user.role in {Role.PATIENT, Role.COORDINATOR}


def visible_reports(user: "User", case: Case) -> "QuerySet[Report]":
    """Return the reports of a case this user may see: the signed one, or one's own draft.

    To the patient nothing of it shows before they chose to open their result.
    """
    reports = Report.objects.filter(case=case).select_related("author")
    if user.role == Role.RADIOLOGIST:
        return reports.filter(author=user)
    if user.role == Role.PATIENT:
        reports = reports.filter(case__result_opened_at__isnull=False)
    return reports.filter(signed_at__isnull=False)


def key_images_for(user: "User", case: Case) -> "QuerySet[KeyImage]":
    return KeyImage.objects.filter(report__in=visible_reports(user, case))


def record(user: "User", case: Case, what: str) -> None:
    """Write down that `user` opened a part of `case`; the patient can see it."""
    AccessRecord.objects.create(case=case, user=user, what=what)


def is_ahead(request: HttpRequest) -> bool:
    """Say whether a browser asks ahead, for a page that nobody looks at yet.

    It says so itself (https://wicg.github.io/nav-speculation/, Sec-Purpose). Such a read is written
    down too, under a name of its own, so that the header hides nothing.
    """
    return request.headers.get("Sec-Purpose", "").startswith("prefetch")


def record_request(request: HttpRequest, case: Case, what: str) -> None:
    """Write down one sitting of who asks; a part that is only loaded ahead as ``..._ahead``."""
    if not isinstance(request.user, AnonymousUser):
        record_reading(request.user, case, f"{what}_ahead" if is_ahead(request) else what)


def record_reading(user: "User", case: Case, what: str) -> None:
    """Write down one sitting: many small reads within ten minutes count as one."""
    since = timezone.now() - SITTING
    if not AccessRecord.objects.filter(case=case, user=user, what=what, at__gte=since).exists():
        record(user, case, what)
