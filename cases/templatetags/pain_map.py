"""The figure of the body that shows where it hurts, for every page that has it."""

from collections.abc import Sequence
from typing import Any

from django import template

from cases import pain_map as drawing

register = template.Library()


@register.inclusion_tag("cases/components/pain_map.html")
def pain_map(codes: Sequence[str] | None, points_to: str = "") -> dict[str, Any]:
    """Draw the chosen regions; `points_to` names the check boxes that a click ticks."""
    chosen = codes or []
    return {
        "views": drawing.views(chosen),
        "outline": drawing.OUTLINE,
        "in_words": drawing.in_words(chosen),
        "points_to": points_to,
    }
