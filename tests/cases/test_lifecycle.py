"""The table of transitions, in the code and in the database."""

import threading
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import User
from cases import lifecycle, lifecycle_doc
from cases.lifecycle import (
    TRANSITIONS,
    ActorNotAllowedError,
    IllegalTransitionError,
    Status,
    advance,
    legal_pairs,
)
from cases.models import Case, CaseEvent
from tests.factories import make_case, previous_of

pytestmark = pytest.mark.django_db

ROLES = ("patient", "radiologist", "coordinator", "operator", "system")


@pytest.fixture
def people(ana, mia, cole, olga) -> dict[str, User | None]:
    return {
        "patient": ana,
        "radiologist": mia,
        "coordinator": cole,
        "operator": olga,
        "system": None,
    }


def case_in(people, status: str, previous: str | None = None) -> Case:
    fields = {}
    if status in lifecycle.REQUIRED["assignee"]:
        fields["assignee"] = people["radiologist"]
    case = make_case(people["patient"], status, **fields)
    if previous is not None:
        replace_previous(case, previous)
    return case


def replace_previous(case: Case, previous: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE cases_case DISABLE TRIGGER case_status_guard")
        cursor.execute(
            "UPDATE cases_case SET previous_status = %s WHERE id = %s", [previous, case.pk]
        )
        cursor.execute("ALTER TABLE cases_case ENABLE TRIGGER case_status_guard")
    case.refresh_from_db()


def what_a_service_adds(people, transition) -> Any:
    if transition.target is Status.ASSIGNED:
        return {"assignee": people["radiologist"]}
    if transition.target is Status.PROCESSING:
        return {"claim_token": uuid.uuid4()}
    return {}


@pytest.mark.parametrize("name", TRANSITIONS)
@pytest.mark.parametrize("status", list(Status))
def test_a_transition_moves_from_its_sources_and_from_nowhere_else(people, name, status):
    transition = TRANSITIONS[name]
    case = case_in(people, status)
    by = people[min(transition.actors)]
    if status in transition.sources:
        advance(case, name, by=by, reason="why", **what_a_service_adds(people, transition))
        event = case.events.get()
        assert (case.status, case.previous_status) == (transition.target, status)
        assert (event.name, event.status_before, event.status_after, event.actor, event.reason) == (
            name, status, transition.target, by, "why",
        )  # fmt: skip
    else:
        with pytest.raises(IllegalTransitionError):
            advance(case, name, by=by, reason="why", **what_a_service_adds(people, transition))
        case.refresh_from_db()
        assert case.status == status
        assert not case.events.exists()


@pytest.mark.parametrize(
    ("name", "role"), [(n, r) for n, t in TRANSITIONS.items() for r in ROLES if r not in t.actors]
)
def test_a_role_that_is_not_named_may_not_make_a_transition(people, name, role):
    case = case_in(people, min(TRANSITIONS[name].sources))
    with pytest.raises(ActorNotAllowedError):
        advance(case, name, by=people[role], reason="why")
    assert not case.events.exists()


@pytest.mark.parametrize("name", [n for n, t in TRANSITIONS.items() if t.needs_reason])
def test_a_transition_that_needs_a_reason_refuses_to_go_without(people, name):
    transition = TRANSITIONS[name]
    case = case_in(people, min(transition.sources))
    with pytest.raises(ValueError, match="reason"):
        advance(case, name, by=people[min(transition.actors)])


def test_a_stale_claim_changes_nothing(people):
    case = case_in(people, Status.PROCESSING)
    with pytest.raises(IllegalTransitionError):
        advance(case, "accept_study", by=None, only_if={"claim_token": uuid.uuid4()})
    case.refresh_from_db()
    assert case.status == Status.PROCESSING


def illegal_pairs():
    legal = set(legal_pairs())
    return [(a, b) for a in Status.values for b in Status.values if a != b and (a, b) not in legal]


@pytest.mark.parametrize(("before", "after"), illegal_pairs())
def test_raw_sql_cannot_make_an_illegal_change(people, before, after):
    case = case_in(people, before)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE cases_case SET status = %s, previous_status = status, assignee_id = %s,"
            " submitted_at = now(), ready_at = now(), reported_at = %s, claim_token = %s"
            " WHERE id = %s",
            [
                after,
                people["radiologist"].pk if after in lifecycle.REQUIRED["assignee"] else None,
                timezone.now() if after == Status.REPORTED else None,
                uuid.uuid4() if after == Status.PROCESSING else None,
                case.pk,
            ],
        )


def test_raw_sql_cannot_lie_about_where_a_case_came_from(people):
    case = case_in(people, Status.DRAFT)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE cases_case SET status = 'submitted', previous_status = 'returned',"
            " submitted_at = now() WHERE id = %s",
            [case.pk],
        )


@pytest.mark.parametrize("column", lifecycle.REQUIRED)
@pytest.mark.parametrize("status", list(Status))
def test_the_database_demands_the_columns_of_a_status(people, column, status):
    case = case_in(people, status)
    change = Case.objects.filter(pk=case.pk)
    if status in lifecycle.REQUIRED[column]:
        with pytest.raises(IntegrityError), transaction.atomic():
            change.update(**{column: None})
    else:
        assert change.update(**{column: None}) == 1


@pytest.mark.parametrize("column", lifecycle.FORBIDDEN)
@pytest.mark.parametrize("status", list(Status))
def test_the_database_refuses_columns_that_a_status_must_not_have(people, column, status):
    case = case_in(people, status)
    value = {
        "assignee": people["radiologist"],
        "reported_at": timezone.now(),
        "claim_token": uuid.uuid4(),
    }[column]
    change = Case.objects.filter(pk=case.pk)
    if status in lifecycle.FORBIDDEN[column]:
        with pytest.raises(IntegrityError), transaction.atomic():
            change.update(**{column: value})
    else:
        assert change.update(**{column: value}) == 1


def test_every_status_can_be_reached_and_every_open_one_left():
    reached = {after for _before, after in legal_pairs()}
    left = {before for before, _after in legal_pairs() if before}
    assert reached == set(Status.values)
    assert left == {status.value for status in lifecycle.OPEN}


def test_history_is_append_only(people):
    case = case_in(people, Status.DRAFT)
    event = lifecycle.note(case, "created", by=people["patient"])
    with pytest.raises(IntegrityError), transaction.atomic():
        CaseEvent.objects.filter(pk=event.pk).update(reason="rewritten")
    with pytest.raises(IntegrityError), transaction.atomic():
        CaseEvent.objects.filter(pk=event.pk).delete()


@pytest.mark.django_db(transaction=True)
def test_of_four_workers_that_claim_a_case_exactly_one_wins(ana):
    cases = [make_case(ana, Status.SUBMITTED).pk for _ in range(25)]
    won, refused = [0] * 4, [0] * 4
    together = threading.Barrier(4)

    def claim_all(number: int) -> None:
        for pk in cases:
            case = Case.objects.get(pk=pk)
            together.wait()
            try:
                advance(case, "start_processing", by=None, claim_token=uuid.uuid4())
                won[number] += 1
            except IllegalTransitionError:
                refused[number] += 1
        connection.close()

    threads = [threading.Thread(target=claim_all, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sum(won), sum(refused)) == (25, 75)
    assert CaseEvent.objects.filter(name="start_processing").count() == 25


def test_previous_of_names_a_legal_predecessor():
    for status in Status.values:
        assert (previous_of(status), status) in set(legal_pairs())


def test_the_page_in_docs_says_what_the_table_says():
    page = Path(__file__).parents[2] / "docs" / "lifecycle.md"
    assert page.read_text() == lifecycle_doc.render()
