"""Reads about the people who read."""

from datetime import datetime, time

from django.db.models import Count, Max, Q
from django.utils import timezone

from accounts.models import User
from cases.lifecycle import ASSIGNED, READING
from cases.models import Case, CaseEvent
from cases.report_context import intake_of
from radiologists.matching import Candidate, Wanted
from radiologists.models import Proposal, Radiologist, SavedTab
from radiologists.triage import assess

_OPEN = Q(user__assigned_cases__status__in=[ASSIGNED, READING])


def profile_of(user: User) -> Radiologist | None:
    return Radiologist.objects.filter(user=user).first()


def saved_tabs(user: User) -> list[SavedTab]:
    """Return the tabs that a reader keeps for themselves, by name."""
    return list(SavedTab.objects.filter(user=user))


def candidates() -> list[Candidate]:
    """Return every radiologist with an active account, with the load of this moment."""
    midnight = timezone.make_aware(datetime.combine(timezone.localdate(), time.min))
    today = Q(user__assigned_cases__assigned_at__gte=midnight)
    readers = (
        Radiologist.objects.filter(user__is_active=True)
        .select_related("user")
        .annotate(
            open_cases=Count("user__assigned_cases", filter=_OPEN),
            today=Count("user__assigned_cases", filter=today),
            last_assigned_at=Max("user__assigned_cases__assigned_at"),
        )
        .order_by("user__full_name", "pk")
    )
    return [
        Candidate(
            radiologist=reader,
            open_cases=reader.open_cases,
            today=reader.today,
            last_assigned_at=reader.last_assigned_at,
        )
        for reader in readers
    ]


def wanted_for(case: Case) -> Wanted:
    """Return what the case asks of its reader."""
    intake = intake_of(case)
    declined = CaseEvent.objects.filter(case=case, name="decline", actor__isnull=False)
    return Wanted(
        case=case,
        intake=intake,
        assessment=assess(intake),
        declined_by=frozenset(declined.values_list("actor_id", flat=True)),
    )


def latest_proposals(cases: list[Case]) -> dict[int, Proposal]:
    """Return the newest proposal of each case, by case, in one query."""
    found = (
        Proposal.objects.filter(case__in=cases)
        .select_related("radiologist__user")
        .order_by("case_id", "-created_at", "-pk")
        .distinct("case_id")
    )
    return {proposal.case_id: proposal for proposal in found}


def is_fresh(proposal: Proposal | None, case: Case) -> bool:
    """Say whether a proposal was made since the case last came to wait for a reader."""
    since = [moment for moment in (case.ready_at, case.assigned_at) if moment]
    return proposal is not None and all(proposal.created_at >= moment for moment in since)
