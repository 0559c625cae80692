"""Addresses under /cases/. A case is named by its code, never by anything from DICOM."""

from django.urls import URLPattern

app_name = "cases"

urlpatterns: list[URLPattern] = []
