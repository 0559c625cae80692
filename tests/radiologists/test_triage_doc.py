"""docs/triage.md says what the table says."""

from django.conf import settings

from radiologists.triage_doc import triage_page

PAGE = settings.BASE_DIR / "docs" / "triage.md"


def test_the_page_is_printed_from_the_table():
    assert PAGE.read_text() == triage_page(), (
        "renew it: python manage.py shell -c "
        '"from radiologists.triage_doc import *; '
        "open('docs/triage.md', 'w').write(triage_page())\""
    )
