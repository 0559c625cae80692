"""Words and addresses that the lists need."""

from typing import TYPE_CHECKING, Any

from django import template
from django.utils.translation import gettext as _

from cases.selectors.worklists import TimeLeft

if TYPE_CHECKING:
    from django.http import QueryDict

register = template.Library()
HOUR, DAY = 60, 24 * 60


@register.filter
def minutes(total: int) -> str:
    """Return 130 as "2 h 10 min" and 1620 as "1 d 3 h"."""
    size = abs(total)
    if size >= DAY:
        return _("%(days)s d %(hours)s h") % {"days": size // DAY, "hours": size % DAY // HOUR}
    return _("%(hours)s h %(minutes)s min") % {"hours": size // HOUR, "minutes": size % HOUR}


@register.filter
def time_left(clock: TimeLeft | None) -> str:
    if clock is None:
        return ""
    if clock.is_late:
        return _("overdue %(time)s") % {"time": minutes(clock.minutes)}
    return minutes(clock.minutes)


@register.filter
def hours(duration: Any) -> str:
    """Return a duration in whole hours."""
    if duration is None:
        return "–"  # noqa: RUF001 - an en dash is meant
    return _("%(hours)s h") % {"hours": round(duration.total_seconds() / 3600)}


@register.filter
def element_id(control: str) -> str:
    """Return the id of the control with this name."""
    return control.replace(".", "-")


@register.simple_tag(takes_context=True)
def address(context: template.Context, **changes: Any) -> str:
    """Return this page's address with some of its query changed; an empty value removes one."""
    query: QueryDict = context["request"].GET.copy()
    for name in ("page", "assigned"):
        query.pop(name, None)
    for name, value in changes.items():
        if value in ("", None):
            query.pop(name, None)
        else:
            query[name] = str(value)
    return f"?{query.urlencode()}" if query else "?"
