"""Signing up, signing in, the second factor and the clock of a session."""

import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core import mail
from django.urls import reverse

from accounts.middleware import IDLE_SECONDS_PATIENT, IDLE_SECONDS_STAFF
from accounts.models import Role, User
from accounts.services import create_account
from stack.totp import code as totp_code
from tests.fixtures.people import PASSWORD

pytestmark = pytest.mark.django_db
SIGNUP = {"full_name": "Ana Example", "email": "ana.new@secondread.invalid", "password1": PASSWORD}


def sign_in(client, user, **extra):
    return client.post(
        reverse("account_login"), {"login": user.email, "password": PASSWORD} | extra
    )


def with_app(user):
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(user, secret)
    return secret


def test_a_person_signs_up_as_a_patient_and_is_signed_in(client):
    response = client.post(reverse("account_signup"), SIGNUP)
    assert response.status_code == 302
    user = User.objects.get(email=SIGNUP["email"])
    assert (user.role, user.full_name, user.is_staff) == (Role.PATIENT, "Ana Example", False)
    assert int(client.session["_auth_user_id"]) == user.pk


def test_who_wanted_to_start_a_request_starts_it_after_signing_up(client):
    wanted = reverse("cases:start")
    sign_in_page = client.get(wanted, follow=True)
    signup = f"{reverse('account_signup')}?next={wanted.replace('/', '%2F')}"
    assert signup in sign_in_page.content.decode()
    assert client.post(signup, SIGNUP | {"next": wanted}).url == wanted


def test_a_role_cannot_be_chosen_at_sign_up(client):
    client.post(reverse("account_signup"), SIGNUP | {"role": "coordinator", "is_staff": "1"})
    user = User.objects.get(email=SIGNUP["email"])
    assert (user.role, user.is_staff) == (Role.PATIENT, False)


def test_a_known_address_gets_the_same_answer_as_a_new_one(client, ana):
    new = client.post(reverse("account_reset_password"), {"email": "nobody@secondread.invalid"})
    known = client.post(reverse("account_reset_password"), {"email": ana.email})
    assert (new.status_code, new.url) == (known.status_code, known.url)


@pytest.mark.parametrize("password", ["short words 14", "password123456", "111111111111111"])
def test_a_weak_password_is_refused_with_words(client, password):
    response = client.post(reverse("account_signup"), SIGNUP | {"password1": password})
    assert response.status_code == 200
    assert response.context["form"].errors["password1"]
    assert not User.objects.exists()


def test_eight_characters_do_behind_a_second_factor(client, ana):
    with_app(ana)
    client.force_login(ana)
    change = {"oldpassword": PASSWORD, "password1": "kq7-vbnz", "password2": "kq7-vbnz"}
    assert client.post(reverse("account_change_password"), change).status_code == 302
    ana.refresh_from_db()
    assert ana.check_password("kq7-vbnz")


def test_a_patient_signs_in_by_password_and_is_offered_a_second_factor(client, ana):
    assert sign_in(client, ana).url == "/home/"
    page = client.get(reverse("profile"))
    assert reverse("mfa_activate_totp") in page.content.decode()


def test_a_wrong_password_and_an_unknown_address_read_the_same(client, ana):
    wrong = client.post(reverse("account_login"), {"login": ana.email, "password": "x" * 15})
    unknown = client.post(
        reverse("account_login"), {"login": "no@secondread.invalid", "password": "x" * 15}
    )
    assert wrong.context["form"].errors == unknown.context["form"].errors


def test_sign_in_never_leads_to_another_site(client, ana):
    response = sign_in(client, ana, next="https://example.org/")
    assert response.url.startswith("/")


@pytest.mark.parametrize("who", ["mia", "cole", "olga"])
@pytest.mark.parametrize("path", ["/home/", "/accounts/profile/", "/operators/admin/", "/cases/"])
def test_staff_without_a_second_factor_see_only_its_set_up(client, request, who, path):
    user = request.getfixturevalue(who)
    client.force_login(user)
    response = client.get(path)
    assert (response.status_code, response.url) == (302, reverse("mfa_activate_totp"))


def test_staff_set_up_the_second_factor_after_sign_in(client):
    cole = create_account(
        email="cole2@secondread.invalid", role=Role.COORDINATOR, password=PASSWORD
    )
    sign_in(client, cole)
    page = client.get(reverse("mfa_activate_totp"))
    assert page.status_code == 200
    assert 'src="data:image/svg+xml' in page.content.decode()
    secret = page.context["form"].secret
    done = client.post(reverse("mfa_activate_totp"), {"code": totp_code(secret)})
    assert done.status_code == 302
    assert Authenticator.objects.filter(user=cole, type="totp").exists()
    assert client.get(reverse("profile")).status_code == 200


def test_the_second_factor_is_asked_for_at_the_next_sign_in(client, mia):
    secret = with_app(mia)
    assert sign_in(client, mia).url == reverse("mfa_authenticate")
    assert "_auth_user_id" not in client.session
    wrong = client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert wrong.status_code == 200
    client.post(reverse("mfa_authenticate"), {"code": totp_code(secret)})
    assert int(client.session["_auth_user_id"]) == mia.pk


def test_the_key_of_the_second_factor_is_sealed_in_the_database(mia):
    secret = with_app(mia)
    assert secret not in str(Authenticator.objects.get(user=mia, type="totp").data)


def test_staff_cannot_switch_the_second_factor_off(client, mia):
    secret = with_app(mia)
    sign_in(client, mia)
    client.post(reverse("mfa_authenticate"), {"code": totp_code(secret)})
    client.post(reverse("mfa_deactivate_totp"))
    assert Authenticator.objects.filter(user=mia, type="totp").exists()


def test_a_patient_may_switch_the_second_factor_off(client, ana):
    secret = with_app(ana)
    sign_in(client, ana)
    client.post(reverse("mfa_authenticate"), {"code": totp_code(secret)})
    client.post(reverse("mfa_deactivate_totp"))
    assert not Authenticator.objects.filter(user=ana, type="totp").exists()


def test_a_password_reset_keeps_the_second_factor(client, mia):
    with_app(mia)
    client.post(reverse("account_reset_password"), {"email": mia.email})
    link = next(word for word in mail.outbox[0].body.split() if "/password/reset/key/" in word)
    form = client.get(link, follow=True)
    new = "four other words here"
    client.post(form.request["PATH_INFO"], {"password1": new, "password2": new})
    mia.refresh_from_db()
    assert mia.check_password(new)
    response = client.post(reverse("account_login"), {"login": mia.email, "password": new})
    assert response.url == reverse("mfa_authenticate")


@pytest.mark.parametrize(
    ("who", "seconds"), [("ana", IDLE_SECONDS_PATIENT), ("mia", IDLE_SECONDS_STAFF)]
)
def test_somebody_who_was_away_too_long_is_signed_out(client, request, monkeypatch, who, seconds):
    user = request.getfixturevalue(who)
    with_app(user)
    client.force_login(user)
    assert client.get(reverse("profile")).status_code == 200
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + seconds - 5)
    polled = client.get(reverse("profile"), headers={"X-Background": "1"})
    assert polled.status_code == 200
    monkeypatch.setattr(time, "time", lambda: now + seconds + 5)
    assert client.get(reverse("profile")).status_code == 302


def test_work_keeps_a_session_alive(client, ana, monkeypatch):
    client.force_login(ana)
    now = time.time()
    for minutes in (0, 25, 50, 75):
        monkeypatch.setattr(time, "time", lambda later=minutes: now + later * 60)
        assert client.get(reverse("profile")).status_code == 200


def test_a_chosen_language_holds_for_pages_and_mails(client, ana):
    client.force_login(ana)
    client.post(reverse("set_language"), {"language": "de", "next": "/help/"})
    ana.refresh_from_db()
    assert ana.language == "de"
    assert client.get("/help/")["Content-Language"] == "de"
    client.post(reverse("set_language"), {"language": "xx"})
    ana.refresh_from_db()
    assert ana.language == "de"
