"""docs/clinical-content.md says what the tables say."""

from django.conf import settings

from cases.report_data.global_fields import GLOBAL_FIELDS
from cases.report_data.level_fields import LEVEL_FIELDS
from cases.report_data.model import Mark
from cases.report_doc import _SOURCES, clinical_content

PAGE = settings.BASE_DIR / "docs" / "clinical-content.md"


def test_the_page_is_printed_from_the_tables():
    printed = clinical_content()
    assert PAGE.read_text() == printed, (
        "renew it: python manage.py shell -c "
        '"from cases.report_doc import *; '
        "open('docs/clinical-content.md', 'w').write(clinical_content())\""
    )


def test_what_is_verified_names_a_source_that_is_listed():
    for field in (*LEVEL_FIELDS, *GLOBAL_FIELDS):
        if field.mark is Mark.VERIFIED:
            assert field.source in _SOURCES, field.code
        else:
            assert not field.source
