"""The two papers of a signed report: one for the treating doctor, one for the patient.

Both are laid out by typst (templates/typst/report.typ) as tagged PDF/UA-1. Texts travel as JSON
and are set as they are, never interpreted; the typesetter reads no file but its template.
"""

import json
from dataclasses import asdict
from typing import Literal

import typst
from django.conf import settings
from django.utils import translation

from cases.models import Report
from cases.report_papers import Paper, clinician_paper, patient_paper

PaperKind = Literal["clinician", "patient"]
_FOLDER = settings.BASE_DIR / "templates" / "typst"
_PAPERS = {"clinician": clinician_paper, "patient": patient_paper}


class NotSignedError(Exception):
    """Only a signed report is printed."""


def render(report: Report, *, kind: PaperKind) -> bytes:
    """Return the paper as PDF in the active language.

    Raises
    ------
    NotSignedError
        If the report is a draft.
    """
    if report.signed_at is None:
        raise NotSignedError
    return typeset(_PAPERS[kind](report), moment=int(report.signed_at.timestamp()))


def typeset(paper: Paper, *, moment: int) -> bytes:
    """Return the PDF of a paper; the same paper and moment give the same bytes.

    PDF/UA-1 forbids a character that no font can show, such as an emoji in a question. Such a
    paper is set as an ordinary tagged PDF with whatever fonts the machine has: the text itself
    stays whole, and a screen reader still reads it.
    """
    language = (translation.get_language() or "en").split("-")[0]
    data = json.dumps(asdict(paper) | {"lang": language})
    try:
        return _compile(data, moment, is_accessible=True)
    except typst.TypstError:
        return _compile(data, moment, is_accessible=False)


def _compile(data: str, moment: int, *, is_accessible: bool) -> bytes:
    made: bytes = typst.compile(
        str(_FOLDER / "report.typ"),
        root=str(_FOLDER),
        font_paths=[str(_FOLDER / "fonts")],
        ignore_system_fonts=is_accessible,
        sys_inputs={"data": data},
        pdf_standards="ua-1" if is_accessible else [],
        timestamp=moment,
    )
    return made
