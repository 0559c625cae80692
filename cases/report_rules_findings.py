"""Checks of the table of levels and of the whole spine: design table E10."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.report_data.level_fields import CORE, HERNIATIONS
from cases.report_marks import unknown_places
from cases.report_rules import Context, Hit, Severity, at, rule
from cases.report_template import FIELDS, OPTIONAL_LEVELS, is_stated, levels


@rule(
    "level-not-stated",
    Severity.BLOCK,
    gettext_lazy("Disc, canal, recess and foramen are stated at every level from L1 to S1."),
)
def _levels_are_stated(context: Context) -> Iterator[Hit]:
    for level, row in context.rows:
        if level not in OPTIONAL_LEVELS and not is_stated(row):
            missing = next(code for code in CORE if not row[code])
            text = _("%(level)s: %(field)s is not stated.") % {
                "level": level,
                "field": FIELDS[missing].label,
            }
            yield text, at(level, missing)


@rule(
    "herniation-without-zone",
    Severity.BLOCK,
    gettext_lazy("A protrusion, extrusion or sequestration has a zone."),
)
def _herniations_have_a_zone(context: Context) -> Iterator[Hit]:
    for level, row in context.rows:
        if row["disc_contour"] in HERNIATIONS and not row["zone"]:
            text = _("%(level)s: give the zone of the herniation.") % {"level": level}
            yield text, at(level, "zone")


@rule(
    "herniation-without-room-lost",
    Severity.WARN,
    gettext_lazy("An extrusion or sequestration narrows canal, recess or foramen."),
)
def _extrusions_take_room(context: Context) -> Iterator[Hit]:
    for level, row in context.rows:
        free = all(row[code] == "0" for code in CORE if code != "disc_contour")
        if row["disc_contour"] in {"extrusion", "sequestration"} and free:
            text = _("%(level)s: extrusion or sequestration, but canal, recess and foramen are 0.")
            yield text % {"level": level}, at(level, "canal")


@rule(
    "bulge-foraminal-only",
    Severity.WARN,
    gettext_lazy("A bulge is not foraminal only; that is a protrusion."),
)
def _bulges_are_not_foraminal_only(context: Context) -> Iterator[Hit]:
    for level, row in context.rows:
        foraminal = row["zone"] and all(zone.endswith("_foraminal") for zone in row["zone"])
        if row["disc_contour"].startswith("bulge") and foraminal:
            text = _("%(level)s: a bulge that is foraminal only is a protrusion.")
            yield text % {"level": level}, at(level, "disc_contour")


@rule(
    "severe-without-communication",
    Severity.BLOCK,
    gettext_lazy(
        "Severe canal stenosis or an abnormal cauda equina has an entry in Communication."
    ),
)
def _severe_findings_are_communicated(context: Context) -> Iterator[Hit]:
    if _told(context):
        return
    for level, row in context.rows:
        if row["canal"] == "3":
            text = _("%(level)s: canal 3. Say in Communication whom you told.") % {"level": level}
            yield text, "communication.0.finding"
    if context.whole["cauda"] != "normal":
        yield (
            _("The cauda equina is not normal. Say in Communication whom you told."),
            ("communication.0.finding"),
        )


def _told(context: Context) -> bool:
    return any(row["told"] and row["channel"] for row in context.content["communication"])


@rule(
    "critical-without-communication",
    Severity.BLOCK,
    gettext_lazy(
        "An acute fracture, a suspected abscess or a suspicious marrow lesion "
        "has an entry in Communication."
    ),
)
def _critical_findings_are_communicated(context: Context) -> Iterator[Hit]:
    whole = context.whole
    critical = (
        whole["fracture"] == "acute"
        or whole["epidural"] == "abscess"
        or whole["marrow"] in {"suspicious", "diffuse"}
        or whole["incidental"] == "urgent"
    )
    if critical and not _told(context):
        text = _("A critical finding is stated. Say in Communication whom you told.")
        yield text, "communication.0.finding"


@rule(
    "communication-incomplete",
    Severity.BLOCK,
    gettext_lazy("An entry in Communication names who was told, and how."),
)
def _communication_is_complete(context: Context) -> Iterator[Hit]:
    for number, row in enumerate(context.content["communication"]):
        if not (row["told"] and row["channel"]):
            text = _("Communication %(number)s: say who was told, and how.")
            yield text % {"number": number + 1}, f"communication.{number}.told"


@rule(
    "numbering-assumed",
    Severity.WARN,
    gettext_lazy("With a transitional vertebra the numbering is not only assumed."),
)
def _numbering_is_founded(context: Context) -> Iterator[Hit]:
    whole = context.whole
    transitional = whole["lstv"] not in {"", "none"} or whole["lumbar_count"] != "5"
    if transitional and whole["numbering_basis"] == "assumed":
        yield (
            _("Transitional vertebra, but five lumbar vertebrae are assumed."),
            ("whole.numbering_basis"),
        )


@rule(
    "numbering-differs",
    Severity.WARN,
    gettext_lazy("The labels set on the images are those of the table of levels."),
)
def _labels_are_those_of_the_table(context: Context) -> Iterator[Hit]:
    unknown = unknown_places(context.content, levels(context.content))
    if unknown:
        text = _("The images are labelled %(names)s, which the table of levels does not have.")
        yield text % {"names": ", ".join(unknown)}, "whole.lumbar_count"


@rule(
    "whole-not-reviewed",
    Severity.WARN,
    gettext_lazy("The fields of the whole spine, which begin as normal, were looked at."),
)
def _whole_spine_was_looked_at(context: Context) -> Iterator[Hit]:
    if not context.whole["reviewed"]:
        text = _("The whole spine stands at its defaults: look at it and tick the last box.")
        yield text, "whole.reviewed"


@rule(
    "conus-low",
    Severity.WARN,
    gettext_lazy("A conus at L3 or lower is mentioned in the impression."),
)
def _low_conus_is_mentioned(context: Context) -> Iterator[Hit]:
    if (
        context.whole["conus_level"] == "L3"
        and "conus" not in " ".join(i["text"] for i in context.content["impression"]).lower()
    ):
        yield (
            _("The conus ends at L3 or lower; the impression does not say so."),
            ("impression.0.text"),
        )


@rule(
    "modic-1-infection",
    Severity.WARN,
    gettext_lazy("Modic 1 with signs of infection has a remark about infection."),
)
def _infection_is_discussed(context: Context) -> Iterator[Hit]:
    for level, row in context.rows:
        if row["modic"] in {"1", "1-2"} and row["infection_signs"] and not row["comment"]:
            text = _("%(level)s: Modic 1 with disc fluid or oedema: add a remark on infection.")
            yield text % {"level": level}, at(level, "comment")


@rule(
    "scar-without-contrast",
    Severity.WARN,
    gettext_lazy("Scar or recurrent disc is told apart on a series with contrast."),
)
def _scar_needs_contrast(context: Context) -> Iterator[Hit]:
    if context.whole["post_op"] in {"scar", "recurrent"} and not context.has_contrast:
        yield (
            _("Scar or recurrent disc stated, but there is no series with contrast."),
            ("whole.post_op"),
        )


@rule(
    "no-fat-suppression",
    Severity.WARN,
    gettext_lazy("Without a fat-suppressed series, oedema is not stated with certainty."),
)
def _oedema_needs_fat_suppression(context: Context) -> Iterator[Hit]:
    if "MISSING-SAG-FS" not in context.study_findings:
        return
    for level, row in context.rows:
        if row["modic"] in {"1", "1-2"}:
            text = _("%(level)s: Modic 1 stated without a fat-suppressed series.")
            yield text % {"level": level}, at(level, "modic")
    if context.whole["fracture"] in {"acute", "subacute"}:
        yield _("Age of the fracture stated without a fat-suppressed series."), "whole.fracture"
