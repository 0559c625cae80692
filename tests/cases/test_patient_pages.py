"""The patient's pages over HTTP: each step, each refusal."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from cases import storage
from cases.forms.pages import PAGES
from cases.lifecycle import Status
from cases.models import Case, Notification, Priority
from cases.services import requests
from tests.factories import fill_request, make_case, make_upload

pytestmark = pytest.mark.django_db

CONDITIONS = dict.fromkeys(
    (
        "cancer",
        "infection_risk",
        "steroid",
        "osteoporosis",
        "immunosuppression",
        "anticoagulant",
    ),
    "no",
)
GIVEN: dict[str, dict[str, Any]] = {
    "safety": {"red_flags": ["none"]},
    "consent": dict.fromkeys(
        ("not_emergency", "images_only", "deidentification", "own_images"), "on"
    ),
    "ask": {"main_question": "Do I need an operation?", "extra_1": "May I run again?"},
    "reason": {"reasons": ["surgery_advised"]},
    "pain-where": {"pain_regions": ["low_back_left", "thigh_back_left"]},
    "pain-how": {
        "back_or_leg": "mostly_leg",
        "side_worse": "left",
        "pain_now": "4",
        "pain_worst": "9",
    },
    "pain-since": {"duration": "weeks_6_to_12", "onset": "lifting"},
    "pain-with": {"worse_with": ["sitting"], "better_with": [], "walk_limit": ""},
    "feeling": {"numb_regions": ["foot_left"]},
    "history": CONDITIONS | {"prior_surgery": "2019, L5/S1"},
    "about": {"age_years": "46", "sex": "F", "country": "DE", "phone": "+49 30 1234567"},
    "first-report": {
        "choice": "text",
        "first_report_text": "Small protrusion L4/5.",
        "first_reader": "City hospital",
    },
}


def page_url(case, slug):
    return reverse("cases:page", args=[case.code, slug])


@pytest.fixture
def draft(client, ana):
    client.force_login(ana)
    return requests.create_request(patient=ana)


def test_starting_opens_a_draft_and_asks_for_red_flags_first(client, ana):
    client.force_login(ana)
    assert client.get(reverse("cases:start")).status_code == 200
    assert not Case.objects.exists()
    response = client.post(reverse("cases:start"))
    assert response.url == page_url(Case.objects.get(), "safety")


def test_the_pages_follow_one_another_and_keep_every_answer(client, ana, draft):
    for number, page in enumerate(PAGES):
        assert client.get(page_url(draft, page.slug)).status_code == 200
        response = client.post(page_url(draft, page.slug), GIVEN[page.slug])
        following = PAGES[number + 1 : number + 2]
        expected = (
            page_url(draft, following[0].slug) if following else f"/cases/{draft.code}/upload/"
        )
        assert (response.status_code, response.url) == (302, expected), page.slug
    case = Case.objects.get()
    assert requests.missing_steps(case) == ["upload"]
    intake = case.intake
    assert (intake.main_question, intake.extra_questions) == (
        "Do I need an operation?",
        ["May I run again?"],
    )
    assert (intake.pain_now, intake.pain_worst, intake.numb_regions) == (4, 9, ["foot_left"])
    assert intake.conditions == CONDITIONS
    assert (intake.has_first_report, intake.first_reader) == (True, "City hospital")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.slug)
def test_a_page_without_its_answers_says_what_is_missing(client, draft, page):
    response = client.post(page_url(draft, page.slug), {})
    if page.slug == "feeling":
        assert response.status_code == 302
        return
    assert response.status_code == 200
    assert "There is a problem" in response.content.decode()
    assert requests.missing_steps(Case.objects.get()) == list(requests.STEPS)


@pytest.mark.parametrize("slug", ["ask", "pain-where"])
def test_one_page_of_several_does_not_complete_the_step(client, draft, slug):
    client.post(page_url(draft, slug), GIVEN[slug])
    assert {"question", "pain"} <= set(requests.missing_steps(Case.objects.get()))


def test_save_and_come_back_later_leads_to_the_task_list(client, draft):
    response = client.post(page_url(draft, "ask"), {**GIVEN["ask"], "later": "1"})
    assert response.url == draft.get_absolute_url()
    assert Case.objects.get().intake.main_question == "Do I need an operation?"


def test_change_leads_back_to_the_check(client, draft):
    response = client.post(page_url(draft, "ask") + "?then=check", GIVEN["ask"])
    assert response.url == reverse("cases:check", args=[draft.code])


def test_an_emergency_stops_the_request_until_somebody_has_examined_the_patient(client, draft):
    response = client.post(page_url(draft, "safety"), {"red_flags": ["RF1", "RF7"]})
    stop = reverse("cases:emergency", args=[draft.code])
    assert response.url == stop
    assert "safety" in requests.missing_steps(Case.objects.get())
    assert "Get help now" in client.get(stop).content.decode()
    assert client.post(stop, {}).status_code == 200
    assert "safety" in requests.missing_steps(Case.objects.get())
    assert client.post(stop, {"assessed": "on"}).url == page_url(draft, "consent")
    case = Case.objects.get()
    assert "safety" not in requests.missing_steps(case)
    assert (case.intake.red_flags, case.intake.red_flag_override) == (["RF1", "RF7"], True)
    names = list(case.events.values_list("name", flat=True))
    assert names == ["created", "emergency_shown", "emergency_assessed"]


def test_a_new_emergency_after_an_override_stops_again(client, ana, draft):
    requests.answer_red_flags(case=draft, by=ana, codes=["RF1"], assessed=True)
    response = client.post(page_url(draft, "safety"), {"red_flags": ["RF1", "RF4"]})
    assert response.url == reverse("cases:emergency", args=[draft.code])
    assert Case.objects.get().intake.red_flag_override is False


def test_an_overridden_emergency_is_sent_as_stat_and_the_coordinator_is_told(
    client, ana, cole, draft
):
    fill_request(draft)
    requests.answer_red_flags(case=draft, by=ana, codes=["RF2"], assessed=True)
    client.post(reverse("cases:check", args=[draft.code]))
    case = Case.objects.get()
    assert (case.status, case.priority) == (Status.SUBMITTED, Priority.STAT)
    assert Notification.objects.filter(recipient=cole, template="needs_coordinator").count() == 1


def test_a_request_for_somebody_under_age_is_marked_for_a_person_to_look_at(client, draft):
    client.post(page_url(draft, "about"), GIVEN["about"] | {"age_years": "17"})
    assert Case.objects.get().intake.red_flags == ["RF10"]


def test_none_of_these_excludes_everything_else(client, draft):
    response = client.post(page_url(draft, "safety"), {"red_flags": ["RF7", "none"]})
    assert response.status_code == 200
    assert Case.objects.get().intake.red_flags == []


def test_check_your_answers_sends_a_complete_request(client, draft):
    fill_request(draft)
    check = reverse("cases:check", args=[draft.code])
    page = client.get(check).content.decode()
    assert "Do I need an operation?" in page
    assert "Change" in page
    response = client.post(check)
    assert response.url == reverse("cases:sent", args=[draft.code])
    assert draft.code in client.get(response.url).content.decode()
    assert client.get(check).url == response.url


def test_check_your_answers_says_which_pictures_arrived(client, draft):
    make_upload(draft, summary={"pictures": 105, "series": 5}, instance_count=105)
    page = client.get(reverse("cases:check", args=[draft.code])).content.decode()
    assert "105 pictures in 5 sets" in page


def test_an_incomplete_request_stays_and_names_what_is_missing(client, draft):
    response = client.post(reverse("cases:check", args=[draft.code]))
    assert response.status_code == 200
    assert Case.objects.get().status == Status.DRAFT
    assert "These parts are still open" in response.content.decode()


def test_a_sent_request_cannot_be_changed(client, ana):
    client.force_login(ana)
    case = make_case(ana, Status.SUBMITTED)
    response = client.post(page_url(case, "ask"), GIVEN["ask"])
    assert response.url == case.get_absolute_url()
    case.intake.refresh_from_db()
    assert case.intake.main_question == ""


@pytest.mark.parametrize("name", ["detail", "check", "sent", "progress", "images", "readings"])
@pytest.mark.parametrize("who", ["ben", "mia", "olga"])
def test_a_strangers_case_does_not_exist(client, request, ana, name, who, settings):
    settings.MIDDLEWARE = [
        one for one in settings.MIDDLEWARE if one != "accounts.middleware.SecondFactorMiddleware"
    ]
    case = make_case(ana, Status.SUBMITTED)
    client.force_login(request.getfixturevalue(who))
    assert client.get(reverse(f"cases:{name}", args=[case.code])).status_code == 404


@pytest.mark.parametrize("status", sorted(Status))
def test_every_status_has_a_page_that_says_what_happens_next(client, ana, mia, status):
    client.force_login(ana)
    assignee = mia if status in {"assigned", "reading", "reported"} else None
    case = make_case(ana, status, assignee=assignee)
    response = client.get(case.get_absolute_url())
    assert response.status_code == 200
    assert client.get(reverse("cases:requests")).status_code == 200
    if status not in {"draft", "withdrawn"}:
        assert "not wait for this report" in response.content.decode()


def test_the_page_polls_while_the_case_moves_and_then_stops(client, ana):
    client.force_login(ana)
    case = make_case(ana, Status.SUBMITTED)
    url = reverse("cases:progress", args=[case.code])
    assert url in client.get(case.get_absolute_url()).content.decode()
    moving = client.get(url)
    assert moving.status_code == 200
    assert "hx-trigger" in moving.content.decode()
    case = make_case(ana, Status.READY)
    resting = client.get(reverse("cases:progress", args=[case.code]))
    assert resting.status_code == 286
    assert "hx-trigger" not in resting.content.decode()


def test_a_returned_request_says_why_and_what_to_do(client, ana):
    client.force_login(ana)
    case = make_case(ana, Status.RETURNED, reason_code="IDENT")
    page = client.get(case.get_absolute_url()).content.decode()
    assert "different people" in page
    assert reverse("cases:upload", args=[case.code]) in page


def test_a_patient_withdraws_a_sent_request(client, ana):
    client.force_login(ana)
    case = make_case(ana, Status.READY)
    url = reverse("cases:withdraw", args=[case.code])
    assert client.get(url).status_code == 200
    client.post(url, {"reason": "changed my mind"})
    case.refresh_from_db()
    assert case.status == Status.WITHDRAWN
    assert client.post(url).status_code == 302


def test_a_draft_is_thrown_away_only_while_it_is_one(client, ana, draft):
    sent = make_case(ana, Status.READY)
    for case in (draft, sent):
        client.post(reverse("cases:discard", args=[case.code]))
    assert Case.objects.get(pk=draft.pk).status == Status.WITHDRAWN
    assert Case.objects.get(pk=sent.pk).status == Status.READY


def test_the_first_report_is_kept_as_a_file_that_only_its_owner_and_coordinators_get(
    client, ana, draft, s3
):
    pdf = SimpleUploadedFile("ana-example.pdf", b"%PDF-1.7 synthetic")
    client.post(page_url(draft, "first-report"), {"choice": "file", "file": pdf})
    case = Case.objects.get()
    assert case.intake.has_first_report
    assert "ana" not in case.intake.first_report_key
    stored = storage.read(storage.ORIGINALS, case.intake.first_report_key)
    assert stored == b"%PDF-1.7 synthetic"
    response = client.get(reverse("cases:first_report_file", args=[case.code]))
    assert b"".join(response) == b"%PDF-1.7 synthetic"
    assert response.headers["Content-Disposition"] == f'attachment; filename="{case.code}.pdf"'
    storage.delete(storage.ORIGINALS, case.intake.first_report_key)
    assert client.get(reverse("cases:first_report_file", args=[case.code])).status_code == 404


@pytest.mark.parametrize("content", [b"MZ\x90\x00", b"<svg>", b""])
def test_a_first_report_of_another_kind_is_refused(client, draft, content):
    file = SimpleUploadedFile("report.pdf", content)
    response = client.post(page_url(draft, "first-report"), {"choice": "file", "file": file})
    assert response.status_code == 200
    assert Case.objects.get().intake.has_first_report is None


def test_pictures_can_be_sent_once_consent_is_given(client, draft):
    assert "after you have agreed" in client.get(draft.get_absolute_url()).content.decode()
    client.post(page_url(draft, "consent"), GIVEN["consent"])
    make_upload(draft)
    assert "after you have agreed" not in client.get(draft.get_absolute_url()).content.decode()
