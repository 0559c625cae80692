"""Headers of every answer, and how one view asks for another policy."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from accounts.csp import content_security_policy
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
