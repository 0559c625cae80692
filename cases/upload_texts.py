"""Every text of the upload page. static/js/upload/messages.js fills in the values.

A text with a number has one form for each plural category of the language (CLDR), which the
browser picks by Intl.PluralRules.
"""

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

#: Labels and lines.
WORDS = {
    "looking": _("Looking for pictures: {done} of {total} files read"),
    "comparing": _("Comparing with the pictures that we already have: {done} of {total}"),
    "mri-lower-back": _("MRI of the lower back"),
    "mri": _("MRI"),
    "date-unknown": _("date unknown"),
    "name-unknown": _("no name on the disc"),
    "born": _("born {date}"),
    "of-person": _("Pictures of {name}"),
    "study-line": _("{what}, {date}, {sets}, {pictures}"),
    "line-with-prior": _("{study}; with an older one for comparison: {prior}"),
    "no-prior": _("No, only the examination above"),
    "described-as": _("The clinic calls it “{text}”."),
    "sent-share": _("{done} of {total} pictures sent"),
    "time-left": _("about {time} left"),
    "time-soon": _("less than a minute left"),
    "pause": _("Pause"),
    "resume": _("Go on"),
    "paused": _("Paused. Nothing is lost."),
    "attach-report": _("Attach this as the first report"),
    "all-arrived": _("Your pictures have arrived"),
}

#: Texts with a number.
COUNTED = {
    "pictures": ngettext_lazy("{n} picture", "{n} pictures", "n"),
    "sets": ngettext_lazy("{n} set", "{n} sets", "n"),
    "minutes": ngettext_lazy("{n} minute", "{n} minutes", "n"),
    "arrived": ngettext_lazy(
        "{n} picture has arrived. You can take the disc out now.",
        "{n} pictures have arrived. You can take the disc out now.",
        "n",
    ),
    "note-people": ngettext_lazy(
        "There are pictures of {n} person here.",
        "There are pictures of {n} people here. Choose only your own.",
        "n",
    ),
    "note-missing": ngettext_lazy(
        "{n} picture of this disc could not be found. The disc may be scratched,"
        " or the copy was interrupted. You can clean the disc and choose it again, or send"
        " the rest.",
        "{n} pictures of this disc could not be found. The disc may be scratched,"
        " or the copy was interrupted. You can clean the disc and choose it again, or send"
        " the rest.",
        "n",
    ),
    "note-cut-off": ngettext_lazy(
        "{n} picture is incomplete: the copy was probably interrupted. Copy the disc again,"
        " or send the rest.",
        "{n} pictures are incomplete: the copy was probably interrupted. Copy the disc"
        " again, or send the rest.",
        "n",
    ),
    "note-damaged": ngettext_lazy(
        "{n} picture is damaged and cannot be read. We leave it out.",
        "{n} pictures are damaged and cannot be read. We leave them out.",
        "n",
    ),
    "note-unreadable": ngettext_lazy(
        "{n} file could not be read from the disc. Clean the disc and choose it again, or"
        " send the rest.",
        "{n} files could not be read from the disc. Clean the disc and choose it again, or"
        " send the rest.",
        "n",
    ),
    "unread": ngettext_lazy(
        "{n} file could not be read. What could be read has arrived. Is the disc or stick still"
        " in place? Clean the disc, put it in again and choose “Go on”; or load this page again and"
        " choose another copy of the disc. We send only what is missing.",
        "{n} files could not be read. What could be read has arrived. Is the disc or stick still"
        " in place? Clean the disc, put it in again and choose “Go on”; or load this page again and"
        " choose another copy of the disc. We send only what is missing.",
        "n",
    ),
    "left-out": ngettext_lazy(
        "{n} file could not be read and is not among them. A radiologist may need it: if you get"
        " another copy of the disc, choose it here before you send your request.",
        "{n} files could not be read and are not among them. A radiologist may need them: if you"
        " get another copy of the disc, choose it here before you send your request.",
        "n",
    ),
    "note-duplicates": ngettext_lazy(
        "{n} picture is there twice. We send it once.",
        "{n} pictures are there twice. We send them once.",
        "n",
    ),
    "note-known": ngettext_lazy(
        "We already have {known} of these pictures. Only the {n} new picture is sent.",
        "We already have {known} of these pictures. Only the {n} new pictures are sent.",
        "n",
    ),
    "note-left-out": ngettext_lazy(
        "{n} other file, such as the viewer program, stays on your computer.",
        "{n} other files, such as the viewer program, stay on your computer.",
        "n",
    ),
    "note-other-studies": ngettext_lazy(
        "{n} other examination here is not an MRI. It stays on your computer.",
        "{n} other examinations here are not MRI. They stay on your computer.",
        "n",
    ),
}

#: What we say about a disc with which the patient can go on.
NOTICES = {
    "note-not-lower-back": _(
        "We cannot see that these pictures show the lower back. Please check that you chose"
        " the right examination. You can still send it: a person will look at it."
    ),
    "note-report": _(
        "There is a file here that may be the first report. It is not sent with the pictures."
    ),
    "note-other-name": _(
        "The name on the disc is not the name of your account. Please check that these are"
        " your pictures."
    ),
    "same-examination": _(
        "You have sent pictures of this examination before, in request {code}. Nothing has been"
        " sent now. Open that request to see how far it is, or send the pictures here, too, if you"
        " want a new opinion on them."
    ),
    "report-attached": _(
        "“{name}” is attached as the first report. You can go on, or change it on its page."
    ),
    "trouble-network": _(
        "The connection is interrupted. We go on by ourselves as soon as it is back. Nothing"
        " is lost."
    ),
    "trouble-server": _("Our server is busy. We go on by ourselves in a moment."),
    "zip-password": _(
        "There is also a ZIP file with a password here. To look into it, choose it alone with"
        " “Choose a ZIP file”."
    ),
    "zip-wrong-password": _(
        "This password does not open the ZIP file. Check for spaces and capital letters; a date"
        " may need dots, or none."
    ),
    "zip-damaged": _("A ZIP file here is damaged or incomplete. Please copy or download it again."),
    "zip-method": _(
        "A ZIP file here is packed in a way that this page cannot open. Please unpack it on"
        " your computer, then choose the folder."
    ),
    "zip-limit": _(
        "An archive here cannot be opened safely. Please unpack it on your computer, then"
        " choose the folder."
    ),
    "iso-damaged": _("A disc image here is damaged. Please copy or download it again."),
    "archive-kind": _(
        "This page cannot open 7z and RAR archives. Please unpack the archive on your"
        " computer first, then choose the folder."
    ),
    "archive-in-archive": _(
        "There is an archive inside an archive here. Please unpack it on your computer, then"
        " choose the folder."
    ),
}

#: What we say when it cannot go on like this.
PROBLEMS = {
    "nothing-chosen": _("This folder is empty. Please choose the folder with the pictures."),
    "no-pictures": _(
        "There are no MRI pictures here. Please choose the whole disc, for example"
        " “DVD drive (D:)”, and not a single file or the folder with the viewer."
    ),
    "only-photos": _(
        "These are photos or ordinary pictures. We need the original MRI files: they are on"
        " the disc, or in the ZIP file, that the clinic gives you."
    ),
    "only-report": _(
        "This is perhaps a report. We need the MRI pictures themselves: please choose the disc"
        " or the ZIP file with them."
    ),
    "report-unfit": _(
        "“{name}” cannot be attached: a report must be a PDF, JPG or PNG file of at most 10 MB."
    ),
    "report-stopped": _("“{name}” could not be attached just now. Please try again."),
    "only-empty": _("The files here are empty. Please copy them again from the disc."),
    "only-cut-off": _(
        "The pictures here are incomplete: the copy was probably interrupted. Please copy the"
        " disc again."
    ),
    "same-pictures": _(
        "These are the same pictures that we already have. There is nothing new to send."
        " If something is missing, choose another disc or ask the clinic for a complete copy."
    ),
    "no-mri": _(
        "There are medical pictures here, but no MRI. Please choose the disc with your MRI."
    ),
    "choose-study": _("Choose the examination that is to be read."),
    "confirm-identity": _("Confirm that these are your pictures."),
    "too-many": _(
        "This examination has more than {limit} files. Please choose only the folder of the"
        " MRI of your lower back."
    ),
    "too-big": _(
        "This examination is larger than {limit}. Please choose only the folder of the MRI of"
        " your lower back."
    ),
    "too-many-open": _(
        "You have {limit} uploads that are not finished. Please finish or remove one first."
    ),
    "declared-too-often": _(
        "These pictures were different at each of {limit} attempts. Please remove this upload, then"
        " choose the disc again, best from a copy on your computer."
    ),
    "quota": _(
        "Your account already holds {limit} of pictures. Please remove pictures that you no"
        " longer need."
    ),
    "busy": _(
        "Very many pictures are arriving just now. Please try again in a few minutes. Your"
        " answers are saved, and your pictures stay where they are."
    ),
    "signed-out": _(
        "You were signed out. Sign in again in another tab, then go on here. Nothing is lost."
    ),
    "no-consent": _(
        "Please agree to the terms of the second opinion first. The page “What you agree to” is"
        " part of your request."
    ),
    "closed": _("Your request was sent already, so its pictures cannot be changed now."),
    "stopped": _(
        "Something went wrong on our side. Your pictures are safe. Please try again in a moment."
    ),
    "no-connection": _(
        "We could not be reached. Please check your internet connection and try again. Nothing is"
        " lost."
    ),
}


def upload_texts() -> dict[str, str | dict[str, str]]:
    """Return the texts in the language of the request; counted ones by plural category."""
    texts: dict[str, str | dict[str, str]] = {
        name: str(text) for name, text in (WORDS | NOTICES | PROBLEMS).items()
    }
    return texts | {
        name: {"one": text % {"n": 1}, "other": text % {"n": 2}} for name, text in COUNTED.items()
    }


def refusal_text(code: str, details: dict[str, object]) -> str:
    """Return the text of a refusal for a page without scripts."""
    limit = details.get("limit")
    if code in {"too-big", "quota"} and isinstance(limit, int):
        limit = filesizeformat(limit)
    text = (PROBLEMS | NOTICES).get(code, PROBLEMS["stopped"])
    return str(text).replace("{limit}", str(limit)).replace("{code}", str(details.get("request")))
