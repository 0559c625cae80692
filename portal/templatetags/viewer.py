"""Where the diagnostic viewer opens, for templates."""

from urllib.parse import urlencode

from django import template
from django.conf import settings

from portal.viewer_package import is_installed

register = template.Library()


@register.simple_tag
def viewer_url(code: str) -> str:
    """Return the address of the viewer on one case, "" where the viewer is not installed."""
    if not is_installed(settings.VIEWER_ROOT):
        return ""
    return f"/viewer/basic?{urlencode({'case': code})}"
