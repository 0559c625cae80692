"""Forms of the radiologists' and the coordinator's pages."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.models import Priority
from cases.selectors.worklists import QUEUE_TABS, READER_TABS
from radiologists.models import Radiologist


class _FilterForm(forms.Form):
    """Filters live in the address; one that makes no sense is passed over."""

    tabs: dict[str, Any] = {}
    tab = forms.CharField(required=False)
    q = forms.CharField(
        required=False, max_length=60, label=_("Search case or question"), strip=True
    )
    priority = forms.ChoiceField(
        required=False,
        label=_("Priority"),
        choices=[("", _("All priorities")), *Priority.choices],
    )

    def chosen(self) -> dict[str, str]:
        """Return tab, q and priority, each valid."""
        self.is_valid()
        tab = self.cleaned_data.get("tab", "")
        return {
            "tab": tab if tab in self.tabs else next(iter(self.tabs)),
            "q": self.cleaned_data.get("q", ""),
            "priority": self.cleaned_data.get("priority", ""),
        }


class WorklistFilterForm(_FilterForm):
    tabs = READER_TABS


class SavedTabForm(forms.Form):
    name = forms.CharField(max_length=30, strip=True)


class QueueFilterForm(_FilterForm):
    tabs = QUEUE_TABS


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=400,
        error_messages={"required": _("Give a reason.")},
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class FirstReportForm(forms.Form):
    """The first report's words, without names, copied by the coordinator."""

    text = forms.CharField(
        label=_("Text of the first report, without any name"),
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": _("Copy the findings and the impression.")},
    )


class AddendumForm(forms.Form):
    text = forms.CharField(
        label=_("Addendum for the treating doctor"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Write the addendum.")},
    )
    plain_text = forms.CharField(
        label=_("The same for the patient, in plain words"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Write it for the patient too.")},
    )


if TYPE_CHECKING:
    _RadiologistForm = forms.ModelForm[Radiologist]
else:
    _RadiologistForm = forms.ModelForm


class AvailabilityForm(_RadiologistForm):
    class Meta:
        model = Radiologist
        fields = ("is_available", "away_until", "daily_cap")
        labels = {
            "is_available": _("I take new cases"),
            "away_until": _("Away until (last day)"),
            "daily_cap": _("Most new cases a day"),
        }
        widgets = {"away_until": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}
