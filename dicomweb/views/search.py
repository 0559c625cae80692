"""QIDO-RS: search for the studies of a case, their series and their instances."""

import json
from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from cases.models import Series
from dicomweb import objects
from dicomweb.media import DICOM_JSON, Menu, Offer, wishes_of
from dicomweb.query import (
    EXTRA_STUDY_KEYS,
    INSTANCE_KEYS,
    SERIES_KEYS,
    STUDY_KEYS,
    Document,
    Query,
    parse_query,
)
from dicomweb.scope import Scope, scoped

JSON_MENU = Menu([Offer(DICOM_JSON), Offer("application/json")], multipart=False)
NO_FUZZY = '299 secondread: "The fuzzymatching parameter is not supported."'


@scoped
def studies(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Search for studies: this case has one, or two with a prior; the current one comes first."""
    rows = [_study_row(scope.series_of(one.study_instance_uid)) for one in scope.studies]
    return _answer(request, rows, (*STUDY_KEYS, *EXTRA_STUDY_KEYS))


@scoped
def series(request: HttpRequest, scope: Scope, study: str = "") -> HttpResponseBase:
    """Search for series, of one study or of all."""
    found = _series_of(scope, study)
    return _answer(request, [_series_row(one) for one in found], _level(study, SERIES_KEYS))


@scoped
def instances(
    request: HttpRequest, scope: Scope, study: str = "", series: str = ""
) -> HttpResponseBase:
    """Search for instances, of one series, of one study or of all."""
    rows = [
        document | {"00080056": _element("CS", "ONLINE")}
        for one in _series_of(scope, study, series)
        for document in objects.metadata(one)
    ]
    keys = INSTANCE_KEYS if series else (*INSTANCE_KEYS, "0020000E", "00080060")
    return _answer(request, rows, _level(study, keys))


def _level(study: str, keys: Iterable[str]) -> list[str]:
    """Return the keys with the study's own where the path does not name the study."""
    return [*keys, "0020000D"] if study else [*keys, *STUDY_KEYS]


def _series_of(scope: Scope, study: str, series: str = "") -> list[Series]:
    if study:
        return scope.series_of(study, series)
    return [one for each in scope.studies for one in scope.series_of(each.study_instance_uid)]


def _study_row(found: list[Series]) -> Document:
    return objects.metadata(found[0])[0] | {
        "00080056": _element("CS", "ONLINE"),
        "00080061": _element("CS", "MR"),
        "00201206": _element("IS", len(found)),
        "00201208": _element("IS", sum(one.instance_count for one in found)),
    }


def _series_row(one: Series) -> Document:
    return objects.metadata(one)[0] | {
        "00080056": _element("CS", "ONLINE"),
        "00201209": _element("IS", one.instance_count),
    }


def _element(vr: str, *values: Any) -> dict[str, Any]:
    return {"vr": vr, "Value": list(values)}


def _answer(request: HttpRequest, rows: list[Document], keys: Iterable[str]) -> HttpResponse:
    JSON_MENU.choose(wishes_of(request))
    query: Query = parse_query(request.GET)
    found = query.select(rows, keys)
    response = HttpResponse(
        json.dumps(found, separators=(",", ":")) if found else b"",
        status=200 if found else 204,
        content_type=DICOM_JSON,
    )
    response["Cache-Control"] = "private, no-store"
    if query.fuzzy:
        response["Warning"] = NO_FUZZY
    return response
