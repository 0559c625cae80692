"""The content security policy of every page that somebody signed in gets, and of the viewer's."""

import json

import pytest
from django.test import Client

from accounts.csp import store_origins
from cases.lifecycle import REPORTED
from portal import viewer
from portal.viewer_package import MANIFEST, VERSION
from tests.conventions.test_every_address import (
    ALL,
    EVERYBODY,
    OF_A_CASE,
    address,
    case,
    owner_of,
    people,
)
from tests.factories import make_case

pytestmark = pytest.mark.django_db
__all__ = ["case", "people"]
OWN = {"'self'"}
NONE = {"'none'"}
#: Fewer pages than that for a role, and the walk has lost its way.
PAGES = {"ana": 30, "ben": 19, "mia": 25, "noor": 19, "cole": 24, "olga": 17}
#: As the design has it, and the manifest that OHIF's page names.
OF_THE_VIEWER = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; worker-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)
#: What a page may take from elsewhere than this site.
PICTURES = {"'self'", "data:", "blob:"}


def parsed(header: str) -> dict[str, set[str]]:
    return {name: set(rest) for name, *rest in (one.split() for one in header.split("; "))}


def pages_of(name, user, cases):
    """Return the policy of each page that this person gets, by its route."""
    client = Client(raise_request_exception=False)
    client.force_login(user)
    addresses = {
        route: f"/{route}" for route in ALL if "<" not in route and not route.startswith("viewer/")
    }
    for number, one in enumerate(cases):
        owned = [route for route in OF_A_CASE if name in owner_of(route)]
        addresses |= {f"{route}#{number}": address(route, one) for route in owned}
    found = {}
    for route, path in addresses.items():
        answer = client.get(path)
        client.force_login(user)  # signing out is among them
        if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
            found[route] = parsed(answer["Content-Security-Policy"])
    return found


@pytest.mark.parametrize("name", EVERYBODY)
def test_a_page_takes_scripts_and_styles_from_here_alone(people, case, s3, name):
    read = make_case(people["ana"], REPORTED, assignee=people["mia"])
    found = pages_of(name, people[name], [case, read])
    assert len(found) >= PAGES[name], sorted(found)
    for route, policy in found.items():
        assert policy["script-src"] == policy["style-src"] == policy["font-src"] == OWN, route
        assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == NONE
        assert policy["form-action"] == OWN, route
        assert policy["img-src"] <= PICTURES, route
        assert policy["connect-src"] <= OWN | set(store_origins()), route
        assert policy.get("frame-src", OWN) == OWN, route
        assert policy.get("worker-src", OWN) <= OWN | {"blob:"}, route


def test_the_viewers_policy_is_the_designs():
    policy = "; ".join(" ".join(one) for one in viewer.POLICY.items())
    assert parsed(policy) == parsed(OF_THE_VIEWER)
    decoder = viewer.DECODER_POLICY
    assert decoder == viewer.POLICY | {"script-src": "'self' 'unsafe-eval'"}


def test_the_viewers_page_is_sent_with_it(people, case, settings, tmp_path):
    (tmp_path / "index.html").write_text("<!doctype html>")
    (tmp_path / MANIFEST).write_text(json.dumps({"version": VERSION}))
    settings.VIEWER_ROOT = tmp_path
    client = Client()
    client.force_login(people["mia"])
    page = client.get(f"/viewer/basic?case={case.code}", follow=True)
    assert b"".join(page) == b"<!doctype html>"
    assert parsed(page["Content-Security-Policy"]) == parsed(OF_THE_VIEWER)
