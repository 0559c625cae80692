"""One door to the DICOMweb service: the case of the path, if this user may see its images now."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec

from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_safe

from cases import access
from cases.models import Case, Instance, Series, Study
from cases.report_context import shown_studies
from cases.storage import ObjectMissingError, StorageUnavailableError
from dicomweb.grants import CHECKED, GRANTED
from dicomweb.media import NotAcceptableError
from dicomweb.query import BadQueryError

if TYPE_CHECKING:
    from django.db.models import QuerySet

P = ParamSpec("P")
RETRY_AFTER_S = 5


@dataclass(frozen=True, slots=True)
class Scope:
    """What is shown of one case, opened for one user: the current study and its prior."""

    case: Case
    studies: list[Study]

    def open_study(self, uid: str) -> Study:
        """Return the study when `uid` is one of this case's; any other does not exist here."""
        for study in self.studies:
            if study.study_instance_uid == uid:
                return study
        raise Http404

    def series_of(self, study: str, series: str = "") -> list[Series]:
        """Return the series of a study, or the one named; 404 when there is none."""
        found = Series.objects.filter(study=self.open_study(study)).select_related("study")
        if series:
            found = found.filter(series_instance_uid=series)
        rows = list(found)
        if not rows:
            raise Http404
        return rows

    def instances(self, study: str, series: str = "", instance: str = "") -> "QuerySet[Instance]":
        """Return the instances named by a path, in order of series and place; 404 when none."""
        found = (
            Instance.objects.filter(series__study=self.open_study(study))
            .select_related("series__study")
            .order_by("series__ordinal", "ordinal")
        )
        if series:
            found = found.filter(series__series_instance_uid=series)
        if instance:
            found = found.filter(sop_instance_uid=instance)
        return found

    def instance(self, study: str, series: str, instance: str) -> Instance:
        """Return one instance, or 404."""
        found = self.instances(study, series, instance).first()
        if found is None:
            raise Http404
        return found


def scoped(
    view: Callable[Concatenate[HttpRequest, Scope, P], HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """Let a view see one case, record that it was opened, and speak PS3.18's status codes."""

    @require_safe
    @wraps(view)
    def wrapped(
        request: HttpRequest, code: str, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponseBase:
        scope = getattr(request, GRANTED, None) or _check(request, code)
        if scope is None:
            return _say(401, "Sign in first.", {"WWW-Authenticate": 'Cookie realm="SecondRead"'})
        try:
            return view(request, scope, *args, **kwargs)
        except BadQueryError as error:
            return _say(400, str(error))
        except NotAcceptableError:
            return _say(406, "None of the accepted media types can be given.")
        except ObjectMissingError:
            raise Http404 from None
        except StorageUnavailableError:
            return _say(503, "Try again.", {"Retry-After": str(RETRY_AFTER_S)})

    return wrapped


def _check(request: HttpRequest, code: str) -> Scope | None:
    """Open the case for who asks and write that down; None when nobody is signed in."""
    if isinstance(request.user, AnonymousUser):
        return None
    case = access.case_for(request.user, code)
    scope = Scope(case, shown_studies(case))
    # A viewer asks for hundreds of frames in one sitting; the database is asked once about it.
    sitting = f"images-{case.pk}-{request.user.pk}-{access.is_ahead(request):d}"
    if scope.studies and cache.add(sitting, 1, timeout=300):
        access.record_request(request, case, "images")
    setattr(request, CHECKED, scope)
    return scope


def _say(status: int, text: str, headers: dict[str, str] | None = None) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain", headers=headers)
