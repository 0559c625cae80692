"""What stands on each paper, section by section; how it looks is the typesetter's."""

from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from cases import previews, storage
from cases.models import KeyImage, Report
from cases.models.intake import Sex
from cases.report_context import COMPARED, signed_context
from cases.report_data.level_fields import LEVEL_FIELDS
from cases.report_data.scales import AGREEMENT, CHANNELS, CRITICAL_FINDINGS, RECOMMENDATIONS
from cases.report_marks import numbering_statement
from cases.report_symptoms import lines
from cases.report_template import Content, fingerprint, label, levels
from cases.report_text import PlainResult, plain_result

Part = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    parts: list[Part]


@dataclass(frozen=True, slots=True)
class Paper:
    kind: str
    code: str
    title: str
    subtitle: str
    author: str
    footer: str
    sections: list[Section] = field(default_factory=list)


def texts(*paragraphs: str) -> Part:
    whole = [line for paragraph in paragraphs for line in paragraph.split("\n") if line.strip()]
    return {"type": "text", "paragraphs": whole}


def items(entries: list[str], *, numbered: bool = False) -> Part:
    return {"type": "numbered" if numbered else "list", "items": entries}


def box(title: str, text: str, *, urgent: bool = False) -> Part:
    return {"type": "box", "title": title, "text": text, "urgent": urgent}


def facts(pairs: list[tuple[str, str]]) -> Part:
    return {"type": "facts", "facts": [[what, words] for what, words in pairs if words]}


def _day(moment: Any) -> str:
    return date_format(timezone.localtime(moment), "j F Y, H:i")


def _subtitle(report: Report) -> str:
    signed = report.content["signed"]
    return _("Case %(code)s. Signed by %(author)s on %(day)s.") % {
        "code": signed["case"],
        "author": signed["author"],
        "day": _day(report.signed_at),
    }


def papers(report: Report) -> list[Paper]:
    """Return both papers of a signed report."""
    return [clinician_paper(report), patient_paper(report)]


def preview(report: Report, credentials: str) -> list[Paper]:
    """Return both papers as they would be if the draft were signed now; nothing is stored."""
    draft = copy(report)
    draft.content = report.content | {"signed": signed_context(report, credentials)}
    draft.content_sha256 = fingerprint(draft.content)
    draft.signed_at = timezone.now()
    said = _("Case %(code)s. Preview, not signed.") % {"code": report.case.code}
    return [replace(paper, subtitle=said) for paper in papers(draft)]


# --- For the treating doctor ----------------------------------------------------------------


def clinician_paper(report: Report) -> Paper:
    """Return sections 1 to 8, 10 and 11 of the template."""
    content, signed = report.content, report.content["signed"]
    sections = [
        Section(_("Clinical information"), [_clinical(content)]),
        Section(_("Technique and limits"), _technique(signed)),
        Section(_("Comparison"), [texts(content["comparison"] or _("None available."))]),
        Section(
            _("Findings"),
            [
                texts(content["findings"]["text"]),
                _levels_table(content),
                texts(numbering_statement(content)),
                _scales(),
            ],
        ),
        Section(
            _("Impression"), [items([i["text"] for i in content["impression"]], numbered=True)]
        ),
        Section(_("Answers to the patient's questions"), _answers(content)),
        Section(_("Agreement with the first report"), [texts(*_agreement(content))]),
        Section(_("Recommendation"), [texts(*_recommendations(content))]),
        *_communication(content),
        *_pictures(report),
        *_addenda(report),
        Section(_("Signature"), [_signature(report)]),
    ]
    return Paper(
        kind="clinician",
        code=signed["case"],
        title=_("Second opinion: MRI of the lumbar spine"),
        subtitle=_subtitle(report),
        author=signed["author"],
        footer=_("%(code)s. Template %(version)s. SHA-256 %(hash)s")
        % {
            "code": signed["case"],
            "version": signed["template_version"],
            "hash": report.content_sha256[:16],
        },
        sections=sections,
    )


def _impression(content: Content) -> Part:
    return items([item["text"] for item in content["impression"]], numbered=True)


def _clinical(content: Content) -> Part:
    signed = content["signed"]
    sex = str(dict(Sex.choices).get(signed["sex"], ""))
    person = ", ".join(
        filter(None, [sex, _("%(age)s years") % {"age": signed["age"]} if signed["age"] else ""])
    )
    questions = [(_("Question"), row["question"]) for row in content["answers"]]
    return facts([(_("Patient"), person), *questions, *lines(signed["symptoms"])])


def _technique(signed: dict[str, Any]) -> list[Part]:
    strength = signed["field_strength_t"]
    parts = [
        facts(
            [
                (_("Study"), signed["study"]),
                (_("Field strength"), f"{strength:g} T" if strength else ""),
                (_("Series"), ", ".join(signed["series"])),
            ]
        )
    ]
    if signed["limits"]:
        parts.append(items(signed["limits"]))
    else:
        parts.append(texts(_("No technical limits were found.")))
    return parts


def _levels_table(content: Content) -> Part:
    columns = [each for each in LEVEL_FIELDS if each.column]
    rows = []
    for level in levels(content):
        row = content["levels"][level]
        if any(row[each.code] for each in columns):
            rows.append([level, *[_cell(each, row[each.code]) for each in columns]])
    return {
        "type": "table",
        "head": [_("Level"), *[str(each.label) for each in columns]],
        "widths": [1.3, 1.9, 1, *[1.2] * 6, 1.7],
        "rows": rows,
    }


def _cell(each: Any, code: str) -> str:
    option = each.option(code)
    return str(option.label) if option else "–"  # noqa: RUF001 - an en dash is meant


def _scales() -> Part:
    named = dict.fromkeys(f"{each.scale}" for each in LEVEL_FIELDS if each.column and each.scale)
    return texts(_("Scales: %(scales)s. R is right, L is left.") % {"scales": "; ".join(named)})


def _answers(content: Content) -> list[Part]:
    return [box(row["question"], row["answer"]) for row in content["answers"]]


def _agreement(content: Content) -> list[str]:
    state = content["signed"]["first_report"]
    scale = content["agreement"]["scale"] if state == COMPARED else state
    return [label(AGREEMENT, scale), content["agreement"]["comment"]]


def _recommendations(content: Content) -> list[str]:
    chosen = [o for o in RECOMMENDATIONS if o.code in content["recommendations"]]
    return [*[str(option.phrase) for option in chosen], content["recommendation_text"]]


def _communication(content: Content) -> list[Section]:
    names = {finding.code: finding for finding in CRITICAL_FINDINGS}
    told = [
        _("%(finding)s (category %(category)s): %(told)s, %(channel)s. %(outcome)s")
        % {
            "finding": names[row["finding"]].label,
            "category": names[row["finding"]].category,
            "told": row["told"],
            "channel": label(CHANNELS, row["channel"]),
            "outcome": row["outcome"],
        }
        for row in content["communication"]
    ]
    return [Section(_("Communication"), [items(told)])] if told else []


def _pictures(report: Report) -> list[Section]:
    pictures = []
    for image in report.key_images.select_related("instance__series__study"):
        picture = _picture_bytes(image)
        if picture:
            series = image.instance.series.full_label
            caption = image.caption or f"{series}, {image.number}"
            if image.instance.series.study.is_prior and image.caption:
                caption = _("Prior: %(label)s") % {"label": image.caption}
            pictures.append({"bytes": list(picture), "caption": caption})
    if not pictures:
        return []
    return [Section(_("Key images"), [{"type": "pictures", "pictures": pictures}])]


def _picture_bytes(image: KeyImage) -> bytes:
    """Return the marked picture, or nothing when its object is gone: the text still prints."""
    try:
        if image.picture_key:
            return storage.read(storage.STUDIES, image.picture_key)
        return previews.read(image.instance.series, image.number)
    except storage.ObjectMissingError:
        return b""


def _addenda(report: Report) -> list[Section]:
    return [
        Section(
            _("Addendum of %(day)s") % {"day": _day(addendum.signed_at)}, [texts(addendum.text)]
        )
        for addendum in report.addenda.all()
    ]


def _signature(report: Report) -> Part:
    signed = report.content["signed"]
    return facts(
        [
            (_("Signed by"), ", ".join(filter(None, [signed["author"], signed["credentials"]]))),
            (_("On"), _day(report.signed_at)),
            (_("Template"), signed["template_version"]),
            (_("SHA-256 of the content"), report.content_sha256),
            (_("Basis"), _("Images only; the patient was not examined.")),
        ]
    )


# --- For the patient ------------------------------------------------------------------------


def patient_paper(report: Report) -> Paper:
    """Return section 9 of the template: plain words, answers, agreement, what to do next."""
    result = plain_result(report)
    return Paper(
        kind="patient",
        code=result.code,
        title=_("Your second opinion in plain words"),
        subtitle=_subtitle(report),
        author=result.read_by,
        footer=_("%(code)s. Not for emergencies. An opinion on images only.")
        % {"code": result.code},
        sections=list(_plain_sections(result)),
    )


def _plain_sections(result: PlainResult) -> list[Section]:
    answers = [box(answer.question, answer.answer) for answer in result.answers]
    sections = [
        Section(_("Compared with your first report"), [texts(result.agreement_sentence)]),
        Section(_("What we found"), [texts(*result.what_we_found)]),
        Section(_("Answers to your questions"), answers),
        Section(_("What to do next"), [items(list(result.next_steps))]),
        *[
            Section(_("Added on %(day)s") % {"day": _day(each.signed_at)}, [texts(each.text)])
            for each in result.additions
        ],
        Section(_("When to get help at once"), [_emergency()]),
        Section(_("Who read your images"), [texts(_who(result))]),
    ]
    return [section for section in sections if any(map(_says_something, section.parts))]


def _says_something(part: Part) -> bool:
    return part["type"] == "box" or any(part.get("paragraphs") or part.get("items") or ())


def _emergency() -> Part:
    return box(
        _("Do not wait for an answer from us"),
        _(
            "New trouble with your bladder or bowel, numbness between your legs, or legs that are "
            "quickly getting weaker: call your local emergency number or go to the nearest "
            "emergency department now."
        ),
        urgent=True,
    )


def _who(result: PlainResult) -> str:
    named = ", ".join(filter(None, [result.read_by, result.credentials]))
    return _(
        "%(named)s looked at your images and did not examine you. Talk to your own doctor "
        "before you change your treatment."
    ) % {"named": named}
