"""Headers of every answer, and how one view asks for another policy."""

import pytest
from django.db import OperationalError
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.test import RequestFactory

from accounts.csp import content_security_policy
from cases.selectors import patient
from cases.storage import StorageUnavailableError
from portal.middleware import SecurityHeadersMiddleware

PUBLIC = ["/", "/check/", "/help/", "/privacy/", "/accessibility/", "/glossary/"]
PUBLIC += ["/accounts/login/", "/accounts/signup/", "/no-such-page/"]


def policy_of(response):
    directives = response["Content-Security-Policy"].split("; ")
    return {name: set(rest) for name, *rest in (directive.split() for directive in directives)}


@pytest.mark.django_db
@pytest.mark.parametrize("path", PUBLIC)
def test_a_page_allows_nothing_inline_and_nothing_foreign(client, settings, path):
    response = client.get(path)
    policy = policy_of(response)
    assert policy["default-src"] == {"'none'"}
    assert policy["script-src"] == policy["style-src"] == policy["font-src"] == {"'self'"}
    assert policy["connect-src"] == {"'self'", settings.S3_PUBLIC_ENDPOINT_URL.rstrip("/")}
    assert policy["frame-ancestors"] == policy["base-uri"] == {"'none'"}
    assert policy["form-action"] == {"'self'"}
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.django_db
def test_pages_of_somebody_signed_in_are_not_stored(client, ana):
    assert "Cache-Control" not in client.get("/").headers
    client.force_login(ana)
    assert client.get("/accounts/profile/")["Cache-Control"] == "no-store"


def test_a_view_replaces_only_the_directives_it_names():
    @content_security_policy(worker_src=("'self'", "blob:"), frame_ancestors=("'self'",))
    def viewer(request):
        return HttpResponse()

    response = SecurityHeadersMiddleware(viewer)(RequestFactory().get("/viewer/"))
    policy = policy_of(response)
    assert policy["worker-src"] == {"'self'", "blob:"}
    assert policy["frame-ancestors"] == {"'self'"}
    assert policy["script-src"] == {"'self'"}


@pytest.mark.django_db
@pytest.mark.parametrize("error", [OperationalError("gone"), StorageUnavailableError("gone")])
def test_a_service_that_is_away_is_said_calmly(client, ana, monkeypatch, error):
    def fail(*_args, **_kwargs):
        raise error

    monkeypatch.setattr(patient, "requests_of", fail)
    client.force_login(ana)
    response = client.get("/cases/")
    assert (response.status_code, response["Retry-After"]) == (503, "30")
    assert "We will be back soon" in response.content.decode()


@pytest.mark.parametrize("name", ["403", "403_csrf", "404", "500", "503"])
def test_error_pages_need_no_request(name):
    page = render_to_string(f"{name}.html")
    assert page.count("<h1") == 1
    assert "SecondRead" in page
