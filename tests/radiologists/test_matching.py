"""Who is proposed, who is passed over and why, and what happens when that changes."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Role
from cases.lifecycle import ASSIGNED, READY
from cases.services import assignments
from radiologists import selectors, services
from radiologists.models import Proposal
from radiologists.services import NoLongerFreeError
from tests.factories import make_case
from tests.fixtures.people import make_user

pytestmark = pytest.mark.django_db


def ready_case(patient, **answers):
    case = make_case(patient, READY)
    for name, value in ({"country": "DE"} | answers).items():
        setattr(case.intake, name, value)
    case.intake.save()
    return case


def skipped(proposal):
    return dict(proposal.skipped)


def change(user, **fields):
    for name, value in fields.items():
        setattr(user.radiologist, name, value)
    user.radiologist.save()


def test_a_leg_case_goes_to_neuro_and_says_why_msk_was_passed_over(ana, mia, noor):
    proposal = services.propose(ready_case(ana, back_or_leg="leg_only"))
    assert proposal.radiologist == noor.radiologist
    assert proposal.reasons == ["leg"]
    assert skipped(proposal) == {mia.radiologist.pk: "subspecialty"}
    assert proposal.table_version == "triage-1"


OBSTACLES: dict[str, dict[str, object]] = {
    "licence": {"licensed_in": ["FR"]},
    "away": {"is_available": False},
    "cap": {"daily_cap": 0},
    "language": {"languages": ["fr"]},
}


@pytest.mark.parametrize("code", OBSTACLES)
def test_each_obstacle_passes_a_reader_over(ana, mia, noor, code):
    change(mia, **OBSTACLES[code])
    proposal = services.propose(ready_case(ana))
    assert proposal.radiologist == noor.radiologist
    assert skipped(proposal) == {mia.radiologist.pk: code}


def test_leave_counts_until_its_last_day(ana, mia):
    today = timezone.localdate()
    change(mia, away_until=today)
    assert services.propose(ready_case(ana)).radiologist is None
    change(mia, away_until=today - timedelta(days=1))
    assert services.propose(ready_case(ana)).radiologist == mia.radiologist


def test_the_first_reader_and_their_house_do_not_read_again(ana, mia, noor):
    change(mia, institution="St. Elsewhere")
    found = services.propose(ready_case(ana, first_reader="St. Elsewhere, radiology"))
    assert skipped(found)[mia.radiologist.pk] == "first_reader"
    found = services.propose(ready_case(ana, first_reader="Dr. Noor"))
    assert skipped(found)[noor.radiologist.pk] == "first_reader"


def test_an_infection_asks_for_the_competence(ana, mia, noor):
    case = ready_case(ana, red_flags=["RF6"])
    assert services.propose(case).radiologist is None
    change(mia, competences=["spine_infection"])
    assert services.propose(case).radiologist == mia.radiologist


def test_the_least_loaded_reads_then_the_longest_idle(ana, mia, noor):
    case = ready_case(ana)
    assert services.propose(case).radiologist == mia.radiologist
    make_case(ana, ASSIGNED, assignee=mia, assigned_at=timezone.now())
    assert services.propose(case).radiologist == noor.radiologist


def test_who_gave_a_case_back_is_not_proposed_again(ana, mia, noor, cole):
    case = ready_case(ana)
    assert services.proposals_for([case])[case.pk].radiologist == mia.radiologist
    assignments.assign(case=case, to=mia, by=cole)
    assignments.decline(case=case, by=mia, reason="I know her.")
    proposal = services.proposals_for([case])[case.pk]
    assert proposal.radiologist == noor.radiologist
    assert skipped(proposal)[mia.radiologist.pk] == "declined"


def test_looking_twice_makes_one_proposal(ana, mia):
    case = ready_case(ana)
    first = services.proposals_for([case])
    assert services.proposals_for([case]) == first
    assert Proposal.objects.count() == 1


def test_a_confirmed_proposal_assigns_and_tells_the_reader(ana, mia, cole):
    case = ready_case(ana)
    services.confirm(proposal=services.propose(case), by=cole)
    case.refresh_from_db()
    assert (case.status, case.assignee) == (ASSIGNED, mia)
    assert case.notifications.get().recipient == mia


def test_a_reader_who_went_on_leave_meanwhile_is_not_assigned(ana, mia, cole):
    case = ready_case(ana)
    proposal = services.propose(case)
    change(mia, is_available=False)
    with pytest.raises(NoLongerFreeError) as refused:
        services.confirm(proposal=proposal, by=cole)
    assert refused.value.obstacles == ["away"]
    case.refresh_from_db()
    assert case.status == READY


def test_only_an_active_radiologist_can_be_given_a_case(ana, ben, mia, cole):
    case = ready_case(ana)
    for nobody in (ben, cole):
        with pytest.raises(assignments.NotAReaderError):
            assignments.assign(case=case, to=nobody, by=cole)
    mia.is_active = False
    with pytest.raises(assignments.NotAReaderError):
        assignments.assign(case=case, to=mia, by=cole)


def test_assigning_to_the_same_reader_twice_is_refused(ana, mia, cole):
    case = ready_case(ana)
    assignments.assign(case=case, to=mia, by=cole)
    with pytest.raises(assignments.AlreadyTheirsError):
        assignments.assign(case=case, to=mia, by=cole)


def test_candidates_are_read_in_one_query(mia, noor, django_assert_num_queries):
    make_user("Nobody", Role.RADIOLOGIST)
    with django_assert_num_queries(1):
        assert len(selectors.candidates()) == 2
