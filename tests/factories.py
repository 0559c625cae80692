"""Cases in any status, without walking the whole way there."""

import uuid
from datetime import timedelta

from django.utils import timezone

from accounts.models import User
from cases import consents, lifecycle
from cases.lifecycle import Status
from cases.models import Case, CaseSecret, Consent, Intake, Upload
from cases.models.upload import UploadState
from cases.services import requests


def previous_of(status: str) -> str:
    """Return some legal predecessor of a status."""
    return next(before for before, after in lifecycle.legal_pairs() if after == status)


def make_case(
    patient: User, status: str = Status.DRAFT, *, consented: bool = True, **fields
) -> Case:
    """Return a case in `status` with the columns filled that this status demands."""
    now = timezone.now()
    filled: dict[str, object] = {}
    for column, statuses in lifecycle.REQUIRED.items():
        if status in statuses and column not in {"assignee", "claim_token"}:
            filled[column] = now
    if status == Status.PROCESSING:
        filled["claim_token"] = uuid.uuid4()
        filled["lease_expires_at"] = now + timedelta(minutes=1)
    case = Case.objects.create(
        patient=patient, status=status, previous_status=previous_of(status), **(filled | fields)
    )
    Intake.objects.create(case=case)
    CaseSecret.objects.create(case=case)
    if consented:
        Consent.objects.bulk_create(
            Consent(case=case, code=code, text_version=consents.TEXT_VERSION)
            for code in sorted(consents.CODES)
        )
    return case


ANSWERS: dict[str, dict[str, object]] = {
    "safety": {"red_flags": [], "red_flag_override": False},
    "question": {
        "main_question": "Do I need an operation?",
        "extra_questions": [],
        "reasons": ["surgery_advised"],
    },
    "pain": {
        "pain_regions": ["low_back_middle", "lower_leg_outer_left"],
        "back_or_leg": "mostly_leg",
        "side_worse": "left",
        "pain_now": 5,
        "pain_worst": 8,
        "duration": "weeks_6_to_12",
        "onset": "lifting",
        "worse_with": ["sitting"],
    },
    "history": {"conditions": {"cancer": "no", "osteoporosis": "no"}},
    "about": {"age_years": 46, "sex": "F", "country": "DE", "phone": "+49 30 0000000"},
    "first-report": {"has_first_report": False},
}


def fill_request(case: Case) -> Case:
    """Answer every page, agree to everything and put a complete (empty) upload there."""
    for step, answers in ANSWERS.items():
        requests.save_answers(case=case, step=step, answers=answers)
    requests.give_consent(case=case, codes=consents.CODES)
    make_upload(case)
    return case


def make_upload(case: Case, **fields) -> Upload:
    return Upload.objects.create(
        case=case,
        **{
            "state": UploadState.COMPLETE,
            "bundle_count": 0,
            "instance_count": 0,
            "total_bytes": 0,
            "completed_at": timezone.now(),
        }
        | fields,
    )
