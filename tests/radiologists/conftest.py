"""Cases at the point where a radiologist or the coordinator meets them, and signed-in clients."""

import pytest
from django.conf import settings

from cases.lifecycle import ASSIGNED, READY
from cases.models import Series, Study
from tests.factories import make_case
from tests.fixtures.browser import wait_until_painted

QUESTION = "Do I need an operation?"
WIDE = {"width": 1920, "height": 1080}
FIRST_REPORT = "L4/5: small protrusion without contact to a root."


@pytest.fixture
def open_as(new_page, sign_in, live_server):
    """Return `open_as(user, path, ...)`: a page of that person, signed in."""

    def opened(user, path, **options):
        client = sign_in(user)
        page = new_page(**({"viewport": WIDE} | options))
        name = settings.SESSION_COOKIE_NAME
        cookie = {"name": name, "value": client.cookies[name].value, "url": live_server.url}
        page.context.add_cookies([cookie])
        page.goto(path)
        wait_until_painted(page)
        return page

    return opened


@pytest.fixture
def new_case(ana):
    """Return `new_case(status, answer=..., ...)`: a case with answers and a small study."""

    def made(status=READY, assignee=None, answers=None, **fields):
        if assignee is not None:
            fields["assignee"] = assignee
        case = make_case(ana, status, **fields)
        told = {
            "main_question": QUESTION,
            "age_years": 46,
            "sex": "F",
            "country": "DE",
            "back_or_leg": "mostly_leg",
            "side_worse": "left",
            "pain_regions": ["low_back_left", "lower_leg_outer_left"],
            "pain_now": 5,
            "pain_worst": 8,
        }
        for name, value in (told | (answers or {})).items():
            setattr(case.intake, name, value)
        case.intake.save()
        add_study(case)
        return case

    return made


def add_study(case) -> Study:
    study = Study.objects.create(
        case=case,
        study_instance_uid="2.25.1",
        verdict="COMPLETE",
        details={"label": "MRI lumbar spine", "field_strength_t": 1.5},
    )
    for ordinal, label in enumerate(("T1 SAG", "T2 SAG", "STIR SAG", "T2 AX"), start=1):
        Series.objects.create(
            study=study,
            ordinal=ordinal,
            series_instance_uid=f"2.25.1.{ordinal}",
            number=ordinal,
            label=label,
            plane=label.split()[1],
            weighting=label.split()[0],
            rows=128,
            columns=128,
            frame_count=15,
            instance_count=15,
        )
    return study


@pytest.fixture
def assigned(new_case, mia):
    return new_case(ASSIGNED, assignee=mia)


@pytest.fixture
def compared(new_case, mia):
    """An assigned case with a first report to compare."""
    told = {"has_first_report": True, "first_report_text": FIRST_REPORT}
    return new_case(ASSIGNED, assignee=mia, answers=told)
