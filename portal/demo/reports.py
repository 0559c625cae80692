"""The demo's signed report, written as a reader's form would post it."""

from django.http import QueryDict

from accounts.models import User
from cases.models import Case, Report
from cases.report_context import questions_of
from cases.report_template import content_from_form
from cases.services import reports

_SIDES = ("r", "l")
_NORMAL: dict[str, str | list[str]] = {
    "pfirrmann": "II",
    "disc_contour": "normal",
    "canal": "0",
    **{f"{code}_{side}": "0" for code in ("recess", "foramen", "facet") for side in _SIDES},
}
_LEVELS: dict[str, dict[str, str | list[str]]] = {
    "L1-L2": _NORMAL,
    "L2-L3": _NORMAL,
    "L3-L4": _NORMAL | {"pfirrmann": "III"},
    "L4-L5": _NORMAL
    | {
        "pfirrmann": "IV",
        "disc_contour": "extrusion",
        "zone": ["left_subarticular"],
        "size_mm": "8",
        "canal": "1",
        "recess_l": "3",
        "root_traversing_l": "compressed",
        "symptom_match": "concordant",
    },
    "L5-S1": _NORMAL
    | {
        "pfirrmann": "III",
        "disc_contour": "protrusion",
        "zone": ["central"],
        "symptom_match": "incidental",
    },
}
_TEXTS: dict[str, str | list[str]] = {
    "findings": (
        "L4-L5: left subarticular disc extrusion, 8 mm. Left lateral recess obliterated, "
        "traversing left L5 root compressed. Mild central narrowing.\n"
        "L5-S1: small central protrusion without root contact.\n"
        "Other levels without herniation or narrowing. Conus and cauda equina normal."
    ),
    "impression.0.kind": "main",
    "impression.0.text": (
        "L4-L5: left subarticular extrusion compressing the left L5 root; fits the leg pain."
    ),
    "impression.1.kind": "age",
    "impression.1.text": "L5-S1: small central protrusion without root contact.",
    "answer.0": (
        "The images show a pressed nerve that fits your pain. Whether to operate depends on your "
        "strength, your pain and the last weeks, not on the images alone. Talk it over with your "
        "surgeon."
    ),
    "answer.1": (
        "The images do not answer that. Ask your doctor, who can examine your strength first."
    ),
    "recommendations": ["specialist"],
    "agreement.scale": "importantly_different",
    "agreement.comment": "The extrusion at L4-L5 is larger than described and presses the nerve.",
    "plain": (
        "Between the 4th and the 5th bone of your lower back, a larger part of the disc has come "
        "through its outer ring on the left. It presses the nerve that runs to your left leg. "
        "This fits your leg pain.\n\n"
        "One disc below, a small part of the disc pushes out in the middle. It touches no nerve. "
        "Many people without pain have this too.\n\n"
        "The other discs look normal."
    ),
}


def write_report(case: Case, reader: User, *, sign: bool) -> Report:
    """Read a case as `reader`: draft, lock the blind read, and sign when asked to."""
    report = reports.start_reading(case=case, by=reader)
    posted = QueryDict(mutable=True)
    for level, row in _LEVELS.items():
        for code, value in row.items():
            _set(posted, f"level.{level}.{code}", value)
    for name, value in _TEXTS.items():
        _set(posted, name, value)
    _set(posted, "comparison", report.content["comparison"])
    content = content_from_form(posted, questions_of(case))
    report = reports.save_draft(report=report, by=reader, content=content, revision=report.revision)
    if not sign:
        return report
    report = reports.lock_blind_read(report=report, by=reader, revision=report.revision)
    return reports.sign_report(
        report=report,
        by=reader,
        revision=report.revision,
        credentials="Specialist in radiology (invented)",
    )


def _set(data: QueryDict, name: str, value: str | list[str]) -> None:
    data.setlist(name, value if isinstance(value, list) else [value])
