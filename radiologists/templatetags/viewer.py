"""Where the diagnostic viewer opens, for templates."""

from urllib.parse import urlencode

from django import template
from django.conf import settings

register = template.Library()


@register.simple_tag
def viewer_url(code: str) -> str:
    """Return the address of the viewer on one case, "" where the viewer is not installed."""
    if not (settings.VIEWER_ROOT / "viewer.json").is_file():
        return ""
    return f"/viewer/basic?{urlencode({'case': code})}"
