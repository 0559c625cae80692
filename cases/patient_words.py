"""What a status means for the patient: a headline, what happens next, a short tag."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from cases.lifecycle import Status

if TYPE_CHECKING:
    from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class StatusWords:
    """`tone` is now, ok, warn or plain: how the tag is coloured."""

    tag: "str | Promise"
    headline: "str | Promise"
    text: "str | Promise"
    tone: str = "plain"


STATUS_WORDS: dict[str, StatusWords] = {
    Status.DRAFT: StatusWords(
        _("Not sent yet"),
        _("You have not sent this request yet"),
        _("Go on where you stopped. What you told us is kept."),
        "warn",
    ),
    Status.SUBMITTED: StatusWords(
        _("Sent"),
        _("We have your request"),
        _("In a moment we start to check your pictures. You can close this page."),
        "now",
    ),
    Status.PROCESSING: StatusWords(
        _("Checking the pictures"),
        _("We are checking your pictures"),
        _("We open each one and take your name out of it. You can close this page."),
        "now",
    ),
    Status.RETURNED: StatusWords(
        _("We need something from you"),
        _("We need something from you"),
        _("Your answers are kept. You only have to do this one thing and send it again."),
        "warn",
    ),
    Status.HELD: StatusWords(
        _("A person is checking"),
        _("A person is checking your pictures"),
        _("You do not need to do anything now. We write to you as soon as it goes on."),
        "now",
    ),
    Status.FAILED: StatusWords(
        _("Our mistake"),
        _("Something went wrong on our side"),
        _("Your files are safe. We have been told and will go on. You need not do anything."),
        "now",
    ),
    Status.READY: StatusWords(
        _("Choosing a radiologist"),
        _("Your pictures are complete"),
        _("Now we choose the radiologist who fits your question. You need not do anything."),
        "now",
    ),
    Status.ASSIGNED: StatusWords(
        _("With a radiologist"),
        _("A radiologist has your request"),
        _("They start to read soon. You do not need to do anything now."),
        "now",
    ),
    Status.READING: StatusWords(
        _("Being read"),
        _("A radiologist is reading your scan"),
        _("You do not need to do anything now."),
        "now",
    ),
    Status.REPORTED: StatusWords(
        _("Ready"),
        _("Your second opinion is ready"),
        _("You can read it now, in plain words. The full report is there as well."),
        "ok",
    ),
    Status.WITHDRAWN: StatusWords(
        _("Withdrawn"),
        _("You withdrew this request"),
        _("Nobody works on it any more."),
    ),
}

#: What the worker is at (Case.progress_step).
PROGRESS_WORDS = {
    "fetching": _("Fetching your pictures"),
    "checking": _("Opening each picture and taking your name out"),
    "storing": _("Putting the pictures away safely"),
}
