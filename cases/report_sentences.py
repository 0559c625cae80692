"""The findings narrative and a first impression, written from the rows by sentence patterns."""

from collections.abc import Iterator

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from cases.report_data.level_fields import HERNIATIONS
from cases.report_data.model import Field, Kind
from cases.report_template import FIELDS, WHOLE, Content, Row, is_stated, levels, roots

#: Fields with a sentence of their own; the others simply say their phrase.
_DISC = ("disc_contour", "zone", "size_mm", "vertical", "migration_mm")
_PLAIN = ("pfirrmann", "height_loss", "fissure", "modic", "schmorl", "infection_signs", "flavum")
_PAIRS = ("recess", "foramen", "facet", "facet_active", "pars")


def findings(content: Content) -> str:
    """Return the narrative of the findings: the whole spine first, then a paragraph a level."""
    paragraphs = [_whole(content["whole"])]
    silent: list[str] = []
    for level in levels(content):
        row = content["levels"][level]
        told = " ".join(_sentences(level, row))
        if told:
            paragraphs.append(f"{level}: {told}")
        elif is_stated(row):
            silent.append(level)
    if silent:
        paragraphs.append(_("%(levels)s: no relevant finding.") % {"levels": ", ".join(silent)})
    return "\n".join(filter(None, paragraphs))


def _phrase(fields: dict[str, Field], code: str, answer: str) -> str:
    option = fields[code].option(answer)
    return str(option.phrase) if option else ""


def _whole(whole: Row) -> str:
    told = []
    for code, field in WHOLE.items():
        answer = whole[code]
        if field.kind is Kind.CHOICE and answer:
            told.append(_phrase(WHOLE, code, answer))
        elif field.kind is Kind.TEXT and answer:
            told.append(answer)
        elif field.kind is Kind.MULTI and answer:
            told.extend(_phrase(WHOLE, code, each) for each in answer)
    if whole["cobb"] is not None:
        told.append(_("Cobb angle %(angle)s°") % {"angle": _mm(whole["cobb"])})
    if whole["conus_level"] != "not_seen":
        told.append(_("conus ends at %(level)s") % {"level": _conus(whole["conus_level"])})
    distinct = dict.fromkeys(part.strip(" .") for part in told if part)
    return " ".join(f"{capfirst(part)}." for part in distinct)


def _conus(code: str) -> str:
    option = WHOLE["conus_level"].option(code)
    return str(option.label) if option else code


def _mm(number: float) -> str:
    return f"{number:g}"


def _sentences(level: str, row: Row) -> Iterator[str]:
    parts = [
        _disc(row),
        *_roots(level, row),
        _canal(row),
        *[_pair(row, code) for code in _PAIRS],
        *[_simple(row, code) for code in _PLAIN],
        _cyst(row),
        _listhesis(row),
        row["comment"].rstrip("."),
        _phrase(FIELDS, "symptom_match", row["symptom_match"]),
        _phrase(FIELDS, "first_report_match", row["first_report_match"]),
    ]
    for part in parts:
        if part:
            yield f"{capfirst(part)}."


def _disc(row: Row) -> str:
    contour = _phrase(FIELDS, "disc_contour", row["disc_contour"])
    if not contour:
        return ""
    zones = " ".join(filter(None, [_zones(row), contour]))
    told = [zones]
    if row["size_mm"] is not None:
        told.append(_("%(size)s mm") % {"size": _mm(row["size_mm"])})
    if row["disc_contour"] in HERNIATIONS:
        told.append(_phrase(FIELDS, "vertical", row["vertical"]))
    if row["migration_mm"] is not None:
        told.append(_("migrated %(size)s mm") % {"size": _mm(row["migration_mm"])})
    return ", ".join(filter(None, told))


def _zones(row: Row) -> str:
    named = [_phrase(FIELDS, "zone", zone) for zone in row["zone"]]
    return _(" to ").join(filter(None, named))


def _roots(level: str, row: Row) -> Iterator[str]:
    exiting, traversing = roots(level)
    sides = {"r": _("right"), "l": _("left")}
    for side, word in sides.items():
        touched = _phrase(FIELDS, "root_traversing_r", row[f"root_traversing_{side}"])
        if touched:
            yield _("%(touched)s the traversing %(side)s %(root)s root") % {
                "touched": touched,
                "side": word,
                "root": traversing,
            }
        touched = _phrase(FIELDS, "root_exiting_r", row[f"root_exiting_{side}"])
        if touched:
            yield _("%(touched)s the exiting %(side)s %(root)s root") % {
                "touched": touched,
                "side": word,
                "root": exiting,
            }


def _canal(row: Row) -> str:
    stenosis = _phrase(FIELDS, "canal", row["canal"])
    causes = [_phrase(FIELDS, "canal_cause", cause) for cause in row["canal_cause"]]
    if not stenosis or not causes:
        return stenosis
    return _("%(stenosis)s, from %(causes)s") % {
        "stenosis": stenosis,
        "causes": ", ".join(causes),
    }


def _pair(row: Row, code: str) -> str:
    right = _phrase(FIELDS, f"{code}_r", row[f"{code}_r"])
    left = _phrase(FIELDS, f"{code}_l", row[f"{code}_l"])
    if right and right == left:
        return _("%(finding)s on both sides") % {"finding": right}
    told = []
    if right:
        told.append(_("%(finding)s on the right") % {"finding": right})
    if left:
        told.append(_("%(finding)s on the left") % {"finding": left})
    return ", ".join(told)


def _simple(row: Row, code: str) -> str:
    told = _phrase(FIELDS, code, row[code])
    if told and code == "modic":
        extent = _phrase(FIELDS, "modic_extent", row["modic_extent"])
        return ", ".join(filter(None, [told, extent]))
    return told


def _cyst(row: Row) -> str:
    told = _phrase(FIELDS, "cyst", row["cyst"])
    if told and row["cyst_mm"] is not None:
        return _("%(cyst)s, %(size)s mm") % {"cyst": told, "size": _mm(row["cyst_mm"])}
    return told


def _listhesis(row: Row) -> str:
    slip = _phrase(FIELDS, "listhesis", row["listhesis"])
    if not slip:
        return ""
    kind = _phrase(FIELDS, "listhesis_type", row["listhesis_type"])
    told = [" ".join(filter(None, [kind, slip]))]
    told.append(_phrase(FIELDS, "meyerding", row["meyerding"]))
    if row["listhesis_mm"] is not None:
        told.append(_("%(size)s mm") % {"size": _mm(row["listhesis_mm"])})
    return ", ".join(filter(None, told))


def impression(content: Content) -> list[Row]:
    """Return a first impression from the rows: what fits the symptoms, then what may, then age."""
    items: list[Row] = []
    for kind, wanted in (("main", ("concordant",)), ("other", ("possible", "discordant", ""))):
        for level in levels(content):
            row = content["levels"][level]
            if row["symptom_match"] in wanted and (told := _key_finding(level, row)):
                items.append({"kind": kind, "text": f"{level}: {told}."})
    aged = [level for level in levels(content) if _is_age_related(content["levels"][level])]
    if aged:
        text = _("Changes common at this age at %(levels)s.") % {"levels": ", ".join(aged)}
        items.append({"kind": "age", "text": text})
    return items


def _key_finding(level: str, row: Row) -> str:
    """Return the line of a level for the impression, or nothing when it holds no more than age."""
    if _is_age_related(row):
        return ""
    stenoses = [_pair(row, "recess"), _pair(row, "foramen")]
    parts = [_disc(row), *_roots(level, row), _canal(row), *stenoses, _cyst(row), _listhesis(row)]
    return "; ".join(filter(None, parts))


def _is_age_related(row: Row) -> bool:
    """Say whether a level shows only what is common without pain."""
    marked = row["disc_contour"] in HERNIATIONS | {"post_op"} or row["symptom_match"] in {
        "concordant",
        "possible",
    }
    narrow = any(row[code] not in {"", "0"} for code in ("canal", "recess_r", "recess_l"))
    narrow = narrow or any(row[code] not in {"", "0", "1"} for code in ("foramen_r", "foramen_l"))
    slipped = row["listhesis"] not in {"", "none"} or row["cyst"] not in {"", "none"}
    aged = row["disc_contour"].startswith("bulge") or row["pfirrmann"] in {"III", "IV", "V"}
    aged = aged or any(row[code] not in {"", "0"} for code in ("facet_r", "facet_l"))
    return aged and not (marked or narrow or slipped)
