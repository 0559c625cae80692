"""The states of the upload page, and how they are looked at."""

from typing import Any

DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
SMALL = {"width": 320, "height": 640}
LOOKS: dict[str, dict[str, Any]] = {
    "desktop-english": {"viewport": DESKTOP},
    "desktop-german": {"viewport": DESKTOP, "locale": "de-DE"},
    "phone-english": {"viewport": PHONE, "has_touch": True},
    "phone-german": {"viewport": SMALL, "locale": "de-DE", "has_touch": True},
}
#: In the order of the walk.
STATES = (
    "plain", "choose", "problem", "password", "found", "sending", "paused", "unfinished", "trouble",
    "unread", "done", "looking-at-them", "arrived", "check", "twice",
)  # fmt: skip
