"""The page that asks for the first report: none, typed, or a file."""

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.forms.intake import PageForm, one_of

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

    from cases.models import Intake

NONE, TEXT, FILE = "none", "text", "file"
MAX_BYTES = 10 * 2**20
#: How the file begins -> how it is named. Nothing of ours looks any further into it.
KINDS = {b"%PDF-": "pdf", b"\xff\xd8\xff": "jpg", b"\x89PNG\r\n\x1a\n": "png"}


class FirstReportForm(PageForm):
    fields_of_intake = ("has_first_report", "first_report_text", "first_reader")
    wants_files: ClassVar = True

    choice = one_of(
        (
            (TEXT, gettext_lazy("Yes, I type or paste its text")),
            (FILE, gettext_lazy("Yes, I send it as a file")),
            (NONE, gettext_lazy("No, I have none")),
        ),
        gettext_lazy("Do you have the first report?"),
        gettext_lazy("Say whether you have the first report."),
    )
    first_report_text = forms.CharField(
        label=gettext_lazy("Text of the report"),
        help_text=gettext_lazy("The part called “Impression” or “Conclusion” matters most."),
        max_length=8000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    file = forms.FileField(
        label=gettext_lazy("File with the report"),
        help_text=gettext_lazy("A PDF or a photo (JPG, PNG) of at most 10 MB."),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
    )
    first_reader = forms.CharField(
        label=gettext_lazy("Who wrote it?"),
        help_text=gettext_lazy(
            "The radiologist or the clinic. We give your request to somebody else."
        ),
        max_length=200,
        required=False,
    )

    def initial_of(self, intake: "Intake") -> dict[str, Any]:
        choice = ""
        if intake.has_first_report is not None:
            choice = NONE if not intake.has_first_report else TEXT
            choice = FILE if intake.first_report_key else choice
        return {
            "choice": choice,
            "first_report_text": intake.first_report_text,
            "first_reader": intake.first_reader,
        }

    def clean_file(self) -> "UploadedFile[Any] | None":
        file: UploadedFile[Any] | None = self.cleaned_data["file"]
        if file is None:
            return None
        if (file.size or 0) > MAX_BYTES:
            raise ValidationError(_("This file is larger than 10 MB. Send a smaller one."))
        if self.kind_of(file) is None:
            raise ValidationError(_("This file is no PDF, JPG or PNG. Choose another one."))
        return file

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        choice = cleaned.get("choice")
        if choice == TEXT and not cleaned.get("first_report_text"):
            self.add_error("first_report_text", _("Type or paste the text of the report."))
        missing = choice == FILE and not cleaned.get("file") and "file" not in self.errors
        if missing and not self.intake.first_report_key:
            self.add_error("file", _("Choose the file with the report."))
        return cleaned

    @staticmethod
    def kind_of(file: "UploadedFile[Any]") -> str | None:
        """Return pdf, jpg or png by how the file begins, and None for all else."""
        head = file.read(8)
        file.seek(0)
        return next((kind for magic, kind in KINDS.items() if head.startswith(magic)), None)

    @property
    def new_file(self) -> "UploadedFile[Any] | None":
        """The file that replaces what was there, if one was sent."""
        if self.cleaned_data["choice"] != FILE:
            return None
        file: UploadedFile[Any] | None = self.cleaned_data["file"]
        return file

    def answers(self) -> dict[str, Any]:
        choice = self.cleaned_data["choice"]
        told = choice != NONE
        answers: dict[str, Any] = {
            "has_first_report": told,
            "first_report_text": self.cleaned_data["first_report_text"] if choice == TEXT else "",
            "first_reader": self.cleaned_data["first_reader"] if told else "",
        }
        if choice != FILE:
            answers["first_report_key"] = ""
        return answers
