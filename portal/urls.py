"""Every address of the portal, by app."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("cases/", include("cases.urls")),
    path("operators/admin/", admin.site.urls),
]
