"""What is done about readers: propose one, confirm, change one's availability."""

from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from cases.lifecycle import ASSIGNED, READY, note
from cases.models import Case, Intake
from cases.services import assignments
from radiologists import matching, selectors, triage_table
from radiologists.models import Proposal, Radiologist, SavedTab

#: Tabs of their own that one reader keeps; more would not fit above the list.
MOST_TABS = 8


class TooManyTabsError(Exception):
    """The reader has as many tabs of their own as there may be."""


class NoLongerFreeError(Exception):
    """The proposed reader cannot take the case any more. `obstacles` says why (codes)."""

    def __init__(self, obstacles: list[str]) -> None:
        super().__init__("the proposed reader is no longer free")
        self.obstacles = obstacles


def propose(case: Case, candidates: list[matching.Candidate] | None = None) -> Proposal:
    """Store and return what triage proposes for the case at this moment, with its reasons."""
    wanted = selectors.wanted_for(case)
    found = matching.match(candidates or selectors.candidates(), wanted)
    assessment = wanted.assessment
    return Proposal.objects.create(
        case=case,
        choice=assessment.choice,
        rule=assessment.rule,
        neuro_score=assessment.neuro,
        msk_score=assessment.msk,
        reasons=list(assessment.reasons),
        radiologist=found.chosen.radiologist if found.chosen else None,
        skipped=[[candidate.radiologist.pk, code] for candidate, code in found.skipped],
        table_version=triage_table.VERSION,
    )


def proposals_for(cases: list[Case]) -> dict[int, Proposal]:
    """Return a proposal for each case that waits for a reader, making those that are missing.

    Called where the queue is shown: a proposal is made the first time somebody looks, so that
    no worker has to know about radiologists, and stays until the case is ready anew.
    """
    waiting = [case for case in cases if case.status == READY]
    proposals = selectors.latest_proposals(waiting)
    missing = [case for case in waiting if not selectors.is_fresh(proposals.get(case.pk), case)]
    candidates = selectors.candidates() if missing else []
    return proposals | {case.pk: propose(case, candidates) for case in missing}


@transaction.atomic
def confirm(*, proposal: Proposal, by: User) -> Case:
    """Assign the case to the proposed reader, if they can still take it.

    Raises
    ------
    NoLongerFreeError
        When something speaks against the reader by now, or nobody was proposed.
    cases.lifecycle.IllegalTransitionError
        When the case is no longer open to assignment.
    """
    reader = proposal.radiologist
    if reader is None:
        raise NoLongerFreeError(["away"])
    case = Case.objects.select_related("patient", "intake").get(pk=proposal.case_id)
    candidate = next(c for c in selectors.candidates() if c.radiologist.pk == reader.pk)
    found = matching.obstacles(candidate, selectors.wanted_for(case))
    if found:
        raise NoLongerFreeError(found)
    return assignments.assign(case=case, to=reader.user, by=by, reason=f"proposal {proposal.pk}")


UNDO_WITHIN = timedelta(minutes=10)


@transaction.atomic
def undo_assignment(*, case: Case, by: User) -> bool:
    """Take back an assignment of the last minutes that nobody has acted on; say whether it was."""
    assigned = case.events.filter(name="assign").last()
    if assigned is None or case.status != ASSIGNED or assigned.actor_id != by.pk:
        return False
    if assigned.at < timezone.now() - UNDO_WITHIN:
        return False
    assignments.decline(case=case, by=by, reason="assignment undone")
    return True


@transaction.atomic
def copy_first_report(*, case: Case, by: User, text: str) -> bool:
    """Store the first report's words; not after the second opinion is signed."""
    if not case.is_open:
        return False
    changed = Intake.objects.filter(case=case).update(first_report_text=text)
    if changed:
        note(case, "first_report_copied", by=by)
    return bool(changed)


def save_availability(
    *, reader: Radiologist, is_available: bool, away_until: date | None, daily_cap: int
) -> Radiologist:
    """Store when and how much a radiologist reads."""
    reader.is_available = is_available
    reader.away_until = away_until
    reader.daily_cap = daily_cap
    reader.save(update_fields=["is_available", "away_until", "daily_cap"])
    return reader


@transaction.atomic
def keep_tab(*, user: User, name: str, query: str) -> SavedTab:
    """Keep filters as a tab; under a name that is there already they take the place of the old.

    Raises
    ------
    TooManyTabsError
        When there are `MOST_TABS` others.
    """
    User.objects.select_for_update().get(pk=user.pk)  # of two tabs kept at once one is counted
    if SavedTab.objects.filter(user=user).exclude(name=name).count() >= MOST_TABS:
        raise TooManyTabsError
    tab, _is_new = SavedTab.objects.update_or_create(
        user=user, name=name, defaults={"query": query}
    )
    return tab


@transaction.atomic
def drop_tab(*, user: User, tab_id: int) -> None:
    SavedTab.objects.filter(user=user, pk=tab_id).delete()
