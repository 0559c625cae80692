"""Tabs of the worklist: the fixed ones, those a reader keeps for themselves, and live counts."""

from datetime import UTC, datetime
from typing import TypedDict

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.models import User
from cases.selectors import worklists
from radiologists import selectors, services
from radiologists.forms import SavedTabForm, WorklistFilterForm
from radiologists.models import SavedTab
from radiologists.views.roles import radiologist_only, user_of

TAB_NAMES = {
    "mine": gettext_noop("Mine"),
    "drafts": gettext_noop("Drafts"),
    "reported": gettext_noop("Reported"),
}
Chosen = dict[str, str]


class Tab(TypedDict):
    """One tab as it is drawn; `query` is the whole address of a saved one."""

    code: str
    name: str
    count: int
    is_current: bool
    query: str
    saved_id: int | None


def tabs_of(reader: User, chosen: Chosen | None = None) -> list[Tab]:
    """Return the tabs with their counts, in two queries; `chosen` is what the page shows."""
    saved = [(one, _chosen_of(one)) for one in selectors.saved_tabs(reader)]
    shown = worklists.READER_TABS | {
        f"saved-{one.pk}": worklists.matching(
            worklists.READER_TABS[kept["tab"]], query=kept["q"], priority=kept["priority"]
        )
        for one, kept in saved
    }
    counts = worklists.tab_counts(worklists.reader_cases(reader), shown)
    own = [
        Tab(
            code=f"saved-{one.pk}",
            name=one.name,
            count=counts[f"saved-{one.pk}"],
            is_current=kept == chosen,
            query=one.query,
            saved_id=one.pk,
        )
        for one, kept in saved
    ]
    is_on_own = any(tab["is_current"] for tab in own)
    fixed = [
        Tab(
            code=code,
            name=_(name),
            count=counts[code],
            is_current=chosen is not None and code == chosen["tab"] and not is_on_own,
            query="",
            saved_id=None,
        )
        for code, name in TAB_NAMES.items()
    ]
    return [*fixed, *own]


def _chosen_of(tab: SavedTab) -> Chosen:
    return WorklistFilterForm(QueryDict(tab.query)).chosen()


@radiologist_only
@require_GET
def counts(request: HttpRequest) -> HttpResponse:
    """Return the counts of this moment, and how many cases came since the page was drawn."""
    reader = user_of(request)
    news = worklists.given_since(reader, _moment(request.GET.get("since", "")))
    words = ngettext("%(count)s new case", "%(count)s new cases", news) % {"count": news}
    answer = {
        "counts": {tab["code"]: tab["count"] for tab in tabs_of(reader)},
        "news": words if news else "",
    }
    return JsonResponse(answer, headers={"Cache-Control": "no-store"})


def _moment(text: str) -> datetime:
    """Return the time that a page was drawn at; the far future where that makes no sense."""
    try:
        return datetime.fromtimestamp(float(text), UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.max.replace(tzinfo=UTC)


@radiologist_only
@require_POST
def keep(request: HttpRequest) -> HttpResponse:
    """Keep the filters of the page as a tab."""
    chosen = WorklistFilterForm(request.POST).chosen()
    query = urlencode({name: value for name, value in chosen.items() if value})
    form = SavedTabForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Give the tab a name of at most 30 letters."))
    else:
        name = form.cleaned_data["name"]
        try:
            services.keep_tab(user=user_of(request), name=name, query=query)
        except services.TooManyTabsError:
            messages.error(request, _("You have 8 tabs of your own. Remove one first."))
        else:
            messages.success(request, _("Kept as the tab “%(name)s”.") % {"name": name})
    return redirect(f"{reverse('radiologists:worklist')}?{query}")


@radiologist_only
@require_POST
def drop(request: HttpRequest) -> HttpResponse:
    """Remove one of one's own tabs; the cases stay where they are."""
    given = request.POST.get("saved", "")
    if given.isascii() and given.isdigit() and len(given) < 10:
        services.drop_tab(user=user_of(request), tab_id=int(given))
        messages.success(request, _("The tab is removed."))
    return redirect("radiologists:worklist")
