"""Words that the scripts of the pages say."""

from django.utils.translation import gettext_lazy as _

#: Name of an action in static/js/keys.js -> what the help says about it.
KEYS = {
    "down": _("next line"),
    "up": _("line before"),
    "open": _("open the case"),
    "next": _("next case"),
    "viewer": _("images in a second window"),
    "give_back": _("give the case back"),
    "search": _("search"),
    "help": _("these keys"),
    "save": _("save now"),
    "sign": _("preview and sign"),
    "normal_row": _("this level is normal"),
    "normal_rest": _("untouched levels are normal"),
    "next_open": _("next open field"),
    "previous_open": _("open field before"),
    "details": _("more about this level"),
    "images": _("to the images, and back to the report"),
    "go_to_level": _("to the level that the images show"),
    "next_case": _("save, then the next case"),
    "accept": _("take over the latest measurement"),
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
#: State that a tab is told (radiologists/views/claims.py) -> what the reader is told.
CLAIM = {
    "elsewhere": _(
        "This case is open in another tab or on another computer of yours, last seen {time}. "
        "What you write in both will clash."
    ),
    "resumed": _("You were away, so the case was given back. It was still free: go on here."),
    "gone": _(
        "This case was taken back or given to somebody else. The draft as it was last saved is "
        "kept; what is not saved stays on this page only."
    ),
    "signed": _("This report was signed in another tab or on another computer."),
}
