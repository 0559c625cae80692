"""The findings in plain words for the patient, written from the rows."""

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from cases.report_data.level_fields import HERNIATIONS
from cases.report_data.plain_words import BY_CODE, prevalence
from cases.report_data.scales import RECOMMENDATIONS
from cases.report_template import Content, Row, levels

_NARROW = {"1": "canal_1", "2": "canal_2", "3": "canal_3"}
_ROOT_ORDER = ("compressed", "deviated", "contact")


def plain_text(content: Content, *, age: int | None) -> str:
    """Return paragraphs for the patient: what may explain the pain, what else, what is of age."""
    fitting: list[str] = []
    other: list[str] = []
    for level in levels(content):
        row = content["levels"][level]
        told = _level(level, row)
        if not told:
            continue
        (fitting if row["symptom_match"] == "concordant" else other).append(told)
    paragraphs = []
    if fitting:
        paragraphs.append(_("This may explain what you feel. ") + " ".join(fitting))
    if other:
        paragraphs.append(_("We also saw this. ") + " ".join(other))
    aged = _age_line(content, age)
    if aged:
        paragraphs.append(aged)
    if not paragraphs:
        paragraphs.append(_("The parts of your lower back that we can see look normal."))
    return "\n\n".join(paragraphs)


def told_levels(content: Content) -> dict[str, bool]:
    """Return each level that the plain words name -> whether it may explain the complaint."""
    rows = {level: content["levels"][level] for level in levels(content)}
    return {
        level: row["symptom_match"] == "concordant"
        for level, row in rows.items()
        if _level(level, row)
    }


def level_name(level: str) -> str:
    """Return a level as a patient may look it up."""
    upper, lower = level.split("-")
    names = {
        "T12": _("the lowest chest bone"),
        "L1": _("the 1st lumbar bone"),
        "L2": _("the 2nd lumbar bone"),
        "L3": _("the 3rd lumbar bone"),
        "L4": _("the 4th lumbar bone"),
        "L5": _("the 5th lumbar bone"),
        "L6": _("the 6th lumbar bone"),
        "S1": _("the sacrum"),
    }
    return _("Between %(upper)s and %(lower)s (%(level)s)") % {
        "upper": names[upper],
        "lower": names[lower],
        "level": level,
    }


def _say(code: str) -> str:
    return str(BY_CODE[code].say)


def _level(level: str, row: Row) -> str:
    """Return one or more short sentences about a level, or nothing."""
    told = []
    contour = row["disc_contour"]
    if contour in HERNIATIONS or contour == "post_op":
        told.append(_say(contour))
    touched = _touched(row)
    if touched:
        told.append(touched)
    if row["canal"] in _NARROW:
        told.append(_say(_NARROW[row["canal"]]))
    elif _narrow_side(row):
        told.append(_narrow_side(row))
    if row["listhesis"] not in {"", "none"}:
        told.append(_say("listhesis"))
    if row["modic"] not in {"", "0"}:
        told.append(_say("modic"))
    if not told:
        return ""
    first, *rest = told
    return " ".join([f"{level_name(level)} {first}.", *[f"{capfirst(part)}." for part in rest]])


def _touched(row: Row) -> str:
    """Return what happens to a nerve, the worst first, with its side."""
    for grade in _ROOT_ORDER:
        sides = [
            side
            for side in ("r", "l")
            if grade in (row[f"root_traversing_{side}"], row[f"root_exiting_{side}"])
        ]
        if sides:
            return " ".join([_say(grade), _side(sides)])
    return ""


def _narrow_side(row: Row) -> str:
    sides = [
        side
        for side in ("r", "l")
        if row[f"recess_{side}"] not in {"", "0"} or row[f"foramen_{side}"] in {"2", "3"}
    ]
    if not sides:
        return ""
    return _("there is less room for a nerve %(side)s") % {"side": _side(sides)}


def _side(sides: list[str]) -> str:
    if len(sides) == 2:
        return _("on both sides")
    return _("on the right") if sides == ["r"] else _("on the left")


def _age_line(content: Content, age: int | None) -> str:
    """Return the changes that are common without pain, with figures where they are verified."""
    rows = [content["levels"][level] for level in levels(content)]
    found = {
        "bulge": any(row["disc_contour"].startswith("bulge") for row in rows),
        "degeneration": any(row["pfirrmann"] in {"III", "IV", "V"} for row in rows),
        "fissure": any(row["fissure"] == "yes" for row in rows),
        "facet": any(row[code] not in {"", "0"} for row in rows for code in ("facet_r", "facet_l")),
    }
    told = [_aged(code, age) for code, is_found in found.items() if is_found]
    if not told:
        return ""
    opening = _("Some changes come with age and are common in people without pain.")
    return " ".join([opening, *told])


def _aged(code: str, age: int | None) -> str:
    say = capfirst(_say(code)) + "."
    percent = prevalence(code, age)
    if percent is None:
        return say
    figure = _("About %(percent)s of 100 people of your age without pain have this.")
    return f"{say} {figure % {'percent': percent}}"


def next_steps(content: Content) -> list[str]:
    """Return what to do next, a sentence each, in the active language."""
    steps = [
        str(option.definition) for option in RECOMMENDATIONS if option.code in _chosen(content)
    ]
    if content["recommendation_text"]:
        steps.append(content["recommendation_text"])
    return steps


def _chosen(content: Content) -> list[str]:
    chosen: list[str] = content["recommendations"]
    return chosen
