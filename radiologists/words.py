"""Words that the scripts of the pages say."""

from django.utils.translation import gettext_lazy as _

#: Name of an action in static/js/keys.js -> what the help says about it.
KEYS = {
    "down": _("next line"),
    "up": _("line before"),
    "open": _("open the case"),
    "next": _("next case"),
    "search": _("search"),
    "help": _("these keys"),
    "save": _("save now"),
    "sign": _("preview and sign"),
    "normal_row": _("this level is normal"),
    "normal_rest": _("untouched levels are normal"),
    "next_open": _("next open field"),
    "previous_open": _("open field before"),
    "details": _("more about this level"),
}
DRAFT = {
    "saving": _("Saving …"),
    "saved": _("Draft saved {time}"),
    "offline": _("Not saved: kept on this page, trying again"),
    "signed_out": _("Signed out: sign in in another tab, then go on here"),
    "closed": _("This case is no longer open to you; the text stays on this page"),
    "conflict": _("Changed elsewhere"),
    "generated": _("written from the table"),
    "edited": _("edited by you"),
    "grade": _("reads at grade {grade}"),
    "none": _("Nothing stands in the way."),
    "block": _("Must:"),
    "warn": _("Look again:"),
}
