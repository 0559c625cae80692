"""Who reaches which address: a table over every route, and a route missing from it fails.

One case of Ana's, assigned to Mia. Ben, Noor and Olga are strangers to it: to them it does not
exist, at any address and by any method.
"""

import re
from collections.abc import Iterator
from uuid import UUID

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.urls import URLResolver, get_resolver

from cases.lifecycle import Status
from cases.models import Case, Instance, Series, Study
from tests.factories import make_case, make_upload

pytestmark = pytest.mark.django_db

#: Routes about no case, by their beginning; what they show has tests of its own.
OPEN_ROUTES = (
    "",
    "home/",
    "check/",
    "help/",
    "privacy/",
    "accessibility/",
    "glossary/",
    "healthz",
    "readyz",
    "i18n/",
    "accounts/",
    "operators/admin/",
    "viewer/",
)
#: Lists of one's own work: who gets a page. Everybody else is sent away or told there is none.
LISTS = {
    "cases/": {"ana", "ben"},
    "cases/start/": {"ana", "ben"},
    "worklist/": {"mia", "noor"},
    "worklist/next/": {"mia", "noor"},
    "worklist/availability/": {"mia", "noor"},
    "worklist/counts/": {"mia", "noor"},
    "worklist/tabs/keep/": {"mia", "noor"},
    "worklist/tabs/drop/": {"mia", "noor"},
    "queue/": {"cole"},
    "queue/assign/": {"cole"},
    "queue/undo/": {"cole"},
}
PATIENT, READER, COORDINATOR = {"ana"}, {"mia"}, {"cole"}
#: Beginning of a route about a case -> who may reach it at all; the longest beginning counts.
CASE_ROUTES = {
    "cases/<code>/": PATIENT,
    "cases/<code>/receipt/": PATIENT | READER | COORDINATOR,
    "cases/<code>/images.json": PATIENT | READER | COORDINATOR,
    "cases/<code>/marked/": PATIENT,
    "cases/<code>/previews/": PATIENT | READER | COORDINATOR,
    "go/<code>/": PATIENT,
    "dicomweb/c/<code>/": PATIENT | READER | COORDINATOR,
    "worklist/<code>/": READER,
    "read/<code>/": READER,
    "queue/<code>/": COORDINATOR,
}
#: The one address that leads everybody concerned to their own page of the case.
CROSSROADS = {"cases/<code>/": PATIENT | READER | COORDINATOR}
EVERYBODY = ("ana", "ben", "mia", "noor", "cole", "olga")
REFUSED = {302, 401, 403, 404, 405}


def routes(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[str]:
    for pattern in (resolver or get_resolver()).url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, route)
        else:
            yield route


def plain(route: str) -> str:
    """Return a route with `<name>` in the place of every converter and group."""
    route = re.sub(r"<\w+:(\w+)>", r"<\1>", route.replace("^", "").replace("$", ""))
    while "(?P<" in route:
        start = route.index("(?P<")
        name = route[start + 3 : route.index(">", start) + 1]
        depth, end = 0, start
        while True:
            depth += {"(": 1, ")": -1}.get(route[end], 0)
            end += 1
            if depth == 0:
                break
        route = route[:start] + name + route[end:]
    return route


ALL = sorted({plain(route) for route in routes()})
OF_A_CASE = [route for route in ALL if "<code>" in route]


def owner_of(route: str) -> set[str]:
    if route in CROSSROADS:
        return CROSSROADS[route]
    fitting = [start for start in CASE_ROUTES if route.startswith(start)]
    assert fitting, f"say in CASE_ROUTES who may reach {route}"
    return CASE_ROUTES[max(fitting, key=len)]


@pytest.fixture
def people(ana, ben, mia, noor, cole, olga, settings):
    settings.MIDDLEWARE = [
        name for name in settings.MIDDLEWARE if "SecondFactor" not in name
    ]  # whose own tests are in tests/accounts
    return dict(zip(EVERYBODY, (ana, ben, mia, noor, cole, olga), strict=True))


@pytest.fixture
def case(people) -> Case:
    case = make_case(people["ana"], Status.ASSIGNED, assignee=people["mia"])
    study = Study.objects.create(case=case, study_instance_uid="2.25.1", verdict="COMPLETE")
    series = Series.objects.create(
        study=study, ordinal=1, series_instance_uid="2.25.2", label="T2 SAG", plane="SAG",
        weighting="T2", rows=1, columns=1, frame_count=1, instance_count=1,
    )  # fmt: skip
    Instance.objects.create(
        series=series, ordinal=1, sop_instance_uid="2.25.3", sop_class_uid="1.2", offset=0, size=1,
        transfer_syntax_uid="1.2.840.10008.1.2.1", pixel_sha256="0" * 64,
    )  # fmt: skip
    return case


def address(route: str, case: Case) -> str:
    upload = case.uploads.first() or make_upload(case)
    values = {
        "code": case.code, "slug": "safety", "upload_id": upload.pk, "number": 1,
        "series": "2.25.2",
        "study": "2.25.1", "instance": "2.25.3", "kind": "patient", "action": "release",
        "numbers": "1", "tag": "7FE00010", "image_id": UUID(int=1),
    }  # fmt: skip
    if "/previews/" in route:
        values["series"] = 1
    return "/" + re.sub(r"<(\w+)>", lambda found: str(values[found[1]]), route)


def test_the_table_names_every_route():
    unknown = [
        route
        for route in ALL
        if "<code>" not in route
        and route not in LISTS
        and not any(route.startswith(start) for start in OPEN_ROUTES if start)
        and route != ""
    ]
    assert unknown == []
    assert set(LISTS) <= set(ALL)
    for route in OF_A_CASE:
        owner_of(route)


@pytest.mark.parametrize("route", OF_A_CASE)
@pytest.mark.parametrize("name", EVERYBODY)
def test_a_case_does_not_exist_for_those_who_may_not_reach_it(people, case, route, name):
    if name in owner_of(route):
        return
    client = Client()
    client.force_login(people[name])
    answers = {client.get(address(route, case)).status_code}
    answers.add(client.post(address(route, case), {}).status_code)
    assert answers <= {403, 404, 405}
    assert answers & {403, 404}
    case.refresh_from_db()
    assert case.status == Status.ASSIGNED


@pytest.mark.parametrize("route", OF_A_CASE)
def test_a_case_does_not_exist_for_nobody(case, route):
    client = Client()
    for method in (client.get, client.post):
        answer = method(address(route, case))
        assert answer.status_code in REFUSED
        if answer.status_code == 302:
            assert "/accounts/login/" in answer["Location"]
    assert not AnonymousUser().is_authenticated


@pytest.mark.parametrize("route", [route for route in OF_A_CASE if route.count("<") == 1])
def test_those_who_may_reach_it_do(people, case, route):
    for name in owner_of(route):
        client = Client(raise_request_exception=False)
        client.force_login(people[name])
        assert client.get(address(route, case)).status_code != 403


@pytest.mark.parametrize("route", LISTS)
@pytest.mark.parametrize("name", EVERYBODY)
def test_a_list_is_for_its_role(people, route, name):
    client = Client()
    client.force_login(people[name])
    answer = client.get("/" + route)
    if name in LISTS[route]:
        assert answer.status_code in {200, 302, 405}
    else:
        assert answer.status_code in REFUSED


@pytest.mark.parametrize("route", LISTS)
def test_a_list_asks_nobody_to_sign_in_first(route):
    answer = Client().get("/" + route)
    assert answer.status_code in {302, 405}
